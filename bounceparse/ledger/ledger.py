"""The ledger: what was seen, what follows from it, and what has been published.

A run goes: ``begin`` → ``record`` (batch after batch) → ``decide`` → the lists are written → mail is moved →
``finish``. Every step is a transaction, and every step done twice does nothing the second time:

- an event is there or not (primary key), whatever is read again and in whatever order;
- an address with new events is ``touched`` until it has been weighed, by this run or by the next;
- a new removal waits in the ``outbox`` until a run has ended well; tonight's lists are whatever waits plus
  whatever was published tonight, so a run that is repeated writes them again as they were.

A night is the time within ``night_hours`` of its first run. A run that died is taken up by the next one under
its own number. One run at a time holds the ledger's lock; a second one waits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from bounceparse.ledger import weighing
from bounceparse.ledger.database import Database, Row, connect, transaction
from bounceparse.ledger.events import Verdicts, event_row
from bounceparse.ledger.forgotten import Forgotten
from bounceparse.ledger.schema import EVENT_COLUMNS, insert_verdict, prepare
from bounceparse.policy.brake import BrakeSettings, Removal, reasons_to_hold
from bounceparse.policy.settings import Settings
from bounceparse.record import Bounce

WAIT_SECONDS = 3600
"""How long a run waits for another one."""

Proven = tuple[Bounce, str | None]

DUMPED = (
    "address, event_id, recipient, at, kind, reason, severity, decision, clear, proof, reply_code, enhanced_status,"
    " reply_text, evidence, rule, remote_mta, list_id, source, position, run, forgiven"
)
"""What ``dump`` tells of an event."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its number, the night it belongs to and its clock, all in seconds since 1970."""

    number: int
    night: int
    now: int


def _quiet(message: str) -> None:
    pass


