"""The one normal form in which rules and replies are compared.

A reply becomes a list of tokens: NFKC, case folded, accents stripped outside ASCII, every run of
characters that are neither letters nor digits a separator. Scripts written without spaces (Han,
Kana, Thai ...) give one token a character, so that a phrase in them matches anywhere in a run;
Hangul keeps its words. E-mail and IP addresses become one token each, so that no rule depends on
whose mail it was. The work is linear in the text, which is capped first.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from itertools import accumulate

MAX_TEXT = 2000
"""Characters of a reply that are read; RFC 5321 section 4.5.3.1.5 allows 512 a line."""

MAILADDR, IPADDR = "\x01", "\x02"
"""The tokens of a masked e-mail address and IP address; phrases write them as words."""

SPECIAL_WORDS = {"mailaddr": MAILADDR, "ipaddr": IPADDR}

# Letters that Unicode does not decompose, but that people type without their stroke.
_STROKES = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ŧ": "t"}

# Ranges of scripts whose words are not parted by spaces.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3041, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)

# An address is looked for around an at sign. All patterns are made of single runs bounded in length
# and followed by a literal, so none can backtrack far.
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,128}@[^\s<>()\[\]\",;:@/?&]{1,255}")
_LONGEST_LOCAL_PART = 128
_PARTING = ' \t\r\n<>()[]",;:'  # some of the characters that no address holds
# The first digit goes before what may not stand before it: a search for a character is quick, one
# for a place that nothing stands before is not (0.4 µs instead of 1.5 µs a reply).
_IPV4 = re.compile(r"\d(?<![\w.]\d)\d{0,2}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5})?)(?![\w:])",
    re.ASCII | re.IGNORECASE,
)


def _normal_character(character: str) -> str:
    """Return what one character is compared as: a token character, a separator or nothing."""
    pieces = []
    for folded in unicodedata.normalize("NFKD", character.casefold()):
        category = unicodedata.category(folded)
        if category[0] == "M" or category == "Cf":  # accents; soft hyphens and joiners
            continue
        if category[0] not in "LN":
            pieces.append(" ")
            continue
        folded = _STROKES.get(folded, folded)
        code = ord(folded[0])
        unspaced = any(low <= code <= high for low, high in _UNSPACED)
        pieces.append(f" {folded} " if unspaced else folded)
    return unicodedata.normalize("NFC", "".join(pieces))


_MAX_CHARACTERS = 50_000  # that are remembered


class _Table(dict[int, str]):
    """A translation table that learns each character when it first meets it."""

    def __missing__(self, code: int) -> str:
        value = _normal_character(chr(code))
        if len(self) < _MAX_CHARACTERS:
            self[code] = value
        return value


_TABLE = _Table({ord(MAILADDR): MAILADDR, ord(IPADDR): IPADDR})
# Kana voicing marks carry meaning ("が" is not "か"), so composed kana stay as they are.
_TABLE.update({code: f" {chr(code)} " for code in range(0x3041, 0x3100) if unicodedata.category(chr(code)) == "Lo"})
_TABLE.update({code: chr(code) for code in range(0xAC00, 0xD7A4)})  # Hangul syllables


_KEEPING: set[str] = set()
"""Characters met that are one in normal form too."""

# For text in ASCII, where each character has its place, letters are lowered on the way.
_ASCII_TABLE = bytes(ord(_TABLE[ord(chr(code).lower())]) if code < 128 else 32 for code in range(256))


# Part of each IPv4 address that begins with a character, which a search finds at once: 0.25 µs a reply, not 1.8.
_THREE_DOTS = re.compile(r"\.\d{1,3}\.\d{1,3}\.\d")


def _blank_ip(match: re.Match[str]) -> str:
    return IPADDR + " " * (len(match[0]) - 1)


def _mask_ipv4(text: str) -> str:
    """Blank what _IPV4 matches, looked for where three dots stand as they do in it."""
    dots = _THREE_DOTS.search(text)
    while dots:
        match = _IPV4.search(text, max(0, dots.start() - 3))
        if match is None:
            break
        start, end = match.span()
        text = f"{text[:start]}{IPADDR}{' ' * (end - start - 1)}{text[end:]}"
        dots = _THREE_DOTS.search(text, end)
    return text


def mask(text: str) -> str:
    """Replace e-mail and IP addresses by one token each, keeping every other character's place."""
    if "@" in text:
        text = _mask_addresses(text)
    if text.count(".") > 2:
        text = _mask_ipv4(text)
    if ":" in text and ("::" in text or text.count(":") > 4):  # as in each _IPV6, not in times and ports
        text = _IPV6.sub(_blank_ip, text)
    return text


