"""``bounceparse unknowns SOURCE...``: the replies that no rule knows, grouped, with nobody's address in them."""

from __future__ import annotations

import argparse
import json

from bounceparse.cli.common import Exit, add_command, add_sources


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "unknowns",
        "Groups the replies that no rule knows, the most frequent first, ready to be made into rules. "
        "Addresses, hosts, numbers and names are masked.",
        "bounceparse unknowns /var/mail/bounces",
    )
    add_sources(parser)
    parser.add_argument("--format", choices=("text", "jsonl"), default="text", help="text (default) or jsonl")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print one line per group: how many replies, how many recipients, the codes, the masked wording."""
    from bounceparse.reading import read_records
    from bounceparse.reasons.unknowns import group_unknowns

    groups = group_unknowns(bounce for _, bounces in read_records(args.sources) for bounce in bounces)
    for group in groups:
        codes = " ".join(str(part) for part in (group.reply_code, group.enhanced_status) if part is not None)
        if args.format == "jsonl":
            row = {
                "count": group.count,
                "recipients": group.recipients,
                "reply_code": group.reply_code,
                "enhanced_status": group.enhanced_status,
                "template": group.template,
                "rules": dict(group.rules),
            }
            print(json.dumps(row, ensure_ascii=False))
        else:
            print(f"{group.count:6}  {codes or '-':11}  {group.template}")
    if not groups and args.format == "text":
        print("every reply was understood by a rule")
    return Exit.DONE
