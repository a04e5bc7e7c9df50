"""Reading notices written for people: which addresses failed, and the passage about each.

Shared by all formats. A line's shape tells how sure an address is the failed one; only the surest
shape found is used, so that an address that is merely mentioned (a postmaster to ask, the sender)
never becomes a bounced recipient.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Sequence
from enum import Enum, IntEnum, auto
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from bounceparse.formats.addresses import addresses_in, clean
from bounceparse.formats.sieve import late

MAX_SIGHTINGS = 3000
MAX_PASSAGES = 300_000  # characters of all passages together: thousands of addresses may share a line
MAX_BESIDE = 400  # characters of a line looked at on either side of an address
MAX_NOTICE = 60_000  # characters of a notice looked at; the longest real ones list some hundred recipients


class Sureness(IntEnum):
    """How an address stands in a notice, surest first."""

    OWN_LINE = 1  # the line is about this address alone: "<user@example.com>:"
    LEADS_LINE = 2  # it begins a line: "user@example.com ... no such user"
    NAMED = 3  # words around it say that it failed: "could not be delivered to user@example.com"
    COMMAND = 4  # it stands in the refused command: "RCPT TO:<user@example.com>"
    MENTIONED = 5  # anywhere else
    ORIGINAL_TO = 6  # the notice repeats the original's To


# Members of an enum take ten times as long to look up as names of a module (Python 3.11: 0.1 µs).
_OWN_LINE, _LEADS_LINE, _NAMED = Sureness.OWN_LINE, Sureness.LEADS_LINE, Sureness.NAMED
_AT_COMMAND, _MENTIONED, _ORIGINAL_TO = Sureness.COMMAND, Sureness.MENTIONED, Sureness.ORIGINAL_TO


class Passage(NamedTuple):
    """What a notice says about one address; ``alias`` is the address that was expanded to it."""

    address: str
    text: str
    sureness: Sureness
    alias: str | None = None


_LABEL = late(
    r"(?:(?:the )?(?:failed|final|original|intended|invalid|bad|unknown|undeliverable|rejected|local|following|bounced"
    r"|envelope|target|smtp)[ -]?)*"
    r"(?:recipients?|address(?:es)?|users?|mailbox(?:es)?|e-?mail(?: address)?|rcpt(?: to)?|error-for|userid"
    r"|final delivery userid"
    r"|undeliverable (?:to|address)|delivered to|destination|account|empf(?:ä|ae)nger|adresse|destinataire"
    r"|destinatarios?|destinatario"
    r"|ontvanger|geadresseerde|adresat|odbiorca|příjemce|получатель|адрес|受信者|宛先|あて先|送信先|收件人|收件者"
    r"|수신자|alıcı)"
    r"[^:：\n@]{0,30}[:：][ \t]*(?:\[?smtp:)?",
    re.IGNORECASE,
)
_NOT_FAILED_LABEL = late(
    r"(?:from|sender|von|de|reply-?to|return-path|subject|message-id|cc|bcc|date|sent|contact|postmaster"
    r"|system contact|betreff|objet|asunto"
    r"|received|x-[\w-]+|references|in-reply-to|list-[\w-]+|envelope-from|mail from|发件人|寄件者|差出人|отправитель"
    r"|mittente"
    r"|remitente"
    r"|exp(?:e|é)diteur|absender|afzender|nadawca|odesílatel)\b[^\n@]{0,20}[:：=]",
    re.IGNORECASE,
)
_TO_LABEL = late(
    r"(?:to|an|para|à|a|do|komu|кому|aan|envelope-to|delivered-to|x-original-to)[ \t]*[:：]", re.IGNORECASE
)
_CONTACT = late(
    r"contact|assistance|question|please (?:send|write|mail|e-?mail|forward|report|notify)|\bhelp\b|support"
    r"|confidential|in error,|disclaimer|report(?:ing)? (?:abuse|spam|this|it)\b|abuse to|unsubscribe"
    r"|(?:more|further) information|vertraulich|melden"
    r"|administrator (?:of|at)|postmaster"
    r"|wenden sie|kontakt|veuillez contacter|contacte|contatt|neem contact|обратитесь|联系|聯絡|連絡|on behalf of"
    r"|your mail from|sent by"
    r"|message from|mail from|from:? ?<|sent from|sender|not accepting mail from|hello |dear |hi |bonjour |hallo "
    r"|hola ",
    re.IGNORECASE,
)
_NAMED_BEFORE = late(
    r"(?:deliver(?:ed|y|ing)?(?: (?:your|the|this|a))?(?: (?:mail|message|e-?mail))?(?: (?:to"
    r"|for))?(?: the following)?(?: (?:user|recipient|address|mailbox))?"
    r"|(?:message|mail|e-?mail)[^\n@]{0,40} (?:to|for)|addressed to|(?:recipients?|address|mailbox|users?|account"
    r"|to user|to local user|userid|alias)"
    r"|undeliverable[ \t]+to|attempts?:|re(?:ach|achable)|failed[^\n@]{0,20}|send(?:ing)? (?:to|your (?:mail"
    r"|message) to)|reason:?[^\n@]{0,40}"
    r"|unknown|originally|quota (?:violation )?for|gateway for|could not be (?:found|delivered to)|zugestellt"
    r"|an die adresse|empf(?:ä|ae)nger|adresse"
    r"|destinat\w+|à|livr\w+|entreg\w+|consegn\w+|adres\w*|получател\w+|адрес\w*|доставлен\w+|收件人|地址|用户|用戶"
    r"|信箱|アドレス|宛)"
    r"[ \t]*[:：\-]?[ \t]*[\"'‘“<(\[（＜「]*\Z",
    re.IGNORECASE,
)
_NAMED_AFTER = late(
    r"[>\"'’”)\]）＞」]*[ \t]*[.,:;-]*[ \t]*(?:\(?(?:is|was|does|did|has|have|had|could|cannot|can't|can not|isn't"
    r"|doesn't|not|no|unknown|rejected|refused"
    r"|failed|user|mailbox|account|address|over|exceed\w*|existiert|ist|wurde|konnte|n'existe|no existe|non esiste"
    r"|não existe|bestaat|nie istnieje|не "
    r"|недоступ\w*|不存在|無法|无法|は存在|へ|に|宛|에|로|으로|은|는|의)\b)",
    re.IGNORECASE,
)
_COMMAND = late(r"rcpt[ \t]+to[ \t]*:[ \t]*<?\Z", re.IGNORECASE)
_LEAD = late(r"[\s<>*\-•·|#=\d.)\]‘'\"“(\[]*")
_AFTER_OWN = late(r"[>\"'’”)\]]*[ \t]*(?:[:;,.：]|\.\.\.)?[ \t]*$")
_AFTER_EXPANDED = late(  # Postfix: "<user@example.com> (expanded from <list@example.com>): host ... said"
    r"[>\"'’”)\]]*[ \t]*\((?:expanded|generated|forwarded|redirected|aliased)[ \t]+(?:from|to|by)[^()\n]{1,320}\):",
    re.IGNORECASE,
)
_AFTER_OWN_WITH_TEXT = late(
    r"[>\"'’”)\]]*[ \t]*(?:[:：]|\.\.\.|-|=>|—|–|\(|;|,|\bon\b|\[)[ \t]*\S|[ \t]+[45]\d\d(?![\d.])|>[ \t]{2,}\w"
)
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
_URL_BEFORE = late(r"(?:(?:https?://|www\.|mailto:)\S*|\b(?:via|through)[ \t]+<?)\Z", re.IGNORECASE)

# A rule or a heading ends a passage.
_SECTION = late(r"\n[ \t]*+(?=[-=*_p])(?:---|===|\*\*\*|___|please reply to (?=\S+@))", re.IGNORECASE)


_MARKS = " \t\"'<>()[]*-•"
_DISPLAY_NAME = late(r"[ \t>*\-•]*[\"'][^\"'<>:@\n]{1,60}[\"'][ \t]*<")  # "Anna" <anna@example.com>
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
        elif "@" in before and before.strip(_MARKS).casefold() == address.casefold() and _AFTER_OWN.match(after):
            sureness = _OWN_LINE  # "anna@example.com" <anna@example.com>
        else:
            sureness = _sureness(text, line_start, before, after)
        last, last_end = sureness, end
        if sureness is not None:
            found.append(_Sighting(address, line_start, sureness))
    return tuple(found)


def _sureness(text: str, line_start: int, before: str, after: str) -> Sureness | None:
    standing = _standing_behind(before)
    if standing is _ALONE:
        if after.startswith((":", ">:")) or _AFTER_OWN.match(after):
            return _OWN_LINE
        if before in ("", "<") and _AFTER_EXPANDED.match(after):
            return _OWN_LINE
        if _AFTER_OWN_WITH_TEXT.match(after) or _NAMED_AFTER.match(after):
            return _LEADS_LINE
        if _ends_naming(text[max(0, line_start - 80) : line_start].rstrip("\n")):
            return _NAMED
        return _MENTIONED
    if not isinstance(standing, _Standing):
        return standing
    if _NAMED_AFTER.match(after):
        return _NAMED
    if standing is _WITH_NAME and _AFTER_OWN.match(after):
        return _NAMED
    return _MENTIONED


class _Standing(Enum):
    """What stands on an address's line before it, where that alone does not tell how sure it is."""

    ALONE = auto()  # nothing but marks
    WITH_NAME = auto()  # a display name
    WORDS = auto()


