"""From bytes to text: the declared charset, else UTF-8, else what the bytes betray, else cp1252.

Measured on Western mail without a declared charset: UTF-8, else cp1252, agrees with the right answer as
often as any detector does, at a hundredth of the cost. For East Asian and Cyrillic text a few counts of
bytes decide, and only where the text is no UTF-8.
"""

from __future__ import annotations

import codecs
import re
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
_SAMPLE = 4000  # bytes that a guess looks at
_BIG5_PAIR = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
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
        if data.find(b"\x1b") >= 0 and (b"\x1b$" in data or b"\x1b(J" in data):
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
        return data.decode(betrayed_charset(data), "replace")


def betrayed_charset(data: bytes) -> str:
    """Guess the charset of text that is no UTF-8, by where its bytes beyond ASCII stand; cp1252 is the default.

    Western words have such bytes one at a time, Cyrillic words in runs of any length, the double-byte
    charsets in pairs with their own ranges of first bytes. The sample is small, and so is the promise.
    """
    sample = data[:_SAMPLE]
    runs = _HIGH_RUN.findall(sample)
    high = b"".join(runs)
    broken = sample.decode("utf-8", "replace").count("\ufffd")
    if broken * 10 <= len(high) // 2:
        return "utf-8"  # with a byte or two damaged
    if _is_shift_jis(sample, high):
        return "cp932"
    if _is_big5(sample, high):
        return "big5"
    if len(high) < 4 or len(high) < 2.5 * len(runs):
        return "cp1252"
    low_share = sum(0xA1 <= byte <= 0xBF for byte in high) / len(high)
    even = sum(len(run) % 2 for run in runs) <= 0.1 * len(runs)
    if low_share >= 0.1 and even and min(high) >= 0xA1:  # Cyrillic letters stand above that range
        return _of_pairs(b"".join(run[: len(run) // 2 * 2] for run in runs), data)
    if min(high) < 0xA0:
        return "cp1252"
    small_in_koi8 = sum(0xC0 <= byte <= 0xDF for byte in high)
    small_in_1251 = sum(byte >= 0xE0 for byte in high)
    return "koi8-u" if small_in_koi8 > small_in_1251 else "cp1251"


def _of_pairs(pairs: bytes, data: bytes) -> str:
    """Tell the charsets of EUC's shape apart by their first bytes: kana, Hangul, else Chinese."""
    first = pairs[::2]
    if sum(byte in (0xA4, 0xA5) for byte in first) >= 0.2 * len(first):
        return "euc_jp"
    words = [byte for byte in first if byte >= 0xB0]
    if len(words) >= 4 and all(byte <= 0xC8 for byte in words) and b" " in data:
        return "cp949"
    return "gb18030"


def _is_shift_jis(data: bytes, high: bytes) -> bool:
    """Tell Shift_JIS by its kana, whose first bytes (82, 83) no text in another charset repeats."""
    kana = high.count(b"\x82") + high.count(b"\x83")
    return kana >= 3 and kana >= 0.15 * len(high) and _decodes(data, "cp932")


def _is_big5(data: bytes, high: bytes) -> bool:
    """Tell Big5 by pairs that begin with what are signs, not letters, elsewhere, and may end with ASCII."""
    pairs = _BIG5_PAIR.findall(data)
    ascii_ends = sum(pair[1] < 0x80 for pair in pairs)
    covered = 2 * len(pairs) - ascii_ends
    return len(pairs) >= 3 and ascii_ends >= 2 and covered >= 0.7 * len(high) and _decodes(data, "big5")


def _decodes(data: bytes, charset: str) -> bool:
    try:
        data.decode(charset)
    except UnicodeDecodeError as error:
        return error.start >= len(data) - 2  # cut in the middle of a character
    return True
