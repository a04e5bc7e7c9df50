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
    add_rules,
    add_sources,
    complain,
    jobs_of,
    standard_input,
)
from bounceparse.cli.settings import LEDGER_FILE, add_config, load_config
from bounceparse.record import UsageError

if TYPE_CHECKING:
    from bounceparse.cluster.task import ClusterOutcome
    from bounceparse.history import HistorySettings
    from bounceparse.job import Outcome


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
    parser.add_argument("-o", "--out", required=True, metavar="DIR", help="the folder to write to; made if need be")
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
        help="the ledger: a file, the folder of a run, or a postgresql:// URL (default: that of the configuration,"
        " else DIR/ledger.sqlite3)",
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
    add_rules(parser)
    cluster = parser.add_argument_group(
        "cluster", "needs the extra cluster; SOURCE and DIR may then be URLs (s3://...)"
    )
    cluster.add_argument("--cluster", metavar="URL", help="do the work on the Dask cluster with this scheduler")
    cluster.add_argument(
        "--blocksize",
        default="64MiB",
        metavar="SIZE",
        help="cut mailboxes into partitions of this size (default: 64MiB)",
    )
    add_noise_options(parser)
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Run the job and print its summary."""
    from bounceparse import job
    from bounceparse.cli.progress import Progress

    if options.cluster:
        return _run_on_cluster(options)
    out = Path(options.out)
    settings = job.Settings(options.sources, out, options.format, _history(options), jobs_of(options))
    with Progress(options.sources, shown=not options.quiet, verbose=options.verbose) as progress:
        outcome = job.run(settings, stdin=standard_input(), on_message=progress.on_message, on_share=progress.on_share)
    return _tell(options, outcome)


def _run_on_cluster(options: argparse.Namespace) -> int:
    from bounceparse import cluster

    cluster.need_dask()
    from bounceparse.cluster.task import ClusterSettings

    if options.recipients or options.move_to:
        raise UsageError("--recipients and --move-to do not work with --cluster")
    history = _history(options)
    if history is not None and not history.ledger.startswith(("postgresql://", "postgres://")):
        raise UsageError("the machines of a cluster need one ledger: --ledger postgresql://..., or --no-ledger")
    settings = ClusterSettings(
        blocksize=cluster.bytes_of(options.blocksize),
        ledger=history.ledger if history else None,
        config=history.config if history else load_config(options),
    )
    return _tell(options, cluster.process(options.sources, options.out, options.cluster, settings))


def _tell(options: argparse.Namespace, outcome: Outcome | ClusterOutcome) -> int:
    """Print what came of the run and return its exit status."""
    from bounceparse.reports.terminal import render_summary

    if not options.quiet:
        unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        page = render_summary(
            outcome.tally,
            outcome.lists,
            options.out.rstrip("/"),
            outcome.table_file,
            standing={name: count for name, count in outcome.files.items() if count},
            never_mailed=outcome.never_mailed,
            width=min(shutil.get_terminal_size((100, 24)).columns, 120),
            unicode=unicode,
        )
        sys.stdout.write(page.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8"))
    for line in outcome.unreadable:
        complain(f"could not read {line}")
    out = options.out.rstrip("/")
    unnamed = outcome.tally.unreadable - len(outcome.unreadable)
    if unnamed > 0:
        place = f"{out}/unreadable.csv names them all" if not options.cluster else f"{out}/bounces has them all"
        complain(f"could not read {unnamed:,} more messages; {place}")
    for line in outcome.held:
        complain(f"removals held back: {line}")
    if outcome.held:
        complain(f"look at {out}/remove.proposed.csv, then let them pass with `bounceparse ledger approve`")
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
    ledger = options.ledger or config.ledger or str(Path(options.out) / LEDGER_FILE)
    if "://" not in ledger and Path(ledger).is_dir():  # the folder of a run, as the other commands take it
        ledger = str(Path(ledger) / LEDGER_FILE)
    return HistorySettings(ledger, config, options.move_to, waiting=complain)
