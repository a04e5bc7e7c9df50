"""From the bytes of one message to its header block and parts, as slices, decoded only when asked.

Broken MIME is read, never refused: a boundary that never comes leaves the body as one part, a
missing end leaves the last part open, parts nested too deep or too many stay unopened.
"""

from __future__ import annotations

import binascii
import re
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
_PLAIN_VALUE = re.compile(r"=(?:\"([^\"\n]*)\"?|([^\s;\"]+))", re.ASCII)  # what ends the patterns above
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# A delimiter by its looks, for a multipart whose boundary parameter was lost or names another line
_BETRAYED = re.compile(rb"^--([^\s]{1,70})[ \t]*\n(?=Content-)", re.MULTILINE | re.IGNORECASE)
EMPTY_LINE = re.compile(rb"\n\n")  # measured: through a whole header two thirds of the time of find()
SEPARATORS = (b"From ", b">From ")  # an mbox separator left on the message
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


_new_tuple = tuple.__new__

_IDENTITY, _BASE64, _QUOTED_PRINTABLE = range(3)


class _Head(NamedTuple):
    """What a header block says of the part it stands on: of RFC 2045, as far as reports need it."""

    headers: Headers
    type_field: str
    content_type: str | None
    charset: str | None
    encoding: int | None  # None of a multipart: neither has been asked for


def _read_head(block: bytes) -> _Head:
    headers = Headers(block)
    field = headers.latin(b"content-type") or ""
    words = field.partition(";")[0].split(None, 1)
    declared = words[0].lower() if words and "/" in words[0] else None
    # Few multiparts have a transfer encoding or a charset, and the search through a message's header costs 1 µs.
    if declared is not None and declared.startswith("multipart/"):
        charset = encoding = None
    else:
        charset, encoding = _charset_of(field), _encoding_of(headers)
    return _new_tuple(_Head, (headers, field, declared, charset, encoding))  # half of the time of calling it


def _charset_of(field: str) -> str | None:
    """Return the charset that a Content-Type field declares, in lower case."""
    return _parameter(field, "charset").lower() or None


def _encoding_of(headers: Headers) -> int:
    """Return the transfer encoding (RFC 2045 section 6) that has to be undone."""
    field = headers.text(b"content-transfer-encoding")
    if field is None:
        return _IDENTITY
    name = field.strip("\"' ").lower()
    if name.startswith("base64"):
        return _BASE64
    return _QUOTED_PRINTABLE if name.startswith("quoted-printable") else _IDENTITY


def _parameter(field: str, name: str) -> str:
    """Return a parameter of a Content-Type field (RFC 2045 section 5.1), empty where it has none of that name."""
    at = field.lower().find(name)
    if at < 0:
        return ""
    # Measured: the usual spelling, without blanks around the sign, is read in a third of the time of the search.
    match = _PLAIN_VALUE.match(field, at + len(name)) if at and field[at - 1] in "; \t" else None
    if match is None:
        before = len(field[:at].rstrip()) - 1  # measured: led to the name, the search costs half
        match = _PARAMETERS[name].search(field, max(0, before))
    return match.group(1) or match.group(2) or "" if match else ""


# Measured: the blocks on parts repeat, but for those with a boundary; a look-up costs a tenth of the reading. Only
# blocks that begin with a field are kept, so that the lines up to a piece's empty one, if known, are its header.
_KNOWN_HEADS: dict[bytes, _Head] = {}
MAX_KNOWN_HEADS = 1024
MAX_KNOWN_HEAD = 400  # bytes


def _open_piece(piece: bytes) -> tuple[_Head, bytes]:
    """Part a piece of a multipart, with the line end before it, into head and body."""
    end = piece.find(b"\n\n", 1)
    block = piece[1:end] if end >= 0 else piece[1:]
    head = _KNOWN_HEADS.get(block)
    if head is not None:
        return head, piece[end + 2 :] if end >= 0 else b""
    lines, body = split_header(piece[1:])
    head = _read_head(lines)
    if len(block) <= MAX_KNOWN_HEAD and block.find(b"oundary") < 0 and begins_with_field(block):
        if len(_KNOWN_HEADS) >= MAX_KNOWN_HEADS:
            _KNOWN_HEADS.clear()
        _KNOWN_HEADS[block] = head
    return head, body


def begins_with_field(data: bytes) -> bool:
    """Tell whether there is a header field (RFC 5322 section 2.2) at the very beginning."""
    return _HEADER_LINE.match(data) is not None and not data.startswith(SEPARATORS)


class Part:
    """One MIME part (RFC 2045): its header block and its body as it stands in the message."""

    __slots__ = ("_charset", "_encoding", "_text", "body", "content_type", "headers", "type_field")

    def __init__(self, head: _Head, body: bytes, default_type: str = "text/plain") -> None:
        self.headers, self.type_field, declared, self._charset, self._encoding = head
        self.content_type = declared or default_type
        self.body = body
        self._text: str | None = None

    def _known_encoding(self) -> int:
        encoding = self._encoding
        if encoding is None:  # a multipart that is read as text after all
            encoding = self._encoding = _encoding_of(self.headers)
            self._charset = _charset_of(self.type_field)
        return encoding

    @property
    def is_encoded(self) -> bool:
        """Whether the body has a transfer encoding that must be undone."""
        return self._known_encoding() != _IDENTITY

    def decoded(self) -> bytes:
        """Return the body with its transfer encoding (RFC 2045 section 6) undone."""
        encoding = self._known_encoding()
        if encoding == _BASE64:
            return normalise_newlines(_decode_base64(self.body))
        if encoding == _QUOTED_PRINTABLE:
            return normalise_newlines(binascii.a2b_qp(self.body))
        return self.body

    def text(self) -> str:
        """Return the body as text: transfer encoding and charset undone, HTML made plain."""
        if self._text is None:
            data = self.body if self._encoding == _IDENTITY else self.decoded()
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
        if data.startswith(SEPARATORS):
            data = data[data.find(b"\n") + 1 :]
        if not _HEADER_LINE.match(data):
            return b"", data
    empty = EMPTY_LINE.search(data)
    return (data[: empty.start()], data[empty.end() :]) if empty is not None else (data, b"")


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
        head, body = _open_piece(piece)
        inner = Part(head, body, default)
        if inner.content_type.startswith("multipart/"):
            _walk(inner, depth + 1, leaves)
        else:
            leaves.append(inner)


def _split_parts(body: bytes, boundary: bytes) -> list[bytes]:
    """Cut a multipart's body at its delimiter lines (RFC 2046 section 5.1.1).

    Each piece begins with the line end of its delimiter: to take it off would copy the piece once more.
    """
    delimiter = b"\n--" + boundary
    if body.startswith(delimiter[1:]):
        body = b"\n" + body
    # Measured: nearly every body is cut by one split, which costs a third of the search for each delimiter in turn.
    pieces = body.split(delimiter, MAX_PARTS + 1)
    if 1 < len(pieces) <= MAX_PARTS + 1:
        last = pieces.pop()
        del pieces[0]
        if last.startswith(b"--\n") or last == b"--":
            for piece in pieces:  # measured: half of what all() of a generator costs
                if not piece.startswith(b"\n"):
                    break
            else:
                return pieces
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
        pieces.append(body[line_end : following if following >= 0 else len(body)])
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
