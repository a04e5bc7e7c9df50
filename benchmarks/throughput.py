"""How fast the whole way is, against the standard library's parser on the same messages in the same process.

    python benchmarks/throughput.py [MBOX ...] [--messages 5000] [--naive 1000]

The yardstick is ``email.message_from_bytes`` (policy compat32), which parses a message and does nothing else; what it
makes of a message is dropped before the next one, for to keep it all costs the garbage collector 10 % more. The full
way goes from the mailbox's bytes to records with reply, reason and decision. Both are measured in CPU time, in turns
(yardstick, full way, yardstick, ...), so that a machine that slows down slows both; the ratio is that of the medians.
The naive stack is mail-parser, then flufl.bounce, then a DataFrame, on the first ``--naive`` messages. Without MBOX the
mail is generated (see mailbox.py), every message different; how often what is remembered between messages helps is
printed too.
"""

from __future__ import annotations

import argparse
import cProfile
import email
import functools
import gc
import logging
import pstats
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import bounceparse
from benchmarks import mailbox
from benchmarks.watch import machine
from bounceparse.parser import parse_message
from bounceparse.reading import read_records
from bounceparse.sources import read_sources

ROUNDS = 5
STAGES = ("sources", "mime", "formats", "smtp", "reasons", "policy")


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def full(path: Path) -> int:
    """Go the whole way and return the number of messages."""
    return sum(1 for _ in read_records([str(path)]))


def parse_all(messages: list[bytes]) -> None:
    """Do what the yardstick does: parse each message, and keep none."""
    for message in messages:
        email.message_from_bytes(message)


def measure(path: Path, naive: int) -> None:
    messages = [raw.data for raw in read_sources([str(path)])]
    count = len(messages)
    print(f"{path.name}: {count:,} messages, {sum(map(len, messages)) / count:,.0f} bytes on average")
    full(path)  # fills what is remembered and loads what is loaded late; its cost is startup.py's matter
    bare, ours, rounds = [], [], []
    for _ in range(ROUNDS):
        bare.append(cpu(lambda: parse_all(messages)))
        ours.append(cpu(lambda: full(path)))
        rounds.append(bare[-1] / ours[-1])
    yardstick, way = statistics.median(bare), statistics.median(ours)
    rows = [("email.message_from_bytes, compat32", yardstick / count), ("bounceparse, the full way", way / count)]
    if naive:
        part = messages[:naive]
        rows.append(("mail-parser + flufl.bounce + DataFrame", cpu(lambda: naive_stack(part)) / len(part)))
    print(f"  {'':40} {'µs a message':>13} {'messages/CPU-s':>15} {'ratio':>6}")
    for name, seconds in rows:
        print(f"  {name:40} {seconds * 1e6:13.1f} {1 / seconds:15,.0f} {yardstick / count / seconds:6.2f}")
    print(f"  ratio per round: {' '.join(f'{ratio:.2f}' for ratio in rounds)}")
    print(f"  share of the time: {stages(path)}")
    print(f"  remembered: {', '.join(hit_rates(messages))}")


def naive_stack(messages: list[bytes]) -> object:
    """Do what one would with the libraries alone: the tree, the recipients, a table."""
    logging.disable()  # both log much, which would cost them more
    import mailparser
    import pandas
    from flufl.bounce import scan_message

    rows = []
    for data in messages:
        try:
            parsed = mailparser.parse_from_bytes(data)
            found = scan_message(email.message_from_bytes(data))
        except Exception:  # both raise on damaged mail
            continue
        rows += [(address, parsed.message_id, parsed.subject, str(parsed.date)) for address in found or (b"",)]
    return pandas.DataFrame(rows, columns=["recipient", "message_id", "subject", "date"])


def stages(path: Path) -> str:
    """Return the share of each part of the package, by the profiler's own times.

    The profiler makes small functions dearer than they are, so the shares are rough. What the standard library does
    counts to the part of the package that calls it.
    """
    profile = cProfile.Profile(time.process_time)
    profile.runcall(full, path)
    table = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    spent: Counter[str] = Counter()
    home = str(Path(bounceparse.__file__).parent)
    for (file, _, _), (_, _, own, _, callers) in table.items():
        if file.startswith(home):
            spent[_stage(file, home)] += own
        else:
            for (caller, _, _), (*_, share, _) in callers.items():
                if caller.startswith(home):
                    spent[_stage(caller, home)] += share
    total = sum(spent.values())
    return ", ".join(f"{name} {100 * seconds / total:.0f} %" for name, seconds in spent.most_common() if seconds)


def _stage(file: str, home: str) -> str:
    part = Path(file).relative_to(home).parts[0]
    return part if part in STAGES else "records"


def hit_rates(messages: list[bytes]) -> Iterator[str]:
    """Yield how often each cache of the package knew the answer."""
    caches = {
        id(found): found
        for found in gc.get_objects()
        if isinstance(found, functools._lru_cache_wrapper) and (found.__module__ or "").startswith("bounceparse.")
    }
    for cache in caches.values():
        cache.cache_clear()
    for message in messages:
        parse_message(message)
    for cache in sorted(caches.values(), key=lambda cache: (cache.__module__, cache.__name__)):
        told = cache.cache_info()
        asked = told.hits + told.misses
        if asked > len(messages) // 20:
            yield f"{cache.__module__.removeprefix('bounceparse.')}.{cache.__name__} {100 * told.hits / asked:.0f} %"
    yield from _rule_memo(messages)


def _rule_memo(messages: list[bytes]) -> Iterator[str]:
    """Yield how often the rules' memo of masked texts knew the answer, counted from its growth."""
    from bounceparse.reasons import engine

    rules = engine.default_rules()
    rules.forget()
    judged = sum(
        bounce.kind in ("failed", "delayed") for message in messages for bounce in parse_message(message) if bounce.rule
    )
    if judged:
        yield f"rules by masked text {100 * max(0, judged - rules.kept()) / judged:.0f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mailboxes", nargs="*", type=Path, metavar="MBOX")
    parser.add_argument("--messages", type=int, default=5_000, help="how many to generate")
    parser.add_argument("--naive", type=int, default=1_000, help="messages for the naive stack; 0: leave it out")
    options = parser.parse_args()
    print(machine())
    for path in options.mailboxes:
        measure(path, options.naive)
    if not options.mailboxes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "generated.mbox"
            mailbox.write(path, options.messages)
            measure(path, options.naive)


if __name__ == "__main__":
    main()
