"""Weighing the touched addresses: the policy asked once per address, its answers written down.

The cost is that of the touched addresses and their own events; the rest of the ledger isn't read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from bounceparse.ledger.database import Database, Row, transaction
from bounceparse.ledger.events import is_proven
from bounceparse.policy.evidence import Evidence
from bounceparse.policy.history import Event, Standing, State, weigh
from bounceparse.policy.settings import DAY, Settings
from bounceparse.record import Decision, Kind

BATCH = 2000
"""Addresses weighed per transaction."""

LAST = "\U0010ffff"
"""Sorts after every address."""

COLUMNS = (
    "address",
    "domain",
    "shown",
    "state",
    "cause",
    "held",
    "since",
    "until",
    "retry_at",
    "score",
    "needed",
    "stage",
    "bucket",
    "event_id",
    "bounces",
    "permanent",
    "temporary",
    "first_seen",
    "last_seen",
    "last_delivered",
    "night",
)
"""The columns of ``addresses``."""

_UPSERT = (
    f"INSERT INTO addresses ({','.join(COLUMNS)}) VALUES ({','.join('?' * len(COLUMNS))})"
    " ON CONFLICT (address) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
)
_KEPT = tuple(name for name in COLUMNS[1:] if name not in ("domain", "state", "last_delivered"))
_UPDATE = f"UPDATE addresses SET {', '.join(f'{name} = ?' for name in _KEPT)} WHERE address = ?"
"""The same for an address whose state stays: the indices by domain and state are not written, nor their pages."""

_STATE = COLUMNS.index("state")
_SETTING = itemgetter(*(COLUMNS.index(name) for name in (*_KEPT, "address")))

_DECISION = (
    "INSERT INTO decisions VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (run, address) DO UPDATE SET "
    + ", ".join(
        f"{name} = excluded.{name}"
        for name in ("state", "cause", "held", "since", "until", "score", "needed", "stage", "events")
    )
)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the ledger held of an address."""

    state: str
    cause: str | None
    held: str | None
    stage: int
    last_delivered: int | None
    night: int | None


class _Scale:
    """The policy with the answers for single events kept: most addresses bounce once, in one of a few ways.

    A single event's standing is the same for every address and moment, but for times, ids and the question
    whether the address may be removed by machine.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._single: dict[tuple[Evidence, bool, str | None, str | None], Standing] = {}

    def weigh(self, key: str, events: Sequence[Event], last_delivered: int | None) -> Standing:
        if len(events) != 1 or last_delivered is not None:
            return weigh(key, events, self._settings, () if last_delivered is None else (last_delivered,))
        (event,) = events
        # Only settings of single lists make the list matter; only a cause for review is named by the reason.
        kind = (event.evidence, event.proven, event.list_id if self._settings.lists else None, event.reason)
        template = self._single.get(kind)
        if template is None:
            origin = replace(event, at=0, event_id="")
            template = self._single[kind] = weigh("anybody@template.invalid", [origin], self._settings)
        return self._fitted(template, key, event)

    def _fitted(self, template: Standing, key: str, event: Event) -> Standing:
        state, held, at = template.state, template.held, event.at
        if state is State.SUPPRESSED:
            held = self._settings.for_list(event.list_id).held_back(key)
            state = State.REVIEW if held else state
        return Standing(
            state,
            template.cause,
            None if template.since is None else template.since + at,
            None if template.until is None else template.until + at,
            None if template.retry_at is None else template.retry_at + at,
            template.score,
            template.needed,
            template.stage,
            held,
            (event.event_id,) if template.events else (),
        )


class _Said:
    """The verdicts of events by their number, each asked of the ledger once."""

    _QUERY = "SELECT kind, reason, severity, decision, clear, proof FROM verdicts WHERE id = ?"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, tuple[str, str | None, str | None, str, bool, bool]] = {}

    def event(self, row: Row) -> Event:
        """Return the policy's view of address, event id, time, verdict, list and spelling."""
        address, event_id, at, verdict, list_id, recipient = row
        said = self._known.get(verdict)
        if said is None:
            kind, reason, severity, decision, clear, proof = self._database.query(self._QUERY, (verdict,))[0]
            said = self._known[verdict] = (kind, reason, severity, decision, bool(clear), is_proven(proof))
        return Event(event_id, at, *said, list_id, recipient or address)


