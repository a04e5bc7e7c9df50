"""One summary per address: the strongest decision wins, and order is nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from bounceparse.record import Bounce, Decision, Kind, Reason, Severity
from bounceparse.reports.addresses import AddressBook, AddressSummary


def summaries(bounces: list[Bounce]) -> list[AddressSummary]:
    book = AddressBook()
    for bounce in bounces:
        book.add(bounce)
    return list(book.summaries())


def full(make_bounce: Any, at: str | None, **changes: Any) -> Bounce:
    usual = {"severity": Severity.TEMPORARY, "reason": Reason.MAILBOX_FULL, "decision": Decision.RETRY}
    bounce: Bounce = make_bounce(arrived_at=at, **{**usual, **changes})
    return bounce


def test_counts_and_times(make_bounce: Any) -> None:
    bounces = [
        make_bounce(arrived_at="2025-03-02T00:30:00+02:00"),
        make_bounce(arrived_at="2025-03-01T23:00:00+00:00", recipient="Ann@Example.ORG"),
        make_bounce(arrived_at=None, severity=Severity.TEMPORARY, decision=Decision.RETRY),
    ]
    (summary,) = summaries(bounces)
    assert (summary.bounces, summary.permanent, summary.temporary) == (3, 2, 1)
    assert (summary.first_seen, summary.last_seen) == (1740868200, 1740870000)
    assert summary.decision is Decision.REMOVE
    assert summary.evidence.event_id == "event-1"


@pytest.mark.parametrize(
    ("decisions", "wins"),
    [
        ([Decision.RETRY, Decision.FIX_SENDER], Decision.FIX_SENDER),
        ([Decision.FIX_SENDER, Decision.REVIEW, Decision.RETRY], Decision.REVIEW),
        ([Decision.REMOVE, Decision.REVIEW, Decision.RETRY], Decision.REMOVE),
        ([Decision.IGNORE, Decision.RETRY], Decision.RETRY),
    ],
)
def test_the_strongest_decision_wins(decisions: list[Decision], wins: Decision, make_bounce: Any) -> None:
    (summary,) = summaries([make_bounce(decision=decision) for decision in decisions])
    assert summary.decision is wins


def test_a_later_sign_of_life_holds_a_removal_back(make_bounce: Any) -> None:
    (summary,) = summaries([make_bounce(), full(make_bounce, "2025-03-05T00:00:00+00:00")])
    assert summary.decision is Decision.REVIEW
    assert summary.evidence.reason is Reason.USER_UNKNOWN
    assert summary.note == "a full mailbox came after this refusal, so the mailbox may live"


@pytest.mark.parametrize("kind", [Kind.DELIVERED, Kind.AUTO_REPLY, Kind.DISPOSITION])
def test_a_later_answer_holds_a_removal_back(kind: Kind, make_bounce: Any) -> None:
    alive = make_bounce(kind=kind, decision=Decision.IGNORE, reason=None, arrived_at="2025-04-01T00:00:00+00:00")
    (summary,) = summaries([make_bounce(), alive])
    assert (summary.decision, summary.bounces) == (Decision.REVIEW, 1)


def test_an_earlier_sign_of_life_does_not(make_bounce: Any) -> None:
    (summary,) = summaries([make_bounce(), full(make_bounce, "2025-02-01T00:00:00+00:00")])
    assert (summary.decision, summary.note) == (Decision.REMOVE, None)


def test_an_undated_sign_of_life_goes_to_a_person(make_bounce: Any) -> None:
    (summary,) = summaries([make_bounce(), full(make_bounce, None)])
    assert summary.decision is Decision.REVIEW


def test_a_complaint_removes_whatever_else_is_known(make_bounce: Any) -> None:
    complaint = make_bounce(kind=Kind.COMPLAINT, reason=None, arrived_at="2025-01-01T00:00:00+00:00")
    (summary,) = summaries([complaint, make_bounce(), full(make_bounce, "2025-03-05T00:00:00+00:00")])
    assert summary.decision is Decision.REMOVE
    assert summary.evidence.kind is Kind.COMPLAINT


def test_addresses_without_a_decision_are_not_listed(make_bounce: Any) -> None:
    quiet = make_bounce(kind=Kind.AUTO_REPLY, decision=Decision.IGNORE, reason=None)
    assert summaries([quiet, make_bounce(recipient=None)]) == []


def test_order_is_nothing(make_bounce: Any) -> None:
    chance = random.Random(3)
    bounces = [
        make_bounce(
            recipient=chance.choice(["a@x.org", "A@x.org", "b@x.org", "b@a.org"]),
            kind=chance.choice([Kind.FAILED, Kind.DELAYED, Kind.AUTO_REPLY]),
            decision=chance.choice([d for d in Decision if d is not Decision.IGNORE]),
            arrived_at=chance.choice([None, "2025-03-01T00:00:00+00:00", "2025-03-02T00:00:00+00:00"]),
            reason=chance.choice([Reason.MAILBOX_FULL, Reason.USER_UNKNOWN]),
        )
        for _ in range(60)
    ]
    first = summaries(bounces)
    assert [summary.address for summary in first] == ["b@a.org", "A@x.org", "b@x.org"]
    for _ in range(20):
        chance.shuffle(bounces)
        assert summaries(bounces) == first
