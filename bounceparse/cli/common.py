"""What the commands share: their options, their one-line errors and their exit statuses."""

from __future__ import annotations

import argparse
import io
import os
import sys
from enum import IntEnum
from typing import BinaryIO, NoReturn, TextIO


class Exit(IntEnum):
    """The exit statuses of every command."""

    DONE = 0
    SOME_UNREADABLE = 1
    WRONG_USAGE = 2
    STOPPED = 3
    HELD_BACK = 4


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line that says where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(Exit.WRONG_USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def add_command(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser], name: str, purpose: str, example: str
) -> argparse.ArgumentParser:
    """Add a command whose help says what it is for, with an example."""
    return subparsers.add_parser(
        name,
        help=purpose[0].lower() + purpose[1:].partition(". ")[0].rstrip("."),
        description=purpose,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_sources(parser: argparse.ArgumentParser) -> None:
    """Add the argument SOURCE..."""
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="an .eml file, an mbox, a Maildir, a folder of such files (.gz, .bz2, .xz too), or - for standard input",
    )


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add --jobs."""
    parser.add_argument(
        "-j",
        "--jobs",
        default="auto",
        metavar="N",
        help="parse with so many processes; auto: one per core, or one in all for little mail (default: auto)",
    )


def jobs_of(options: argparse.Namespace) -> int:
    """Return how many processes to parse with."""
    if options.jobs == "1":
        return 1
    from bounceparse.parallel import useful_jobs

    return useful_jobs(options.jobs, options.sources)


def add_rules(parser: argparse.ArgumentParser) -> None:
    """Add --rules."""
    parser.add_argument(
        "--rules",
        action="append",
        dest="own_rules",
        metavar="FILE",
        help="a rule file of your own, tried before the shipped rules; may be given several times",
    )


def use_rules(files: list[str] | None) -> None:
    """Put the user's rule files before the shipped ones, here and in worker processes; a wrong file is said at once."""
    if not files:
        return
    from pathlib import Path

    from bounceparse.reasons import engine, loader

    loader.load_files(Path(name) for name in files)
    os.environ[engine.OWN_RULES] = os.pathsep.join(str(Path(name).resolve()) for name in files)
    engine.default_rules.cache_clear()
    engine.default_rules()


def add_noise_options(parser: argparse.ArgumentParser) -> None:
    """Add --quiet and --verbose."""
    noise = parser.add_mutually_exclusive_group()
    noise.add_argument("-q", "--quiet", action="store_true", help="say nothing when all is well (for cron)")
    noise.add_argument("-v", "--verbose", action="store_true", help="name each mailbox as it is read")


def complain(text: str) -> None:
    """Say one line on standard error, safe for any terminal encoding."""
    line = f"bounceparse: {' '.join(text.split())}\n"
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding))


def standard_input() -> BinaryIO:
    """Return standard input as bytes; a job without one (cron with ``<&-``) has an empty one."""
    return io.BytesIO() if sys.stdin is None else sys.stdin.buffer


def on_terminal(stream: TextIO | None) -> bool:
    """Say whether a standard stream is a terminal; a closed one is not."""
    return stream is not None and stream.isatty()


def silence_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's last flush into a closed pipe is quiet."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