def touch(database: Database) -> None:
    """Name the addresses that got events since the last time; the caller weighs them."""
    with transaction(database):
        last = database.query("SELECT COALESCE(MAX(id), 0) FROM events")[0][0]
        seen = weighed(database)
        if last > seen:
            database.execute(
                # An expression, so that SQLite reads the newest events and not its whole index in order of address.
                "INSERT INTO touched SELECT DISTINCT address || '' FROM events WHERE id > ? ORDER BY 1"
                " ON CONFLICT DO NOTHING",
                (seen,),
            )
            database.execute("UPDATE meta SET value = ? WHERE name = 'weighed'", (str(last),))
    database.analyse(("touched", "events", "addresses"))


def weighed(database: Database) -> int:
    """Return the number of the last event whose address was touched."""
    return int(database.query("SELECT value FROM meta WHERE name = 'weighed'")[0][0])


def forget_numbers(database: Database) -> None:
    """Let the numbers of erased events come again: SQLite gives the highest ones anew."""
    last = database.query("SELECT COALESCE(MAX(id), 0) FROM events")[0][0]
    if weighed(database) > last:
        database.execute("UPDATE meta SET value = ? WHERE name = 'weighed'", (str(last),))


def weigh_touched(
    database: Database,
    run: int,
    night: int,
    settings: Settings,
    *,
    news: bool = True,
    first: str = "",
    before: str = LAST,
) -> int:
    """Weigh all touched addresses, batch by batch, each in a transaction; return how many changed their state.

    Those with news belong to tonight's lists; without (``news`` False) only those whose standing changes do.

    Several processes may each weigh the addresses from ``first`` on that sort before ``before``, in disjoint ranges.
    """
    changed = 0
    scale = _Scale(settings)
    said = _Said(database)
    while True:
        with transaction(database):
            found = database.query(
                "SELECT address FROM touched WHERE address >= ? AND address < ? ORDER BY address LIMIT ?",
                (first, before, BATCH),
            )
            keys = [row[0] for row in found]
            if not keys:
                return changed
            changed += _weigh_batch(database, keys, run, night, scale, said, news)
            database.execute("DELETE FROM touched WHERE address >= ? AND address <= ?", (first, keys[-1]))


def _weigh_batch(
    database: Database, keys: Sequence[str], run: int, night: int, scale: _Scale, said: _Said, news: bool
) -> int:
    span = (keys[0], keys[-1])
    # CROSS JOIN has SQLite look up what is touched; else it may read all events between the first and the last of them.
    before = {
        row[0]: _Before(*row[1:])
        for row in database.query(
            "SELECT a.address, a.state, a.cause, a.held, a.stage, a.last_delivered, a.night FROM touched t"
            " CROSS JOIN addresses a WHERE a.address = t.address AND t.address BETWEEN ? AND ?",
            span,
        )
    }
    rows = database.stream(
        "SELECT t.address, e.event_id, e.at, e.verdict, e.list_id, e.recipient"
        " FROM touched t CROSS JOIN events e WHERE e.address = t.address"
        " AND t.address BETWEEN ? AND ? AND e.forgiven IS NULL ORDER BY t.address, e.event_id",
        span,
    )
    # One address after the other: some have a hundred events a night, and those of 2,000 addresses took 150 MB.
    groups = ((key, [said.event(row) for row in found]) for key, found in groupby(rows, key=itemgetter(0)))
    group = next(groups, None)
    addresses: list[Row] = []
    decisions: list[Row] = []
    tonight: list[Row] = []
    newly: list[str] = []
    no_longer: list[str] = []
    for key in keys:
        old = before.get(key) or _Before(State.ACTIVE, None, None, 0, None, None)
        own: list[Event] = []
        if group is not None and group[0] == key:  # both are in the order of the addresses
            own, group = group[1], next(groups, None)
        standing = scale.weigh(key, own, old.last_delivered)
        changed = (standing.state, standing.cause, standing.held, standing.stage) != (
            old.state,
            old.cause,
            old.held,
            old.stage,
        )
        its_night = night if news or changed else old.night
        addresses.append(_address_row(key, own, standing, old.last_delivered, its_night))
        if its_night == night:
            tonight.append((night, key))
        if not changed:
            continue
        decisions.append(_decision_row(key, run, old.state, standing))
        if standing.state == State.SUPPRESSED != old.state:
            newly.append(key)
        elif old.state == State.SUPPRESSED != standing.state:
            no_longer.append(key)
    assert group is None, "events of an address that is not weighed"
    states = {key: old.state for key, old in before.items()}
    _execute_all(database, _UPDATE, [_SETTING(row) for row in addresses if states.get(row[0]) == row[_STATE]])
    _execute_all(database, _UPSERT, [row for row in addresses if states.get(row[0]) != row[_STATE]])
    _execute_all(database, "INSERT INTO nights VALUES (?, ?) ON CONFLICT DO NOTHING", tonight)
    _execute_all(database, _DECISION, decisions)
    pending = "DELETE FROM outbox WHERE address = ? AND list = 'restore' AND night IS NULL"
    _execute_all(database, pending, [(key,) for key in newly])
    removal = "INSERT INTO outbox (address, list, run) VALUES (?, 'remove', ?) ON CONFLICT DO NOTHING"
    _execute_all(database, removal, [(key, run) for key in newly])
    for key in no_longer:
        withdraw(database, key, run)
    return len(decisions)


