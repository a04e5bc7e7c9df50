"""Whose user is unknown, and for how long? The same words keep a live address and remove a dead one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounceparse import classify
from bounceparse.record import Decision, Reason

LINES = [
    tuple(line.split("\t", 1))
    for line in Path(__file__).with_name("whose_words.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
LIVE = [reply for decision, reply in LINES if decision == "keep"]
DEAD = [reply for decision, reply in LINES if decision == "remove"]

TOO_GENERAL_ONCE = [
    ("550 5.7.1 Policy rejection on the target address", {Reason.POLICY}),
    ("553 Relaying disallowed", {Reason.RELAY_DENIED}),
    ("550 address suppressed: previous response was user unknown", {Reason.SUPPRESSED}),
]


@pytest.mark.parametrize("reply", LIVE)
def test_what_is_not_the_recipients_or_not_for_good_removes_nobody(reply: str) -> None:
    assert classify(reply).decision is not Decision.REMOVE


@pytest.mark.parametrize("reply", DEAD)
def test_what_is_the_recipients_and_for_good_removes(reply: str) -> None:
    assert classify(reply).decision is Decision.REMOVE


@pytest.mark.parametrize(("reply", "reasons"), TOO_GENERAL_ONCE)
def test_words_that_any_server_uses_are_not_one_providers(reply: str, reasons: set[Reason]) -> None:
    answer = classify(reply)
    assert answer.reason in reasons
    assert answer.decision is not Decision.REMOVE


def test_common_words_of_two_meanings_are_neither_a_rate_nor_a_login() -> None:
    replies = ("550 mailbox unavailable or access denied", "550 Recipient not authorised")
    answers = [classify(reply) for reply in replies]
    assert [answer.decision for answer in answers] == [Decision.REVIEW, Decision.REVIEW]


def test_both_kinds_are_many() -> None:
    assert len(LIVE) > 60
    assert len(DEAD) > 20
