"""From one event to a decision: what this evidence alone says about the recipient.

A live address is never removed: only clear, recipient-side, permanent evidence removes, and only
the kinds ``failed`` and ``complaint`` may. History (how often, for how long) is weighed elsewhere,
in :mod:`bounceparse.policy.history`.
"""

from __future__ import annotations

from bounceparse.record import Decision, Kind, Reason, Severity, Verdict

_R = Reason
USUAL_DECISION: dict[Reason, Decision] = {
    **dict.fromkeys(
        (_R.USER_UNKNOWN, _R.MAILBOX_DISABLED, _R.MAILBOX_MOVED, _R.RECIPIENT_SYNTAX, _R.DOMAIN_UNKNOWN),
        Decision.REMOVE,
    ),
    **dict.fromkeys(
        (
            _R.MAILBOX_FULL,
            _R.HOST_UNREACHABLE,
            _R.SYSTEM_ERROR,
            _R.SYSTEM_FULL,
            _R.GREYLISTED,
            _R.RATE_LIMITED,
            _R.TOO_MANY_CONNECTIONS,
            _R.DELIVERY_EXPIRED,
        ),
        Decision.RETRY,
    ),
    **dict.fromkeys(
        (
            _R.SENDER_REPUTATION,
            _R.AUTH_FAILURE,
            _R.RDNS_OR_HELO,
            _R.TLS_REQUIRED,
            _R.SENDER_REJECTED,
            _R.SPAM_DETECTED,
            _R.VIRUS_DETECTED,
            _R.CONTENT_REJECTED,
            _R.MESSAGE_TOO_BIG,
            _R.PROTOCOL_OR_SYNTAX_ERROR,
        ),
        Decision.FIX_SENDER,
    ),
    **dict.fromkeys(
        (_R.DOMAIN_NOT_ACCEPTING, _R.RELAY_DENIED, _R.MAIL_LOOP, _R.POLICY, _R.FILTERED, _R.SUPPRESSED, _R.OTHER),
        Decision.REVIEW,
    ),
}


# Reasons that say too little to look into while the server itself asks for another try (RFC 5321 section 4.2.1).
_VAGUE = frozenset({_R.POLICY, _R.OTHER})


# Members of an enum take ten times as long to look up as names of a module (Python 3.11: 0.1 µs).
_FAILED, _PERMANENT, _TEMPORARY = Kind.FAILED, Severity.PERMANENT, Severity.TEMPORARY
_REMOVE, _RETRY = Decision.REMOVE, Decision.RETRY


def decide(kind: Kind, verdict: Verdict, severity: Severity | None) -> Decision:
    """Return what one event of this kind, reason and severity says about its recipient.

    A removal needs a permanent severity: the same words under a 4xx reply ask for another try, and so
    does a 4xx reply that says nothing more.
    """
    if kind is not _FAILED or verdict.reason is None:
        return Decision.IGNORE
    decision = verdict.decision or USUAL_DECISION[verdict.reason]
    if decision is _REMOVE and severity is not _PERMANENT:
        return _RETRY
    if severity is _TEMPORARY and verdict.decision is None and verdict.reason in _VAGUE:
        return _RETRY
    return decision
