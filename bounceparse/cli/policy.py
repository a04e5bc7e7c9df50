"""``bounceparse policy``: the table of the history policy that is in force."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from bounceparse.cli.common import Exit, add_command
from bounceparse.cli.settings import add_config, load_config, say

if TYPE_CHECKING:
    from bounceparse.config import Config


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "policy",
        "Prints the policy in force: which evidence leads to what. Its numbers are set in the configuration file.",
        "bounceparse policy --config bounceparse.toml",
    )
    add_config(parser)
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Print the table in force."""
    from bounceparse.policy.table import render

    config = load_config(options)
    for line in render(config.policy):
        say(line)
    for line in _surroundings(config):
        say(line)
    return Exit.DONE


def _surroundings(config: Config) -> list[str]:
    brake = config.brake
    if not brake.enabled:
        held = "the brake is off"
    else:
        held = (
            f"the brake holds removals back: more than {brake.share:.3g} of the addresses known or than"
            f" {brake.count:,}, whichever is more;"
            f" from {brake.domain_minimum} on, more than {brake.domain_share:.3g} of a domain;"
            f" from {brake.text_minimum} on, more than {brake.text_share:.3g} on one reply text from one server"
        )
    ways = [
        name
        for name, value in (
            ("VERP and header tags", config.proof.keys),
            ("BATV", config.proof.batv_keys),
            ("sent log", config.proof.sent_log),
            ("DKIM of the returned original", config.proof.domains),
            ("signed reports", config.proof.reporters),
        )
        if value
    ]
    return ["", held, f"proofs that are looked for: {', '.join(ways) or 'none'}"]
