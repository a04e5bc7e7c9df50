"""The command line: finds the command, runs it, and turns its errors into one line and an exit status.

Only the module of the command that was named is imported, so ``--help`` and small commands start fast.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from bounceparse import __version__
from bounceparse.cli.common import Exit, Parser, complain, silence_stdout, use_rules

COMMANDS: dict[str, str] = {
    "process": "reads mailboxes and writes the lists: whom to remove, to retry, to look at",
    "parse": "prints one record per bounced recipient",
    "classify": "answers bare SMTP replies, one per line",
    "explain": "says in plain words what a code, a reply or a bounce means",
    "ledger": "tells the story of an address, and undoes",
    "delivered": "tells the ledger of mail that arrived",
    "policy": "prints the policy in force: which evidence leads to what",
    "verp": "makes and checks envelope senders that prove a bounce genuine",
    "rules": "checks and tests rule files",
    "unknowns": "groups the replies that no rule knows",
    "completion": "prints a shell completion script",
}
"""Each command, in the order of the help, with its line there; its module is ``bounceparse.cli.<command>``."""

DESCRIPTION = "Reads bounce messages, finds which address failed and why, and says what to do next."
EPILOG = """\
examples:
  bounceparse process /var/mail/bounces --out bounce-report
  bounceparse explain "550 5.1.1 No such user"
  bounceparse COMMAND --help

exit status:
  0 done   1 done, some messages unreadable   2 wrong usage   3 stopped, safe to run again   4 removals held back
"""


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of all commands, or with one of them complete and the others as names.

    Without ``only`` every command is complete, which imports every command's module.
    """
    parser = Parser(
        prog="bounceparse",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"bounceparse {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", dest="command", parser_class=Parser, title="commands")
    for name, line in COMMANDS.items():
        if only is None or only == name:
            import_module(f"bounceparse.cli.{name}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=line)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    named = arguments[0] if arguments and arguments[0] in COMMANDS else ""
    try:
        parser = build_parser(named)
        options = parser.parse_args(arguments)
        if not named:
            parser.error(f"name a command: {', '.join(COMMANDS)}")
    except SystemExit as leaving:  # argparse leaves on --help, --version and wrong usage
        return leaving.code if isinstance(leaving.code, int) else Exit.WRONG_USAGE
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    # Imported here, since --help and wrong usage need neither: they are a third of its CPU time.
    import signal

    from bounceparse.record import BounceparseError

    previous = signal.signal(signal.SIGTERM, _interrupt)  # a stop from the system is like one from the keyboard
    try:
        use_rules(getattr(options, "own_rules", None))
        status = int(options.func(options) or 0)
        if sys.stdout is not None:  # cron may close it
            sys.stdout.flush()
        return status
    except BounceparseError as error:
        complain(str(error))
        return error.exit_status
    except BrokenPipeError:
        silence_stdout()
        return Exit.STOPPED
    except KeyboardInterrupt:
        complain("stopped before the end; it is safe to run again")
        return Exit.STOPPED
    except OSError as error:  # a full disk behind standard output, no file descriptors left
        complain(f"stopped: {error}; run again when that is mended")
        return Exit.STOPPED
    except Exception:  # a fault of ours must not end with status 1, which says that the work was done
        import traceback

        traceback.print_exc()
        complain("stopped by a fault in bounceparse itself; please report the lines above")
        return Exit.STOPPED
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt
