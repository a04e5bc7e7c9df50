"""From the bytes of one message to its header block and parts, as slices, decoded only when asked.

Broken MIME is read, never refused: a boundary that never comes leaves the body as one part, a
missing end leaves the last part open, parts nested too deep or too many stay unopened.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache
from typing import NamedTuple

from bounceparse.mime.charsets import decode_bytes
from bounceparse.mime.headers import Headers
from bounceparse.mime.html import html_to_text

MAX_DEPTH = 8
MAX_PARTS = 200
MAX_TEXT = 200_000  # bytes of a part decoded as text; what notices say stands in the first few kB

_PARAMETERS = {
    name: re.compile(rf"[;\s]\s*{name}\s*(?:\*0?\*?)?\s*=\s*(?:\"([^\"\n]*)\"?|([^\s;\"]+))", re.IGNORECASE | re.ASCII)
    for name in ("charset", "boundary", "report-type")
}
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# A delimiter by its looks, for a multipart whose boundary parameter was lost or names another line
_BETRAYED = re.compile(rb"^--([^\s]{1,70})[ \t]*\n(?=Content-)", re.MULTILINE | re.IGNORECASE)
_HEADER_LINE = re.compile(rb"[\x21-\x39\x3b-\x7e]+[ \t]*:")
# With what nearly every header begins; measured: a look at all of them costs a fifth of the pattern above.
_FIRST_FIELDS = (
    b"Content-Type:", b"Received:", b"Return-Path:", b"Content-Description:", b"X-Spam-Status:", b"Delivered-To:",
    b"From:", b"Date:", b"Content-Transfer-Encoding:", b"MIME-Version:", b"Reporting-MTA:", b"Message-ID:", b"To:",
)  # fmt: skip


def normalise_newlines(data: bytes) -> bytes:
    """Return the message with LF line ends; CRLF and old CR alike (RFC 5322 section 2.1 and worse)."""
    if data.find(b"\r") < 0:  # here and below: a quarter of what ``in`` costs for bytes
        return data
    data = data.replace(b"\r\n", b"\n")
    if b"\r\n" in data:  # a gateway ended lines twice over: CR CR LF
        data = data.replace(b"\r\n", b"\n")
    return data.replace(b"\r", b"\n") if b"\r" in data else data


class _Head(NamedTuple):
    """What a header block says of the part it stands on: of RFC 2045, as far as reports need it."""

    headers: Headers
    type_field: str
    content_type: str | None
    charset: str | None


def _read_head(block: bytes) -> _Head:
    headers = Headers(block)
    field = headers.latin(b"content-type") or ""
    words = field.replace(";", " ").split(None, 1)
    declared = words[0].lower() if words and "/" in words[0] else None
    return _Head(headers, field, declared, _parameter(field, "charset").lower() or None)


def _parameter(field: str, name: str) -> str:
    """Return a parameter of a Content-Type field (RFC 2045 section 5.1), empty where it has none of that name."""
    at = field.lower().find(name)
    if at < 0:
        return ""
    before = len(field[:at].rstrip()) - 1  # measured: led to the name, the search costs half
    match = _PARAMETERS[name].search(field, max(0, before))
    return match.group(1) or match.group(2) or "" if match else ""


# Measured: the blocks on parts repeat, but for those with a boundary; a look-up costs a tenth of the reading.
_known_head = lru_cache(maxsize=1024)(_read_head)
MAX_KNOWN_HEAD = 400  # bytes


def _head_of(block: bytes) -> _Head:
    return _read_head(block) if len(block) > MAX_KNOWN_HEAD or block.find(b"oundary") >= 0 else _known_head(block)


class Part:
    """One MIME part (RFC 2045): its header block and its body as it stands in the message."""

    __slots__ = ("_charset", "_text", "body", "content_type", "headers", "type_field")

    def __init__(self, head: _Head, body: bytes, default_type: str = "text/plain") -> None:
        self.headers, self.type_field, declared, self._charset = head
        self.content_type = declared or default_type
        self.body = body
        self._text: str | None = None

    def decoded(self) -> bytes:
        """Return the body with its transfer encoding (RFC 2045 section 6) undone."""
        # asked for here: few multiparts have the field, and the search through a message's header costs 1 µs
        field = self.headers.text(b"content-transfer-encoding")
        if field is None:
            return self.body
        encoding = field.strip("\"' ").lower()
        if encoding.startswith("base64"):
            return normalise_newlines(_decode_base64(self.body))
        if encoding.startswith("quoted-printable"):
            return normalise_newlines(binascii.a2b_qp(self.body))
        return self.body

    def text(self) -> str:
        """Return the body as text: transfer encoding and charset undone, HTML made plain."""
        if self._text is None:
            data = self.decoded()
            if len(data) > MAX_TEXT and not self.content_type.endswith("delivery-status"):
                data = data[:MAX_TEXT]  # a report of many recipients is read to its end: none of them is lost
            text = decode_bytes(data, self._charset)
            if "\r" in text:  # UTF-16 hides its line ends from normalise_newlines
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            if self.content_type == "text/html":
                text = html_to_text(text)
            self._text = text
        return self._text

    @property
    def boundary(self) -> bytes | None:
        """The boundary of a multipart, None for other parts."""
        if not self.content_type.startswith("multipart/"):
            return None
        return _parameter(self.type_field, "boundary").strip().encode("latin-1") or None

    @property
    def report_type(self) -> str | None:
        """The report-type of a multipart/report (RFC 6522), in lower case."""
        return _parameter(self.type_field, "report-type").strip().lower() or None


class Message(Part):
    """One message: its headers, and its leaf parts in order, opened when first asked for."""

    __slots__ = ("_leaves", "raw")

    def __init__(self, data: bytes) -> None:
        data = normalise_newlines(data.removeprefix(b"\xef\xbb\xbf")).lstrip(b"\n")  # a byte order mark is no header
        block, body = split_header(data)
        super().__init__(_read_head(block), body)
        self.raw = data
        self._leaves: list[Part] | None = None

    @property
    def leaves(self) -> list[Part]:
        """The parts that are no multiparts, in order; returned messages are not opened."""
        if self._leaves is None:
            leaves: list[Part] = []
            _walk(self, 0, leaves)
            self._leaves = leaves[:MAX_PARTS]
        return self._leaves

    def first(self, types: frozenset[str]) -> Part | None:
        """Return the first leaf of one of these media types, or None."""
        for leaf in self._leaves or self.leaves:
            if leaf.content_type in types:
                return leaf
        return None


def split_header(data: bytes) -> tuple[bytes, bytes]:
    """Split at the first empty line; a block whose first line is no header field has no header."""
    if not data.startswith(_FIRST_FIELDS):
        if data.startswith(b"\n"):
            return b"", data[1:]
        if data.startswith((b"From ", b">From ")):  # an mbox separator left on the message
            data = data[data.find(b"\n") + 1 :]
        if not _HEADER_LINE.match(data):
            return b"", data
    end = data.find(b"\n\n")
    return (data[:end], data[end + 2 :]) if end >= 0 else (data, b"")


def _walk(part: Part, depth: int, leaves: list[Part]) -> None:
    """Add the leaves of a part, itself if it is one."""
    boundary = part.boundary
    if boundary is None and not part.content_type.startswith("multipart/"):
        leaves.append(part)
        return
    pieces = _split_parts(part.body, boundary) if boundary else []
    if not pieces:
        betrayed = _BETRAYED.search(part.body)
        pieces = _split_parts(part.body, betrayed.group(1)) if betrayed else []
    if not pieces or depth >= MAX_DEPTH:
        part.content_type = "text/plain"
        leaves.append(part)
        return
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for piece in pieces:
        if len(leaves) >= MAX_PARTS:
            return
        block, body = split_header(piece)
        inner = Part(_head_of(block), body, default)
        if inner.content_type.startswith("multipart/"):
            _walk(inner, depth + 1, leaves)
        else:
            leaves.append(inner)


def _split_parts(body: bytes, boundary: bytes) -> list[bytes]:
    """Cut a multipart's body at its delimiter lines (RFC 2046 section 5.1.1)."""
    delimiter = b"\n--" + boundary
    body = b"\n" + body
    # Measured: nearly every body is cut by one split, which costs a third of the search for each delimiter in turn.
    _, *pieces = body.split(delimiter, MAX_PARTS + 1)
    if pieces and len(pieces) <= MAX_PARTS and pieces[-1].startswith(b"--"):
        whole = [piece[1:] for piece in pieces[:-1] if piece.startswith(b"\n")]
        if len(whole) == len(pieces) - 1 and pieces[-1][2:3] in (b"", b"\n"):
            return whole
    return _split_odd_parts(body, delimiter)


def _split_odd_parts(body: bytes, delimiter: bytes) -> list[bytes]:
    """As :func:`_split_parts`, where delimiters end in blanks, begin longer ones, or the last one never comes."""
    pieces: list[bytes] = []
    start = body.find(delimiter)
    if start < 0:
        return pieces
    length = len(delimiter)
    while start >= 0 and len(pieces) < MAX_PARTS:
        after = start + length
        line_end = body.find(b"\n", after)
        rest_of_line = body[after : line_end if line_end >= 0 else len(body)]
        following = body.find(delimiter, after)
        if rest_of_line.strip():
            if rest_of_line.rstrip() == b"--":
                break
            start = following  # a longer boundary that begins with this one
            continue
        if line_end < 0:
            break
        while following >= 0 and not _ends_delimiter(body, following + length):
            following = body.find(delimiter, following + 1)
        pieces.append(body[line_end + 1 : following if following >= 0 else len(body)])
        start = following
    return pieces


def _ends_delimiter(body: bytes, after: int) -> bool:
    line_end = body.find(b"\n", after)
    rest = body[after : line_end if line_end >= 0 else len(body)].strip()
    return not rest or rest == b"--"


def _decode_base64(data: bytes) -> bytes:
    """Decode base64, damaged or not: what is no letter of it is passed over (RFC 2045 section 6.8)."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", data)
        return binascii.a2b_base64(clean[: len(clean) // 4 * 4])
