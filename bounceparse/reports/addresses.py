"""From the events of a run to one summary per address: what to do with it, and on what evidence.

The strongest decision of an address wins: a complaint, then remove, review, fix_sender, retry. A
removal falls back to review when something newer shows that the mailbox lives. Nothing here
depends on the order in which the events come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bounceparse.record import Bounce, Decision, Kind, Reason, Severity
from bounceparse.reports.tables import parse_time

_STRENGTH = {Decision.RETRY: 1, Decision.FIX_SENDER: 2, Decision.REVIEW: 3, Decision.REMOVE: 4}
_COMPLAINT_STRENGTH = 5  # no sign of life answers a complaint: the person is there and wants no mail

_LIVING_KINDS = {
    Kind.DELIVERED: "a delivery report",
    Kind.AUTO_REPLY: "an automatic reply",
    Kind.DISPOSITION: "a disposition notification",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The event that a summary rests on, in the words of the record; ``at`` is in seconds since 1970 (UTC)."""

    at: float | None
    event_id: str
    source: str | None
    position: int
    kind: Kind
    reply_code: int | None
    enhanced_status: str | None
    reply_text: str | None
    reason: Reason | None
    rule: str | None
    evidence: str | None
    remote_mta: str | None


@dataclass(frozen=True, slots=True)
class AddressSummary:
    """What is known of one address and what to do with it: a row of a list.

    ``bounces`` counts the failures and complaints, ``permanent`` and ``temporary`` those of each
    severity; ``first_seen`` and ``last_seen`` are their times in seconds since 1970 (UTC);
    ``evidence`` is the event that decided; ``note`` says in a sentence what else weighed, or is None.
    """

    address: str
    decision: Decision
    bounces: int
    permanent: int
    temporary: int
    first_seen: float | None
    last_seen: float | None
    evidence: Evidence
    note: str | None = None


@dataclass(slots=True)
class _History:
    """The running state of one address; every update is a minimum, a maximum or a count, so order is nothing."""

    address: str
    bounces: int = 0
    permanent: int = 0
    temporary: int = 0
    first_seen: float | None = None
    last_seen: float | None = None
    strength: int = 0
    evidence: Evidence | None = None
    sign_of_life: str | None = None
    alive_at: float | None = None


def address_key(address: str) -> str:
    """Return what makes two spellings one address: letter case is no difference, in practice, on either side."""
    return address.strip().casefold()


class AddressBook:
    """Takes records one at a time and answers with one summary per address that something is to be done about."""

    def __init__(self) -> None:
        self._histories: dict[str, _History] = {}

    def add(self, bounce: Bounce) -> None:
        """Count one record; records without a recipient, and those that say nothing about it, change nothing."""
        if bounce.recipient is None:
            return
        sign_of_life = _sign_of_life(bounce)
        if bounce.decision is Decision.IGNORE and sign_of_life is None:
            return
        key = address_key(bounce.recipient)
        history = self._histories.get(key)
        if history is None:
            history = self._histories[key] = _History(bounce.recipient)
        # The spelling shown is the least of those seen, whatever came first.
        history.address = min(history.address, bounce.recipient)
        moment = parse_time(bounce.arrived_at)
        at = moment.timestamp() if moment else None
        if sign_of_life is not None:
            _see_life(history, sign_of_life, at)
        if bounce.decision is not Decision.IGNORE:
            _weigh(history, bounce, at)

    def summaries(self) -> Iterator[AddressSummary]:
        """Yield one summary per address with a decision, by domain and then by local part."""
        for _, history in sorted(self._histories.items(), key=lambda item: item[0].rpartition("@")[::-1]):
            if history.evidence is not None:
                yield _summary(history, history.evidence)


def _sign_of_life(bounce: Bounce) -> str | None:
    """Say what in this record shows that the mailbox exists, or None."""
    if bounce.reason is Reason.MAILBOX_FULL and bounce.kind in (Kind.FAILED, Kind.DELAYED):
        return "a full mailbox"
    return _LIVING_KINDS.get(bounce.kind)


def _see_life(history: _History, sign: str, at: float | None) -> None:
    newest = (history.alive_at is not None, history.alive_at or 0.0, history.sign_of_life or "")
    if (at is not None, at or 0.0, sign) > newest:
        history.sign_of_life, history.alive_at = sign, at


def _weigh(history: _History, bounce: Bounce, at: float | None) -> None:
    history.bounces += 1
    history.permanent += bounce.severity is Severity.PERMANENT
    history.temporary += bounce.severity is Severity.TEMPORARY
    if at is not None:
        history.first_seen = at if history.first_seen is None else min(history.first_seen, at)
        history.last_seen = at if history.last_seen is None else max(history.last_seen, at)
    strength = _COMPLAINT_STRENGTH if bounce.kind is Kind.COMPLAINT else _STRENGTH[bounce.decision]
    if _rank(strength, at, bounce.event_id) > _rank(
        history.strength,
        history.evidence.at if history.evidence else None,
        history.evidence.event_id if history.evidence else "",
    ):
        history.strength, history.evidence = strength, _evidence(bounce, at)


def _rank(strength: int, at: float | None, event_id: str) -> tuple[int, bool, float, str]:
    """Order evidence: the stronger, then the newer (undated is oldest), then by id so that ties have one answer."""
    return strength, at is not None, at or 0.0, event_id


def _evidence(bounce: Bounce, at: float | None) -> Evidence:
    return Evidence(
        at=at,
        event_id=bounce.event_id,
        source=bounce.source,
        position=bounce.position,
        kind=bounce.kind,
        reply_code=bounce.reply_code,
        enhanced_status=bounce.enhanced_status,
        reply_text=bounce.reply_text,
        reason=bounce.reason,
        rule=bounce.rule,
        evidence=bounce.evidence,
        remote_mta=bounce.remote_mta,
    )


def _summary(history: _History, evidence: Evidence) -> AddressSummary:
    decision, note = _decision(history, evidence)
    return AddressSummary(
        address=history.address,
        decision=decision,
        bounces=history.bounces,
        permanent=history.permanent,
        temporary=history.temporary,
        first_seen=history.first_seen,
        last_seen=history.last_seen,
        evidence=evidence,
        note=note,
    )


def _decision(history: _History, evidence: Evidence) -> tuple[Decision, str | None]:
    if history.strength == _COMPLAINT_STRENGTH:
        return Decision.REMOVE, None
    decision = next(word for word, strength in _STRENGTH.items() if strength == history.strength)
    if decision is not Decision.REMOVE or history.sign_of_life is None:
        return decision, None
    # Without both times nobody can say which came last; a live address is never removed, so a person looks.
    if history.alive_at is None or evidence.at is None:
        return Decision.REVIEW, f"{history.sign_of_life} of unknown order also speaks for a living mailbox"
    if history.alive_at > evidence.at:
        return Decision.REVIEW, f"{history.sign_of_life} came after this refusal, so the mailbox may live"
    return Decision.REMOVE, None
