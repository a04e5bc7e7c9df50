"""Reading notices written for people: which addresses failed, and the passage about each.

Shared by all formats. A line's shape tells how sure an address is the failed one; only the surest
shape found is used, so that an address that is merely mentioned (a postmaster to ask, the sender)
never becomes a bounced recipient.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from bounceparse.formats.addresses import addresses_in, clean
from bounceparse.formats.sieve import late
from bounceparse.formats.standing import Sureness, is_alone_from, sureness_of

__all__ = ["Passage", "Sureness", "alias_in", "expansions", "mentions_alias", "passages_about", "read_passages"]

MAX_SIGHTINGS = 3000
MAX_PASSAGES = 300_000  # characters of all passages together: thousands of addresses may share a line
MAX_BESIDE = 400  # characters of a line looked at on either side of an address
MAX_NOTICE = 60_000  # characters of a notice looked at; the longest real ones list some hundred recipients


# Members of an enum take ten times as long to look up as names of a module (Python 3.11: 0.1 µs).
_OWN_LINE, _NAMED = Sureness.OWN_LINE, Sureness.NAMED
_AT_COMMAND, _MENTIONED = Sureness.COMMAND, Sureness.MENTIONED


class Passage(NamedTuple):
    """What a notice says about one address; ``alias`` is the address that was expanded to it."""

    address: str
    text: str
    sureness: Sureness
    alias: str | None = None


_EXPANDING = (
    "expanded",
    "generated",
    "originally addressed",
    "forwarded",
    "redirected",
    "aliased",
    "reason: forwarded",
)
_ALIAS_SIGN = late(rf"\((?:{'|'.join(_EXPANDING)}|ultimately )")
# An address and right behind it, on its line or the next, what it was expanded from. Further off the words are the
# remote server's ("550 forwarded to x@example.org failed"), who could name any address that way.
_ALIAS = late(
    r"^[^\w\n\"]{0,8}(?P<final>(?:\"[^\"\n]{1,64}\"|[^\s<>()\"]{1,128})@[^\s<>()\"]{1,255}?)[>\"]?:?"
    r"(?:[ \t]*\n[ \t]+\(reason: [^\n]*\))?\s+"
    rf"\((?:ultimately )?(?:{'|'.join(_EXPANDING)})"
    r"[ \t]+(?:from|to|by)?:?\s*<?(?P<alias>[^\s<>()]+@[^\s<>()]+)>?\)",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = late(r"(?<![\w.])(?:[45]\d\d(?![\w.])|[45]\.\d{1,3}\.\d{1,3}(?![\w.]))")
_ROLE = late(
    r"^(?:postmaster|mailer-daemon|mailerdaemon|abuse|no-?reply|do-?not-?reply|support|helpdesk|hostmaster|mdaemon)@",
    re.IGNORECASE,
)

# A rule or a heading ends a passage.
_SECTION = late(r"\n[ \t]*+(?=[-=*_p])(?:---|===|\*\*\*|___|please reply to (?=\S+@))", re.IGNORECASE)


_MARKS = " \t\"'<>()[]*-•"
_ENUMERATED = late(
    r"[>\])\"']*[ \t]*(?:[,;、，；]|\b(?:and|und|et|y|e|en|i|и)\b|&)[ \t]*(?:(?:and|und|et|y|e|en|i"
    r"|и)\b)?[ \t]*\n?[ \t]*[<\[(\"']*"
)
_WRAPPED = late(r"<([^\s<>]{1,200})\n[ \t]+([^\s<>]{1,200})>")


class _Sighting(NamedTuple):
    address: str
    line_start: int
    sureness: Sureness


def read_passages(text: str, sender: Container[str] = ()) -> list[Passage]:
    """Return the passages of a notice about the addresses that failed, in order.

    ``sender`` holds the addresses, case folded, that belong to the sender of the bounced mail and
    count only where nothing else is found. Only the surest sightings are used.
    """
    text = _unwrapped(text[:MAX_NOTICE])
    sightings = _sightings(text)
    if not sightings:
        return []
    expanded = mentions_alias(text)
    if len(sightings) == 1 and sightings[0].sureness <= _NAMED:
        return _cut_passages(text, sightings, expanded=expanded)  # whoever's it is: nothing else is found
    aliases = {clean(match.group("alias")) or "" for match in _ALIAS.finditer(text)} if expanded else ()
    others = [s for s in sightings if s.address.casefold() not in sender and s.address not in aliases]
    persons = [s for s in others if not _ROLE.match(s.address)]
    chosen = _surest(persons) or _surest(others)
    if chosen and len(persons) < len(others):
        chosen = _with_refused_roles(text, chosen, others)
    if not chosen:
        chosen = [s for s in sightings if s.sureness <= _NAMED]
    if not chosen:
        chosen = [s for s in sightings if s.address in aliases]
    return _cut_passages(text, chosen, expanded=expanded)


def _with_refused_roles(text: str, chosen: list[_Sighting], others: list[_Sighting]) -> list[_Sighting]:
    """Add the roles ("support@example.com") that stand like the failed addresses: with a refusal, or in their list."""
    best, known = min(chosen[0].sureness, _NAMED), set(chosen)
    candidates = [
        (sighting, end)
        for sighting, end in zip(others, _ends(others, len(text)), strict=True)
        if sighting.sureness <= best and sighting not in known
    ]
    roles = {s for s, end in candidates if _CODE.search(text, s.line_start, min(end, s.line_start + 500))}
    lines = {s.line_start for s in (*known, *roles)} if chosen[0].sureness is _OWN_LINE else set()
    for ordered in (candidates, candidates[::-1]):  # down the list and up
        for sighting, _ in ordered:
            above = text.rfind("\n", 0, max(0, sighting.line_start - 1)) + 1
            if above in lines or text.find("\n", sighting.line_start) + 1 in lines:
                roles.add(sighting)
                lines.add(sighting.line_start)
    if not roles:
        return chosen
    wanted = roles if chosen[0].sureness > _AT_COMMAND else known | roles
    return [sighting for sighting in others if sighting in wanted]


def _ends(sightings: list[_Sighting], length: int) -> list[int]:
    """Return for each sighting where the next line with another address begins."""
    ends: list[int] = []
    after: _Sighting | None = None
    for sighting in reversed(sightings):
        if after is None:
            ends.append(length)
        elif after.line_start > sighting.line_start and after.address.casefold() != sighting.address.casefold():
            ends.append(after.line_start)
        else:
            ends.append(ends[-1])
        after = sighting
    return ends[::-1]


def passages_about(text: str, addresses: list[str]) -> dict[str, str]:
    """Return, for each address (case folded) that a notice speaks of, the passage about it."""
    wanted = {address.casefold() for address in addresses}
    sightings = [s for s in _sightings(text[:MAX_NOTICE]) if s.address.casefold() in wanted]
    found: dict[str, str] = {}
    best: dict[str, Sureness] = {}
    for passage in _cut_passages(text[:MAX_NOTICE], sightings, expanded=False):
        key = passage.address.casefold()
        if key not in best or passage.sureness < best[key]:
            best[key], found[key] = passage.sureness, passage.text
    return found


def mentions_alias(notice: str) -> bool:
    """Tell whether a notice may speak of expanded addresses: a cheap look for what :data:`_ALIAS` needs."""
    if "(" not in notice or ")" not in notice:
        return False
    return _ALIAS_SIGN.search(notice.lower()) is not None  # led by its bracket: a third of what looking for each costs


def expansions(notice: str) -> list[tuple[str, str, str]]:
    """Return (address that refused, alias, passage) for each "user@host (generated from alias@host)" of a notice."""
    found = []
    matches = list(_ALIAS.finditer(notice[:MAX_NOTICE]))
    ends = [match.start() for match in matches[1:]] + [len(notice)]
    for match, end in zip(matches, ends[: len(matches)], strict=True):
        final, alias = clean(match.group("final")), clean(match.group("alias"))
        if final and alias:
            found.append((final, alias, notice[match.end() : end]))
    return found


def alias_in(passage: str) -> str | None:
    """Return the address a passage says this one was expanded or generated from."""
    match = _ALIAS.match(passage) if mentions_alias(passage) else None
    return clean(match.group("alias")) if match else None


def _unwrapped(text: str) -> str:
    """Join addresses in brackets that were wrapped at the margin."""

    def join(match: re.Match[str]) -> str:
        joined = f"<{match.group(1)}{match.group(2)}>"
        return joined if joined.count("@") == 1 else match.group()

    return _WRAPPED.sub(join, text) if "<" in text and ("\n " in text or "\n\t" in text) else text


@lru_cache(maxsize=16)  # measured: a notice is asked three times on average, by recognition and by reading
def _sightings(text: str) -> tuple[_Sighting, ...]:
    found = []
    last_end = -1
    last: Sureness | None = None
    for address, start, end in islice(addresses_in(text), MAX_SIGHTINGS):
        line_start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", end)
        line_end = len(text) if line_end < 0 else line_end
        before, after = text[line_start:start], text[end : min(line_end, end + MAX_BESIDE)]
        if len(before) > MAX_BESIDE:
            before = "…" + before[-MAX_BESIDE:]  # hostile: thousands of addresses on one line
        if last is not None and last <= _NAMED and _ENUMERATED.fullmatch(text[last_end:start]):
            sureness: Sureness | None = last  # "to a@example.com, b@example.com": what holds of one holds of all
        elif "@" in before and before.strip(_MARKS).casefold() == address.casefold() and is_alone_from(after):
            sureness = _OWN_LINE  # "anna@example.com" <anna@example.com>
        else:
            sureness = sureness_of(text, line_start, before, after)
        last, last_end = sureness, end
        if sureness is not None:
            found.append(_Sighting(address, line_start, sureness))
    return tuple(found)


def _surest(sightings: list[_Sighting]) -> list[_Sighting]:
    if len(sightings) < 2:
        return sightings
    best = min([s.sureness for s in sightings])
    chosen = [s for s in sightings if s.sureness == best]
    if best >= _MENTIONED and len({s.address.casefold() for s in chosen}) > 1:
        return []  # several addresses and nothing that tells them apart: never guess
    return chosen


def _cut_passages(text: str, chosen: Sequence[_Sighting], *, expanded: bool) -> list[Passage]:
    """Return the passages of a text; ``expanded`` says whether it may speak of expanded addresses."""
    if len(chosen) == 1:  # measured: three notices of four, at a third of the cost of what follows
        address, start, sureness = chosen[0]
        passage = text if sureness >= _NAMED else text[start : _end_of_section(text, start, len(text))]
        return [Passage(address, passage, sureness, alias_in(passage[:2000]) if expanded else None)]
    passages: dict[str, Passage] = {}
    starts = [s.line_start for s in chosen]
    line, cut = -1, ""
    different = len({s.address.casefold() for s in chosen})
    alone = different == 1
    longest = len(text) if alone else max(500, MAX_PASSAGES // max(different, 1))
    for index, sighting in enumerate(chosen):
        if alone and sighting.sureness >= _NAMED:
            passage = text
        else:
            if sighting.line_start != line:
                line = sighting.line_start
                following = bisect_right(starts, line, index + 1)  # they come in the order of the text
                end = starts[following] if following < len(starts) else len(text)
                cut = text[line : min(_end_of_section(text, line, end), line + longest)]
            passage = cut
        key = sighting.address.casefold()
        known = passages.get(key)
        if known is None:
            alias = alias_in(passage[:2000]) if expanded else None
            passages[key] = Passage(sighting.address, passage, sighting.sureness, alias)
        elif known.text != passage:
            alias = known.alias or (alias_in(passage[:2000]) if expanded else None)
            passages[key] = Passage(known.address, known.text + "\n" + passage, known.sureness, alias)
    return list(passages.values())


def _end_of_section(text: str, start: int, end: int) -> int:
    section = _SECTION.search(text, start, end)
    return section.start() if section else end
