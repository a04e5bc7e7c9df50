"""``bounceparse delivered``: tells the ledger of mail that arrived, so that old failures lapse."""

from __future__ import annotations

import argparse
from pathlib import Path

from bounceparse.cli.common import Exit, add_command
from bounceparse.cli.settings import add_ledger, clock, load_config, lock, open_ledger, say


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "delivered",
        "Tells the ledger of mail that arrived. The failures before it lapse. FILE has one address a line, or is CSV\n"
        "with the columns address and date (ISO 8601; without a date: now).",
        "bounceparse delivered opened-or-clicked.csv --ledger bounce-report",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the addresses that took mail")
    add_ledger(parser)
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Record the deliveries and say how many there were."""
    from bounceparse.ledger.amends import read_deliveries, record_deliveries

    config = load_config(options)
    now = clock()
    with open_ledger(options, config) as ledger:
        lock(ledger, config)
        counts = record_deliveries(ledger, read_deliveries(options.file, now), config.policy, now)
    say(f"read {counts['read']:,} deliveries; {counts['changed']:,} addresses changed their standing")
    return Exit.DONE
