"""Kinds told apart: batches of messages, each with the kind that was expected of it before it was first read.

Two parts in three are no bounces and look like some (answers that quote one, frauds, parcels, tickets, automatic
replies); the rest are real bounces that look like none. ``kinds/*.txt`` holds them, each below a line
``===== kind name``; a header of letters beyond ASCII is encoded here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.header import Header
from pathlib import Path

import pytest

from bounceparse.parser import parse_message

_PLACE = Path(__file__).parent / "kinds"
_NAMED = re.compile(r"\s*\"?([^\"<]*?)\"?\s*(<[^>]*>)\s*\Z")


def _encoded(line: str) -> str:
    if line.isascii() or line[0].isspace():
        return line
    name, _, value = line.partition(":")
    named = _NAMED.match(value) if name in ("From", "To", "Cc") else None
    if named:
        return f"{name}: {Header(named[1], 'utf-8').encode()} {named[2]}"
    return f"{name}: {Header(value.strip(), 'utf-8').encode()}"


def _raw(message: str) -> bytes:
    head, _, body = message.partition("\n\n")
    head = "\n".join(map(_encoded, head.split("\n")))
    if "content-type" not in head.lower():
        head += "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
    return f"{head}\n\n{body}".encode()


def _cases() -> Iterator[object]:
    for path in sorted(_PLACE.glob("*.txt")):
        for block in path.read_text("utf-8").split("===== ")[1:]:
            title, _, message = block.partition("\n")
            kind, _, name = title.partition(" ")
            yield pytest.param(kind, _raw(message.rstrip("\n") + "\n"), id=f"{path.stem}: {name}")


_CASES = list(_cases())


@pytest.mark.parametrize(("kind", "raw"), _CASES)
def test_kind(kind: str, raw: bytes) -> None:
    assert {bounce.kind.value for bounce in parse_message(raw)} == {kind}


@pytest.mark.parametrize(("kind", "raw"), _CASES)
def test_kind_with_other_line_ends(kind: str, raw: bytes) -> None:
    assert {bounce.kind.value for bounce in parse_message(raw.replace(b"\n", b"\r\n"))} == {kind}
