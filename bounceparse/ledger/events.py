"""From a record to a row of the ledger, and from a row to what the policy weighs."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from bounceparse.ledger.database import Row
from bounceparse.ledger.schema import tag, verdict_id
from bounceparse.policy.evidence import is_clear
from bounceparse.record import Bounce, Kind

TEXT_CAP = 400
"""Characters kept of a reply text and of its evidence; a million events then take some 500 MB at worst."""

KINDS = frozenset(
    {Kind.FAILED, Kind.DELAYED, Kind.DELIVERED, Kind.AUTO_REPLY, Kind.COMPLAINT, Kind.DISPOSITION, Kind.CHALLENGE}
)
"""The kinds that tell something about a recipient; the others are no events."""

_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


def address_key(address: str) -> str:
    """Return what makes two spellings one address: letter case is no difference, in practice, on either side."""
    return address.strip().casefold()


def event_time(bounce: Bounce, now: int) -> int:
    """Return when the bounce came, in seconds since 1970; an undated one, or one dated in the future, came now."""
    if bounce.arrived_at:
        try:
            at = int(datetime.fromisoformat(bounce.arrived_at).timestamp())
        except (ValueError, OverflowError):
            return now
        if 0 < at <= now + _DAY:
            return at
    return now


class Verdicts:
    """What events share, each combination stored once: a ledger has some hundreds of them.

    ``waiting`` are those that this process has met and not stored yet.
    """

    def __init__(self) -> None:
        self._ids: dict[tuple[str | int | None, ...], int] = {}
        self.waiting: dict[int, Row] = {}

    def of(self, bounce: Bounce, proof: str | None) -> int:
        """Return the number of what this record says."""
        said = (
            bounce.kind,
            bounce.reason,
            bounce.severity,
            bounce.decision,
            bounce.rule,
            bounce.enhanced_status,
            bounce.reply_code,
            proof,
        )
        known = self._ids.get(said)
        return known if known is not None else self._add(said, bounce, proof)

    def _add(self, said: tuple[str | int | None, ...], bounce: Bounce, proof: str | None) -> int:
        row = (
            _word(bounce.kind),
            _word(bounce.reason) if bounce.reason else None,
            _word(bounce.severity) if bounce.severity else None,
            _word(bounce.decision),
            int(is_clear(bounce.rule, bounce.enhanced_status)),
            proof,
            bounce.reply_code,
            _text(bounce.enhanced_status),
            _text(bounce.rule),
        )
        number = self._ids[said] = verdict_id(row)
        self.waiting[number] = (number, *row)
        return number

    def forget(self) -> None:
        """Know nothing of what is stored, after a transaction was undone."""
        self._ids.clear()
        self.waiting.clear()


def event_row(bounce: Bounce, run: int, now: int, proof: str | None, verdicts: Verdicts) -> Row | None:
    """Return the row of a record (in the order of ``EVENT_COLUMNS``), or None where it is no event of an address."""
    recipient = bounce.recipient
    if recipient is None or bounce.kind not in KINDS:
        return None
    event_id, reply_text, evidence = bounce.event_id, bounce.reply_text, bounce.evidence
    remote_mta, list_id, source = bounce.remote_mta, bounce.list_id, bounce.source
    # One look at all texts: nearly always each is short and plain, and is stored as it is.
    together = f"{recipient}{event_id}{reply_text}{evidence}{remote_mta}{list_id}{source}"
    if len(together) > TEXT_CAP or not together.isascii() or "\0" in together:
        recipient, event_id = _clean(recipient), _clean(event_id)
        reply_text, evidence, remote_mta = _text(reply_text), _text(evidence), _text(remote_mta)
        list_id, source = _text(list_id), _text(source)
    shown = recipient.strip()
    address = shown.casefold()
    return (
        address,
        tag(event_id),
        event_id,
        None if shown == address else shown,
        event_time(bounce, now),
        verdicts.of(bounce, proof),
        reply_text,
        evidence,
        remote_mta,
        list_id,
        source,
        bounce.position,
        run,
    )


_word = str.__str__  # a plain string: databases bind those at once, an enum's member only after a search


def _text(text: str | None) -> str | None:
    if text is None:
        return None
    return _clean(text if len(text) <= TEXT_CAP else text[:TEXT_CAP])


def _clean(text: str) -> str:
    """Return text that both databases take: no NUL (PostgreSQL refuses it), no lone surrogate."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def is_proven(proof: Any) -> bool:
    """Say whether a proof was found; None and ``none`` are none."""
    return proof not in (None, "none")


def iso(seconds: int | None) -> str | None:
    """Return seconds since 1970 as an ISO 8601 time in UTC."""
    if seconds is None:
        return None
    day, rest = divmod(seconds, _DAY)
    minute, second = divmod(rest, 60)
    return f"{_date(day)}T{_minute(minute)}:{second:02}+00:00"


# A list of everything in force has three times a row, of few days and of 1,440 minutes.
@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


@lru_cache(maxsize=1440)
def _minute(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
