"""``bounceparse process``: the main job, from mailboxes to lists."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bounceparse.cli.common import (
    Exit,
    add_command,
    add_jobs,
    add_noise_options,
    add_sources,
    complain,
    jobs_of,
    standard_input,
)
from bounceparse.cli.settings import LEDGER_FILE, add_config, load_config
from bounceparse.record import UsageError

if TYPE_CHECKING:
    from bounceparse.history import HistorySettings


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
    keeping = parser.add_argument_group("history", "what is remembered from run to run")
    place = keeping.add_mutually_exclusive_group()
    place.add_argument(
        "--ledger",
        metavar="PLACE",
        help="the ledger: a file or a postgresql:// URL (default: that of the configuration, else DIR/ledger.sqlite3)",
    )
    place.add_argument(
        "--no-ledger", action="store_true", help="remember nothing: lists from the mail of this run alone"
    )
    add_config(keeping)
    keeping.add_argument(
        "--recipients",
        type=Path,
        metavar="FILE",
        help="addresses you mail to, one a line; events of others are ignored",
    )
    keeping.add_argument(
        "--require-proof", action="store_true", help="remove nobody on a bounce that is not proven to answer your mail"
    )
    keeping.add_argument("--no-brake", action="store_true", help="publish however many removals there are")
    keeping.add_argument(
        "--move-to", type=Path, metavar="DIR", help="move .eml and Maildir files there once the lists are written"
    )
    add_jobs(parser)
    add_noise_options(parser)
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Run the job and print its summary."""
    from bounceparse import job
    from bounceparse.cli.progress import Progress
    from bounceparse.reports.terminal import render_summary

    settings = job.Settings(options.sources, options.out, options.format, _history(options), jobs_of(options))
    with Progress(options.sources, shown=not options.quiet, verbose=options.verbose) as progress:
        outcome = job.run(settings, stdin=standard_input(), on_message=progress.on_message, on_share=progress.on_share)
    if not options.quiet:
        unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        page = render_summary(
            outcome.tally,
            outcome.lists,
            options.out,
            outcome.table_file,
            standing={name: count for name, count in outcome.files.items() if count},
            width=min(shutil.get_terminal_size((100, 24)).columns, 120),
            unicode=unicode,
        )
        sys.stdout.write(page.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8"))
    for line in outcome.unreadable:
        complain(f"could not read {line}")
    unnamed = outcome.tally.unreadable - len(outcome.unreadable)
    if unnamed > 0:
        complain(f"could not read {unnamed:,} more messages; {options.out / 'unreadable.csv'} names them all")
    for line in outcome.held:
        complain(f"removals held back: {line}")
    if outcome.held:
        proposed = options.out / "remove.proposed.csv"
        complain(f"look at {proposed}, then let them pass with `bounceparse ledger approve`")
        return Exit.HELD_BACK
    return Exit.SOME_UNREADABLE if outcome.tally.unreadable else Exit.DONE


def _history(options: argparse.Namespace) -> HistorySettings | None:
    """Return what the options and the configuration say about the ledger."""
    from dataclasses import replace

    from bounceparse.history import HistorySettings

    config = load_config(options)
    if options.no_ledger:
        if options.recipients or options.require_proof or options.move_to:
            raise UsageError("--recipients, --require-proof and --move-to need the ledger; leave out --no-ledger")
        return None
    policy = replace(config.policy, require_proof=config.policy.require_proof or options.require_proof)
    if policy.require_proof and not config.proof.configured:
        raise UsageError("--require-proof needs a [proof] table in the configuration; see docs/proof.md")
    config = replace(
        config,
        policy=policy,
        recipients=options.recipients or config.recipients,
        brake=replace(config.brake, enabled=config.brake.enabled and not options.no_brake),
    )
    ledger = options.ledger or config.ledger or str(options.out / LEDGER_FILE)
    return HistorySettings(ledger, config, options.move_to, waiting=complain)
