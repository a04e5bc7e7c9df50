"""The careful lane stays away from all that the fast lane read, and is seldom needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounceparse import formats
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
