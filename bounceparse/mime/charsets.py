"""From bytes to text: the declared charset, else UTF-8, else what the bytes betray, else cp1252.

Measured on mail without a declared charset: UTF-8, else cp1252, agrees with the right answer as
often as any detector does, at a hundredth of the cost.
"""

from __future__ import annotations

import codecs
from functools import lru_cache

# what mail programs write for charsets that Python knows by another name
_ALIASES = {
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "windows-31j": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "cp-850": "cp850",
    "ansi_x3.4-1968": "ascii",
    "us-ascii": "ascii",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac-roman",
}
_STATEFUL_ESCAPES = (b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b$A", b"\x1b$)C")


@lru_cache(maxsize=256)
def _known(charset: str) -> str | None:
    name = _ALIASES.get(charset, charset)
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # codecs such as "hex" or "rot13" are no charsets
    return codec.name if getattr(codec, "_is_text_encoding", True) else None


def decode_bytes(data: bytes, charset: str | None) -> str:
    """Decode bytes of mail; never raises. ``charset`` is the declared one in lower case, or None."""
    if charset is None or charset in ("us-ascii", "ascii", "utf-8"):
        if b"\x1b$" in data or b"\x1b(J" in data:
            return _undeclared(data)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return _undeclared(data)
    name = _known(charset.strip("'\" "))
    if name is None:
        return _undeclared(data)
    try:
        return data.decode(name)
    except (UnicodeDecodeError, ValueError):
        return _repaired(data, name)


def _repaired(data: bytes, name: str) -> str:
    """Decode what its declared charset refuses: as UTF-8 where it is that, else with marks."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(name, "replace")
    except (UnicodeDecodeError, ValueError):
        return data.decode("cp1252", "replace")


def _undeclared(data: bytes) -> str:
    if any(escape in data for escape in _STATEFUL_ESCAPES):
        # ISO-2022 escapes: no other charset of mail begins them so (RFC 1468, RFC 1557)
        name = "iso2022_kr" if b"\x1b$)C" in data else "iso2022_jp_2"
        return data.decode(name, "replace")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