def _mask_addresses(text: str) -> str:
    """Blank what _ADDRESS matches, looked for from the last space before an at sign on: no address holds one."""
    done = 0
    at = text.find("@")
    while at >= 0:
        match = _ADDRESS.search(text, max(done, at - _LONGEST_LOCAL_PART, text.rfind(" ", 0, at) + 1))
        if match is None:
            break
        start, done = match.span()
        text = f"{text[:start]} {MAILADDR}{' ' * (done - start - 2)}{text[done:]}"
        at = text.find("@", done)
    return text


def normalise(text: str) -> str:
    """Return the text in normal form, tokens parted by spaces (runs of them are kept)."""
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]
    if text.isascii():
        return mask(text).encode().translate(_ASCII_TABLE).decode()  # a tenth of what str.translate costs
    return mask(unicodedata.normalize("NFKC", text)[:MAX_TEXT].lower()).translate(_TABLE)


def tokens(text: str) -> list[str]:
    """Return the tokens of a reply, as the rules see it."""
    return normalise(text).split()


def phrase_tokens(text: str) -> list[str]:
    """Return the tokens of a word of a phrase: as of a reply, with the names of masked things."""
    return [SPECIAL_WORDS.get(token, token) for token in text.translate(_TABLE).split()] if text else []


def span(text: str, normal: str, first: int, last: int) -> str:
    """Return the original words of tokens ``first`` to ``last`` (inclusive), as the server spelled them.

    ``normal`` is the text in normal form, which for ASCII and most alphabets keeps every character's place.
    """
    count = last - first + 1
    after = normal.split(None, first)[-1] if first else normal.lstrip()
    start = len(normal) - len(after)
    parts = after.split(None, count)
    if len(parts) > count:
        after = after[: -len(parts[-1])]
    end = start + len(after.rstrip())
    if not text.isascii() and not text[:MAX_TEXT].isascii():
        text = unicodedata.normalize("NFKC", text[:MAX_TEXT])[:MAX_TEXT]
        if len(normal) != len(text) or not _keeps_places(text):
            masked = mask(text.lower())
            if len(masked) != len(text):  # a few letters change length when lowered
                return " ".join(normal.split()[first : last + 1])
            start, end = _places_before(masked, start, end)
    return _cut(text, start, end)


def _places_before(masked: str, start: int, end: int) -> tuple[int, int]:
    """Return which characters became those of the normal form from ``start`` to before ``end``."""
    ends = list(accumulate(map(len, map(_TABLE.__getitem__, map(ord, masked)))))
    return bisect_right(ends, start), bisect_left(ends, end) + 1


def _keeps_places(text: str) -> bool:
    """Tell whether each character of a text is one in its normal form too: asked of each kind of character once."""
    lower = text.lower()
    if len(lower) != len(text):
        return False
    if not _KEEPING.issuperset(lower):  # half of what asking the table costs
        if not all(len(_TABLE[ord(character)]) == 1 for character in set(lower)):
            return False
        if len(_KEEPING) < _MAX_CHARACTERS:
            _KEEPING.update(lower)
    return True


def _cut(text: str, start: int, end: int) -> str:
    """Cut the words out; an address that a token stands for is taken whole."""
    if "@" in text and not _parted(text, start, end):
        start, end = _address_at(text, start)[0], _address_at(text, end)[1]
    words = text[start:end]
    return words if words.isprintable() and "  " not in words else " ".join(words.split())


def _parted(text: str, start: int, end: int) -> bool:
    """Tell whether what stands before and after a passage can be of no address, as nearly always."""
    return (not start or text[start - 1] in _PARTING) and text[end : end + 1] in _PARTING


def _address_at(text: str, place: int) -> tuple[int, int]:
    """Return where the address that a place is in or beside begins and ends; of none, the place itself.

    No address holds a space, so those are looked for only between the two around the place.
    """
    start = end = place
    begun, stop = text.rfind(" ", 0, place) + 1, text.find(" ", place)
    stop = len(text) if stop < 0 else stop
    if text.find("@", begun, stop) >= 0:
        for match in _ADDRESS.finditer(text, begun, stop):
            if match.start() <= end <= match.end():
                end = match.end()
            if match.start() <= start <= match.end():
                start = match.start()
    return start, end
