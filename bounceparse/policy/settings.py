"""The numbers of the history policy, their defaults, and who is never removed by machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bounceparse.policy.evidence import Evidence

DAY = 86_400
"""Seconds in a day."""


@dataclass(frozen=True, slots=True)
class Track:
    """When one kind of evidence moves an address.

    ``count`` distinct days (UTC) with such an event, first and last at least ``span_days`` apart and, where
    ``window_days`` is set, all within so many days. Then a quarantine of ``quarantine_days[0]`` days; the next time
    of ``quarantine_days[1]``, and so on; when there is no further one, removal. ``again`` is the count that
    suffices after the first quarantine (None: the same test again). ``count`` 0 switches the track off.
    """

    count: int
    span_days: float = 0
    window_days: float | None = None
    quarantine_days: tuple[float, ...] = ()
    again: int | None = None


DEFAULT_TRACKS: Mapping[Evidence, Track] = MappingProxyType(
    {
        Evidence.COMPLAINT: Track(1),
        Evidence.MAILBOX_CLEAR: Track(1),
        Evidence.MAILBOX_WEAK: Track(2, span_days=1),
        Evidence.NO_MAIL: Track(2, span_days=1),
        Evidence.DISABLED: Track(2, span_days=7),
        Evidence.DOMAIN_UNKNOWN: Track(3, span_days=3),
        Evidence.MAILBOX_FULL: Track(3, span_days=14, quarantine_days=(30,), again=1),
        Evidence.TEMPORARY: Track(5, window_days=30, quarantine_days=(14, 30, 60)),
    }
)

# fmt: off
# RFC 2142, and the names by which organisations, not persons, are reached.
ROLES = frozenset(
    {
        "abuse", "accounting", "accounts", "admin", "administrator", "all", "billing", "compliance",
        "contact", "customerservice", "devnull", "dns", "enquiries", "everyone", "feedback", "ftp", "hello",
        "help", "helpdesk", "hostmaster", "hr", "info", "inquiries", "it", "jobs", "legal", "mail",
        "mailer-daemon", "marketing", "media", "members", "newsletter", "news", "no-reply", "noc", "noreply",
        "office", "orders", "postmaster", "press", "privacy", "registrar", "root", "sales", "security",
        "service", "spam", "staff", "support", "sysadmin", "team", "tech", "undisclosed-recipients",
        "unsubscribe", "usenet", "users", "uucp", "webmaster", "www",
    }
)
# fmt: on
_LIST_LOCAL = re.compile(
    r"(?:^|.[-_.])(?:l|lists?|announce(?:ments?)?|discuss(?:ion)?|users|devel?|dev|members|subscribers|owner|request|"
    r"bounces?|subscribe|unsubscribe|join|leave)$|^(?:owner|list|lists|all)[-_.]|"
    r"^(?:listserv|listmaster|majordomo|mailman|sympa|ezmlm|list|lists)$"
)
_LIST_DOMAIN = re.compile(
    r"^(?:lists?|listserv|groups|mailman|mail-list)\.|^(?:googlegroups\.com|groups\.io)$|\.groups\.io$"
)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the history policy. Times are in days of 24 hours.

    ``lapse_days``: a score lapses after so many quiet days. ``retry_days``: when to try an address again that has
    failed but is not in quarantine. ``never_remove``: addresses, or ``@domain`` for a whole domain. ``lists``:
    settings for single mailing lists by List-Id.
    """

    tracks: Mapping[Evidence, Track] = field(default_factory=lambda: DEFAULT_TRACKS)
    lapse_days: float = 30
    retry_days: float = 1
    roles: frozenset[str] = ROLES
    never_remove: frozenset[str] = frozenset()
    require_proof: bool = False
    lists: Mapping[str, Settings] = field(default_factory=lambda: MappingProxyType({}))

    def for_list(self, list_id: str | None) -> Settings:
        """Return the settings for the events of this mailing list (a List-Id, RFC 2919)."""
        if not self.lists or not list_id:
            return self
        return self.lists.get(list_key(list_id), self)

    def held_back(self, address: str) -> str | None:
        """Say why this address goes to review instead of being removed, or return None."""
        local, _, domain = address.casefold().rpartition("@")
        if address.casefold() in self.never_remove or f"@{domain}" in self.never_remove:
            return "never_remove"
        base = local.partition("+")[0]
        if base in self.roles:
            return "role"
        if _LIST_LOCAL.search(base) or _LIST_DOMAIN.search(domain):
            return "list_like"
        return None


def list_key(list_id: str) -> str:
    """Return the identifier of a List-Id header (RFC 2919): what stands in angle brackets, in lower case."""
    start = list_id.rfind("<")
    inner = list_id[start + 1 :].partition(">")[0] if start >= 0 else list_id
    return inner.strip().casefold()
