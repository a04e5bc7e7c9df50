"""Which blocklist a refusal names: the loader of ``blocklists.toml`` and the lookup."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Blocklist:
    """One blocklist: its canonical name, its family, how replies name it, where that is documented.

    ``domains`` are DNS zones and host names, ``words`` other ways to name it; both in lower case.
    """

    name: str
    family: str
    domains: tuple[str, ...]
    words: tuple[str, ...]
    source: str
    lookup: str | None
    samples: tuple[str, ...]


@cache
def blocklists() -> tuple[Blocklist, ...]:
    """Return the blocklists of ``blocklists.toml``, in its order."""
    return tuple(
        Blocklist(
            name=entry["name"],
            family=entry.get("family", entry["name"]),
            domains=tuple(entry.get("domains", ())),
            words=tuple(entry.get("words", ())),
            source=entry["source"],
            lookup=entry.get("lookup"),
            samples=tuple(entry["samples"]),
        )
        for entry in _data()["list"]
    )


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("blocklists.toml").read_text(encoding="utf-8"))


_Needles = dict[str, tuple[tuple[str, re.Pattern[str], Blocklist], ...]]
_TOKEN = re.compile(r"[a-z0-9]+")


@cache
def _needles() -> _Needles:
    """Return the names of all lists by the most telling word in each: a text without that word can't hold the name."""
    common = frozenset(_data()["common"])
    needles: dict[str, list[tuple[str, re.Pattern[str], Blocklist]]] = {}
    for entry in blocklists():
        for needle in (*entry.domains, *entry.words):
            words = _TOKEN.findall(needle)
            key = max((word for word in words if word not in common), key=len, default=words[0])
            whole = re.compile(rf"(?<![a-z0-9]){re.escape(needle)}(?![a-z0-9])")
            needles.setdefault(key, []).append((needle, whole, entry))
    return {key: tuple(group) for key, group in needles.items()}


def blocklist(text: str) -> str | None:
    """Return the canonical name of the blocklist that the text names, or None.

    Of several, the one named first counts; within one family ("Spamhaus ... PBL") the most exact name.
    """
    needles = _needles()
    text = text[:MAX_TEXT].lower()
    tokens = needles.keys() & _TOKEN.findall(text)
    if not tokens:
        return None
    found = []
    for token in tokens:
        for needle, pattern, entry in needles[token]:
            match = pattern.search(text) if needle in text else None
            if match:
                found.append((match.start(), -len(needle), entry))
    if not found:
        return None
    family = min(found, key=lambda hit: hit[:2])[2].family
    same = [hit for hit in found if hit[2].family == family]
    exact = [hit for hit in same if hit[2].name != family]
    return min(exact or same, key=lambda hit: hit[:2])[2].name
