"""``bounceparse ledger``: what is known of an address, and what people may do about it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bounceparse.cli.common import Exit, Parser, add_command
from bounceparse.cli.settings import add_ledger, clock, load_config, lock, open_ledger, say


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "ledger",
        "Tells the story of an address, and undoes. Every address has its events, what they did and why.",
        "bounceparse ledger show jane@example.org --ledger bounce-report",
    )
    verbs = parser.add_subparsers(metavar="VERB", dest="verb", parser_class=Parser, title="verbs", required=True)
    _show(verbs)
    _forgive(verbs)
    _forget(verbs)
    for name, line, function in (
        ("approve", "lets the removals that the brake held back pass with the next run", _run_approve),
        ("reweigh", "weighs every address anew, after the policy was changed", _run_reweigh),
        ("runs", "lists the runs, the newest first", _run_runs),
        ("dump", "prints the whole ledger as JSON lines", _run_dump),
    ):
        verb = verbs.add_parser(name, help=line, description=line)
        add_ledger(verb)
        verb.set_defaults(func=function)
    check = verbs.add_parser(
        "check",
        help="prints those addresses of a file that mail must not be sent to",
        description="Prints those addresses of a file that are suppressed, persons who were forgotten included.",
    )
    check.add_argument("file", type=Path, metavar="FILE", help="addresses, one a line")
    add_ledger(check)
    check.set_defaults(func=_run_check)


def _show(verbs: argparse._SubParsersAction[Parser]) -> None:
    show = verbs.add_parser("show", help="tells the story of an address", description="Tells the story of an address.")
    show.add_argument("address", metavar="ADDRESS")
    add_ledger(show)
    show.set_defaults(func=_run_show)


def _forgive(verbs: argparse._SubParsersAction[Parser]) -> None:
    forgive = verbs.add_parser(
        "forgive",
        help="takes back what is held against an address, or all that one run recorded",
        description="Takes back what is held against an address, or all that one run recorded. The events stay on\n"
        "record but weigh nothing; the address leaves suppressed.csv and stands in restored.csv.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    forgive.add_argument("target", metavar="ADDRESS|RUN", help="an address, or the number of a run (see `ledger runs`)")
    forgive.add_argument("--note", required=True, help="why, for whoever reads the story later")
    add_ledger(forgive)
    forgive.set_defaults(func=_run_forgive)


def _forget(verbs: argparse._SubParsersAction[Parser]) -> None:
    forget = verbs.add_parser(
        "forget",
        help="erases a person from the ledger",
        description="Erases a person from the ledger: events, decisions and standing.",
    )
    forget.add_argument("address", metavar="ADDRESS")
    forget.add_argument(
        "--keep-suppressed",
        action="store_true",
        help="keep a salted hash, so that a suppressed address stays suppressed (see `ledger check`)",
    )
    add_ledger(forget)
    forget.set_defaults(func=_run_forget)


def _run_show(options: argparse.Namespace) -> int:
    from bounceparse.ledger.story import tell

    config = load_config(options)
    with open_ledger(options, config) as ledger:
        for line in tell(ledger, options.address, config.policy):
            say(line)
    return Exit.DONE


def _run_forgive(options: argparse.Namespace) -> int:
    from bounceparse.ledger.amends import forgive_address, forgive_run

    config = load_config(options)
    with open_ledger(options, config) as ledger:
        lock(ledger, config)
        if options.target.isdigit():
            count = forgive_run(ledger, int(options.target), options.note, config.policy, clock())
        else:
            count = forgive_address(ledger, options.target, options.note, config.policy, clock())
    say(f"forgave {count:,} events; the next `bounceparse process` writes the lists anew")
    return Exit.DONE


def _run_forget(options: argparse.Namespace) -> int:
    from bounceparse.ledger.amends import forget

    config = load_config(options)
    with open_ledger(options, config) as ledger:
        lock(ledger, config)
        found = forget(ledger, options.address, keep_suppressed=options.keep_suppressed, now=clock())
    say(
        "forgotten; lists written before still name the address" if found else "the ledger knew nothing of this address"
    )
    return Exit.DONE


def _run_approve(options: argparse.Namespace) -> int:
    config = load_config(options)
    with open_ledger(options, config) as ledger:
        lock(ledger, config)
        count = ledger.approve()
    say(f"approved {count:,} removals; the next `bounceparse process` publishes them")
    return Exit.DONE


def _run_reweigh(options: argparse.Namespace) -> int:
    from bounceparse.ledger.amends import reweigh

    config = load_config(options)
    with open_ledger(options, config) as ledger:
        lock(ledger, config)
        count = reweigh(ledger, config.policy, clock())
    say(f"{count:,} addresses changed their standing; the next `bounceparse process` writes the lists anew")
    return Exit.DONE


def _run_runs(options: argparse.Namespace) -> int:
    from bounceparse.ledger.events import iso

    with open_ledger(options, load_config(options)) as ledger:
        for number, kind, at, status, sources, note, counts in ledger.database.query(
            "SELECT id, kind, started_at, status, sources, note, counts FROM runs ORDER BY id DESC LIMIT 100"
        ):
            named = " ".join(json.loads(sources or "[]"))
            told = " ".join(f"{name}={count}" for name, count in json.loads(counts or "{}").items())
            say(f"{number:>6}  {iso(at)}  {kind:<9} {status:<7}  {told}  {named}" + (f"  ({note})" if note else ""))
    return Exit.DONE


def _run_dump(options: argparse.Namespace) -> int:
    with open_ledger(options, load_config(options)) as ledger:
        for line in ledger.dump():
            say(line)
    return Exit.DONE


def _run_check(options: argparse.Namespace) -> int:
    from bounceparse.config import read_addresses
    from bounceparse.ledger.amends import is_suppressed
    from bounceparse.record import SourceError

    try:
        addresses = sorted(read_addresses(options.file))
    except OSError as error:
        raise SourceError(f"cannot read {options.file}: {error.strerror}") from None
    with open_ledger(options, load_config(options)) as ledger:
        for address in addresses:
            if is_suppressed(ledger, address):
                say(address)
    return Exit.DONE
