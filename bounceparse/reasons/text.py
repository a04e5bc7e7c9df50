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

# An address needs an at sign that the text is searched for first; both patterns are made of
# single runs bounded in length and followed by a literal, so neither can backtrack far.
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,128}@[^\s<>()\[\]\",;:@/?&]{1,255}")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5})?)(?![\w:])",
    re.ASCII,
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


class _Table(dict[int, str]):
    """A translation table that learns each character when it first meets it."""

    def __missing__(self, code: int) -> str:
        value = _normal_character(chr(code))
        if len(self) < 50_000:
            self[code] = value
        return value


_TABLE = _Table({ord(MAILADDR): MAILADDR, ord(IPADDR): IPADDR})
# Kana voicing marks carry meaning ("が" is not "か"), so composed kana stay as they are.
_TABLE.update({code: f" {chr(code)} " for code in range(0x3041, 0x3100) if unicodedata.category(chr(code)) == "Lo"})
_TABLE.update({code: chr(code) for code in range(0xAC00, 0xD7A4)})  # Hangul syllables


def _blank_address(match: re.Match[str]) -> str:
    return " " + MAILADDR + " " * (len(match[0]) - 2)


def _blank_ip(match: re.Match[str]) -> str:
    return IPADDR + " " * (len(match[0]) - 1)


def mask(text: str) -> str:
    """Replace e-mail and IP addresses by one token each, keeping every other character's place."""
    if "@" in text:
        text = _ADDRESS.sub(_blank_address, text)
    if text.count(".") > 2:
        text = _IPV4.sub(_blank_ip, text)
    if text.count(":") > 2:
        text = _IPV6.sub(_blank_ip, text)
    return text


def normalise(text: str) -> str:
    """Return the text in normal form, tokens parted by spaces (runs of them are kept)."""
    text = text[:MAX_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:MAX_TEXT]
    return mask(text.lower()).translate(_TABLE)


def tokens(text: str) -> list[str]:
    """Return the tokens of a reply, as the rules see it."""
    return normalise(text).split()


def phrase_tokens(text: str) -> list[str]:
    """Return the tokens of a word of a phrase: as of a reply, with the names of masked things."""
    return [SPECIAL_WORDS.get(token, token) for token in text.translate(_TABLE).split()] if text else []


def span(text: str, normal: str, first: int, last: int) -> str:
    """Return the original words of tokens ``first`` to ``last`` (inclusive), as the server spelled them.

    ``normal`` is the text in normal form, which for ASCII keeps every character's place.
    """
    if text[:MAX_TEXT].isascii():
        start = end = 0
        for index, token in enumerate(normal.split(None, last + 1)[: last + 1]):
            begin = normal.index(token, end)
            end = begin + len(token)
            if index == first:
                start = begin
            if index == last:
                break
        return _whole_words(text, start, end)
    return _span_unicode(unicodedata.normalize("NFKC", text[:MAX_TEXT])[:MAX_TEXT], first, last)


def _span_unicode(text: str, first: int, last: int) -> str:
    """As :func:`span`, for text whose normal form may be longer or shorter than itself."""
    masked = mask(text.lower())
    if len(masked) != len(text):  # a few letters change length when lowered
        return " ".join(masked.translate(_TABLE).split()[first : last + 1])
    start = end = -1
    index, inside = -1, False
    for place, character in enumerate(masked):
        for piece in _TABLE[ord(character)] if ord(character) > 127 else character.translate(_TABLE):
            if piece == " ":
                inside = False
                continue
            if not inside:
                inside = True
                index += 1
                if index > last:
                    return _whole_words(text, start, end)
            if index == first and start < 0:
                start = place
            if first <= index <= last:
                end = place + 1
    return _whole_words(text, max(start, 0), end)


def _whole_words(text: str, start: int, end: int) -> str:
    """Cut the words out; an address that a token stands for is taken whole."""
    for pattern in (_ADDRESS,) if "@" in text else ():
        for match in pattern.finditer(text):
            if match.start() <= end <= match.end():
                end = match.end()
            if match.start() <= start <= match.end():
                start = match.start()
    return " ".join(text[start:end].split())
