"""Header blocks as slices of bytes: a field is found, unfolded and decoded only when asked for.

Measured: a `find` in a lower-cased copy of the block costs 0.7 µs a field; a dictionary of all fields costs 12 µs
a message, and a bounce is asked for two dozen fields at most, a third of them twice.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from functools import lru_cache

from bounceparse.mime.charsets import decode_bytes

_ENCODED_WORD = re.compile(r"=\?([\w.+:-]{2,40})(?:\*[\w-]{1,20})?\?([bBqQ])\?([^?\s]*(?:\?(?!=)[^?\s]*)*)\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?)")
_FOLD = re.compile(r"\n[ \t\n]+")
_BLANKS = " \t"
_SPACE = " \t\n\r\x0b\x0c"


class _Marks(dict[bytes, str]):
    """What is searched for, by the name of the field: putting it together costs as much as the rest of the question.

    The colon is looked at apart, for obsolete syntax allows a blank before it (RFC 5322 section 4.5). Measured: to look
    for such blanks in each block costs three times what all names cost more without their colon.
    """

    def __missing__(self, name: bytes) -> str:
        mark = self[name] = f"\n{name.decode('ascii')}"
        return mark


_MARKS = _Marks()


class _Contained(dict[str, re.Pattern[str]]):
    """What finds a text of names and colons, whether a blank stands before the colons or not."""

    def __missing__(self, text: str) -> re.Pattern[str]:
        pattern = self[text] = re.compile(" ?:".join(map(re.escape, text.split(":"))))
        return pattern


_CONTAINED = _Contained()


class Headers:
    """The fields of one header block (RFC 5322 section 2.2); names are asked for in lower case.

    The block is kept as text of one character a byte. Measured: in bytes a question cost half as much again, for
    each value was decoded, and Python's ``in`` for bytes takes ten times what it takes for text (it raises and drops
    an error within).
    """

    __slots__ = ("_block", "_plain", "_texts", "lower")

    def __init__(self, block: bytes) -> None:
        written = f"\n{block.decode('latin-1')}\n\n"  # a search never runs off its end
        self._block = written
        self.lower = written.lower()  # for those who look for many names at once; a colon may have a blank before it
        self._plain = written.isascii() and "\x1b" not in written  # nothing to decode
        self._texts: dict[bytes, str | None] = {}

    @property
    def is_blank(self) -> bool:
        """Whether the block has nothing in it."""
        block = self._block
        return block[1] in _SPACE and not block.strip(_SPACE)  # measured: to strip all of a header costs 0.6 µs

    def latin(self, name: bytes) -> str | None:
        """Return the first such field's value, unfolded, one character a byte; None where there is none of it."""
        if self._plain:
            return self.text(name)
        start = self._find(name)
        return self._value(start) or None if start >= 0 else None

    def _find(self, name: bytes, start: int = 0) -> int:
        """Return where the value of the next such field begins, -1 where there is none."""
        lower, mark = self.lower, _MARKS[name]
        start = lower.find(mark, start)
        while start >= 0:
            end = start + len(mark)
            if lower[end] == ":":
                return end + 1
            if lower.startswith(" :", end):
                return end + 2
            start = lower.find(mark, end)
        return -1

    def raw(self, name: bytes) -> bytes | None:
        """Return the first such field's value, unfolded, as bytes; None where there is none."""
        value = self.latin(name)
        return value if value is None else value.encode("latin-1")

    def _value(self, start: int) -> str:
        block = self._block
        end = block.find("\n", start)
        if block[end + 1] not in _BLANKS:
            return block[start:end].strip(_SPACE)
        fold = end
        end = block.find("\n", end + 1)
        if block[end + 1] not in _BLANKS:  # measured: most are folded once, and a pattern costs three times this
            return f"{block[start:fold]} {block[fold + 1 : end].lstrip(_BLANKS)}".strip(_SPACE)
        while block[end + 1] in _BLANKS:
            end = block.find("\n", end + 1)
        return _FOLD.sub(" ", block[start:end]).strip(_SPACE)

    def has(self, name: bytes) -> bool:
        """Tell whether the block has a field of that name."""
        return _MARKS[name] in self.lower and self._find(name) >= 0  # most are asked for what is not there

    def contains(self, lower_text: str) -> bool:
        """Tell whether the lower-cased block contains the text anywhere; a colon may have a blank before it."""
        name, colon, _ = lower_text.partition(":")
        if name not in self.lower:  # measured: nearly all are asked for what is not there, and this costs a third
            return False
        return not colon or _CONTAINED[lower_text].search(self.lower) is not None

    def text(self, name: bytes) -> str | None:
        """Return the first such field as text, encoded words (RFC 2047) kept; None if absent or empty."""
        texts = self._texts
        if name in texts:  # measured: To and From are asked for three times a message
            return texts[name]
        # As in _find() and _value(), whose calls would cost as much as the work: a bounce is asked for ten fields.
        lower, mark = self.lower, _MARKS[name]
        start = lower.find(mark)
        if start >= 0:
            start += len(mark)
            start = start + 1 if lower[start] == ":" else self._find(name, start - len(mark))
        if start < 0:
            texts[name] = None
            return None
        block = self._block
        end = block.find("\n", start)
        value = block[start:end].strip(_SPACE) if block[end + 1] not in _BLANKS else self._value(start)
        text = texts[name] = (value if self._plain else _decoded(value)) or None
        return text

    def decoded(self, name: bytes) -> str | None:
        """Return the first such field as text with encoded words (RFC 2047) decoded."""
        value = self.text(name)
        return decode_words(value) if value and "=?" in value else value

    def all(self, name: bytes) -> Iterator[str]:
        """Yield every such field's value as text, from the top."""
        start = self._find(name)
        while start >= 0:
            value = self._value(start)
            yield value if self._plain else _decoded(value)
            start = self._find(name, start)


def _decoded(value: str) -> str:
    """Return the text of a value of one character a byte."""
    return decode_bytes(value.encode("latin-1"), None)


@lru_cache(maxsize=512)  # measured: a notice's subject is asked for a dozen times, and half of all repeat another
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
