"""Fails when a metric of the labelled set falls below its floor; prints the table either way.

usage: check_floors.py SCORE_SCRIPT FLOORS_JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(script: str, floors_file: str) -> int:
    """Print every metric with its floor and return 1 where one is below it or missing."""
    floors: dict[str, float] = json.loads(Path(floors_file).read_text(encoding="utf-8"))
    command = [sys.executable, script, "--json", "--command", f"{sys.executable} -m bounceparse"]
    scores = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    below = []
    for metric in [*scores, *(name for name in floors if name not in scores)]:
        score, floor = scores.get(metric, {"right": 0, "of": 0, "share": 0.0}), floors.get(metric)
        under = floor is not None and score["share"] < floor
        note = "" if floor is None else f"  floor {100 * floor:6.2f} %" + ("  BELOW" if under else "")
        print(f"{metric:34} {score['right']:6} of {score['of']:6}  {100 * score['share']:6.2f} %{note}")
        if under:
            below.append(metric)
    if below:
        print(f"below the floor: {', '.join(below)}", file=sys.stderr)
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
