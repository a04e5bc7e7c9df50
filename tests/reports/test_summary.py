"""The counts of a run: while it goes, as frames, and on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bounceparse.record import Decision, Kind, Reason, Severity
from bounceparse.reports import tally as tally_module
from bounceparse.reports.frames import frame_of, summarize
from bounceparse.reports.tally import Tally, domain_of, mask, typical_reply
from bounceparse.reports.terminal import render_summary


@pytest.fixture
def bounces(make_bounce: Any) -> list[Any]:
    return [
        make_bounce(),
        make_bounce(recipient="bob@example.org", reply_text="5.1.1 <bob@example.org>: User unknown"),
        make_bounce(
            recipient="cy@Mail.Example",
            reason=Reason.MAILBOX_FULL,
            severity=Severity.TEMPORARY,
            reply_code=452,
            enhanced_status=None,
            reply_text="mailbox full",
            remote_mta="MX.mail.example",
            decision=Decision.RETRY,
            arrived_at="2025-03-02T10:00:00+00:00",
        ),
        make_bounce(
            recipient=None, reply_code=None, enhanced_status=None, reply_text=None, remote_mta=None, arrived_at=None
        ),
        make_bounce(kind=Kind.NOT_BOUNCE, recipient=None, reason=None, severity=None, decision=Decision.IGNORE),
        make_bounce(kind=Kind.UNREADABLE, recipient=None, reason=None, severity=None, decision=Decision.IGNORE),
    ]


@pytest.fixture
def tally(bounces: list[Any]) -> Tally:
    tally = Tally(messages=len(bounces))
    for bounce in bounces:
        tally.add(bounce)
    return tally


def test_only_failures_are_counted_by_reason(tally: Tally) -> None:
    assert (tally.records, tally.unreadable, tally.nameless) == (6, 1, 1)
    assert tally.kinds == {"failed": 4, "not_bounce": 1, "unreadable": 1}
    assert tally.reasons == {"user_unknown": 3, "mailbox_full": 1}
    assert tally.severities == {"permanent": 3, "temporary": 1}
    assert tally.domains == {"example.org": 2, "mail.example": 1}
    assert tally.servers == {"mx.example.org": 2, "mx.mail.example": 1}
    assert tally.days == {"2025-03-01": 2, "2025-03-02": 1}
    assert tally.replies == {"550 5.1.1 …: User unknown": 2, "452 mailbox full": 1}


def test_the_frames_agree_with_the_running_counts(bounces: list[Any], tally: Tally) -> None:
    summary = summarize(frame_of(bounces + bounces[:2]))
    for frame, counts in (
        (summary.by_kind, tally.kinds),
        (summary.by_reason, tally.reasons),
        (summary.by_severity, tally.severities),
        (summary.by_domain, tally.domains),
        (summary.by_server, tally.servers),
        (summary.top_replies, tally.replies),
    ):
        assert frame["bounces"].to_dict() == counts
        assert frame["bounces"].is_monotonic_decreasing
    days = {day.date().isoformat(): count for day, count in summary.by_day["bounces"].items()}
    assert days == tally.days
    assert summary.by_day["temporary"].tolist() == [0, 1]
    assert summary.by_reason.loc["user_unknown", "addresses"] == 2
    assert summary.by_reason["share"].sum() == pytest.approx(1)


def test_a_frame_has_types(bounces: list[Any]) -> None:
    frame = frame_of(bounces)
    assert str(frame["reply_code"].dtype) == "Int16"
    assert str(frame["arrived_at"].dtype) == "datetime64[us, UTC]"
    assert str(frame["recipient"].dtype) == "str"
    assert list(frame["reason"].cat.categories) == [str(reason) for reason in Reason]
    assert frame["recipient"].isna().sum() == 3


def test_batches_make_the_same_frame(bounces: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = frame_of(bounces)
    monkeypatch.setattr("bounceparse.reports.frames.BATCH_ROWS", 2)
    parts = frame_of(bounces)
    assert parts.equals(whole)
    assert (parts.dtypes == whole.dtypes).all()


def test_an_empty_frame_has_types_and_a_summary() -> None:
    frame = frame_of([])
    assert str(frame["reply_code"].dtype) == "Int16"
    assert len(summarize(frame).by_reason) == 0


def test_lone_surrogates_are_scrubbed(make_bounce: Any) -> None:
    assert frame_of([make_bounce(reply_text="\udcff")])["reply_text"].tolist() == ["\ufffd"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("<ann@example.org>: User unknown", "…: User unknown"),
        ("no mailbox ann@example.org here", "no mailbox … here"),
        ("Client host [192.0.2.7] blocked", "Client host … blocked"),
        ("try again, id 4Z1abcDEF9 - gsmtp", "try again, id … - gsmtp"),
        ("Requested action not taken", "Requested action not taken"),
    ],
)
def test_replies_that_differ_by_names_are_one_text(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_codes_are_not_said_twice() -> None:
    assert typical_reply(550, "5.1.1", "550 5.1.1 gone") == "550 5.1.1 gone"
    assert typical_reply(550, "5.1.1", "gone") == "550 5.1.1 gone"
    assert typical_reply(None, None, None) is None
    assert typical_reply(None, None, "<ann@example.org>:") is None


def test_domains() -> None:
    assert domain_of("a@B.org") == "b.org"
    assert domain_of('"a@b"@c.org') == "c.org"
    assert domain_of("ann") is None
    assert domain_of("ann@") is None


def test_counts_without_a_natural_bound_are_capped(make_bounce: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "MAX_KEYS", 10)
    tally = Tally()
    for number in range(100):
        tally.add(make_bounce(remote_mta=f"mx{number}.example.org"))
        tally.add(make_bounce(remote_mta="mx.big.example"))
    assert len(tally.servers) <= 10
    assert tally.servers["mx.big.example"] == 100


LISTS = {Decision.REMOVE: 2, Decision.RETRY: 1, Decision.REVIEW: 0, Decision.FIX_SENDER: 0}


def test_the_page_names_what_matters(tally: Tally) -> None:
    page = render_summary(tally, LISTS, Path("report"), "bounces.csv")
    assert page.startswith("6 messages read, 6 records, 1 unreadable\n")
    for words in (
        "user_unknown",
        "mail.example",
        "2025-03-02",
        "mx.mail.example",
        "5.1.1 …: User unknown",
        "remove.csv",
    ):
        assert words in page
    assert "every record; 1 of them name no recipient" in page


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int, tally: Tally, make_bounce: Any) -> None:
    tally.add(make_bounce(reply_text="长" * 200, remote_mta="m" * 200, recipient="a@" + "d" * 200))
    page = render_summary(tally, LISTS, Path("report"), "bounces.csv", width=width)
    lists = page.index("Written to")
    cells = [sum(2 if char == "长" else 1 for char in line) for line in page[:lists].splitlines()]
    assert max(cells) <= width


def test_a_plain_terminal_gets_plain_characters(tally: Tally) -> None:
    page = render_summary(tally, LISTS, Path("report"), "bounces.csv", unicode=False)
    assert "█" not in page
    assert "#" in page


def test_a_reply_cannot_steer_the_terminal(tally: Tally, make_bounce: Any) -> None:
    tally.add(make_bounce(reply_text="\x1b]0;owned\x07 \u202e\x9b2J bell\r"))
    page = render_summary(tally, LISTS, Path("report"), "bounces.csv")
    assert not set(page) & set("\x1b\x07\u202e\x9b\r")


def test_nothing_read_is_a_short_page() -> None:
    page = render_summary(Tally(), {}, Path("report"), "bounces.csv")
    assert page.startswith("0 messages read, 0 records\n\nWritten to report/\n")
