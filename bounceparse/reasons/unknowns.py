"""Replies that no rule understood, grouped by what they say, ready to be made into rules.

Nothing personal leaves: addresses, host names, numbers, ids and quoted names are masked, and so
are the words of the record's own addresses and subject wherever they stand in the reply.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bounceparse.reasons.text import MAX_TEXT
from bounceparse.record import Bounce, Kind, Reason

MAX_TEMPLATE = 300
"""Characters of a template that are kept."""

_WEAK_RULES = ("engine.", "code.", "status.not-accepting", "status.network", "status.policy", "status.content")

# Each is a bounded run between separators; none can backtrack beyond its bound.
_MASKS = (
    (re.compile(r"<?[^\s<>]{1,128}@[^\s<>,;\"']{1,255}>?"), "<address>"),
    (re.compile(r"https?://[^\s>\"']{1,500}", re.IGNORECASE), "<url>"),
    (re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"), "<ip>"),
    (re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"), "<ip>"),
    (re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,8}[A-Za-z][\w-]{1,62}(?![\w-])"), "<host>"),
    (re.compile(r"\"[^\"]{1,100}\"|'[^'\s]{1,100}'|<[^<>\s]{1,100}>"), "<name>"),
    (re.compile(r"(?<!\w)(?=\w*\d)[\w.:=/+-]{2,80}"), "<id>"),
    (re.compile(r"\d+"), "<n>"),
)
_MARKS = re.compile(r"<(?:address|url|ip|host|name|id|n|word)>")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(slots=True)
class UnknownGroup:
    """Replies of one wording: how many, how many recipients they concern, and the wording masked."""

    template: str
    reply_code: int | None
    enhanced_status: str | None
    count: int = 0
    recipients: int = 0
    rules: Counter[str] = field(default_factory=Counter)


def is_unknown(bounce: Bounce) -> bool:
    """True for a failure that was decided by no rule, or by a code alone."""
    if bounce.kind is not Kind.FAILED or not bounce.reply_text:
        return False
    return bounce.reason is Reason.OTHER or bool(bounce.rule and bounce.rule.startswith(_WEAK_RULES))


def group_unknowns(records: Iterable[Bounce]) -> list[UnknownGroup]:
    """Group the undecided replies by masked wording, the most frequent first."""
    groups: dict[tuple[int | None, str | None, str], UnknownGroup] = {}
    people: dict[tuple[int | None, str | None, str], set[str]] = {}
    for bounce in records:
        if not is_unknown(bounce):
            continue
        template = mask_reply(bounce.reply_text or "", personal_words(bounce))
        key = (bounce.reply_code, bounce.enhanced_status, template)
        if key not in groups:
            groups[key] = UnknownGroup(template, bounce.reply_code, bounce.enhanced_status)
        group = groups[key]
        group.count += 1
        group.rules[bounce.rule or ""] += 1
        people.setdefault(key, set()).add(bounce.recipient or "")
    for key, group in groups.items():
        group.recipients = len(people[key])
    return sorted(groups.values(), key=lambda group: (-group.count, group.template))


def personal_words(bounce: Bounce) -> frozenset[str]:
    """Return the words of the record's addresses and names, which must not leave in a template."""
    texts = (bounce.recipient, bounce.final_recipient, bounce.original_from, bounce.original_subject)
    return (
        frozenset(word.casefold() for text in texts if text for word in _WORD.findall(text) if len(word) > 2) - _COMMON
    )


def mask_reply(text: str, personal: frozenset[str] = frozenset()) -> str:
    """Return a reply with addresses, hosts, numbers, ids, names and the given words masked."""
    text = " ".join(text[:MAX_TEXT].split())
    for pattern, mark in _MASKS:
        text = _outside_marks(text, pattern, mark)
    if personal:
        text = _outside_marks(text, _WORD, "<word>", personal)
    return " ".join(text.split())[:MAX_TEMPLATE]


def _outside_marks(text: str, pattern: re.Pattern[str], mark: str, only: frozenset[str] | None = None) -> str:
    """Replace what the pattern finds, leaving the marks of earlier patterns alone."""

    def replace(match: re.Match[str]) -> str:
        return mark if only is None or match[0].casefold() in only else match[0]

    pieces = []
    last = 0
    for found in _MARKS.finditer(text):
        pieces += [pattern.sub(replace, text[last : found.start()]), found[0]]
        last = found.end()
    return "".join([*pieces, pattern.sub(replace, text[last:])])


_COMMON = frozenset(
    {
        *("the", "and", "for", "not", "you", "your", "are", "this", "that", "with", "from", "has", "have", "was"),
        *(
            "user",
            "users",
            "mail",
            "email",
            "message",
            "account",
            "recipient",
            "sender",
            "address",
            "mailbox",
            "server",
        ),
        *("server", "host", "domain", "info", "com", "net", "org", "example", "delivery", "failed", "error", "unknown"),
    }
)
"""Words of addresses and subjects that tell nobody's name and that templates need."""
