"""``bounceparse verp``: makes and checks envelope senders that prove a bounce genuine."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bounceparse.cli.common import Exit, Parser, add_command, complain
from bounceparse.cli.settings import add_config, clock, load_config, say
from bounceparse.record import UsageError

if TYPE_CHECKING:
    from bounceparse.proof.settings import Key


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "verp",
        "Makes and checks envelope senders that prove a bounce genuine. Keys are in the configuration file.",
        "bounceparse verp make jane@example.org --sender bounces@news.example.com --config bounceparse.toml",
    )
    verbs = parser.add_subparsers(metavar="VERB", dest="verb", parser_class=Parser, title="verbs", required=True)
    make = verbs.add_parser("make", help="prints an envelope sender for mail to ADDRESS")
    make.add_argument(
        "recipient", metavar="ADDRESS", help="whom the mail is for; with --batv it is not needed", nargs="?"
    )
    make.add_argument("--sender", metavar="ADDRESS", help="your bounce address; with --header it is not needed")
    kind = make.add_mutually_exclusive_group()
    kind.add_argument("--batv", action="store_true", help="a BATV tag (prvs=) instead of VERP")
    kind.add_argument("--header", metavar="MESSAGE-ID", help="the value of the signed header field for this message")
    add_config(make)
    make.set_defaults(func=_make)
    check = verbs.add_parser("check", help="says whose a tagged address is, or that it is not ours (exit status 1)")
    check.add_argument("address", metavar="TAGGED", help="the address that a bounce came to")
    add_config(check)
    check.set_defaults(func=_check)


def _first(keys: tuple[Key, ...], name: str) -> Key:
    if not keys:
        raise UsageError(f"the configuration has no [[proof.{name}]]; see docs/proof.md")
    return keys[0]


def _make(options: argparse.Namespace) -> int:
    from bounceparse.proof.verp import make_batv, make_header, make_verp

    proof = load_config(options).proof
    if not (options.sender or options.header):
        raise UsageError("give your bounce address: --sender bounces@news.example.com")
    if options.batv:
        say(make_batv(options.sender, _first(proof.batv_keys, "batv_keys"), clock()))
        return Exit.DONE
    if options.recipient is None:
        raise UsageError("give the ADDRESS that the mail is for")
    key = _first(proof.keys, "keys")
    if options.header:
        say(f"{proof.header}: {make_header(options.recipient, options.header, key, clock())}")
    else:
        say(make_verp(options.recipient, options.sender, key, clock()))
    return Exit.DONE


def _check(options: argparse.Namespace) -> int:
    from bounceparse.proof.verp import find_batv, find_verp

    proof = load_config(options).proof
    if not (proof.keys or proof.batv_keys):
        _first(proof.keys, "keys")
    data = options.address.encode("utf-8", "replace")
    for tagged in find_verp(data, proof.keys, clock(), proof.max_age_days):
        say(f"ours: mail to {tagged.recipient}, key {tagged.key}")
        return Exit.DONE
    for tagged in find_batv(data, proof.batv_keys, clock()):
        say(f"ours: BATV, key {tagged.key} (it does not tell the recipient)")
        return Exit.DONE
    complain("not ours: no tag, a wrong one, or one that is too old")
    return 1