def withdraw(database: Database, key: str, run: int) -> None:
    """Take a removal back: forget it where it was not published yet, else publish that the address is restored."""
    if not database.execute("DELETE FROM outbox WHERE address = ? AND list = 'remove' AND night IS NULL", (key,)):
        database.execute(
            "INSERT INTO outbox (address, list, run, approved) VALUES (?, 'restore', ?, 1) ON CONFLICT DO NOTHING",
            (key, run),
        )


def _execute_all(database: Database, sql: str, rows: Sequence[Row]) -> None:
    if rows:
        database.execute_many(sql, rows)


def _decision_row(key: str, run: int, before: str, standing: Standing) -> Row:
    return (
        key,
        run,
        before,
        standing.state.value,
        standing.cause,
        standing.held,
        standing.since,
        standing.until,
        standing.score,
        standing.needed,
        standing.stage,
        json.dumps(standing.events),
    )


def _address_row(
    key: str, events: Sequence[Event], standing: Standing, last_delivered: int | None, night: int | None
) -> Row:
    bad = [event for event in events if event.kind in (Kind.FAILED, Kind.COMPLAINT)]
    bucket, event = _bucket(events, standing)
    spellings = [event.recipient for event in events if event.recipient]
    times = [event.at for event in bad]
    return (
        key,
        key.rpartition("@")[2],
        min(spellings, default=key),  # the least of the spellings seen, whichever came first
        standing.state.value,
        standing.cause,
        standing.held,
        standing.since,
        standing.until,
        standing.retry_at,
        standing.score,
        standing.needed,
        standing.stage,
        bucket,
        event.event_id if event else None,
        len(bad),
        sum(event.severity == "permanent" for event in bad),
        sum(event.severity == "temporary" for event in bad),
        min(times, default=None),
        max(times, default=None),
        last_delivered,
        night,
    )


def _bucket(events: Sequence[Event], standing: Standing) -> tuple[str | None, Event | None]:
    """Return the list this address belongs on and the event that its row shows."""
    if len(events) == 1:
        return _bucket_of_one(events[0], standing)
    ids = set(standing.events)
    deciding = [event for event in events if event.event_id in ids]
    last = max(deciding, key=_when, default=None)
    if standing.state is State.SUPPRESSED:
        return Decision.REMOVE.value, last
    if standing.state is State.QUARANTINE:
        return "quarantine", last
    if standing.state is State.REVIEW:
        return Decision.REVIEW.value, last or max(events, key=_when, default=None)
    alive = max((event.at for event in events if event.evidence is Evidence.DELIVERED), default=-1)
    newest = max((event.at for event in events), default=0)
    open_events = [event for event in events if event.at > alive and newest - event.at <= 30 * DAY]
    for decision in (Decision.FIX_SENDER, Decision.RETRY):
        found = [event for event in open_events if event.decision == decision]
        if found:
            return decision.value, max(found, key=_when)
    # Evidence of a removal that does not suffice yet: try again, and see.
    return (Decision.RETRY.value, last) if last else (None, None)


def _bucket_of_one(event: Event, standing: Standing) -> tuple[str | None, Event | None]:
    """Return what ``_bucket`` does for the only event of an address."""
    if standing.state is State.SUPPRESSED:
        return Decision.REMOVE.value, event
    if standing.state is State.QUARANTINE:
        return "quarantine", event
    if standing.state is State.REVIEW:
        return Decision.REVIEW.value, event
    if event.evidence is not Evidence.DELIVERED and event.decision in (Decision.FIX_SENDER, Decision.RETRY):
        return event.decision, event
    return (Decision.RETRY.value, event) if standing.events else (None, None)


def _when(event: Event) -> tuple[int, str]:
    return event.at, event.event_id
