"""Messages as slices: header block, parts, transfer encodings; broken MIME is read, never refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounceparse.mime.message import MAX_PARTS, Message, normalise_newlines, split_header

MULTIPART = b"""Content-Type: multipart/report; report-type=delivery-status;
\tboundary="a/b_c"
Subject: x

preamble
--a/b_c
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

M=FCller
--a/b_c
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: TEXT/HTML

<p>one</p><p>two</p>
--inner--
--a/b_c
Content-Type: message/rfc822

From: a@example.com
--a/b_c--
epilogue
"""


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r", b"\r\r\n"])
def test_parts_in_order_whatever_ends_the_lines(newline: bytes) -> None:
    message = Message(MULTIPART.replace(b"\n", newline))
    assert [part.content_type for part in message.leaves] == ["text/plain", "text/html", "message/rfc822"]
    assert message.leaves[0].text().strip() == "Müller"
    assert message.leaves[1].text().split() == ["one", "two"]
    assert message.report_type == "delivery-status"
    assert message.headers.text(b"subject") == "x"


def test_a_boundary_that_never_comes_leaves_one_text_part() -> None:
    message = Message(b"Content-Type: multipart/mixed; boundary=gone\n\njust text\n")
    assert [(part.content_type, part.text()) for part in message.leaves] == [("text/plain", "just text\n")]


@pytest.mark.parametrize("parameter", [b"", b"; boundary=gone"])
def test_a_boundary_that_was_lost_is_known_by_its_lines(parameter: bytes) -> None:
    raw = b"Content-Type: multipart/mixed%s\n\n-- \nsigned\n--b\nContent-Type: text/plain\n\none\n--b\n\ntwo\n--b--\n"
    assert [part.text() for part in Message(raw % parameter).leaves] == ["one", "two"]


def test_a_dashed_line_of_a_text_cuts_nothing() -> None:
    assert [part.text() for part in Message(b"Subject: x\n\n--b\nContent-Type: text/plain\n\none").leaves] == [
        "--b\nContent-Type: text/plain\n\none"
    ]


def test_a_missing_end_leaves_the_last_part_open() -> None:
    message = Message(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n--b\n\nsecond")
    assert [part.text() for part in message.leaves] == ["first", "second"]


def test_a_longer_boundary_that_begins_alike_is_another() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b2\nstill one\n--b--\n"
    assert Message(raw).leaves[0].text() == "one\n--b2\nstill one"


def test_nesting_and_number_of_parts_are_bounded() -> None:
    deep = b"body"
    for depth in range(60):
        deep = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s\n--b%d--\n" % (depth, depth, deep, depth)
    assert Message(deep).leaves
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5000
    assert len(Message(wide).leaves) == MAX_PARTS


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (b"!!", "Zustellung unm\u00f6glich"),
        (b"\n \n", "Zustellung unm\u00f6glich"),
        (b"=", "Zustellung unm\u00f6glich"),
    ],
)
def test_damaged_base64_is_decoded_as_far_as_it_goes(damage: bytes, text: str) -> None:
    coded = base64.b64encode("Zustellung unmöglich".encode())
    raw = (
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        + coded[:8]
        + damage
        + coded[8:]
    )
    assert Message(raw).leaves[0].text().startswith(text[:6])


def test_header_block_only_where_the_first_line_is_a_field() -> None:
    assert split_header(b"Subject: x\n\nbody") == (b"Subject: x", b"body")
    assert split_header(b"no header here\n\nbody") == (b"", b"no header here\n\nbody")
    assert split_header(b"From sender Thu Jan  1 00:00:00 1970\nSubject: x\n\nb") == (b"Subject: x", b"b")
    assert split_header(b"Subject: only") == (b"Subject: only", b"")
    assert Message(b"\xef\xbb\xbfSubject: after a mark\n\nb").headers.text(b"subject") == "after a mark"


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    for part in Message(data).leaves:
        assert isinstance(part.text(), str)


@given(st.binary(max_size=200))
def test_no_carriage_return_is_left(data: bytes) -> None:
    assert b"\r" not in normalise_newlines(data)


@pytest.mark.parametrize(
    "piece",
    [
        b"Content-Type: text/html\n\n<p>a</p>",
        b"Content-Type: text/html",
        b"\n\nContent-Type: text/html\n\nb",
        b"\nno header",
        b"From : x\n\nsecond",
        b"From : x",
        b"From x\nContent-Type: text/html\n\nc",
        b"no header at all",
        b"",
    ],
)
def test_a_head_that_is_known_reads_as_one_that_is_not(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" + piece + b"\n--x\n" + piece + b"\n--x--\n"
    monkeypatch.setattr("bounceparse.mime.message._KNOWN_HEADS", {})
    seen = [[(leaf.content_type, leaf.body, leaf.text()) for leaf in Message(data).leaves] for _ in range(2)]
    assert seen[0] == seen[1]
    block, body = split_header(piece)
    assert seen[0][0] == seen[0][1]
    assert seen[0][0][:2] == ("text/html" if b"text/html" in block else "text/plain", body)


@pytest.mark.parametrize(
    "field",
    [
        'boundary="b 1"',
        "boundary=b",
        'boundary = "b"',
        "boundary=b; charset=x",
        'boundary="b',
        "boundary*0=b",
        'Boundary="b"',
    ],
)
def test_a_parameter_is_read_however_it_is_spelled(field: str) -> None:
    message = Message(f"Content-Type: multipart/report; {field}\n\n".encode())
    assert message.boundary == (b"b 1" if "b 1" in field else b"b")
    assert message.report_type is None
