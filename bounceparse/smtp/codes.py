"""What reply codes (RFC 5321) and enhanced status codes (RFC 3463, IANA registry) mean: the loader and the lookup.

The tables are data, in ``tables/*.toml``; each is read once, at the first question. Every entry names
its RFC section. An enhanced code that the registry doesn't list falls back: detail, subject, class
(RFC 3463 section 2 asks clients to understand the parts they know).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from bounceparse.record import UsageError

_ENHANCED = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit of a reply code: its RFC name, its meaning in few words, the same as a clause for people."""

    digit: str
    name: str
    meaning: str
    plain: str
    source: str


@dataclass(frozen=True, slots=True)
class ReplyCode:
    """A reply code: the RFC's wording, what it means, whose fault it is, what to do, and where it is defined.

    ``note`` tells where old tables or servers depart from the RFC. ``registered`` is False for a code
    that no RFC or registry knows, but that servers send.
    """

    code: int
    name: str
    meaning: str
    whose: str
    todo: str
    source: str
    note: str | None = None
    registered: bool = True


@dataclass(frozen=True, slots=True)
class EnhancedCode:
    """An enhanced status code and its three parts.

    ``level`` tells how far the registry knows it: ``detail``, ``subject`` or ``class``; ``name``, ``meaning``
    and ``source`` are those of that level. ``basic`` are the reply codes it goes with, as the registry
    writes them (``550``, ``5xx``, ``any``).
    """

    status: str
    level: Literal["detail", "subject", "class"]
    name: str
    meaning: str
    source: str
    class_name: str
    class_meaning: str
    subject_name: str | None
    subject_meaning: str | None
    basic: tuple[str, ...] = ()
    note: str | None = None


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "tables" / f"{name}.toml").read_text(encoding="utf-8"))


def reply_code(code: int) -> ReplyCode | None:
    """Return what the tables say about a reply code, or None for one they don't list."""
    entry = _table("reply_codes").get(str(code))
    return ReplyCode(code=code, **entry) if entry else None


def reply_codes() -> tuple[ReplyCode, ...]:
    """Return all reply codes of the tables, in numeric order."""
    return tuple(ReplyCode(code=int(code), **entry) for code, entry in _table("reply_codes").items())


def digits(code: int) -> tuple[Digit, Digit | None, Digit]:
    """Return the meaning of the three digits of a reply code (RFC 5321 section 4.2.1).

    The second is None for a group the RFC doesn't have (6 to 9). The third only tells replies of one group apart,
    so its meaning is the code's own name. Raises UsageError for a number that can't be a reply code.
    """
    text = str(code)
    table = _table("digits")
    if len(text) != 3 or text[0] not in table["first"]:
        raise UsageError(f"{code} can't be a reply code: it needs three digits, the first from 1 to 5")
    first = Digit(text[0], **table["first"][text[0]])
    second = Digit(text[1], **table["second"][text[1]]) if text[1] in table["second"] else None
    return first, second, _third(text, reply_code(code))


def _third(text: str, known: ReplyCode | None) -> Digit:
    if known:
        return Digit(text[2], known.name, known.name, f"exactly: {known.name}", known.source)
    nothing = "not defined: no standard gives this digit a meaning here"
    return Digit(text[2], "Not defined", "not defined", nothing, "RFC 5321 section 4.2.1")


def enhanced_code(status: str) -> EnhancedCode:
    """Return what the registry says about ``"5.1.1"``, falling back from detail to subject to class.

    Raises UsageError where the text is no enhanced status code at all (class 2, 4 or 5; RFC 3463 section 2).
    """
    match = _ENHANCED.fullmatch(status.strip())
    if not match:
        raise UsageError(f"{status!r} is no enhanced status code: write it like 5.1.1, beginning with 2, 4 or 5")
    class_digit, subject_number, detail_number = (str(int(part)) for part in match.groups())
    table = _table("enhanced")
    group, subject = table["class"][class_digit], table["subject"].get(subject_number)
    detail = table["detail"].get(f"{subject_number}.{detail_number}")
    level: Literal["detail", "subject", "class"] = "detail" if detail else "subject" if subject else "class"
    chosen = detail or subject or group
    return EnhancedCode(
        status=match.group(),
        level=level,
        name=chosen["name"],
        meaning=chosen.get("meaning") or chosen["plain"],
        source=chosen["source"],
        class_name=group["name"],
        class_meaning=group["plain"],
        subject_name=subject["name"] if subject else None,
        subject_meaning=subject["plain"] if subject else None,
        basic=tuple(str(code) for code in chosen.get("basic", ())),
        note=chosen.get("note"),
    )


def enhanced_details() -> tuple[str, ...]:
    """Return the ``subject.detail`` pairs that the registry lists, in its order."""
    return tuple(_table("enhanced")["detail"])
