"""Header blocks as slices of bytes: a field is found, unfolded and decoded only when asked for.

Measured: a `find` in a lower-cased copy of the block costs 0.3 µs a field; a dictionary of all fields costs 12 µs
a message, and a bounce is asked for two dozen fields at most, a third of them twice.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from bounceparse.mime.charsets import decode_bytes

_ENCODED_WORD = re.compile(r"=\?([\w.+:-]{2,40})(?:\*[\w-]{1,20})?\?([bBqQ])\?([^?\s]*(?:\?(?!=)[^?\s]*)*)\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
_FOLD = re.compile(rb"\n[ \t\n]+")
_SPACED = re.compile(rb"\n[\x21-\x39\x3b-\x7e]+ :")
_BLANKS = b" \t"


class Headers:
    """The fields of one header block (RFC 5322 section 2.2); names are asked for in lower case."""

    __slots__ = ("_lower", "_texts", "block")

    def __init__(self, block: bytes) -> None:
        self.block = block = b"\n" + block
        lower = block.lower()
        if b" :" in lower and _SPACED.search(lower):
            # obsolete syntax allows white space before the colon (RFC 5322 section 4.5)
            self.block = block = re.sub(rb"(\n[\x21-\x39\x3b-\x7e]+) :", rb"\1:", block)
            lower = block.lower()
        self._lower = lower
        self._texts: dict[bytes, str | None] | None = None

    def raw(self, name: bytes) -> bytes | None:
        """Return the first such field's value, unfolded, as bytes; None where there is none."""
        start = self._lower.find(b"\n" + name + b":")
        return self._value(start + len(name) + 2) if start >= 0 else None

    def _value(self, start: int) -> bytes:
        block = self.block
        end = block.find(b"\n", start)
        if end < 0:
            return block[start:].strip()
        if block[end + 1 : end + 2] not in _BLANKS:
            return block[start:end].strip()
        while end >= 0 and block[end + 1 : end + 2] in _BLANKS:
            end = block.find(b"\n", end + 1)
        value = block[start:] if end < 0 else block[start:end]
        return _FOLD.sub(b" ", value).strip()

    def has(self, name: bytes) -> bool:
        """Tell whether the block has a field of that name."""
        return b"\n" + name + b":" in self._lower

    def contains(self, lower_text: bytes) -> bool:
        """Tell whether the lower-cased block contains the text anywhere."""
        return lower_text in self._lower

    def text(self, name: bytes) -> str | None:
        """Return the first such field as text, encoded words (RFC 2047) kept; None if absent or empty."""
        texts = self._texts
        if texts is None:
            texts = self._texts = {}
        elif name in texts:  # measured: To and From are asked for three times a message
            return texts[name]
        value = self.raw(name)
        text = texts[name] = _as_text(value) if value else None
        return text

    def decoded(self, name: bytes) -> str | None:
        """Return the first such field as text with encoded words (RFC 2047) decoded."""
        value = self.text(name)
        return decode_words(value) if value else None

    def all(self, name: bytes) -> Iterator[str]:
        """Yield every such field's value as text, from the top."""
        lower = self._lower
        mark = b"\n" + name + b":"
        start = lower.find(mark)
        while start >= 0:
            yield decode_bytes(self._value(start + len(mark)), None)
            start = lower.find(mark, start + 1)


def _as_text(value: bytes) -> str:
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    return decode_bytes(value, None)


def decode_words(value: str) -> str:
    """Decode the encoded words of a field (RFC 2047); what cannot be decoded stays as it is."""
    if "=?" not in value:
        return value
    return _ENCODED_WORD.sub(_decode_word, _BETWEEN_WORDS.sub("", value))


def _decode_word(match: re.Match[str]) -> str:
    charset, encoding, text = match.groups()
    try:
        data = text.encode("ascii")
        raw = binascii.a2b_base64(data + b"==") if encoding in "bB" else binascii.a2b_qp(data, header=True)
    except (ValueError, UnicodeEncodeError):
        return match.group()
    return decode_bytes(raw, charset.lower())
