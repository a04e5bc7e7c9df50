"""How time and memory grow with the mail, and what a second process gains.

    python benchmarks/scaling.py [--sizes 10000,100000] [--jobs 1,2] [--commands parse,process] [--svg docs/speed.svg]

Yardsticks: the time per message of the smallest size with as many processes (time in proportion to size gives 1.00),
the time of one process at the same size (two processes gain at most 2.00), and 300 MB. The mail is generated, made
larger by repeating 10,000 messages with new Message-IDs, so that a million of them (4 GB) are written in a minute.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import mailbox
from benchmarks.plot import draw
from benchmarks.watch import Watched, machine, watch

DISTINCT = 10_000
_ID = re.compile(rb"(?im)^(Message-I[dD]:[ \t]*<?)")


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement."""

    command: str
    messages: int
    jobs: int
    found: Watched


def write(path: Path, count: int) -> int:
    """Write a mailbox of so many messages and return its size in bytes."""
    messages = [
        b"From MAILER-DAEMON Mon Nov 23 10:00:00 2026\n" + message.replace(b"\nFrom ", b"\n>From ").rstrip() + b"\n\n"
        for message in mailbox.generate(min(count, DISTINCT))
    ]
    with path.open("wb", buffering=1 << 22) as stream:
        for start in range(0, count, len(messages)):
            new = rb"\g<1>r%d." % start
            for message in messages[: count - start]:
                stream.write(_ID.sub(new, message) if start else message)
        return stream.tell()


def measure(command: str, path: Path, jobs: int, folder: Path) -> Watched:
    """Run a command over the mailbox."""
    out = folder / "out"
    target = ["--out", str(out)] if command == "process" else ["--output", str(folder / "records.jsonl")]
    brake = ["--no-brake"] if command == "process" else []
    found = watch([command, str(path), "--jobs", str(jobs), "--quiet", *target, *brake])
    if found.status not in (0, 1, 4):
        raise SystemExit(f"{command} ended with status {found.status}")
    shutil.rmtree(out, ignore_errors=True)
    (folder / "records.jsonl").unlink(missing_ok=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,30000,100000")
    parser.add_argument("--jobs", default="1,2")
    parser.add_argument("--commands", default="parse,process")
    parser.add_argument("--svg", type=Path, help="draw the times here")
    parser.add_argument("--folder", type=Path, help="where to keep the mail meanwhile")
    options = parser.parse_args()
    rows: list[Row] = []
    print(machine())
    print(
        f"{'command':8} {'messages':>10} {'mail MB':>8} {'jobs':>4} {'wall s':>8} {'CPU s':>8} {'messages/s':>10}"
        f" {'in proportion':>13} {'speed-up':>8} {'RSS MB':>7} {'PSS MB':>7}"
    )
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        for count in map(int, options.sizes.split(",")):
            path = folder / "mail.mbox"
            size = write(path, count)
            for command in options.commands.split(","):
                for jobs in map(int, options.jobs.split(",")):
                    row = Row(command, count, jobs, measure(command, path, jobs, folder))
                    rows.append(row)
                    _show(row, rows, size)
            path.unlink()
    if options.svg:
        points = [(row.command, row.jobs, row.messages, row.found.wall) for row in rows]
        options.svg.write_text(draw(points, machine()), encoding="utf-8")


def _show(row: Row, rows: list[Row], size: int) -> None:
    same = [other for other in rows if (other.command, other.jobs) == (row.command, row.jobs)]
    alone = [other for other in rows if (other.command, other.messages, other.jobs) == (row.command, row.messages, 1)]
    proportion = row.found.wall / row.messages / (same[0].found.wall / same[0].messages)
    speedup = f"{alone[0].found.wall / row.found.wall:8.2f}" if alone else f"{'':8}"
    print(
        f"{row.command:8} {row.messages:10,} {size / 1e6:8.0f} {row.jobs:4} {row.found.wall:8.1f} {row.found.cpu:8.1f}"
        f" {row.messages / row.found.wall:10,.0f} {proportion:13.2f} {speedup}"
        f" {row.found.rss / 1e6:7.0f} {row.found.pss / 1e6:7.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
