"""The lists of a run with a ledger: what is new tonight, and what holds altogether.

``remove.csv``, ``restored.csv``, ``retry.csv``, ``review.csv`` and ``sender_issues.csv`` are tonight's;
``suppressed.csv`` and ``quarantine.csv`` are everything in force. All are read from the ledger alone, so a
repeated run writes the same bytes. While the brake holds, removals stand in ``remove.proposed.csv`` and
``suppressed.proposed.csv`` only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bounceparse.ledger.events import iso
from bounceparse.ledger.ledger import Ledger, Run
from bounceparse.ledger.story import why
from bounceparse.policy.event import USUAL_DECISION
from bounceparse.record import Decision, Kind, Reason
from bounceparse.reports.folder import OutputFolder
from bounceparse.reports.lists import COLUMNS, COMPLAINT_EXPLANATION, Explain
from bounceparse.reports.rows import csv_cells, defuse, scrub

HISTORY_COLUMNS = (*COLUMNS, "state", "since", "try_after", "proof")
"""The columns of the lists: those of a run without a ledger, and where the address stands by its history."""

SUPPRESSED_COLUMNS = ("address", "since", "cause", "bounces", "first_seen", "last_seen")
PROPOSED = ("remove.proposed.csv", "suppressed.proposed.csv")
"""The files that are there only while the brake holds removals back."""

_FIELDS = (
    "a.shown, a.bounces, a.permanent, a.temporary, a.first_seen, a.last_seen, v.reply_code, v.enhanced_status,"
    " v.reason, v.kind, e.reply_text, e.evidence, v.rule, e.remote_mta, e.source, e.position, e.event_id,"
    " a.state, a.cause, a.held, a.score, a.needed, a.since, a.until, a.retry_at, v.proof"
)
_JOIN = (
    " LEFT JOIN events e ON e.address = a.address AND e.event_id = a.event_id LEFT JOIN verdicts v ON v.id = e.verdict"
)
_ORDER = " ORDER BY a.domain, a.address"
_TONIGHT = (
    f"SELECT {_FIELDS} FROM nights n CROSS JOIN addresses a{_JOIN} WHERE a.address = n.address"
    " AND n.night = ? AND a.night = n.night AND a.bucket "
)
_REMOVALS = (
    f"SELECT {_FIELDS} FROM outbox o CROSS JOIN addresses a{_JOIN} WHERE a.address = o.address"
    " AND o.list = 'remove' AND a.state = 'suppressed' AND "
)
_SUPPRESSED_FIELDS = "a.shown, a.since, a.cause, a.bounces, a.first_seen, a.last_seen"
_SUPPRESSED = f"SELECT {_SUPPRESSED_FIELDS} FROM addresses a WHERE a.state = 'suppressed'"
_PENDING = "(o.night IS NULL AND o.approved = 0)"
_NOT_PENDING = (
    " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.address = a.address AND o.list = 'remove'"
    " AND o.night IS NULL AND o.approved = 0)"
)


def write_history_lists(
    folder: OutputFolder, ledger: Ledger, run: Run, explain: Explain, *, held: bool
) -> dict[str, int]:
    """Stage all lists, the empty ones too, and return how many addresses each file has.

    ``held`` says that the brake holds the removals that wait.
    """
    stream = ledger.database.stream
    tonight = (run.night,)
    published = f"(o.night = ? OR (o.night IS NULL{' AND o.approved = 1' if held else ''}))"
    in_force = " AND a.until > ?"
    queries: dict[str, tuple[str, Sequence[Any]]] = {
        "remove.csv": (_REMOVALS + published + _ORDER, tonight),
        "retry.csv": (_TONIGHT + "IN ('retry', 'quarantine')" + _ORDER, tonight),
        "review.csv": (_TONIGHT + "= 'review'" + _ORDER, tonight),
        "sender_issues.csv": (_TONIGHT + "= 'fix_sender'" + _ORDER, tonight),
        "quarantine.csv": (
            f"SELECT {_FIELDS} FROM addresses a{_JOIN} WHERE a.state = 'quarantine'{in_force}{_ORDER}",
            tonight,
        ),
    }
    counts: dict[str, int] = {}
    words = _Explanations(explain)
    for name, (sql, parameters) in queries.items():
        counts[name] = _write(folder, name, HISTORY_COLUMNS, map(words.row, stream(sql, parameters)))
    suppressed = _SUPPRESSED + (_NOT_PENDING if held else "") + _ORDER
    counts["suppressed.csv"] = _write(folder, "suppressed.csv", SUPPRESSED_COLUMNS, _dated(stream(suppressed)))
    restored = (
        "SELECT DISTINCT a.shown, a.domain, a.address FROM outbox o CROSS JOIN addresses a"
        " WHERE a.address = o.address AND o.list = 'restore' AND a.state <> 'suppressed'"
        " AND (o.night = ? OR o.night IS NULL)" + _ORDER
    )
    counts["restored.csv"] = _write(
        folder, "restored.csv", ("address",), (csv_cells(row[:1]) for row in stream(restored, tonight))
    )
    if held:
        _write_proposed(folder, ledger, run, words)
    return counts


def _write_proposed(folder: OutputFolder, ledger: Ledger, run: Run, words: _Explanations) -> None:
    stream = ledger.database.stream
    remove, suppressed = PROPOSED
    _write(folder, remove, HISTORY_COLUMNS, map(words.row, stream(_REMOVALS + _PENDING + _ORDER)))
    _write(folder, suppressed, SUPPRESSED_COLUMNS, _dated(stream(_SUPPRESSED + _ORDER)))


def drop_proposed(folder: OutputFolder) -> None:
    """Take away the proposals of an earlier run that nothing holds back any more."""
    for name in PROPOSED:
        (folder.path / name).unlink(missing_ok=True)


def _write(folder: OutputFolder, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    text = io.TextIOWrapper(folder.stage(name), "utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    text.flush()
    text.detach()
    return count


def _dated(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    # The list of all: only the address is a stranger's text.
    for shown, since, cause, bounces, first, last in rows:
        yield defuse(scrub(shown)), iso(since), cause, bounces, iso(first), iso(last)


# What is done about an address that its reason alone would remove, by its state in the ledger.
_KEPT = {"active": Decision.RETRY, "quarantine": Decision.RETRY, "review": Decision.REVIEW}


class _Explanations:
    """Makes rows of a list, each reason explained once for each thing done about it."""

    def __init__(self, explain: Explain) -> None:
        self._explain = explain
        self._known: dict[tuple[str, Decision | None], str] = {}

    def _words(self, kind: str | None, reason: str | None, state: str) -> str:
        if kind == Kind.COMPLAINT:
            return COMPLAINT_EXPLANATION
        if reason is None:
            return ""
        key = (reason, _KEPT.get(state) if USUAL_DECISION[Reason(reason)] is Decision.REMOVE else None)
        if key not in self._known:
            self._known[key] = " ".join(self._explain(Reason(reason), key[1]).split())
        return self._known[key]

    def row(self, found: Sequence[Any]) -> Sequence[Any]:
        """Return the cells of ``HISTORY_COLUMNS`` from those of ``_FIELDS``."""
        shown, bounces, permanent, temporary, first, last, code, enhanced, reason, kind, *rest = found
        text, evidence, rule, remote, source, position, event_id, *standing = rest
        state, cause, held, score, needed, since, until, retry_at, proof = standing
        cells = (
            shown,
            bounces,
            permanent,
            temporary,
            iso(first),
            iso(last),
            code,
            enhanced,
            reason,
            self._words(kind, reason, state),
            text,
            evidence,
            rule,
            remote,
            source,
            position,
            event_id,
            why(state, cause, held, score, needed, until),
            state,
            iso(since),
            None if state == "suppressed" else iso(retry_at),
            proof or "none",
        )
        return csv_cells(cells)
