"""``bounceparse classify``: bare SMTP replies on standard input, one answer per line, in order."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from dataclasses import fields
from operator import attrgetter
from typing import BinaryIO

from bounceparse.cli.common import Exit, add_command, add_rules, complain, on_terminal, standard_input


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers,
        "classify",
        "Answers bare SMTP replies, one per line. Reads standard input and prints exactly one\n"
        "answer per line, in order.",
        "grep -oE 'said: .*' /var/log/mail.log | bounceparse classify",
    )
    parser.add_argument(
        "--format", choices=("jsonl", "csv"), default="jsonl", help="the format of the answers (default: jsonl)"
    )
    add_rules(parser)
    parser.set_defaults(func=run)


def run(options: argparse.Namespace) -> int:
    """Answer every line of standard input."""
    typed = on_terminal(sys.stdin)
    if typed:
        complain("type SMTP replies, one per line; end with Ctrl-D")
    classify_lines(standard_input(), sys.stdout.buffer, options.format, flush=typed)
    return Exit.DONE


def classify_lines(lines: BinaryIO, answers: BinaryIO, table: str, *, flush: bool = False) -> None:
    """Write one answer per line; a line ends at ``\\n`` alone and may hold any bytes, or none."""
    from bounceparse.classifier import classify
    from bounceparse.record import Classification
    from bounceparse.reports.rows import csv_cells, json_line

    names = tuple(field.name for field in fields(Classification))
    values = attrgetter(*names)
    text = io.TextIOWrapper(answers, "utf-8", newline="", write_through=flush)
    rows = csv.writer(text, lineterminator="\n")
    if table == "csv":
        rows.writerow(names)
    for line in lines:
        answer = values(classify(line.rstrip(b"\r\n").decode("utf-8", "replace")))
        if table == "csv":
            rows.writerow(csv_cells(answer))
        else:
            text.write(json_line(names, answer) + "\n")
        if flush:
            text.flush()
    text.flush()
    text.detach()
