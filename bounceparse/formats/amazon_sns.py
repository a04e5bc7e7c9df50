"""Amazon SES events mailed by SNS: JSON in the body (SES developer guide, "Notification contents")."""

from __future__ import annotations

import json
from typing import Any

from bounceparse.formats.addresses import clean
from bounceparse.formats.feedback import Feedback
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message
from bounceparse.record import Kind

_DECODER = json.JSONDecoder(strict=False)  # mail wraps the long lines, within strings too


def read(message: Message) -> Feedback | None:
    """Read an SES bounce, complaint or delivery event, or return None where the mail is none."""
    if not message.headers.contains("amazonaws.com") or not message.leaves:
        return None
    event = _event(message.leaves[0].text())
    kind = str(event.get("notificationType") or event.get("eventType") or "").lower() if event else ""
    if event is None or kind not in _READERS:
        return None
    body = event.get(kind)
    recipients, feedback_type = _READERS[kind](body if isinstance(body, dict) else {})
    if not recipients:
        return None
    report = Report("amazon-sns", recipients[0].kind, tuple(recipients), "amazonses.com", original=_original(event))
    return Feedback(report, feedback_type)


def _event(text: str) -> dict[str, Any] | None:
    start = text.find("{")
    if start < 0 or start > 200:
        return None
    try:
        event = _DECODER.raw_decode(text, start)[0]
        if isinstance(event, dict) and isinstance(event.get("Message"), str):
            event = _DECODER.raw_decode(event["Message"])[0]
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _addressed(items: object) -> list[dict[str, Any]]:
    return (
        [item for item in items if isinstance(item, dict) and item.get("emailAddress")]
        if isinstance(items, list)
        else []
    )


def _bounce(body: dict[str, Any]) -> tuple[list[RecipientReport], str]:
    reports = []
    temporary = str(body.get("bounceType") or "").lower() == "transient"
    for item in _addressed(body.get("bouncedRecipients")):
        address = clean(str(item["emailAddress"]))
        diagnostic = str(item.get("diagnosticCode") or body.get("bounceSubType") or "")
        status = item.get("status")
        reports.append(
            RecipientReport(
                Kind.FAILED, address, address, diagnostic, "", str(status) if status else None, temporary=temporary
            )
        )
    return reports, ""


def _complaint(body: dict[str, Any]) -> tuple[list[RecipientReport], str]:
    addresses = [clean(str(item["emailAddress"])) for item in _addressed(body.get("complainedRecipients"))]
    feedback_type = str(body.get("complaintFeedbackType") or "abuse").lower()
    return [RecipientReport(Kind.COMPLAINT, address, address) for address in addresses], feedback_type


def _delivery(body: dict[str, Any]) -> tuple[list[RecipientReport], str]:
    addresses = [clean(str(item)) for item in body.get("recipients") or []]
    return [RecipientReport(Kind.DELIVERED, address, address) for address in addresses], ""


_READERS = {"bounce": _bounce, "complaint": _complaint, "delivery": _delivery}


def _original(event: dict[str, Any]) -> Headers | None:
    mail = event.get("mail")
    fields = mail.get("headers") if isinstance(mail, dict) else None
    if not isinstance(fields, list):
        return None
    lines = [f"{field.get('name')}: {field.get('value')}" for field in fields if isinstance(field, dict)]
    return Headers("\n".join(lines).encode("utf-8", "replace"))
