"""Brings the README's output and the picture up to date with what the program prints.

usage: python docs/refresh.py [--tests]

With --tests the tests are run too and their output is put into the README; it is not put there when one fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
COMMAND = "bounceparse process samples --out bounce-report"
MARK = "<!-- first-result output -->\n```text\n"
TESTS_MARK = "<!-- tests output -->\n```text\n"


def summary() -> str:
    """Return what the README's first command prints, on a terminal of 96 columns."""
    environment = {**os.environ, "COLUMNS": "96", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "samples").symlink_to(ROOT / "samples")
        command = [sys.executable, "-m", *COMMAND.split()]
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=False, encoding="utf-8"
        )
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)
    return done.stdout


def readme_output() -> str:
    """Return the output of that command as the README has it."""
    return (ROOT / "README.md").read_text(encoding="utf-8").partition(MARK)[2].partition("```\n")[0]


def test_output() -> str:
    """Return what the README's second command prints, the lines of dots between the first and the last left out."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode:
        sys.exit(done.stdout[-3000:])
    lines = done.stdout.strip().splitlines()
    return "\n".join([lines[0], "...", lines[-1], ""])


def put(mark: str, output: str) -> None:
    """Put an output into the README, below its mark."""
    readme = ROOT / "README.md"
    before, found, rest = readme.read_text(encoding="utf-8").partition(mark)
    if not found:
        sys.exit(f"README.md has no {mark!r}")
    readme.write_text(before + mark + output + "```\n" + rest.partition("```\n")[2], encoding="utf-8")


def main() -> None:
    """Rewrite the README's outputs and the picture."""
    sys.path.insert(0, str(DOCS))
    from picture import draw

    page = summary()
    put(MARK, page)
    (DOCS / "summary.svg").write_text(draw(COMMAND, page), encoding="utf-8")
    if "--tests" in sys.argv[1:]:
        put(TESTS_MARK, test_output())


if __name__ == "__main__":
    main()
