"""Mailing lists that turn a post away: fml, Mailman, Sympa, LISTSERV.

The list's own software answers, not a mail system: the mail comes from the list's address with the list's
fields and without an empty return path, so that no other sign of a bounce holds. The recipient that
refused is the list.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bounceparse.formats.addresses import find_addresses
from bounceparse.formats.fields import fields_of
from bounceparse.formats.notice import Notice
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.formats.sieve import Guarded, late
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message
from bounceparse.record import Kind

_SUBJECT = late(
    r"\bnot (?:a )?member\b|^request to mailing list .{1,100} rejected|^rejected posting to "
    r"|distribution: not authorized|message rejected|posting rejected",
    re.IGNORECASE,
)
_BODY = late(
    r"you are not (?:a member of|allowed to (?:post|send)|authorized to (?:post|send))"
    r"|has been (?:automatically )?rejected(?: by the list moderator)?"
    r"|your message for list \S+ .{0,40}was rejected|restricted to (?:list )?(?:subscribers|members)"
    r"|only (?:subscribers|members) (?:may|can) post",
    re.IGNORECASE,
)
_MOD_REJECTED = late(
    r"you are not allowed to post to this mailing list[^.]{0,40}\s+your message has\s+been automatically rejected",
    re.IGNORECASE,
)
# Of list software's addresses, and part of each; what the software itself is asked for later.
_MAY_BE_SOFTWARE = Guarded(r"owner@|request@|bounces?@|admin@|ctl@|help@|editor@|sympa@|listserv@", re.IGNORECASE)
_OWNER = late(r"(?:-|\b)(?:owner|request|bounces?|admin|ctl|help|editor)@", re.IGNORECASE)
_SERVICE = late(r"^(?:listserv|sympa|mailman|majordomo|fml|ezmlm)@", re.IGNORECASE)


SOFTWARE = frozenset({"fml", "mailman", "sympa", "listserv"})
"""The formats of the reports that are read here: where they name no list, nobody else can tell which one it is."""


def read_list_rejection(message: Message, notice: Notice) -> Report | None:
    """Read the answer of list software that turned a post away, or return None."""
    headers = message.headers
    software = _software(headers, notice.from_field)
    if software is None or notice.from_field.lower().startswith("re:"):
        return None
    text = notice.text[:3000]
    if not (_MOD_REJECTED.search(text) or (_SUBJECT.search(notice.subject) and _BODY.search(text))):
        return None
    address = _list_address(headers, notice)
    recipient = RecipientReport(Kind.FAILED, address, address, text, text)
    return Report(software, Kind.FAILED, (recipient,), original=notice.original)


def _software(headers: Headers, from_field: str) -> str | None:
    """Name the list software that wrote the mail itself, not a member's post that it carries."""
    names = fields_of(headers).names
    if "x-mlserver" in names and (headers.text(b"x-mlserver") or "").lower().startswith("fml"):
        return "fml"
    if not _may_be_software(from_field):
        return None
    sender = "".join(find_addresses(from_field)[-1:])
    if "x-list-administrivia" in names or "x-mailman-version" in names:
        return "mailman" if _OWNER.search(sender) else None
    if sender.lower().startswith("sympa@"):
        return "sympa"
    if sender.lower().startswith("listserv@"):
        return "listserv"
    return (
        "mailman" if _OWNER.search(sender) and "mailing list" in (headers.decoded(b"subject") or "").lower() else None
    )


@lru_cache(maxsize=8192)
def _may_be_software(from_field: str) -> bool:
    return _MAY_BE_SOFTWARE.is_in(from_field)


def _list_address(headers: Headers, notice: Notice) -> str | None:
    for name in (b"x-beenthere", b"list-post"):
        found = find_addresses(headers.text(name) or "")
        if found:
            return found[0]
    to_sender = set(map(str.casefold, find_addresses(headers.text(b"to") or "")))
    named = [
        address
        for address in find_addresses(f"{notice.subject}\n{notice.text[:3000]}")
        if address.casefold() not in to_sender and not _OWNER.search(address) and not _SERVICE.match(address)
    ]
    return named[0] if len(named) == 1 else None
