"""Brings the README's output and the picture up to date with what the program prints.

usage: python docs/refresh.py
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


def main() -> None:
    """Rewrite the README's output and the picture."""
    sys.path.insert(0, str(DOCS))
    from picture import draw

    readme = ROOT / "README.md"
    before, mark, rest = readme.read_text(encoding="utf-8").partition(MARK)
    page = summary()
    readme.write_text(before + mark + page + "```\n" + rest.partition("```\n")[2], encoding="utf-8")
    (DOCS / "summary.svg").write_text(draw(COMMAND, page), encoding="utf-8")


if __name__ == "__main__":
    main()
