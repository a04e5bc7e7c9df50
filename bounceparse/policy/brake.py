"""The brake: a run whose removals look like an accident or an attack waits for a person.

A DNS failure, a blocklisting worded like ``user unknown`` or a flood of forged bounces shows itself in the sum,
not in the single message. The brake looks at all removals that are about to be published and says why they
should not be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrakeSettings:
    """When the brake holds removals back.

    More than ``share`` of the addresses known or than ``count``, whichever is more; more than ``domain_share`` of the
    known addresses of one domain, where at least ``domain_minimum`` of it would be removed; more than ``text_share``
    of all removals resting on one reply text from one server, where there are at least ``text_minimum``. The minima
    keep small lists, where any share is soon reached, from being held every night.
    """

    enabled: bool = True
    share: float = 0.02
    count: int = 500
    domain_share: float = 0.5
    domain_minimum: int = 100
    text_share: float = 0.5
    text_minimum: int = 100


@dataclass(frozen=True, slots=True)
class Removal:
    """One removal about to be published: the address, and the server and words it rests on."""

    address: str
    server: str | None = None
    text: str | None = None


_VARIABLE = re.compile(r"\S*@\S*|\b(?=[\w.:-]*\d)[\w.:-]+")


def masked(text: str) -> str:
    """Return a reply text without what differs from one recipient to the next: addresses, ids, numbers."""
    return " ".join(_VARIABLE.sub("*", text[:500]).split()).casefold()


def reasons_to_hold(
    removals: Iterable[Removal], known: int, known_in: Callable[[str], int], settings: BrakeSettings
) -> list[str]:
    """Return why these removals must wait, in plain words; an empty list lets them pass.

    ``known`` is the number of addresses known in all, ``known_in`` gives it for one domain.
    """
    if not settings.enabled:
        return []
    domains: Counter[str] = Counter()
    texts: Counter[tuple[str, str]] = Counter()
    for removal in removals:
        domains[removal.address.rpartition("@")[2].casefold()] += 1
        if removal.text:
            texts[(removal.server or "").casefold(), masked(removal.text)] += 1
    total = domains.total()
    why = []
    limit = max(settings.share * known, settings.count)
    if total > limit:
        why.append(
            f"{total:,} addresses would be removed, more than {limit:,.0f} "
            f"(the greater of {settings.share:.0%} of {known:,} known addresses and {settings.count:,})"
        )
    for domain, count in sorted(domains.items(), key=lambda found: (-found[1], found[0])):
        if count >= settings.domain_minimum and count > settings.domain_share * (all_of := known_in(domain)):
            why.append(f"{count:,} of {all_of:,} known addresses at {domain} would be removed")
    if texts and total >= settings.text_minimum:
        (server, text), count = min(texts.items(), key=lambda found: (-found[1], found[0]))
        if count > settings.text_share * total:
            source = f" from {server}" if server else ""
            why.append(f"{count:,} of {total:,} removals rest on one reply{source}: {text[:120]}")
    return why
