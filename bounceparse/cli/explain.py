"""``bounceparse explain``: a code, a reply or a whole bounce in plain words."""

from __future__ import annotations

import argparse
import shutil
import sys

from bounceparse.cli.common import Exit, add_command


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "explain",
        "Says in plain words what a code, a reply or a bounce means, and what to do next. Codes are read\n"
        "digit by digit; of a bounce, each recipient is explained.",
        "bounceparse explain 452\n"
        '  bounceparse explain "550 5.1.1 No such user"\n'
        "  bounceparse explain returned-mail.eml",
    )
    parser.add_argument(
        "what",
        nargs="+",
        metavar="CODE|TEXT|FILE",
        help="a reply code (452), an enhanced code (5.1.1), a reply in words, a message file, or - for standard input",
    )
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Print the letter about what was named; several words are taken for one reply."""
    from bounceparse.explainer import about_message, letter
    from bounceparse.letters import lay_out

    what = " ".join(options.what)
    sections = about_message(sys.stdin.buffer.read()) if what == "-" else letter(what)
    terminal = sys.stdout.isatty()
    text = lay_out(sections, shutil.get_terminal_size().columns, bold=terminal) + "\n"
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    return Exit.DONE
