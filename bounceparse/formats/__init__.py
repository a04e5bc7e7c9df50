"""Who wrote the report: the formats, tried in one fixed order; the generic reading last."""

from __future__ import annotations

from typing import NamedTuple

from bounceparse.formats import amazon_sns, rfc3464, signs, slimta
from bounceparse.formats.autoreply import asks_to_confirm, is_auto_reply, is_challenge
from bounceparse.formats.disposition import disposition_part, read_disposition, read_text_receipt
from bounceparse.formats.feedback import feedback_part, read_feedback, read_other_complaint
from bounceparse.formats.lists import read_list_rejection
from bounceparse.formats.notice import (
    Notice,
    betrayed_recipient,
    names_recipient,
    open_notice,
    read_notice,
)
from bounceparse.formats.original import original_part
from bounceparse.formats.recognition import is_attached_by_person, looks_like_notice
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.formats.sieve import late
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message
from bounceparse.record import Kind

__all__ = ["Finding", "RecipientReport", "Report", "read"]


class Finding(NamedTuple):
    """What the formats found: a report, and for a complaint its Feedback-Type."""

    report: Report
    feedback_type: str | None = None


# Members of an enum take ten times as long to look up as names of a module (Python 3.11: 0.1 µs).
_FAILED, _DELAYED = Kind.FAILED, Kind.DELAYED

_FORWARDED = late(r"\A\s*-{3,}[^\n]{0,60}\n\s*(?=[A-Za-z-]{2,20}:)")  # the line over a mail forwarded in the text

MAX_WRAPPINGS = 2  # a bounce forwarded within a bounce within a notice


def read(message: Message, wrappings: int = 0) -> Finding:
    """Read one message; a message that is no report gives a report without recipients.

    Reports are looked for before automatic replies, since bounces carry Auto-Submitted too.
    """
    part = feedback_part(message)
    if part is not None:
        feedback = read_feedback(message, part)
        return Finding(feedback.report, feedback.feedback_type)
    status = rfc3464.status_part(message)
    notice = open_notice(message, beside_status=status is not None)
    if status is not None and not is_attached_by_person(message, notice):
        report = slimta.read(notice.text, notice.original) if slimta.is_slimta(notice.text) else None
        report = report or _read_status(message, notice, status.text())
        if report is not None:
            return Finding(report)
    part = disposition_part(message)
    if part is not None:
        return Finding(read_disposition(part, notice.text, notice.subject, notice.original))
    sns = amazon_sns.read(message)
    if sns is not None:
        return Finding(sns.report, sns.feedback_type)
    turned_away = read_list_rejection(message, notice)
    if turned_away is not None:
        return Finding(turned_away)
    if asks_to_confirm(message, notice.subject, notice.text):
        return Finding(Report("challenge", Kind.CHALLENGE, original=notice.original))
    if looks_like_notice(message, notice):
        wrapped = _wrapped(message, notice, wrappings)
        if wrapped is not None:
            return wrapped
        fields = notice.text if rfc3464.has_plain_fields(notice.text) else rfc3464.attached_fields(message)
        report = _read_status(message, notice, fields) if fields else None
        return Finding(report or read_notice(message, notice))
    complaint = read_other_complaint(message, notice.subject)
    if complaint is not None:
        return Finding(complaint.report, complaint.feedback_type)
    receipt = read_text_receipt(message, notice.subject, notice.text, notice.original)
    if receipt is not None:
        return Finding(receipt)
    if is_challenge(message, notice.subject):
        return Finding(Report("challenge", Kind.CHALLENGE, original=notice.original))
    if is_auto_reply(message, notice.subject):
        return Finding(Report("rfc3834", Kind.AUTO_REPLY, original=notice.original))
    return Finding(Report("none", Kind.NOT_BOUNCE))


def _read_status(message: Message, notice: Notice, fields: str) -> Report | None:
    groups = rfc3464.read_groups(fields)
    recipients = rfc3464.read_recipients(groups, notice.text)
    if not recipients:
        return None
    alone = len(recipients) == 1
    recipients = [_completed(recipient, message, notice, alone=alone) for recipient in recipients]
    kind = recipients[0].kind
    if not alone and (kinds := {recipient.kind for recipient in recipients}) != {kind}:
        kind = next(gravest for gravest in (_FAILED, _DELAYED, Kind.DELIVERED) if gravest in kinds)
    elif kind is _DELAYED:
        kind = _true_kind(notice)
        if kind is not _DELAYED:
            recipients = [recipient._replace(kind=kind) for recipient in recipients]
    # in the order of the fields: by name they cost twice as much
    return Report(
        "rfc3464",
        kind,
        tuple(recipients),
        rfc3464.reporting_mta(groups),
        rfc3464.envelope_id(groups),
        notice.original,
    )


def _completed(recipient: RecipientReport, message: Message, notice: Notice, *, alone: bool) -> RecipientReport:
    """Fill in the recipient a group does not name, and the one the sender used behind a forwarding."""
    named = recipient.recipient
    if named is None or "@" not in named:
        report = read_notice(message, notice) if alone else None
        found = report.recipients[0] if report and len(report.recipients) == 1 else None
        if found and found.recipient:
            return recipient._replace(recipient=found.recipient, final_recipient=found.final_recipient)
        return recipient
    if alone and named == recipient.final_recipient:
        sent_to = betrayed_recipient(message.headers, None)
        if sent_to and sent_to.casefold() != named.casefold():
            return recipient._replace(recipient=sent_to)
    return recipient


def _wrapped(message: Message, notice: Notice, wrappings: int) -> Finding | None:
    """Read the bounce inside a notice that only hands it on (a gateway's, a postmaster's) and names nobody."""
    part = original_part(message)
    if wrappings >= MAX_WRAPPINGS or (part is None and not notice.returned):
        return None
    if part is not None and not _may_be_report(notice.original):
        return None
    inner = Message(
        part.decoded() if part is not None else _FORWARDED.sub("", notice.returned, count=1).encode("utf-8", "replace")
    )
    if not _may_be_report(inner.headers) or names_recipient(message, notice) or rfc3464.has_plain_fields(notice.text):
        return None
    finding = read(inner, wrappings + 1)
    bounced = finding.report.kind in (Kind.FAILED, Kind.DELAYED)
    return finding if bounced and any(recipient.recipient for recipient in finding.report.recipients) else None


def _may_be_report(headers: Headers | None) -> bool:
    """Tell by its header whether a returned message may be a bounce itself; reading it then decides."""
    if headers is None:
        return False
    if b"delivery-status" in (headers.raw(b"content-type") or b"").lower() or headers.has(b"x-failed-recipients"):
        return True
    return (
        signs.is_daemon(headers.decoded(b"from") or "-")
        or signs.is_bounce_subject(headers.decoded(b"subject") or "")
        or headers.raw(b"return-path") == b"<>"
    )


def _true_kind(notice: Notice) -> Kind:
    """Correct an Action that lies: OpenSMTPD 6.8 and nullmailer write "delayed" in their last word."""
    text, subject = notice.text[:4000], notice.subject
    if ": Envelope expired" in text:
        return _FAILED  # OpenSMTPD's last word, in the clothes of its warnings
    # Text and subject apart: subjects are remembered, and so is what was found in the text. Words of delay first:
    # nearly all have them, and to look for those of giving up costs a warning a sixth of its reading.
    _, delayed, final = signs.of_subject(subject)
    if delayed or signs.DELAY.search(text):
        return _DELAYED
    final = final or signs.is_failures_subject(subject) or signs.GAVE_UP.search(text) is not None
    return _FAILED if final else _DELAYED
