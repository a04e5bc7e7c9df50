"""Counts of a run, kept while the records go by: what the summary on the terminal is made of.

The same counts as pandas frames are in :mod:`bounceparse.reports.frames`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache

from bounceparse.record import Bounce, Kind
from bounceparse.reports.tables import parse_time

MAX_KEYS = 20_000
"""Distinct values kept per count. Replies and servers have no natural bound; past this the rarest half is dropped,
so the top of a count stays right as long as its entries keep coming."""

REPLY_CHARS = 160
_MASKED = re.compile(
    r"<[^<>\s]*@[^<>\s]*>"  # an address in brackets
    r"|[^\s<>\"'(),;:=\[\]@]+@[^\s<>\"'(),;:=\[\]]+"  # a bare address
    r"|\[?\b\d{1,3}(?:\.\d{1,3}){3}\b\]?"  # an IPv4 address
    r"|\b(?=[A-Za-z]*\d)[A-Za-z0-9_-]{8,}(?:[.-][A-Za-z0-9_-]+)*"  # a queue id, a ticket number
)


def mask(text: str) -> str:
    """Return a reply with addresses, IP addresses and ids as ``…``, so that one cause counts as one text."""
    return " ".join([word if word.isalpha() else _masked(word) for word in text[:REPLY_CHARS].split()])


@lru_cache(maxsize=4096)  # measured: no match goes over a blank, and most words repeat; 4 µs a reply instead of 12
def _masked(word: str) -> str:
    return _MASKED.sub("…", word)


def typical_reply(code: int | None, enhanced: str | None, text: str | None) -> str | None:
    """Return the reply as the summary counts it: its codes and its masked words; None where it says nothing."""
    words = mask(text) if text else ""
    codes = [str(part) for part in (code, enhanced) if part is not None]
    for part in codes:  # some texts repeat their codes
        words = words.removeprefix(part).lstrip()
    typical = " ".join([*codes, words]).strip(" …:<>")
    return " ".join([*codes, words]).strip() if typical else None


def domain_of(address: str | None) -> str | None:
    """Return the domain of an address in lower case, or None where it has none."""
    return (address or "").rpartition("@")[2].strip().lower() or None if address and "@" in address else None


@dataclass(slots=True)
class Tally:
    """Running counts. ``kinds`` counts all records, the others those of the kind ``failed`` only."""

    messages: int = 0
    records: int = 0
    repeated: int = 0
    unreadable: int = 0
    nameless: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    severities: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    servers: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)

    def add(self, bounce: Bounce) -> None:
        """Count one record."""
        self.records += 1
        self.kinds[bounce.kind] += 1
        self.unreadable += bounce.kind is Kind.UNREADABLE
        if bounce.kind is not Kind.FAILED:
            return
        self.nameless += bounce.recipient is None
        if bounce.reason is not None:
            self.reasons[bounce.reason] += 1
        if bounce.severity is not None:
            self.severities[bounce.severity] += 1
        moment = parse_time(bounce.arrived_at)
        _count(self.days, moment.date().isoformat() if moment else None)
        _count(self.domains, domain_of(bounce.recipient))
        _count(self.servers, bounce.remote_mta and bounce.remote_mta.lower())
        _count(self.replies, typical_reply(bounce.reply_code, bounce.enhanced_status, bounce.reply_text))


def _count(counter: Counter[str], key: str | None) -> None:
    if key is None:
        return
    counter[key] += 1
    if len(counter) > MAX_KEYS:
        for rare, _ in counter.most_common()[MAX_KEYS // 2 :]:
            del counter[rare]
