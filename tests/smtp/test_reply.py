"""The grammar of replies: a code only where a code can stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounceparse.record import Reply
from bounceparse.smtp.reply import MAX_REPLY, find_reply, read_reply

SHAPES = [
    ("550 5.1.1 <x@example.net>: User unknown", 550, "5.1.1", "<x@example.net>: User unknown"),
    ("smtp; 550 5.1.1 User unknown", 550, "5.1.1", "User unknown"),
    (
        "smtp;550-5.2.1 inactive. For more\n        550-5.2.1 information, go to\n        550 5.2.1  https://a.example",
        550,
        "5.2.1",
        "inactive. For more information, go to https://a.example",
    ),
    ("550-5.1.1 one 550-5.1.1 two 550 5.1.1 three", 550, "5.1.1", "one two three"),
    ("550 5.1.1\n folded words", 550, "5.1.1", "folded words"),
    ("501 #5.1.1 bad address", 501, "5.1.1", "bad address"),
    ("553 sorry, no mailbox here (#5.1.1)", 553, "5.1.1", "sorry, no mailbox here (#5.1.1)"),
    ("Sorry, no mailbox here by that name. (#5.1.1)", None, "5.1.1", "Sorry, no mailbox here by that name. (#5.1.1)"),
    (
        "host mx.example[192.0.2.1] said: 550 5.7.133 refused (in reply to end of DATA command)",
        550,
        "5.7.133",
        "refused",
    ),
    ("Remote host said: 550 no such user", 550, None, "no such user"),
    ("mx.example.net gave this error: '452 4.2.2 mailbox full'", 452, "4.2.2", "mailbox full'"),
    ("<mx.example.net #5.1.1 smtp; 550 5.1.1 unknown>", 550, "5.1.1", "unknown>"),
    ("smtp;550 5.1.1 \\303\\274ber", 550, "5.1.1", "über"),
    ("421-4.7.0 [192.0.2.4 15] later\n421 4.7.0 gsmtp", 421, "4.7.0", "[192.0.2.4 15] later gsmtp"),
    ("550_5.1.1_Not_our_Customer", 550, "5.1.1", "Not our Customer"),
    ("Permanent Failure: 553_5.3.0_User_Unknown", 553, "5.3.0", "User Unknown"),
    ("anna@example.com     552   Over quota", 552, None, "Over quota"),
    ("554 192.0.2.25 is listed", 554, None, "192.0.2.25 is listed"),
    ("451 550 5.1.1 unknown user, try later", 451, None, "550 5.1.1 unknown user, try later"),
    ("mx.example.net #550 mailbox unavailable ##", 550, None, "mailbox unavailable ##"),
    ("571 No PTR record", 571, None, "No PTR record"),
    ("552 5501211 4.2.2.1 queue id 4215505521 refused", 552, None, "5501211 4.2.2.1 queue id 4215505521 refused"),
    (
        "553 Mail from 192.0.2.10 not allowed - 5.7.1 [BL23]",
        553,
        "5.7.1",
        "Mail from 192.0.2.10 not allowed - 5.7.1 [BL23]",
    ),
    ("550", 550, None, ""),
    ("250 2.0.0 Ok", 250, "2.0.0", "Ok"),
]
NO_CODES = [
    "connect to 192.0.2.1[192.0.2.1]:550: Connection refused",
    "host 10.0.550.1 did not answer",
    "at 2024-05-50 on line 550, id 4XyZ550aBc",
    "phone 0550-4215 or 1-550-421-5555",
    "the limit of 550 messages per hour, 450 KB each",
    "https://example.com/550/421.html?code=554",
    "written by anna@example.com 550 User",
    "your ticket #550 was opened",
    "file 550_20260303_log was attached",
    "it exceeds the maximum message size (550 > 421 KB)",
    "mail for user550 and 550user",
    "address suppressed: previous response was 550 user unknown",
    "605 Not delivering to previously bounced address: 550 5.1.1 no such user",
    "",
]


@pytest.mark.parametrize(("text", "code", "enhanced", "words"), SHAPES)
def test_shapes(text: str, code: int | None, enhanced: str | None, words: str) -> None:
    assert read_reply(text) == Reply(code, enhanced, words)


@pytest.mark.parametrize("text", NO_CODES)
def test_other_numbers_are_no_codes(text: str) -> None:
    assert read_reply(text).code is None
    assert find_reply(text) is None
    assert find_reply(f"The server reported a problem.\n\n{text}\n") is None


@pytest.mark.parametrize(
    "notice",
    [
        "not delivered:\n\n<a@example.com>:\n192.0.2.7 does not like recipient.\n"
        "Remote host said: 550 5.1.1 gone\nGiving up on 192.0.2.7.",
        "  a@example.com\n    SMTP error from remote mail server after RCPT TO:<a@example.com>:\n    550 5.1.1 gone",
        "<<< 550-5.1.1 gone\n<<< 550 5.1.1 forever",
        "<a@example.com>: 550 5.1.1 gone",
        "Server mx.example.net[192.0.2.222] failed with: 550 5.1.1 gone",
    ],
)
def test_replies_quoted_in_notices(notice: str) -> None:
    reply = find_reply(f"\n{notice}")
    assert reply is not None
    assert (reply.code, reply.enhanced) == (550, "5.1.1")
    assert reply.text.startswith("gone")


@given(
    st.integers(400, 599),
    st.sampled_from(["", "5.1.1", "4.2.2", "5.7.26"]),
    st.lists(st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=12), min_size=1, max_size=6),
)
def test_one_line_or_many_the_same_reply(code: int, enhanced: str, words: list[str]) -> None:
    status = f"{enhanced} " if enhanced else ""
    one = read_reply(f"{code} {status}{' '.join(words)}")
    lines = [f"{code}-{status}{word}" for word in words[:-1]] + [f"{code} {status}{words[-1]}"]
    assert read_reply("\n".join(lines)) == one == Reply(code, enhanced or None, " ".join(words))


@given(st.text(max_size=300))
def test_never_raises_and_invents_nothing(text: str) -> None:
    reply = read_reply(text)
    assert reply.code is None or str(reply.code) in text


@pytest.mark.parametrize("unit", ["550-", "5.1.1 ", "said: ", "550 5", "\\303", "<<< 550-", "(#", " \n", "a@b:"])
def test_hostile_repetition_is_cut_and_read_in_linear_steps(unit: str) -> None:
    reply = read_reply(unit * 200_000)
    assert len(reply.text) <= MAX_REPLY
