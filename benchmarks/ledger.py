"""What a night costs with a growing ledger, and how fast events go in.

    python benchmarks/ledger.py [--sizes 100000,300000,1000000] [--night 10000] [--postgres URL]

For each size a ledger with so many events (3.3 an address) is made, from records, as a run does it: row made, inserted,
committed. Then a night of ``--night`` new events is recorded, weighed and written out. Ratios say what matters: the
cost of a night in the largest ledger against the smallest, and the speed of upserts against a yardstick measured in
the same process, the insertion of the same number of bare (id, time) rows into a table with a primary key. All times
are CPU seconds of this process.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bounceparse.history import BATCH, COMMIT
from bounceparse.ledger.ledger import Ledger, Run
from bounceparse.policy.settings import Settings
from bounceparse.record import Bounce, Decision, Kind, Reason, Severity
from bounceparse.reports.folder import OutputFolder
from bounceparse.reports.history import write_history_lists

NOW = 1_790_000_000
DAY = 86_400
MIX = (
    (Reason.USER_UNKNOWN, Severity.PERMANENT, Decision.REMOVE, "550", "5.1.1", "The account does not exist"),
    (Reason.HOST_UNREACHABLE, Severity.TEMPORARY, Decision.RETRY, "421", "4.4.1", "Connection timed out"),
    (Reason.MAILBOX_FULL, Severity.TEMPORARY, Decision.RETRY, "452", "4.2.2", "The mailbox is over quota"),
    (Reason.SPAM_DETECTED, Severity.PERMANENT, Decision.FIX_SENDER, "554", "5.7.1", "Message looks like spam"),
)


def bounces(count: int, addresses: int, seed: int, first_day: int, days: int) -> Iterator[Bounce]:
    """Yield generated records: varied addresses, ids, days and reply texts."""
    pick = random.Random(seed)
    for number in range(count):
        person = pick.randrange(addresses)
        reason, severity, decision, code, status, text = MIX[person % 3 if person % 17 else 3]
        at = time.gmtime(first_day * DAY + pick.randrange(days * DAY))
        yield Bounce(
            source="generated.mbox",
            position=number,
            event_id=f"{pick.getrandbits(128):032x}",
            kind=Kind.FAILED,
            recipient=f"person{person}@d{person % 4999}.example",
            reply_code=int(code),
            enhanced_status=status,
            reply_text=f"{text} {pick.getrandbits(40):010x} - gsmtp",
            severity=severity,
            reason=reason,
            decision=decision,
            rule="generated.rule",
            evidence=text,
            remote_mta=f"mx{person % 4999}.example",
            arrived_at=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", at),
        )


def record_all(ledger: Ledger, run: Run, records: Iterator[Bounce]) -> float:
    """Record as ``bounceparse.history`` does and return the CPU seconds, those of making the records left out."""
    seconds, count = 0.0, 0
    while batch := [(record, None) for record in islice(records, BATCH)]:
        count += len(batch)
        began = time.process_time()
        ledger.record(run, batch, commit=count % COMMIT == 0)
        seconds += time.process_time() - began
    began = time.process_time()
    ledger.commit()
    return seconds + time.process_time() - began


def yardstick(count: int) -> float:
    """Return the CPU seconds of inserting so many bare rows in one transaction."""
    ids = [(f"{random.getrandbits(128):032x}", number) for number in range(count)]
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID")
    began = time.process_time()
    database.execute("BEGIN")
    database.executemany("INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", ids)
    database.execute("COMMIT")
    return time.process_time() - began


def measure(place: str, out: Path, size: int, night: int) -> dict[str, float]:
    """Fill a ledger with ``size`` events, run one night of ``night`` new ones, and return the CPU seconds of each."""
    times: dict[str, float] = {}
    addresses = max(size * 3 // 10, 1)
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        run = ledger.begin("process", NOW)
        times["fill"] = record_all(ledger, run, bounces(size, addresses, 7, 20_600, 60))
        began = time.process_time()
        ledger.decide(run, Settings())
        times["weigh all"] = time.process_time() - began
        ledger.finish(run, {})
    # Opened anew, as by every night; what was written to the log is copied back at the end, and counts.
    new = list(bounces(night, addresses, -1, 20_661, 1))
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        run = ledger.begin("process", NOW + DAY)
        times["record"] = record_all(ledger, run, iter(new))
        began = time.process_time()
        ledger.decide(run, Settings())
        times["weigh"] = time.process_time() - began
        times["again"] = record_all(ledger, run, iter(new))
        began = time.process_time()
        with OutputFolder(out) as folder:
            write_history_lists(folder, ledger, run, lambda reason, _: str(reason), held=False)
            folder.publish()
        times["lists"] = time.process_time() - began
        ledger.finish(run, {})
        began = time.process_time()
    times["close"] = time.process_time() - began
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100000,300000,1000000")
    parser.add_argument("--night", type=int, default=10_000)
    parser.add_argument("--postgres", metavar="URL", help="an empty database to measure the largest size in, too")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = "record, weigh, again, lists, close, sum"
        print(f"{'events':>10} {'fill':>8} {'weigh all':>9} | a night of {options.night:,}: {steps}")
        nights: list[float] = []
        told: list[str] = []
        for size in sizes:
            times = measure(str(folder / f"{size}.sqlite3"), folder / "out", size, options.night)
            nights.append(times["record"] + times["weigh"] + times["close"])
            _show(size, times)
            bare = yardstick(size)
            told.append(
                f"upserts of {size:,}: {size / times['fill']:,.0f} events a CPU-second;"
                f" bare rows: {size / bare:,.0f}; ratio {bare / times['fill']:.2f}"
            )
        print(*told, sep="\n")
        print(f"record, weigh and close, largest ledger against smallest: {nights[-1] / nights[0]:.2f}")
        if options.postgres:
            _show(sizes[-1], measure(options.postgres, folder / "out", sizes[-1], options.night))


def _show(size: int, times: dict[str, float]) -> None:
    steps = [times[step] for step in ("record", "weigh", "again", "lists", "close")]
    told = " ".join(f"{seconds:7.2f}" for seconds in (*steps, sum(steps)))
    print(f"{size:>10,} {times['fill']:8.2f} {times['weigh all']:9.2f} | {told}")


if __name__ == "__main__":
    main()