class Ledger:
    """An open ledger; use it in a ``with`` block.

    Raises InterruptedRun where the database fails, is locked or is gone: what was committed stays, running again
    is safe.
    """

    def __init__(self, place: str | Path, *, night_hours: float = 12) -> None:
        self.database: Database = connect(place)
        self._night_seconds = night_hours * 3600
        try:
            prepare(self.database)
        except BaseException:
            self.database.close()
            raise
        self.forgotten = Forgotten(self.database)
        self.verdicts = Verdicts()
        self._open = False

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; what is not committed is undone."""
        self.database.close()

    # ── a run ────────────────────────────────────────────────────────────────────────────────────────────

    def lock(self, *, wait: float = WAIT_SECONDS, waiting: Callable[[str], None] = _quiet) -> None:
        """Become the only run, waiting up to ``wait`` seconds; ``waiting`` is told once that it takes a while."""
        self.database.lock(wait, waiting)

    def begin(self, kind: str, now: int, *, sources: Sequence[str] = (), note: str | None = None) -> Run:
        """Begin a run, or take up the one of this kind that died. The caller holds the lock."""
        with transaction(self.database):
            night = self._night(now)
            for (number,) in self.database.query(
                "SELECT id FROM runs WHERE finished_at IS NULL AND kind = ? ORDER BY id DESC LIMIT 1", (kind,)
            ):
                self.database.execute(
                    "UPDATE runs SET night = ?, sources = ?, note = ? WHERE id = ?",
                    (night, json.dumps(list(sources)), note, number),
                )
                return Run(number, night, now)
            number = self.database.query("SELECT COALESCE(MAX(id), 0) + 1 FROM runs")[0][0]
            self.database.execute(
                "INSERT INTO runs SELECT ?, ?, ?, ?, NULL, 'running', ?, ?, NULL, COALESCE(MAX(id), 0) + 1 FROM events",
                (number, kind, night, now, json.dumps(list(sources)), note),
            )
        return Run(number, night, now)

    def _night(self, now: int) -> int:
        last = self.database.query("SELECT MAX(night) FROM runs")[0][0]
        if last is not None and 0 <= now - last < self._night_seconds:
            return int(last)
        if last is not None and now > last:
            self._turn_to(now)
        return now

    def _turn_to(self, night: int) -> None:
        """Begin a new night: the last one's addresses are let go, unless a run died before it published them."""
        if self.database.query("SELECT 1 FROM runs WHERE finished_at IS NULL AND kind = 'process'"):
            self.database.execute(
                "UPDATE addresses SET night = ? WHERE address IN (SELECT address FROM nights)", (night,)
            )
            self.database.execute("UPDATE nights SET night = ?", (night,))
        else:
            self.database.execute("DELETE FROM nights")

    def record(self, run: Run, bounces: Iterable[Proven], *, commit: bool = True, touch: bool = False) -> int:
        """Record a batch of records with their proofs and return how many events were new.

        Without ``commit`` the batch waits for the next one, or for ``commit`` itself: a page of the index that gets
        rows from several batches is then written once. What was not committed when the program dies is read again.
        With ``touch`` the addresses are touched in the same transaction: for a process that records while another one
        may already weigh.
        """
        number, night, verdicts = run.number, run.night, self.verdicts
        # The night's beginning, not the clock, dates the undated: a repeated run says the same.
        made = [event_row(bounce, number, night, proof, verdicts) for bounce, proof in bounces]
        rows = [row for row in made if row is not None]
        if self.forgotten.any_suppressed():
            rows = [row for row in rows if not self.forgotten.is_suppressed(row[0])]
        return self.insert_events(rows, commit=commit, touch=touch)

    def insert_events(self, rows: list[Row], *, commit: bool = True, touch: bool = False) -> int:
        """Insert rows in the order of ``EVENT_COLUMNS``, as ``record`` does, and return how many were new."""
        try:
            self._insert_verdicts()
            if not self._open:
                self.database.begin()
                self._open = True
            # In the order of the index, so that neighbours go into the same page.
            rows.sort(key=itemgetter(0))
            new = self.database.insert_new("events", EVENT_COLUMNS, rows) if rows else 0
            if touch and new:
                self.database.insert_new("touched", ("address",), sorted({row[:1] for row in rows}))
            if commit:
                self.commit()
        except BaseException:
            self._open = False
            self.database.rollback()
            self.verdicts.forget()
            raise
        return new

    def _insert_verdicts(self) -> None:
        waiting = self.verdicts.waiting
        if not waiting:
            return
        # In one order for all, and at best in a transaction of their own, so that no two processes wait for each other.
        rows = [waiting[number] for number in sorted(waiting)]
        with nullcontext() if self._open else transaction(self.database):
            self.database.execute_many(insert_verdict(), rows)
        waiting.clear()

    def commit(self) -> None:
        """Commit the batches that wait for it."""
        if self._open:
            self._open = False
            self.database.commit()

    def touch(self) -> None:
        """Name the addresses with events that were not weighed yet, once the events are committed."""
        weighing.touch(self.database)

    def decide(self, run: Run, settings: Settings, *, news: bool = True) -> int:
        """Weigh every touched address; return how many changed their state. ``news`` says that they had new events."""
        self.commit()
        self.database.end_inserting()
        self.touch()
        return weighing.weigh_touched(self.database, run.number, run.night, settings, news=news)

    def brake(self, settings: BrakeSettings, known: int | None = None) -> list[str]:
        """Return why the removals that wait should not be published; an empty list lets them pass.

        ``known`` is the number of addresses on the sender's list where that is known; else the ledger's own count.
        """
        waiting = self.database.query(
            "SELECT o.address, e.remote_mta, e.reply_text FROM outbox o CROSS JOIN addresses a"
            " LEFT JOIN events e ON e.address = a.address AND e.event_id = a.event_id"
            " WHERE a.address = o.address AND o.night IS NULL AND o.approved = 0 AND o.list = 'remove'"
        )
        removals = [Removal(*row) for row in waiting]
        own = self.known() if len(removals) > settings.count else len(removals)
        return reasons_to_hold(removals, max(known or 0, own), self._known_in, settings)

    def known(self) -> int:
        """Return the number of addresses the ledger knows."""
        return int(self.database.query("SELECT COUNT(*) FROM addresses")[0][0])

    def _known_in(self, domain: str) -> int:
        return int(self.database.query("SELECT COUNT(*) FROM addresses WHERE domain = ?", (domain,))[0][0])

    def finish(self, run: Run, counts: Mapping[str, int], *, held: bool = False, publish: bool = True) -> None:
        """Mark what was waiting as published tonight (unless the brake held it) and the run as ended.

        How many events were new and how many addresses changed is counted from the ledger: a run that was taken up
        again did only a part of it.
        """
        with transaction(self.database):
            new = self.database.query(
                "SELECT COUNT(*) FROM events WHERE run = ? AND id >= (SELECT first_event FROM runs WHERE id = ?)",
                (run.number, run.number),
            )[0][0]
            changed = self.database.query("SELECT COUNT(*) FROM decisions WHERE run = ?", (run.number,))[0][0]
            if publish and not held:
                self.database.execute("UPDATE outbox SET night = ? WHERE night IS NULL", (run.night,))
            self.database.execute(
                "UPDATE runs SET finished_at = ?, status = ?, counts = ? WHERE id = ?",
                (
                    run.now,
                    "held" if held else "done",
                    json.dumps({**counts, "new": new, "changed": changed}, sort_keys=True),
                    run.number,
                ),
            )

    def approve(self) -> int:
        """Let the removals that the brake held pass with the next run; return how many."""
        with transaction(self.database):
            return self.database.execute("UPDATE outbox SET approved = 1 WHERE night IS NULL AND approved = 0")

    # ── for tests, copies and curiosity ──────────────────────────────────────────────────────────────────

    def dump(self) -> Iterator[str]:
        """Yield the ledger's content as JSON lines in a fixed order, the same from SQLite and PostgreSQL."""
        orders = {
            "addresses": "address",
            "runs": "id",
            "decisions": "address, run",
            "outbox": "address, list, run",
        }
        for row in self.database.stream(f"SELECT {DUMPED} FROM facts ORDER BY address, event_id"):
            yield json.dumps(["events", *row], ensure_ascii=False)
        touched = "SELECT address FROM touched UNION SELECT address FROM events WHERE id > ? ORDER BY address"
        for row in self.database.stream(touched, (weighing.weighed(self.database),)):
            yield json.dumps(["touched", *row], ensure_ascii=False)
        for table, order in orders.items():
            for row in self.database.stream(f"SELECT * FROM {table} ORDER BY {order}"):
                yield json.dumps([table, *row], ensure_ascii=False)
