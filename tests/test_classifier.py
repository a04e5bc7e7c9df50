"""Bare replies: severity from codes and words, the command noted beside them, the whole answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounceparse.classifier import classify, command_of
from bounceparse.record import Decision, Reason, Severity


@pytest.mark.parametrize(
    ("text", "severity", "reason", "decision"),
    [
        ("550 5.1.1 User unknown", Severity.PERMANENT, Reason.USER_UNKNOWN, Decision.REMOVE),
        ("450 5.1.1 User unknown", Severity.TEMPORARY, Reason.USER_UNKNOWN, Decision.RETRY),
        ("Host not found", Severity.PERMANENT, Reason.DOMAIN_UNKNOWN, Decision.REMOVE),
        ("Host not found, try again", Severity.TEMPORARY, Reason.HOST_UNREACHABLE, Decision.RETRY),
        ("Quota exceeded for user", Severity.TEMPORARY, Reason.MAILBOX_FULL, Decision.RETRY),
        ("5.2.2 mailbox full", Severity.PERMANENT, Reason.MAILBOX_FULL, Decision.RETRY),
        ("550 5.1.1 sender rejected", Severity.PERMANENT, Reason.SENDER_REJECTED, Decision.FIX_SENDER),
        (
            "550 unknown domain (in reply to MAIL FROM command)",
            Severity.PERMANENT,
            Reason.SENDER_REJECTED,
            Decision.FIX_SENDER,
        ),
        ("250 2.0.0 Ok: queued", None, None, Decision.IGNORE),
        ("qwerty", Severity.PERMANENT, Reason.OTHER, Decision.REVIEW),
    ],
)
def test_answers(text: str, severity: Severity | None, reason: Reason | None, decision: Decision) -> None:
    answer = classify(text)
    assert (answer.severity, answer.reason, answer.decision) == (severity, reason, decision)
    assert answer.rule
    assert answer.explanation


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("550 no (in reply to RCPT TO command)", "RCPT"),
        ("550 no (in reply to end of DATA command)", "EOM"),
        ("550 no (in reply to HELO command)", "EHLO"),
        ("550 no", None),
    ],
)
def test_the_command_is_read_from_the_note_beside_the_reply(text: str, command: str | None) -> None:
    assert command_of(text) == command


@given(st.text(max_size=500))
@settings(max_examples=100, deadline=None)
def test_any_text_gets_an_answer(text: str) -> None:
    assert classify(text) == classify(text)
