"""The options by which commands find the configuration and the ledger."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bounceparse.cli.common import complain
from bounceparse.record import UsageError

if TYPE_CHECKING:
    from bounceparse.config import Config
    from bounceparse.ledger.ledger import Ledger

LEDGER_FILE = "ledger.sqlite3"
"""The name of the ledger inside the folder of a run."""


def add_config(parser: argparse._ActionsContainer) -> None:
    """Add --config."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the configuration file (default: $BOUNCEPARSE_CONFIG, if set)"
    )


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """Add --ledger and --config."""
    parser.add_argument(
        "--ledger",
        metavar="PLACE",
        help="the ledger: a file, the folder of a run, or a postgresql:// URL (default: that of the configuration)",
    )
    add_config(parser)


def load_config(options: argparse.Namespace) -> Config:
    """Return the configuration that the options name."""
    from bounceparse.config import load

    return load(options.config)


def open_ledger(options: argparse.Namespace, config: Config) -> Ledger:
    """Open the ledger that the options or the configuration name; it must be there already."""
    from bounceparse.ledger.ledger import Ledger

    place = options.ledger or config.ledger
    if place is None:
        raise UsageError("say which ledger: --ledger FILE (the folder given to --out will do)")
    if "://" not in place:
        path = Path(place)
        if path.is_dir():
            path /= LEDGER_FILE
        if not path.exists():
            raise UsageError(f"there is no ledger at {path}; `bounceparse process` makes one")
        place = str(path)
    return Ledger(place, night_hours=config.night_hours)


def lock(ledger: Ledger, config: Config) -> None:
    """Wait until no other run holds the ledger."""
    ledger.lock(wait=config.wait_seconds, waiting=complain)


def clock() -> int:
    """Return the time in seconds since 1970, the same as that of a run."""
    from bounceparse.history import clock as clock_of_runs

    return clock_of_runs()


def say(text: str) -> None:
    """Print one line, safe for any terminal encoding."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
