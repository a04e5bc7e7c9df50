"""The careful lane stays away from all that the fast lane read, and is seldom needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounceparse import formats
from bounceparse.formats import careful
from bounceparse.formats.nameless import detects_nobody, read_plain
from bounceparse.mime.message import Message
from bounceparse.parser import needs_care, parse_message
from bounceparse.record import Kind

SAMPLES = Path(__file__).parents[2] / "samples"
FILES = sorted(SAMPLES.glob("*.eml"))
MOST = 0.03  # of the bounces


def _needs_care(path: Path) -> bool:
    return needs_care(formats.read(Message(path.read_bytes())).report)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_careful_lane_changes_nothing_that_was_read(path: Path) -> None:
    data = path.read_bytes()
    if not _needs_care(path):
        assert parse_message(data, careful=True) == parse_message(data, careful=False)


def test_the_careful_lane_is_seldom_needed() -> None:
    bounces = [
        path
        for path in FILES
        if {bounce.kind for bounce in parse_message(path.read_bytes(), careful=False)} & {Kind.FAILED, Kind.DELAYED}
    ]
    needy = [path.stem for path in bounces if _needs_care(path)]
    assert len(needy) <= MOST * len(bounces), needy


def test_the_careful_lane_is_silent(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    mail = (
        b"Return-Path: <>\nTo: news@acme.example\nSubject: Undeliverable: unknown user\n\nYour mail was returned: 550\n"
    )
    (bounce,) = parse_message(mail)
    assert (bounce.kind, bounce.recipient) == (Kind.FAILED, None)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_the_careful_lane_guesses_no_recipient() -> None:
    (bounce,) = parse_message((SAMPLES / "prose-names-nobody.eml").read_bytes())
    assert (bounce.kind, bounce.recipient, bounce.reply_code) == (Kind.FAILED, None, 550)


# What each kind of detector looks for, with an address where it looks for it, or in its own way of writing.
NAMING = [
    "Your message could not be delivered\n<otto@example.net>:",
    "Hi. This is the\n\n<otto@example.net>:",
    "The following address failed:\n<otto=40example.net>",
    "refused, otto@example.net, today",
    'This is an advisory-only email\n"otto@example.net"',
    "did not reach the following recipient\notto@example.net on Monday",
]


def _asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    for name in ("_decoded_text", "_detected"):
        known = getattr(careful, name)
        monkeypatch.setattr(careful, name, lambda raw, known=known, name=name: asked.append(name) or known(raw))
    return asked


def _bounce(text: str, returned: str = "Hello.\n") -> bytes:
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: Undeliverable\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{text}\n--b\nContent-Type: message/rfc822\n\n"
        f"From: a@example.com\nTo: x@example.com, y@example.com\nSubject: News\n\n{returned}--b--\n"
    ).encode()


@pytest.mark.parametrize("returned", ["Hello.\n", "Write to shop@example.com or help@example.com, please.\n"])
def test_the_libraries_are_not_asked_where_they_can_name_nobody(monkeypatch: pytest.MonkeyPatch, returned: str) -> None:
    asked = _asked(monkeypatch)
    assert careful.careful_recipients(_bounce("Your message could not be delivered.", returned), Kind.FAILED) == []
    assert asked == []


@pytest.mark.parametrize("text", NAMING)
def test_the_libraries_are_asked_where_they_may_name_somebody(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    asked = _asked(monkeypatch)
    found = careful.careful_recipients(_bounce(text), Kind.FAILED)
    assert asked
    assert [report.recipient for report in found] in (["otto@example.net"], [])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_who_is_told_to_be_named_by_nobody_is_named_by_nobody(path: Path) -> None:
    raw = Message(path.read_bytes()).raw
    for text in (raw, *(raw.replace(b"\n\n", b"\n\n" + words.encode() + b"\n\n", 1) for words in NAMING)):
        plain = read_plain(text)
        if plain is not None and not careful._sure_passages(plain.text) and detects_nobody(text, plain):
            assert careful._detected(text) == ([], [])
            assert not careful._sure_passages(careful._decoded_text(text))


@pytest.mark.parametrize(
    "header", ["Content-Transfer-Encoding: base64", 'Content-Type: text/plain; name="a.txt"', "Content-ID: <1>"]
)
def test_mail_that_is_not_plain_is_left_to_the_libraries(header: str) -> None:
    assert read_plain(b"Subject: a\n\nText\n") is not None
    assert read_plain(f"Subject: a\n{header}\n\nText\n".encode()) is None
    assert read_plain("Subject: a\n\nZustellung für\n".encode()) is None


def test_a_report_without_recipients_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(monkeypatch)
    report = (
        b"Subject: Undeliverable\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n\nSorry.\n"
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        b"Final-Recipient: rfc822; %s\nAction: failed\n\n--b--\n"
    )
    assert careful.careful_recipients(report % b"otto", Kind.FAILED) == []
    assert asked == []
    (found,) = careful.careful_recipients(report % b"otto@example.net", Kind.FAILED)
    assert found.recipient == "otto@example.net"


def test_parts_behind_the_last_one_are_left_to_the_libraries() -> None:
    mail = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nText\n--b\n"
        b"Content-Type: multipart/mixed; boundary=x\n\nText without parts\n--b--\n"
    )
    assert read_plain(mail) is not None
    assert read_plain(mail + b"Footer\n") is None
