"""What it costs to start: CPU time and modules of the small commands.

    python benchmarks/startup.py [--rounds 11]

The yardstick is ``python -c pass``, which differs from machine to machine (and with what is installed there). Times are
CPU milliseconds of the whole process, the median of the rounds.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.watch import machine

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "lab-exim-e554-yandex.eml"
COMMANDS = {
    "--help": (["--help"], 150),
    "explain 550": (["explain", "550"], 200),
    "parse, one message": (["parse", str(SAMPLE)], 250),
}
"""Each command with its arguments and its limit in milliseconds."""


def cpu(arguments: list[str], rounds: int) -> float:
    """Return the median CPU milliseconds of a Python process."""
    spent = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return 1000 * statistics.median(spent)


def costs(arguments: list[str], top: int = 8) -> list[tuple[float, str]]:
    """Return the modules of ours that take longest to load by themselves, in milliseconds."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bounceparse", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    rows = []
    for line in told.splitlines():
        own, _, rest = line.removeprefix("import time:").partition("|")
        name = rest.partition("|")[2].strip()
        if own.strip().isdigit():
            rows.append((int(own) / 1000, name))
    return sorted(rows, reverse=True)[:top]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    print(machine())
    bare = cpu(["-c", "pass"], options.rounds)
    print(f"{'command':24} {'CPU ms':>8} {'limit':>6} {'above python -c pass':>21} {'ratio':>6}")
    print(f"{'python -c pass':24} {bare:8.0f}")
    for name, (arguments, limit) in COMMANDS.items():
        spent = cpu(["-m", "bounceparse", *arguments], options.rounds)
        print(f"{name:24} {spent:8.0f} {limit:6} {spent - bare:21.0f} {spent / bare:6.2f}")
    print("dearest modules of parse:", ", ".join(f"{name} {ms:.0f} ms" for ms, name in costs(["parse", str(SAMPLE)])))


if __name__ == "__main__":
    main()
