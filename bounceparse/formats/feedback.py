"""Complaints: abuse feedback reports (RFC 5965) and the notes of providers that send none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bounceparse.formats.addresses import find_addresses, typed_address, verp_recipient
from bounceparse.formats.original import original_headers, original_part
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.formats.rfc3464 import mta_name, read_groups
from bounceparse.formats.sieve import late
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message, Part
from bounceparse.record import Kind

_TYPES = frozenset({"message/feedback-report"})
_COMPLAINT_SUBJECT = late(r"^complaint about message from \S+", re.IGNORECASE)  # Outlook.com's JMRP
_UNSUBSCRIBE = late(r"sent this e-?mail to unsubscribe from the message", re.IGNORECASE)  # Apple Mail


@dataclass(frozen=True, slots=True)
class Feedback:
    """A complaint and its Feedback-Type (RFC 5965 section 7.3), in lower case."""

    report: Report
    feedback_type: str


def feedback_part(message: Message) -> Part | None:
    """Return the machine-readable part of a feedback report, or None."""
    return message.first(_TYPES)


def read_feedback(message: Message, part: Part) -> Feedback:
    """Read a feedback report: the complainer's address, as far as the provider tells it."""
    fields: dict[str, str] = {}
    for group in read_groups(part.text()):
        for name, value in group.items():
            fields.setdefault(name, value)
    original = original_part(message)
    headers = original_headers(original) if original else None
    feedback_type = fields.get("feedback-type", "other").strip().lower()
    recipient = typed_address(fields.get("original-rcpt-to")) or typed_address(fields.get("removal-recipient"))
    recipient = recipient or _from_envelope(fields.get("original-mail-from"), headers)
    report = Report(
        format="rfc5965",
        kind=Kind.COMPLAINT,
        recipients=(RecipientReport(Kind.COMPLAINT, recipient, recipient),),
        reporting_mta=mta_name(fields.get("reporting-mta")),
        envelope_id=fields.get("original-envelope-id"),
        original=headers,
    )
    return Feedback(report, feedback_type)


def read_other_complaint(message: Message, subject: str) -> Feedback | None:
    """Read the complaints of providers that do not send RFC 5965 reports, or return None."""
    part = original_part(message)
    if part is not None and _COMPLAINT_SUBJECT.search(subject):
        headers = original_headers(part)
        recipient = typed_address(headers.text(b"x-hmxmroriginalrecipient")) or _from_envelope(None, headers)
        report = Report(
            "jmrp", Kind.COMPLAINT, (RecipientReport(Kind.COMPLAINT, recipient, recipient),), original=headers
        )
        return Feedback(report, "abuse")
    if (
        subject.strip().lower() == "unsubscribe"
        and message.leaves
        and _UNSUBSCRIBE.search(message.leaves[0].text()[:500])
    ):
        sender = next(iter(find_addresses(message.headers.decoded(b"from") or "")), None)
        report = Report("unsubscribe", Kind.COMPLAINT, (RecipientReport(Kind.COMPLAINT, sender, sender),))
        return Feedback(report, "opt-out")
    return None


def _from_envelope(mail_from: str | None, headers: Headers | None) -> str | None:
    """Find who complained: in a VERP envelope, else the original's only addressee."""
    for value in (mail_from, headers.text(b"return-path") if headers else None):
        recipient = verp_recipient((value or "").strip("<> ")) if value else None
        if recipient:
            return recipient
    if headers:
        addressed = find_addresses(headers.text(b"to") or "")
        if len(addressed) == 1:
            return addressed[0]
    return None
