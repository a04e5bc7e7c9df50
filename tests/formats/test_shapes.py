"""The same message in another dress gives the same records: line ends, transfer encodings, folding."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bounceparse.parser import parse_message
from bounceparse.record import Bounce

SAMPLES = Path(__file__).parents[2] / "samples"
FILES = sorted(SAMPLES.glob("*.eml"))
BOUNDARY = re.compile(rb"boundary\s*=\s*(?:\"([^\"\n]+)\"|([^\s;\"]+))", re.IGNORECASE)
CONTENT_TYPE = re.compile(rb"^Content-Type:[ \t]*([\w/.+-]+)", re.IGNORECASE | re.MULTILINE)
ENCODING = re.compile(rb"^Content-Transfer-Encoding:[^\n]*\n?", re.IGNORECASE | re.MULTILINE)

Encode = Callable[[bytes], bytes]


def _records(data: bytes) -> list[Bounce]:
    return sorted(parse_message(data), key=lambda bounce: (bounce.recipient or "", bounce.kind, bounce.event_id))


def _same(data: bytes, copy: bytes) -> None:
    wanted, found = _records(data), _records(copy)
    if any(bounce.message_id is None for bounce in wanted):  # its identity is then its content, byte by byte
        wanted, found = ([replace(bounce, event_id="") for bounce in records] for records in (wanted, found))
    assert found == wanted


def _recoded(entity: bytes, name: bytes, encode: Encode) -> bytes:
    """Encode each leaf of a MIME entity that has no transfer encoding that changes it yet."""
    if entity.startswith(b"\n"):  # a part without a header
        head, empty, body = b"", b"\n", entity[1:]
    else:
        head, empty, body = entity.partition(b"\n\n")
    if not empty:
        return entity
    boundary = BOUNDARY.search(head)
    declared = CONTENT_TYPE.search(head)
    kind = declared.group(1).lower() if declared else b"text/plain"
    if kind.startswith(b"multipart/") and boundary:
        mark = b"--" + (boundary.group(1) or boundary.group(2))
        pieces = re.split(rb"(?:(?<=\n)|\A)" + re.escape(mark) + rb"[ \t]*(?:\n|(?=--))", body)
        inner = [_recoded(piece, name, encode) if n and piece[:2] != b"--" else piece for n, piece in enumerate(pieces)]
        return (
            head
            + b"\n\n"
            + b"".join(
                piece if not n else mark + (b"" if piece[:2] == b"--" else b"\n") + piece
                for n, piece in enumerate(inner)
            )
        )
    if re.search(rb"(?im)^content-transfer-encoding:[ \t]*(?:base64|quoted)", head):
        return entity
    if not kind.startswith((b"text/", b"message/")):
        return entity
    encoded = encode(body if body.endswith(b"\n") else body + b"\n")
    fields = ENCODING.sub(b"", head + b"\n") if head else b""
    return fields + b"Content-Transfer-Encoding: " + name + b"\n\n" + encoded + b"\n"


def _in_base64(body: bytes) -> bytes:
    return base64.encodebytes(body)


def _in_quoted_printable(body: bytes) -> bytes:
    return quopri.encodestring(body)


def _refolded(data: bytes) -> bytes:
    """Fold the header of a message anew: each field at every third space."""
    head, empty, body = data.partition(b"\n\n")
    fields = re.sub(rb"\n[ \t]+", b" ", head).split(b"\n")
    folded = [
        field if field.startswith(b"Content-Type") else re.sub(rb"((?: [^ \n]+){3}) (?=[^ ])", rb"\1\n\t", field)
        for field in fields
    ]
    return b"\n".join(folded) + empty + body


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("newline", [b"\r\n", b"\r"], ids=["crlf", "cr"])
def test_line_ends(path: Path, newline: bytes) -> None:
    data = path.read_bytes().replace(b"\r\n", b"\n")
    _same(data, data.replace(b"\n", newline))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("name", "encode"),
    [(b"base64", _in_base64), (b"quoted-printable", _in_quoted_printable)],
    ids=["base64", "quoted-printable"],
)
def test_transfer_encodings(path: Path, name: bytes, encode: Encode) -> None:
    data = path.read_bytes().replace(b"\r\n", b"\n")
    copy = _recoded(data, name, encode)
    assert copy != data or b"base64" in data.lower() or b"quoted-printable" in data.lower()
    _same(data, copy)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_folding(path: Path) -> None:
    data = path.read_bytes().replace(b"\r\n", b"\n")
    _same(data, _refolded(data))
