"""What judging a reply costs, beside the standard library's parse of a message, in CPU time.

    python benchmarks/classify.py REPLIES [MESSAGE...]

REPLIES holds one reply a line, or JSON lines with a ``text``. "First sight" is the only pass over
rules just loaded: every word is new, and every phrase that is needed gets compiled. "Cold" empties
both memos of verdicts before every pass over all the replies, "warm" keeps them; between the two, the
memo of whole texts alone is emptied, as if each reply came again with other names in it. The
machine's speed cancels out in the ratios. Messages are parsed whole with ``email.message_from_bytes``.
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


def cost(work: Callable[[], int], passes: int = PASSES) -> float:
    """Return the least CPU time of one item over several passes, in microseconds."""
    best = float("inf")
    for _ in range(passes):
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

    def judge() -> int:
        for context in contexts:
            rules.judge(context)
        return len(contexts)

    def judge_cold() -> int:
        rules.forget()
        return judge()

    def judge_words() -> int:
        rules.forget(texts_only=True)
        return judge()

    def parse() -> int:
        for message in messages:
            email.message_from_bytes(message)
        return len(messages)

    first = cost(judge, passes=1)
    cold, words, warm = cost(judge_cold), cost(judge_words), cost(judge)
    print(f"{len(rules.rules)} rules, {len(contexts)} replies")
    print(f"judge, first sight  {first:8.1f} µs a reply")
    print(f"judge, memos cold   {cold:8.1f} µs a reply")
    print(f"judge, other names  {words:8.1f} µs a reply")
    print(f"judge, memos warm   {warm:8.1f} µs a reply")
    if messages:
        stdlib = cost(parse)
        print(f"stdlib email parse  {stdlib:8.1f} µs a message")
        print(f"a parse costs as much as {stdlib / cold:.1f} cold or {stdlib / warm:.1f} warm replies")


if __name__ == "__main__":
    main()
