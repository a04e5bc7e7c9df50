"""Message disposition notifications (RFC 8098): read receipts, and rejections that pose as such."""

from __future__ import annotations

import re

from bounceparse.formats.addresses import typed_address
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.formats.rfc3464 import mta_name, read_groups
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message, Part
from bounceparse.record import Kind

# Dovecot's LDA and Sieve's "reject" (RFC 5429 section 2.1) refuse a message by an MDN.
_REJECTED = re.compile(
    r"automatically rejected|was rejected|has been rejected|rejected by the recipient|message .{0,60}refused",
    re.IGNORECASE,
)


def disposition_part(message: Message) -> Part | None:
    """Return the machine-readable part of a disposition notification, or None."""
    for part in message.leaves:
        if part.content_type in ("message/disposition-notification", "message/global-disposition-notification"):
            return part
    return None


def _words_of_refusal(notice_text: str) -> str:
    """Return what stands after "was automatically rejected:", else all of the notice."""
    match = _REJECTED.search(notice_text)
    after = notice_text[match.end() :].lstrip(": \n\t.") if match else ""
    return after if len(after) > 5 else notice_text


def read_disposition(part: Part, notice_text: str, subject: str, original: Headers | None) -> Report:
    """Read a disposition notification; one by which a mailbox refuses the mail is a failure."""
    fields: dict[str, str] = {}
    for group in read_groups(part.text()):
        for name, value in group.items():
            fields.setdefault(name, value)
    recipient = typed_address(fields.get("original-recipient")) or typed_address(fields.get("final-recipient"))
    final = typed_address(fields.get("final-recipient")) or recipient
    disposition = fields.get("disposition", "").lower()
    automatic = "automatic-action" in disposition and (
        "deleted" in disposition or "denied" in disposition or "failed" in disposition
    )
    refused = automatic and (_REJECTED.search(notice_text) or "rejected" in subject.lower())
    kind = Kind.FAILED if refused else Kind.DISPOSITION
    # a mailbox's filter refused after delivery: its words are no server's reply (RFC 5429 section 2.1.2)
    own_words = f"x-sieve; {_words_of_refusal(notice_text)}"
    diagnostic = fields.get("failure") or fields.get("error") or own_words if refused else ""
    return Report(
        format="rfc8098",
        kind=kind,
        recipients=(RecipientReport(kind, recipient, final, diagnostic, notice_text if refused else ""),),
        reporting_mta=mta_name(fields.get("reporting-ua", "").split(";")[0]),
        original=original,
    )
