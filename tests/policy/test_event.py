"""One event's decision, and what counts of it in an address's history."""

from __future__ import annotations

import pytest

from bounceparse.policy.event import decide
from bounceparse.policy.evidence import Evidence, evidence_of
from bounceparse.record import Decision, Kind, Reason, Severity, Verdict


@pytest.mark.parametrize(
    ("kind", "reason", "severity", "expected"),
    [
        (Kind.FAILED, Reason.USER_UNKNOWN, Severity.PERMANENT, Decision.REMOVE),
        (Kind.FAILED, Reason.USER_UNKNOWN, Severity.TEMPORARY, Decision.RETRY),
        (Kind.FAILED, Reason.USER_UNKNOWN, None, Decision.RETRY),
        (Kind.DELAYED, Reason.USER_UNKNOWN, Severity.PERMANENT, Decision.IGNORE),
        (Kind.FAILED, Reason.POLICY, Severity.PERMANENT, Decision.REVIEW),
        (Kind.FAILED, Reason.POLICY, Severity.TEMPORARY, Decision.RETRY),
        (Kind.FAILED, Reason.OTHER, Severity.TEMPORARY, Decision.RETRY),
        (Kind.FAILED, Reason.OTHER, Severity.PERMANENT, Decision.REVIEW),
        (Kind.FAILED, Reason.SENDER_REPUTATION, Severity.TEMPORARY, Decision.FIX_SENDER),
        (Kind.AUTO_REPLY, Reason.USER_UNKNOWN, Severity.PERMANENT, Decision.IGNORE),
        (Kind.FAILED, None, Severity.PERMANENT, Decision.IGNORE),
    ],
)
def test_decisions(kind: Kind, reason: Reason | None, severity: Severity | None, expected: Decision) -> None:
    assert decide(kind, Verdict(reason, "some.rule", "words"), severity) is expected


def test_a_rules_own_decision_goes_before_the_usual_one_but_never_removes_for_now() -> None:
    verdict = Verdict(Reason.DOMAIN_NOT_ACCEPTING, "some.rule", "words", decision=Decision.REMOVE)
    assert decide(Kind.FAILED, verdict, Severity.PERMANENT) is Decision.REMOVE
    assert decide(Kind.FAILED, verdict, Severity.TEMPORARY) is Decision.RETRY


def test_a_code_alone_is_for_review_and_weighs_little() -> None:
    arguments = ("failed", "user_unknown", "permanent", "review")
    assert evidence_of(*arguments, clear=False) is Evidence.MAILBOX_WEAK
    assert evidence_of(*arguments, clear=True) is not Evidence.MAILBOX_CLEAR
