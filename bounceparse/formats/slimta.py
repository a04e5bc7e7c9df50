"""slimta: one reply for all recipients, in a status part that names none of them.

The text of the notice is the whole report (slimta.bounce, default_header_template)::

    Delivery failed for:
    - user@example.com

    Destination host responded:
    550 5.1.1 No such user

Continuation lines come without their codes, so that words of the remote side can pose as fields of
the status part beside. slimta puts ``x.0.0`` into replies that had no enhanced status, and writes
replies of its own where no server answered.
"""

from __future__ import annotations

import re
from html import unescape

from bounceparse.formats.addresses import clean
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.formats.sieve import late
from bounceparse.mime.headers import Headers
from bounceparse.record import Kind

_NOTICE = late(
    r"\s*Delivery failed for:\n(?P<recipients>(?:- [^\n]+\n)+)\s*Destination host responded:\n(?P<reply>.*)", re.DOTALL
)
_GAVE_UP = " (Too many retries)"  # slimta's own words behind the last reply, about its attempts
_INVENTED = late(r"(\d{3}) ([245]\.0\.0) ")
_BAD_REPLY = late(r"421 4\.3\.0 Bad SMTP reply from server[:.][ \t]*\n?")
# slimta.smtp, slimta.relay: what it says where it has nothing from the server
_OWN = late(
    r"[45]\d\d (?P<status>[45]\.\d\.\d) (?P<text>(?:Connection (?:was closed prematurely|failed|timed out)"
    r"|TLS negotiation failed|DNS lookup failed|Unhandled (?:system|delivery) error|No usable DNS records"
    r"|Recipient address has no domain|Conversion not allowed"
    r"|Message exceeded maximum allowed size|\[Errno).*)",
    re.DOTALL,
)


def is_slimta(notice: str) -> bool:
    """Tell whether a notice is slimta's."""
    return notice.lstrip().startswith("Delivery failed for:\n- ") and "\nDestination host responded:\n" in notice


def read(notice: str, original: Headers | None) -> Report | None:
    """Read slimta's notice; None where it is not in slimta's shape after all."""
    match = _NOTICE.match(notice)
    if match is None:
        return None
    reply, gave_up, _ = match.group("reply").strip().partition(_GAVE_UP)
    diagnostic, status = _said(reply)
    # addresses beyond ASCII are written as character references
    named = [clean(unescape(line[2:].strip())) for line in match.group("recipients").strip().split("\n")]
    recipients = tuple(RecipientReport(Kind.FAILED, address, address, diagnostic, gave_up, status) for address in named)
    return Report("slimta", Kind.FAILED, recipients, original=original)


def _said(reply: str) -> tuple[str, str | None]:
    """Return what the remote server said and slimta's own status, where that is not in its words."""
    own = _OWN.match(reply)
    if own:
        return own.group("text"), own.group("status")
    bad = _BAD_REPLY.match(reply)
    if bad:
        return reply[bad.end() :], None
    invented = _INVENTED.match(reply)
    if invented:
        return f"{invented.group(1)} {reply[invented.end() :]}", invented.group(2)
    return reply, None
