"""What judging a reply costs, beside the standard library's parse of a message, in CPU time.

    python benchmarks/classify.py REPLIES [MESSAGE...]

REPLIES holds one reply a line, or JSON lines with a ``text``. "Cold" empties the memo of verdicts
before every pass over all the replies, "warm" keeps it. The machine's speed cancels out in the
ratios. Messages are parsed whole with ``email.message_from_bytes``.
"""

from __future__ import annotations

import email
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bounceparse.reasons.context import Context
from bounceparse.reasons.engine import RuleSet
from bounceparse.smtp.reply import read_reply

PASSES = 7


def cost(work: Callable[[], int]) -> float:
    """Return the least CPU time of one item over several passes, in microseconds."""
    best = float("inf")
    for _ in range(PASSES):
        started = time.process_time()
        count = work()
        best = min(best, (time.process_time() - started) / count)
    return best * 1e6


def read_lines(path: Path) -> list[str]:
    """Return the replies of a file."""
    lines = path.read_text("utf-8").splitlines()
    return [json.loads(line)["text"] if line.startswith("{") else line for line in lines if line.strip()]


def main() -> None:
    """Print the costs and their ratios."""
    if len(sys.argv) < 2:
        raise SystemExit("usage: classify.py REPLIES [MESSAGE...]")
    contexts = [Context(read_reply(" ".join(line.split()))) for line in read_lines(Path(sys.argv[1]))]
    messages = [Path(name).read_bytes() for name in sys.argv[2:]]
    rules = RuleSet.shipped()

    def judge(cold: bool) -> int:
        if cold:
            rules.forget()
        for context in contexts:
            rules.judge(context)
        return len(contexts)

    def parse() -> int:
        for message in messages:
            email.message_from_bytes(message)
        return len(messages)

    judge(cold=True)
    cold, warm = cost(lambda: judge(cold=True)), cost(lambda: judge(cold=False))
    print(f"{len(rules.rules)} rules, {len(contexts)} replies")
    print(f"judge, memo cold    {cold:8.1f} µs a reply")
    print(f"judge, memo warm    {warm:8.1f} µs a reply")
    if messages:
        stdlib = cost(parse)
        print(f"stdlib email parse  {stdlib:8.1f} µs a message")
        print(f"a parse costs as much as {stdlib / cold:.1f} cold or {stdlib / warm:.1f} warm replies")


if __name__ == "__main__":
    main()
