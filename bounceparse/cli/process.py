"""``bounceparse process``: the main job, from mailboxes to lists."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from bounceparse.cli.common import Exit, add_command, add_noise_options, add_sources, complain, standard_input


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "process",
        "Reads mailboxes and writes the lists: whom to remove, to retry, to look at. Writes remove.csv, retry.csv,\n"
        "review.csv, sender_issues.csv, bounces.csv and unreadable.csv into one folder and prints a summary.",
        "bounceparse process /var/mail/bounces ~/Maildir/.Bounces --out bounce-report",
    )
    add_sources(parser)
    parser.add_argument(
        "-o", "--out", required=True, type=Path, metavar="DIR", help="the folder to write to; made if need be"
    )
    parser.add_argument(
        "--format",
        choices=("csv", "parquet"),
        default="csv",
        help="the format of the file with all records (default: csv; parquet needs the extra parquet)",
    )
    add_noise_options(parser)
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Run the job and print its summary."""
    from bounceparse import job
    from bounceparse.cli.progress import Progress
    from bounceparse.reports.terminal import render_summary

    settings = job.Settings(options.sources, options.out, options.format)
    with Progress(options.sources, shown=not options.quiet, verbose=options.verbose) as progress:
        outcome = job.run(settings, stdin=standard_input(), on_message=progress.on_message)
    if not options.quiet:
        unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        page = render_summary(
            outcome.tally,
            outcome.lists,
            options.out,
            outcome.table_file,
            width=min(shutil.get_terminal_size((100, 24)).columns, 120),
            unicode=unicode,
        )
        sys.stdout.write(page.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8"))
    for line in outcome.unreadable:
        complain(f"could not read {line}")
    unnamed = outcome.tally.unreadable - len(outcome.unreadable)
    if unnamed > 0:
        complain(f"could not read {unnamed:,} more messages; {options.out / 'unreadable.csv'} names them all")
    return Exit.SOME_UNREADABLE if outcome.tally.unreadable else Exit.DONE
