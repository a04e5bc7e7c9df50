"""Undecided replies are grouped by wording, and nobody's address leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounceparse.reasons.unknowns import group_unknowns, is_unknown, mask_reply, personal_words
from bounceparse.record import Bounce, Kind, Reason


def bounce(text: str | None, recipient: str = "jane.miller@example.org", **more: object) -> Bounce:
    fields: dict[str, object] = {
        "source": None,
        "position": 0,
        "event_id": "1",
        "kind": Kind.FAILED,
        "reason": Reason.OTHER,
        "rule": "engine.undecided",
        "recipient": recipient,
        "reply_text": text,
        "reply_code": 554,
    }
    return Bounce(**{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no <jane@example.org> today", "no <address> today"),
        ("see https://example.org/a?b=jane now", "see <url> now"),
        ("host mx1.example.org [192.0.2.1] said", "host <host> [<ip>] said"),
        ("queued 4F1xY22 at 17", "queued <id> at <id>"),
        ("folder 'jane' is odd", "folder <name> is odd"),
        ("from 2001:db8::1 now", "from <ip> now"),
    ],
)
def test_masks(text: str, expected: str) -> None:
    assert mask_reply(text) == expected


def test_like_replies_are_one_group() -> None:
    records = [
        bounce("Zebra crossing for jane.miller@example.org, id 7XK2"),
        bounce("Zebra crossing for bob@example.net, id 9QQ1", recipient="bob@example.net"),
        bounce("Other words entirely"),
        bounce("User unknown", reason=Reason.USER_UNKNOWN, rule="words.user-unknown"),
        bounce(None),
    ]
    first, second = group_unknowns(records)
    assert (first.count, first.recipients, first.template) == (2, 2, "Zebra crossing for <address>, id <id>")
    assert second.count == 1


def test_a_code_alone_is_no_understanding() -> None:
    assert is_unknown(bounce("qwerty", reason=Reason.USER_UNKNOWN, rule="code.rcpt"))
    assert not is_unknown(bounce("qwerty", kind=Kind.DELAYED))


def test_the_recipients_own_words_are_masked() -> None:
    record = bounce("Miller is on a hill; subject Wedding plans", original_subject="Wedding plans")
    assert mask_reply(record.reply_text or "", personal_words(record)) == "<word> is on a hill; subject <word> <word>"


@given(st.emails(), st.text(max_size=60))
def test_no_address_leaves(address: str, around: str) -> None:
    assert address not in mask_reply(f"{around} {address} {around.replace('@', '')}")