_ALONE, _WITH_NAME, _WORDS = _Standing.ALONE, _Standing.WITH_NAME, _Standing.WORDS


# Measured: these patterns cost 20 µs an address, and what stands before one is mostly a program's own words.
@lru_cache(maxsize=4096)
def _standing_behind(before: str) -> Sureness | _Standing | None:
    """Tell how sure an address is by what stands on its line before it; None where it is not meant."""
    if _URL_BEFORE.search(before):
        return None
    lead = _LEAD.match(before)
    rest = before[lead.end() :] if lead else before
    if not rest:
        session = before.lstrip().startswith(("<<<", ">>>"))  # a line of the session names nobody surely
        return _AT_COMMAND if session else _ALONE
    if _COMMAND.search(before):
        return _AT_COMMAND
    if _NOT_FAILED_LABEL.match(rest):
        return None
    if _TO_LABEL.match(rest):
        return _ORIGINAL_TO
    label = _LABEL.match(rest)
    if label and not rest[label.end() :].strip(" \t<\"'["):
        return _OWN_LINE
    if _CONTACT.search(_nearest_words(before)):
        return None
    if _NAMED_BEFORE.search(before):
        return _NAMED
    return _WITH_NAME if _DISPLAY_NAME.fullmatch(before) else _WORDS


@lru_cache(maxsize=1024)
def _ends_naming(line: str) -> bool:
    """Tell whether a line's last words say that the address on the next one failed."""
    return _NAMED_BEFORE.search(line) is not None


def _nearest_words(before: str) -> str:
    """From "from a@example.com to b@example.com" the words between: a domain's labels are none ("support.example")."""
    start = before.rfind("@") + 1
    while 0 < start < len(before) and (before[start].isalnum() or before[start] in ".-"):
        start += 1
    return before[start:]


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
