"""The story of an address: each event, what it did and why, and where the address stands now."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bounceparse.ledger.database import Database
from bounceparse.ledger.events import address_key, is_proven, iso
from bounceparse.ledger.ledger import Ledger
from bounceparse.policy.evidence import Evidence
from bounceparse.policy.history import Event, Standing, State, weigh
from bounceparse.policy.settings import Settings
from bounceparse.record import UsageError

CAUSES: dict[str, str] = {
    Evidence.COMPLAINT: "the recipient complained",
    Evidence.MAILBOX_CLEAR: "no such mailbox, said clearly",
    Evidence.MAILBOX_WEAK: "no such mailbox, on weak evidence",
    Evidence.NO_MAIL: "the domain takes no mail",
    Evidence.DISABLED: "the mailbox is disabled",
    Evidence.DOMAIN_UNKNOWN: "the domain is unknown",
    Evidence.MAILBOX_FULL: "the mailbox is full",
    Evidence.TEMPORARY: "temporary failures",
}
"""The kinds of evidence in plain words."""

HELD: dict[str, str] = {
    "role": "a role address is for a person to decide",
    "list_like": "it looks like a mailing list, which is for a person to decide",
    "never_remove": "it is on the never-remove list",
    "alive": "it took mail after that, so a person should decide",
    "unclear": "this is for a person to look at",
}
"""Why an address is under review, in plain words."""

_COUNTS_AS = {
    Evidence.REVIEW: "counts for review only",
    Evidence.SENDER: "the sender's own matter, counts nothing against the address",
    Evidence.DELIVERED: "shows that the mailbox takes mail: scores lapse",
    Evidence.NONE: "counts nothing",
}


def why(state: str, cause: str | None, held: str | None, score: int, needed: int, until: int | None) -> str:
    """Return one sentence that says where an address stands and why."""
    words = CAUSES.get(cause or "", (cause or "").replace("_", " "))
    if state == State.SUPPRESSED:
        return f"suppressed: {words}"
    if state == State.QUARANTINE:
        return f"in quarantine until {(iso(until) or '')[:10]}: {words}"
    if state == State.REVIEW:
        return f"for review: {words}; {HELD.get(held or '', held or '')}"
    if cause:
        return f"active, {score} of {needed} counts: {words}"
    return "active: nothing is held against it"


def tell(ledger: Ledger, address: str, settings: Settings) -> Iterator[str]:
    """Yield the story of an address line by line, oldest event first."""
    key = address_key(address)
    database = ledger.database
    row = database.query(
        "SELECT shown, state, cause, held, score, needed, until, retry_at, last_delivered FROM addresses"
        " WHERE address = ?",
        (key,),
    )
    if not row:
        if ledger.forgotten.is_suppressed(key):
            yield f"{address}: forgotten; a salted hash says that it stays suppressed"
            return
        raise UsageError(f"the ledger knows nothing of {address}")
    shown, state, cause, held, score, needed, until, retry_at, last_delivered = row[0]
    yield f"{shown}: {why(state, cause, held, score, needed, until)}"
    if retry_at is not None and state != State.SUPPRESSED:
        yield f"  try again after {(iso(retry_at) or '')[:10]}"
    if last_delivered is not None:
        yield f"  last known delivery {iso(last_delivered)}"
    yield from _events(database, key, settings, last_delivered)
    yield from _decisions(database, key)


def _events(database: Database, key: str, settings: Settings, last_delivered: int | None) -> Iterator[str]:
    columns = "event_id, at, kind, reason, severity, decision, clear, proof, list_id, recipient"
    rows = database.query(
        f"SELECT {columns}, reply_code, enhanced_status, reply_text, remote_mta, rule, source, position, run, forgiven"
        " FROM facts WHERE address = ? ORDER BY at, event_id",
        (key,),
    )
    if rows:
        yield "events:"
    delivered = () if last_delivered is None else (last_delivered,)
    so_far = []
    before = Standing()
    for row in rows:
        event_id, at, kind, reason, severity, decision, clear, proof, list_id, recipient = row[:10]
        event = Event(event_id, at, kind, reason, severity, decision, bool(clear), is_proven(proof), list_id, recipient)
        code, enhanced, text, remote, rule, source, position, run, forgiven = row[10:]
        reply = " ".join(str(part) for part in (code, enhanced, text) if part)
        yield f"  {iso(event.at)}  {event.kind} {event.reason or ''}".rstrip() + (f"  ({remote})" if remote else "")
        if reply:
            yield f"    {reply[:300]}"
        yield f"    proof: {proof or 'none'}; rule {rule or '-'}; from {source or '-'} message {position}; run {run}"
        if forgiven is not None:
            yield f"    forgiven by run {forgiven}: counts nothing any more"
            continue
        so_far.append(event)
        after = weigh(key, so_far, settings, [moment for moment in delivered if moment <= event.at])
        yield f"    {_COUNTS_AS.get(event.evidence, 'counts as ' + event.evidence)} → {_effect(before, after)}"
        before = after


def _effect(before: Standing, after: Standing) -> str:
    now = why(after.state, after.cause, after.held, after.score, after.needed, after.until)
    if (before.state, before.cause, before.score, before.until) == (after.state, after.cause, after.score, after.until):
        return f"no change ({now})"
    return now


def _decisions(database: Database, key: str) -> Iterator[str]:
    rows = database.query(
        "SELECT r.id, r.kind, r.started_at, r.note, d.before, d.state, d.cause, d.held, d.score, d.needed, d.until,"
        " d.events FROM runs r JOIN decisions d ON d.run = r.id AND d.address = ? ORDER BY r.id",
        (key,),
    )
    if rows:
        yield "decisions:"
    for number, kind, at, note, before, state, cause, held, score, needed, until, events in rows:
        yield f"  run {number} ({kind}, {iso(at)}): {before} → {why(state, cause, held, score, needed, until)}"
        if note:
            yield f"    note: {note}"
        ids = json.loads(events)
        if ids:
            yield f"    rests on {', '.join(ids[:6])}{' …' if len(ids) > 6 else ''}"
