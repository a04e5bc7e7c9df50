"""What people do to the ledger by hand: forgive, forget, tell of deliveries.

Each is a run of its own with its note, so that the story of an address tells of it. The addresses concerned are
weighed again at once; a removal that is taken back is withdrawn from tonight's lists or, where it was published
before, announced in ``restored.csv``.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bounceparse.ledger.database import Row, transaction
from bounceparse.ledger.events import address_key
from bounceparse.ledger.ledger import Ledger, Run
from bounceparse.ledger.schema import tag
from bounceparse.ledger.weighing import forget_numbers
from bounceparse.policy.settings import Settings
from bounceparse.record import Bounce, Kind, SourceError, UsageError

_BATCH = 20_000

_DELIVERY = Bounce(source=None, position=0, event_id="", kind=Kind.DELIVERED)

_IN_ORDER_OF_RUNS = "run IN (SELECT id FROM runs) AND"  # found run by run, without reading the whole table
_ABOUT_A_PERSON = {
    "events": "",
    "addresses": "",
    "touched": "",
    "nights": "night IN (SELECT night FROM runs) AND",
    "decisions": _IN_ORDER_OF_RUNS,
    "outbox": _IN_ORDER_OF_RUNS,
}


def forgive_address(ledger: Ledger, address: str, note: str, settings: Settings, now: int) -> int:
    """Take everything back that is held against an address so far; return how many events that were.

    The events stay on record, but weigh nothing any more; reading them again changes nothing.
    """
    key = address_key(address)
    if not ledger.database.query("SELECT 1 FROM addresses WHERE address = ?", (key,)):
        raise UsageError(f"the ledger knows nothing of {address}; see `bounceparse ledger show ADDRESS`")
    run = ledger.begin("forgive", now, sources=[address], note=note)
    with transaction(ledger.database):
        count = ledger.database.execute(
            "UPDATE events SET forgiven = ? WHERE address = ? AND forgiven IS NULL", (run.number, key)
        )
        ledger.database.execute("INSERT INTO touched VALUES (?) ON CONFLICT DO NOTHING", (key,))
    _weigh_and_finish(ledger, run, settings, {"forgiven": count})
    return count


def forgive_run(ledger: Ledger, number: int, note: str, settings: Settings, now: int) -> int:
    """Take back what one run recorded; return how many events that were."""
    known = ledger.database.query("SELECT first_event FROM runs WHERE id = ? AND kind <> 'forgive'", (number,))
    if not known:
        raise UsageError(f"there is no run {number} to forgive; see `bounceparse ledger runs`")
    run = ledger.begin("forgive", now, sources=[f"run {number}"], note=note)
    where = "run = ? AND id >= ? AND forgiven IS NULL"
    with transaction(ledger.database):
        ledger.database.execute(
            f"INSERT INTO touched SELECT DISTINCT address FROM events WHERE {where} ON CONFLICT DO NOTHING",
            (number, known[0][0]),
        )
        count = ledger.database.execute(
            f"UPDATE events SET forgiven = ? WHERE {where}", (run.number, number, known[0][0])
        )
    _weigh_and_finish(ledger, run, settings, {"forgiven": count})
    return count


def reweigh(ledger: Ledger, settings: Settings, now: int) -> int:
    """Weigh every address anew, after the policy was changed; return how many changed their standing."""
    run = ledger.begin("reweigh", now)
    # What waits from a run that died has news; it is weighed as such before everything else is touched.
    changed = ledger.decide(run, settings)
    with transaction(ledger.database):
        ledger.database.execute("INSERT INTO touched SELECT address FROM addresses WHERE true ON CONFLICT DO NOTHING")
    changed += ledger.decide(run, settings, news=False)
    ledger.finish(run, {}, publish=False)
    return changed


def _weigh_and_finish(ledger: Ledger, run: Run, settings: Settings, counts: dict[str, int]) -> None:
    """Weigh what was touched and end the run; what waits to be published goes on waiting for the next ``process``."""
    counts["changed"] = ledger.decide(run, settings)
    ledger.finish(run, counts, publish=False)


def forget(ledger: Ledger, address: str, *, keep_suppressed: bool, now: int) -> bool:
    """Erase a person: all events, decisions and the standing. Return whether there was anything to erase.

    With ``keep_suppressed`` a salted hash stays where the address was suppressed, so that events that come later
    are not recorded and ``is_suppressed`` still answers; without, nothing stays.
    """
    key = address_key(address)
    ledger.database.overwrite()
    with transaction(ledger.database):
        state = ledger.database.query("SELECT state FROM addresses WHERE address = ?", (key,))
        erased = sum(
            ledger.database.execute(f"DELETE FROM {table} WHERE {where} address = ?", (key,))
            for table, where in _ABOUT_A_PERSON.items()
        )
        forget_numbers(ledger.database)
        # The notes of runs that name the address go too.
        for number, sources in ledger.database.query("SELECT id, sources FROM runs WHERE kind = 'forgive'"):
            if sources and key in sources.casefold():
                ledger.database.execute("UPDATE runs SET sources = '[]', note = NULL WHERE id = ?", (number,))
        already = ledger.forgotten.is_suppressed(key)
        if keep_suppressed and (already or (state and state[0][0] == "suppressed")):
            ledger.forgotten.add(key, now)
        elif not keep_suppressed:
            ledger.forgotten.remove(key)
    return bool(erased) or already


def is_suppressed(ledger: Ledger, address: str) -> bool:
    """Say whether mail to this address should be withheld, forgotten persons included."""
    key = address_key(address)
    rows = ledger.database.query("SELECT 1 FROM addresses WHERE address = ? AND state = 'suppressed'", (key,))
    return bool(rows) or ledger.forgotten.is_suppressed(key)


def record_deliveries(
    ledger: Ledger, deliveries: Iterable[tuple[str, int]], settings: Settings, now: int
) -> dict[str, int]:
    """Record known deliveries (address, seconds since 1970) and return the counts.

    For an address with a history each is an event; of others only the last delivery is kept, one row per address, so
    that a nightly file of all deliveries doesn't grow the ledger without end.
    """
    run = ledger.begin("delivered", now, sources=["delivered"])
    counts = {"read": 0, "events": 0}
    for batch in _batches(deliveries):
        newest: dict[str, tuple[str, int]] = {}
        rows: list[Row] = []
        for address, at in batch:
            key = address_key(address)
            newest[key] = max(newest.get(key, (address, at)), (address, at), key=lambda seen: seen[1])
            rows.append(_delivery_row(ledger, key, address, at, run))
        counts["read"] += len(rows)
        known = _with_history(ledger, sorted(newest))
        counts["events"] += ledger.insert_events([row for row in rows if row[0] in known])
        _remember(ledger, newest, run.night)
    counts["changed"] = ledger.decide(run, settings)
    ledger.finish(run, counts, publish=False)
    return counts


def _with_history(ledger: Ledger, keys: list[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        marks = ",".join("?" * len(part))
        known.update(
            row[0]
            for row in ledger.database.query(f"SELECT DISTINCT address FROM events WHERE address IN ({marks})", part)
        )
    return known


def _remember(ledger: Ledger, newest: dict[str, tuple[str, int]], night: int) -> None:
    rows = [(key, key.rpartition("@")[2], address, at) for key, (address, at) in sorted(newest.items())]
    with transaction(ledger.database):
        ledger.database.execute_many(
            "INSERT INTO addresses (address, domain, shown, state, score, needed, stage, bounces, permanent, temporary,"
            " last_delivered) VALUES (?, ?, ?, 'active', 0, 0, 0, 0, 0, 0, ?) ON CONFLICT (address) DO UPDATE SET"
            " last_delivered = CASE WHEN addresses.last_delivered >= excluded.last_delivered"
            " THEN addresses.last_delivered ELSE excluded.last_delivered END",
            rows,
        )


def _delivery_row(ledger: Ledger, key: str, address: str, at: int, run: Run) -> Row:
    event_id = hashlib.blake2b(f"delivered\0{key}\0{at}".encode(), digest_size=16).hexdigest()
    verdict = ledger.verdicts.of(_DELIVERY, None)
    said_nothing = (None,) * 6
    return (key, tag(event_id), event_id, None if address == key else address, at, verdict, *said_nothing, run.number)


def _batches(deliveries: Iterable[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    batch: list[tuple[str, int]] = []
    for delivery in deliveries:
        batch.append(delivery)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def read_deliveries(path: Path, now: int) -> Iterator[tuple[str, int]]:
    """Yield address and time of a file: one address a line, or CSV with the columns ``address`` and ``date``.

    The date is ISO 8601; without one the mail was delivered now.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines)
            columns = {"address": 0, "date": 1}
            for number, row in enumerate(rows, 1):
                if number == 1 and "address" in (names := [cell.strip().casefold() for cell in row]):
                    columns = {"address": names.index("address"), "date": _first(names, "date", "delivered_at", "time")}
                    continue
                address = row[columns["address"]].strip() if len(row) > columns["address"] else ""
                if not address:
                    continue
                if "@" not in address:
                    raise UsageError(f"{path}, line {number}: {address[:60]!r} is not an address")
                dated = row[columns["date"]].strip() if 0 <= columns["date"] < len(row) else ""
                yield address, _seconds(dated, now, f"{path}, line {number}")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _first(names: list[str], *wanted: str) -> int:
    return next((names.index(name) for name in wanted if name in names), -1)


def _seconds(text: str, now: int, place: str) -> int:
    if not text:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{place}: {text[:40]!r} is not a date like 2026-03-01 or 2026-03-01T04:05:06+00:00") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
