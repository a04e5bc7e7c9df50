"""The fields that tell who wrote a mail are seen as the header itself tells them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounceparse.formats.fields import ASKED, fields_of
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*.eml"))


def test_the_names_are_those_that_the_header_has() -> None:
    headers = [Message(path.read_bytes()).headers for path in SAMPLES]
    headers += [Headers(f"Subject: x\n{name.title()}: yes\nX-Other: {name}: no".encode()) for name in ASKED]
    headers += [Headers(f"Subject: x\nX-{name}: no\n {name}: no\n{name}-x: no".encode()) for name in ASKED]
    for block in headers:
        assert fields_of(block).names == {name for name in ASKED if block.has(name.encode())}
    assert set().union(*(fields_of(block).names for block in headers)) == ASKED


@pytest.mark.parametrize(
    ("block", "path", "null", "declared", "listed"),
    [
        (b"Subject: x", None, False, "", False),
        (b"Return-Path: <>\nAuto-Submitted: Auto-Replied (vacation)", "<>", True, "auto-replied (vacation)", False),
        (b"Return-Path:\nAuto-Submitted:", "", True, "", False),
        (b"List-Id: <a.example.com>\nReturn-path:\n <anna@example.com>", "<anna@example.com>", False, "", True),
        (b"LIST-POST : NO", None, False, "", True),
        (b"List-Unsubscribe: <https://example.com>", None, False, "", False),
    ],
)
def test_what_they_say(block: bytes, path: str | None, null: bool, declared: str, listed: bool) -> None:
    fields = fields_of(Headers(block))
    assert (fields.path, fields.has_null_path, fields.declared, fields.is_of_list) == (path, null, declared, listed)
