"""Runs the benchmarks and writes what they print into docs/speed.md and docs/cluster.md.

    python benchmarks/report.py [startup] [throughput] [memory] [scaling] [plan] [--sizes 10000,1000000] [--folder DIR]

Without names, all of them. ``scaling`` with a million messages takes a while and needs 6 GB in ``--folder``. ``plan``
uses the rate that docs/speed.md has from ``throughput``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SPEED, CLUSTER = ROOT / "docs" / "speed.md", ROOT / "docs" / "cluster.md"
NAMES = ("startup", "throughput", "memory", "scaling", "plan")


def run(name: str, *arguments: str) -> str:
    """Run a benchmark and return what it prints, showing it as well."""
    print(f"--- {name} {' '.join(arguments)}", flush=True)
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    print(done.stdout, flush=True)
    return done.stdout


def put(page: Path, name: str, text: str) -> None:
    """Replace the block below the page's comment with this name."""
    whole = page.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- {name} -->\n```text\n).*?(```\n)", re.DOTALL)
    if not block.search(whole):
        raise SystemExit(f"{page.name} has no block {name}")
    page.write_text(block.sub(lambda found: found[1] + text + found[2], whole), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME")
    parser.add_argument("--sizes", default="10000,30000,100000")
    parser.add_argument("--messages", default="20000", help="for memory")
    parser.add_argument("--folder", default="/tmp")
    options = parser.parse_args()
    for name in options.names or NAMES:
        if name == "memory":
            put(SPEED, name, run(name, "--messages", options.messages))
        elif name == "scaling":
            svg = str(ROOT / "docs" / "speed.svg")
            put(SPEED, name, run(name, "--sizes", options.sizes, "--svg", svg, "--folder", options.folder))
        elif name == "plan":
            found = re.search(r"bounceparse, the full way +[\d.]+ +([\d,]+)", SPEED.read_text(encoding="utf-8"))
            if found is None:
                raise SystemExit("docs/speed.md has no rate yet: run throughput first")
            put(CLUSTER, name, run(name, found[1].replace(",", "")))
        else:
            put(SPEED, name, run(name))


if __name__ == "__main__":
    main()
