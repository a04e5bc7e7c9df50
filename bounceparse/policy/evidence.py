"""What one event counts as when an address's history is weighed.

The per-event decision of :mod:`bounceparse.policy.event` says what a bounce means on its own; this
module sorts events into the few kinds of evidence the history table distinguishes. The sets below are
closed and disjoint: a reason in none of them never moves an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType

from bounceparse.policy.event import USUAL_DECISION
from bounceparse.record import Decision, Kind, Reason, Severity


class Evidence(StrEnum):
    """Rows of the history table; the order is the order in which equal cases are settled."""

    COMPLAINT = "complaint"
    MAILBOX_CLEAR = "mailbox_clear"
    MAILBOX_WEAK = "mailbox_weak"
    NO_MAIL = "domain_takes_no_mail"
    DISABLED = "mailbox_disabled"
    DOMAIN_UNKNOWN = "domain_unknown"
    MAILBOX_FULL = "mailbox_full"
    TEMPORARY = "temporary"
    REVIEW = "review"  # for people to look at; never removes by itself
    SENDER = "sender"  # the sender's own fault; never
    DELIVERED = "delivered"  # a known delivery: scores lapse
    NONE = "none"  # delays, challenges, unknown: never


TRACKS = (
    Evidence.COMPLAINT,
    Evidence.MAILBOX_CLEAR,
    Evidence.MAILBOX_WEAK,
    Evidence.NO_MAIL,
    Evidence.DISABLED,
    Evidence.DOMAIN_UNKNOWN,
    Evidence.MAILBOX_FULL,
    Evidence.TEMPORARY,
)
"""The kinds of evidence that can end in a removal."""

# RFC 3463 section 3.2 and RFC 5248: bad destination mailbox address, bad syntax, mailbox has moved.
CLEAR_STATUS = frozenset({"5.1.1", "5.1.3", "5.1.6"})
# The engine's own answers, and whatever decided by a reply code alone.
WEAK_PREFIXES = ("code.", "engine.")

# What arrives only where a mailbox took the mail: success reports, automatic replies, disposition notifications.
_ALIVE = frozenset({Kind.DELIVERED, Kind.AUTO_REPLY, Kind.DISPOSITION})

_R = Reason
_MAILBOX = frozenset({_R.USER_UNKNOWN, _R.MAILBOX_MOVED, _R.RECIPIENT_SYNTAX})
_PERMANENT: Mapping[Reason, Evidence] = MappingProxyType(
    {
        _R.MAILBOX_DISABLED: Evidence.DISABLED,
        _R.DOMAIN_UNKNOWN: Evidence.DOMAIN_UNKNOWN,
        _R.DOMAIN_NOT_ACCEPTING: Evidence.NO_MAIL,
    }
)
# rate_limited and too_many_connections are not here: how fast mail is sent is the sender's doing.
_TEMPORARY = frozenset(
    {_R.HOST_UNREACHABLE, _R.SYSTEM_ERROR, _R.SYSTEM_FULL, _R.GREYLISTED, _R.DELIVERY_EXPIRED, *_MAILBOX, *_PERMANENT}
)
_SENDER = frozenset(reason for reason, decision in USUAL_DECISION.items() if decision is Decision.FIX_SENDER) | {
    _R.RATE_LIMITED,
    _R.TOO_MANY_CONNECTIONS,
}
NEVER_REMOVE = _SENDER | {_R.RELAY_DENIED, _R.MAIL_LOOP, _R.POLICY, _R.FILTERED, _R.SUPPRESSED, _R.OTHER}
"""Reasons that never lead to a removal, however often they are seen."""


def is_clear(rule: str | None, enhanced_status: str | None) -> bool:
    """Tell clear evidence (specific words, or 5.1.1, 5.1.3, 5.1.6) from weak (a code alone, a generic text).

    ``rule`` is the id of the rule that decided the reason. The shipped rules say themselves which of them are
    weak (``clear = false``); a rule that is not among them counts as clear, unless its name says otherwise.
    """
    if enhanced_status in CLEAR_STATUS:
        return True
    return rule is not None and not rule.startswith(WEAK_PREFIXES) and rule not in _weak_rules()


@cache
def _weak_rules() -> frozenset[str]:
    from bounceparse.reasons.engine import default_rules

    return frozenset(rule.id for rule in default_rules().rules if not rule.clear)


@lru_cache(maxsize=4096)
def evidence_of(kind: str, reason: str | None, severity: str | None, decision: str, clear: bool) -> Evidence:
    """Return what an event of these properties counts as.

    ``decision`` is the event's own: where a rule vetoed the reason's usual decision, the veto holds.
    """
    if kind == Kind.COMPLAINT:
        return Evidence.COMPLAINT if decision == Decision.REMOVE else Evidence.NONE
    if kind in _ALIVE:
        return Evidence.DELIVERED
    if kind != Kind.FAILED or reason is None:
        return Evidence.NONE
    if reason in _SENDER:
        return Evidence.SENDER
    if reason == Reason.MAILBOX_FULL:
        return Evidence.MAILBOX_FULL if decision in (Decision.RETRY, Decision.REMOVE) else _unless(decision)
    if severity == Severity.PERMANENT:
        if reason in _MAILBOX and decision == Decision.REMOVE:
            return Evidence.MAILBOX_CLEAR if clear else Evidence.MAILBOX_WEAK
        if reason in _MAILBOX and decision == Decision.REVIEW and not clear:
            return Evidence.MAILBOX_WEAK  # a code alone: no reason to remove by itself, but by being repeated
        if reason in _PERMANENT and (decision == Decision.REMOVE or reason == Reason.DOMAIN_NOT_ACCEPTING):
            return _PERMANENT[Reason(reason)]
    if reason in _TEMPORARY and decision == Decision.RETRY:
        return Evidence.TEMPORARY
    return _unless(decision)


def _unless(decision: str) -> Evidence:
    return {Decision.REVIEW: Evidence.REVIEW, Decision.FIX_SENDER: Evidence.SENDER}.get(
        Decision(decision), Evidence.NONE
    )
