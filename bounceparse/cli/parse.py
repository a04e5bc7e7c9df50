"""``bounceparse parse``: one record per (message, recipient) on standard output, stateless."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bounceparse.cli.common import (
    Exit,
    add_command,
    add_jobs,
    add_noise_options,
    add_rules,
    add_sources,
    complain,
    jobs_of,
    on_terminal,
    standard_input,
)
from bounceparse.record import Kind, UsageError

if TYPE_CHECKING:
    from bounceparse.cli.progress import Progress


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "parse",
        "Prints one record per bounced recipient. Keeps no state: what is read twice is printed twice.",
        "bounceparse parse bounces.mbox | jq -r 'select(.decision == \"remove\") | .recipient'",
    )
    add_sources(parser)
    parser.add_argument(
        "--format",
        choices=("jsonl", "csv", "parquet"),
        default="jsonl",
        help="the format of the records (default: jsonl)",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="write to this file, whole or not at all, instead of standard output",
    )
    add_jobs(parser)
    add_rules(parser)
    add_noise_options(parser)
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Print the records as they are read."""
    from bounceparse.cli.progress import Progress

    if options.format == "parquet" and options.output is None and on_terminal(sys.stdout):
        raise UsageError("Parquet is not for a terminal: name a file with --output, or send it through a pipe")
    jobs = jobs_of(options)
    shown = not options.quiet and (options.output is not None or not on_terminal(sys.stdout))
    with (
        _output(options.output) as stream,
        Progress(options.sources, shown=shown, verbose=options.verbose) as progress,
    ):
        if jobs > 1 and options.format != "parquet":
            return _write_text(options, jobs, stream, progress)
        return _write_records(options, jobs, stream, progress)


def _write_records(options: argparse.Namespace, jobs: int, stream: BinaryIO, progress: Progress) -> Exit:
    from bounceparse.messages import name_unreadable
    from bounceparse.reading import read_records
    from bounceparse.reports.tables import WRITERS

    status = Exit.DONE
    writer = WRITERS[options.format](stream)
    records = read_records(
        options.sources,
        stdin=standard_input(),
        on_message=progress.on_message,
        jobs=jobs,
        keep_data=False,
        on_share=progress.on_share,
    )
    for _, bounces in records:
        for bounce in bounces:
            writer.write(bounce)
            if bounce.kind is Kind.UNREADABLE:
                status = Exit.SOME_UNREADABLE
                complain(f"could not read {name_unreadable(bounce)}")
    writer.close()
    return status


def _write_text(options: argparse.Namespace, jobs: int, stream: BinaryIO, progress: Progress) -> Exit:
    """Write what the workers have made into text themselves; the parent only puts it in order."""
    from bounceparse.messages import unreadable_line
    from bounceparse.parallel import read_text
    from bounceparse.reports.tables import WRITERS

    status = Exit.DONE
    WRITERS[options.format](stream).close()  # the header, where the format has one
    for part in read_text(options.sources, jobs, options.format, stdin=standard_input(), on_share=progress.on_share):
        stream.write(part.text)
        for source, position, problem in part.unreadable:
            status = Exit.SOME_UNREADABLE
            complain(f"could not read {unreadable_line(source, position, problem)}")
    return status


@contextmanager
def _output(path: Path | None) -> Iterator[BinaryIO]:
    """Give standard output, or a file that takes its place when all is written."""
    if path is None:
        yield sys.stdout.buffer
        return
    from bounceparse.reports.folder import OutputFolder

    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file with --output")
    with OutputFolder(path.parent) as folder:
        yield folder.stage(path.name)
        folder.publish()
