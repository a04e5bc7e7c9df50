"""``bounceparse rules check FILE...`` and ``bounceparse rules test [FILE...]``: prove rule files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bounceparse.cli.common import add_command


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the ``rules`` command and its verbs."""
    parser = add_command(
        subparsers,
        "rules",
        "Checks and tests rule files. Fields, ids and sources must be right, and every sample must reach its own rule.",
        "bounceparse rules test my-rules.toml",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    check = verbs.add_parser("check", help="check the fields, ids, phrases and sources of rule files")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a rule file (TOML)")
    test = verbs.add_parser("test", help="check rule files and run every sample through the whole rule set")
    test.add_argument("files", nargs="*", type=Path, metavar="FILE", help="rule files; without any, the shipped ones")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Print each problem on a line; 0 when there is none, else 1."""
    from bounceparse.reasons import checker, loader

    files = args.files or loader.shipped_files()
    problems = checker.check_files(files)
    if args.verb == "test" and not problems:
        rules, names = checker.load_set(args.files)
        problems = checker.test_rules(rules, names)
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems", file=sys.stderr)
        return 1
    count = sum(len(loader.load_file(path).rules) for path in files)
    print(f"{count} rules in {len(files)} files: no problems")
    return 0
