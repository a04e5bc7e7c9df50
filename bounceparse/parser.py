"""The street from bytes to records: mime → formats → smtp → reasons → policy.

``parse_message`` is pure: no I/O, no state, and bad mail never raises. All engines (one process, a
pool, a cluster) and all sources call this one function.
"""

from __future__ import annotations

import re
from dataclasses import fields
from hashlib import blake2b
from typing import Any

from bounceparse import formats
from bounceparse.formats.lists import SOFTWARE
from bounceparse.formats.original import original_part
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.mime.dates import iso_date
from bounceparse.mime.message import Message, begins_with_field
from bounceparse.policy.event import decide
from bounceparse.reasons.context import Context
from bounceparse.reasons.engine import RuleSet, default_rules
from bounceparse.record import Bounce, Decision, Kind, Severity, Verdict
from bounceparse.smtp.extract import Answer, answer_for
from bounceparse.smtp.parties import with_parties

MAX_MESSAGE = 50_000_000  # bytes; what is longer is cut, its report stands in the first few kB
_REMOVING_FEEDBACK = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_WORD_BYTES = re.compile(rb"[A-Za-z0-9 \n]")
_TEXT_BYTES = re.compile(rb"[\x09\x0a\x0d\x20-\x7e\x80-\xff]")


def parse_message(
    data: bytes,
    *,
    source: str | None = None,
    position: int = 0,
    careful: bool = True,
    rules: RuleSet | None = None,
) -> list[Bounce]:
    """Return the records of one message: one per recipient, one where it names none.

    ``source`` and ``position`` say where the message came from; ``careful`` allows the slow second
    reading of a bounce that names no recipient; ``rules`` stand in for the shipped ones. What cannot
    be read at all gives one record of kind ``unreadable``.
    """
    try:
        return _parse(data[:MAX_MESSAGE], source, position, careful, rules or default_rules())
    except (ValueError, LookupError, RecursionError, OverflowError, TypeError, AttributeError):
        # a defect of ours must not end the reading of a mailbox: the message is named and kept
        return [_unreadable(data, source, position)]


def _parse(data: bytes, source: str | None, position: int, careful: bool, rules: RuleSet) -> list[Bounce]:
    message = Message(data)
    if message.headers.is_blank and not _is_text(data):
        return [_unreadable(data, source, position)]
    finding = formats.read(message)
    report = finding.report
    if careful and needs_care(report) and names_somebody(message):
        report = _with_care(message, report)
    recipients = report.recipients
    about = _About(message, report, source, position, rules)
    if len(recipients) == 1:  # measured: nine messages of ten, and the steps below cost them 1 %
        return [about.record(recipients[0], 0, finding.feedback_type)]
    recipients = _distinct(recipients) or (RecipientReport(report.kind),)
    return [about.record(recipient, index, finding.feedback_type) for index, recipient in enumerate(recipients)]


def needs_care(report: Report) -> bool:
    """Tell whether a bounce was recognised but nobody found who failed."""
    kind, recipients = report.kind, report.recipients
    if (kind is not _FAILED and kind is not _DELAYED) or report.format in SOFTWARE:
        return False
    return not (recipients and recipients[0].recipient) and not any(r.recipient for r in recipients)


def names_somebody(message: Message) -> bool:
    """Tell whether a failed recipient may be named outside the returned mail: without that no reading finds one.

    Whom the returned mail names is who wrote it and who was meant to get it, not who didn't. Measured: to read again
    a bounce that names nobody took twenty times as long as all other reading.
    """
    returned = original_part(message)
    if returned is None or not begins_with_field(returned.body) or message.headers.contains("recipient"):
        return True
    if any(part.is_encoded for part in message.leaves if part is not returned):
        return True
    before, _, after = message.body.partition(returned.body)
    return any(mark in text for mark in (b"@", b"&#") for text in (before, after))


def _with_care(message: Message, report: Report) -> Report:
    from bounceparse.formats.careful import careful_recipients

    found = careful_recipients(message.raw, report.kind)
    return report._replace(recipients=tuple(found), format="careful") if found else report


def _distinct(recipients: tuple[RecipientReport, ...]) -> tuple[RecipientReport, ...]:
    """Drop a recipient that a report names twice in the same words."""
    seen: dict[tuple[str, str, str], RecipientReport] = {}
    for index, recipient in enumerate(recipients):
        who = (recipient.recipient or f"\0{index}").casefold()
        seen.setdefault((recipient.kind, who, (recipient.final_recipient or "").casefold()), recipient)
    return tuple(seen.values())


def _is_text(data: bytes) -> bool:
    head = data[:2000]
    if not head.strip() or b"\x00" in head or len(_TEXT_BYTES.findall(head)) <= 0.95 * len(head):
        return False
    return len(_WORD_BYTES.findall(head)) > 0.3 * len(head) or _is_utf8(head)


def _is_utf8(head: bytes) -> bool:
    try:
        head[:-3].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unreadable(data: bytes, source: str | None, position: int) -> Bounce:
    digest = blake2b(data, digest_size=16).hexdigest()
    return Bounce(source=source, position=position, event_id=digest, kind=Kind.UNREADABLE, decision=Decision.IGNORE)


# A frozen dataclass sets each of its fields by a call: 4 µs for the 26 of a record, 2 % of the way. A twin that is not
# frozen, with the same slots, is filled field by field in 0.4 µs (by arguments in 1.8 µs), and made a Bounce then.
_Draft: Any = type("_Draft", (), {"__slots__": tuple(each.name for each in fields(Bounce))})
_new_object = object.__new__
_new_tuple = tuple.__new__

# Members of an enum take ten times as long to look up as names of a module (Python 3.11: 0.1 µs).
_FAILED, _DELAYED, _COMPLAINT = Kind.FAILED, Kind.DELAYED, Kind.COMPLAINT
_PERMANENT, _TEMPORARY = Severity.PERMANENT, Severity.TEMPORARY
_IGNORE = Decision.IGNORE

_NO_VERDICT = Verdict(None, "", "")
_DIGEST = blake2b(digest_size=16)  # to be copied: three quarters of the time of a new one


class _About:
    """What all records of one message share."""

    __slots__ = ("arrived_at", "identity", "message_id", "original", "position", "report", "rules", "source", "to")

    def __init__(self, message: Message, report: Report, source: str | None, position: int, rules: RuleSet) -> None:
        headers = message.headers
        self.source = source
        self.position = position
        self.report = report
        self.message_id = headers.text(b"message-id")
        self.arrived_at = iso_date(headers.text(b"date"))
        self.original = report.original
        self.rules = rules
        self.to = headers.text(b"to")
        # the same bounce read twice, by whatever way it came, has the same identity: its own id and
        # date, or where it has no id its whole content
        self.identity = (
            f"{self.message_id}\0{self.arrived_at}"
            if self.message_id
            else blake2b(message.raw, digest_size=16).hexdigest()
        )

    def record(self, recipient: RecipientReport, index: int, feedback_type: str | None) -> Bounce:
        draft = self._shared()
        draft.kind = kind = recipient.kind
        draft.recipient = recipient.recipient
        draft.final_recipient = recipient.final_recipient
        draft.remote_mta = recipient.remote_mta
        if kind is _FAILED or kind is _DELAYED:
            answer = answer_for(recipient)
            reply, draft.command, _ = answer
            code, enhanced, text = reply
            draft.reply_code = code
            draft.enhanced_status = enhanced or recipient.status
            draft.reply_text = text or None
            draft.severity = severity = _severity(answer, recipient)
            verdict = _judge(answer, recipient, severity, self)
            draft.decision = decide(kind, verdict, severity)
        else:
            code = draft.reply_code = draft.reply_text = draft.severity = draft.command = None
            draft.enhanced_status = recipient.status
            verdict = _complaint(kind, feedback_type)
            draft.decision = _feedback_decision(feedback_type) if kind is _COMPLAINT else _IGNORE
        draft.reason = verdict.reason
        draft.rule = verdict.rule or None
        draft.evidence = verdict.evidence or None
        draft.event_id = _event_id(self.identity, kind, recipient, code, index)
        draft.__class__ = Bounce
        bounce: Bounce = draft
        return bounce

    def _shared(self) -> Any:
        """Return a record with the fields that all of the message have in common."""
        report, original = self.report, self.original
        draft = _new_object(_Draft)
        draft.source = self.source
        draft.position = self.position
        draft.format = report.format
        draft.reporting_mta = report.reporting_mta
        draft.message_id = self.message_id
        draft.arrived_at = self.arrived_at
        draft.envelope_id = report.envelope_id
        if original is None:
            draft.original_message_id = draft.original_subject = draft.original_from = None
            draft.original_date = draft.list_id = None
        else:
            draft.original_message_id = original.text(b"message-id")
            draft.original_subject = original.decoded(b"subject")
            draft.original_from = original.decoded(b"from")
            draft.original_date = iso_date(original.text(b"date"))
            draft.list_id = original.text(b"list-id")
        return draft


def _severity(answer: Answer, recipient: RecipientReport) -> Severity | None:
    """The first digit: of the reply code, else of the enhanced status, else what the report says."""
    reply, _, expired = answer
    code, enhanced, _ = reply
    if code and 400 <= code <= 599:
        return _PERMANENT if code >= 500 else _TEMPORARY
    status = recipient.status
    if expired and status and status.endswith(".0.0"):
        status = None  # Exim gives up on no answer at all with a generic 5.0.0
    for value in (enhanced, status):
        if value and value[0] in "45":
            return _PERMANENT if value[0] == "5" else _TEMPORARY
    if recipient.kind is _DELAYED or expired or recipient.temporary:
        return _TEMPORARY
    return _PERMANENT


def _judge(answer: Answer, recipient: RecipientReport, severity: Severity | None, about: _About) -> Verdict:
    said, command, expired = answer
    reply = with_parties(said, recipient.final_recipient or recipient.recipient, about.to, about.original)
    permanent = severity is _PERMANENT if severity else None
    # made as the tuple that it is: half of the time of calling it
    return about.rules.judge(
        _new_tuple(
            Context,
            (reply, command, recipient.remote_mta, recipient.status, permanent, expired, said.code is None),
        )
    )


def _complaint(kind: Kind, feedback_type: str | None) -> Verdict:
    if kind is _COMPLAINT:
        return Verdict(None, f"complaint.{feedback_type}", f"Feedback-Type: {feedback_type}")
    return _NO_VERDICT


def _feedback_decision(feedback_type: str | None) -> Decision:
    return Decision.REMOVE if feedback_type in _REMOVING_FEEDBACK else Decision.IGNORE


def _event_id(identity: str, kind: Kind, recipient: RecipientReport, code: int | None, index: int) -> str:
    who = (recipient.recipient or "").casefold()
    refused = (recipient.final_recipient or "").casefold()
    key = "\0".join((identity, kind, who, refused, str(code), "0" if who else str(index)))
    digest = _DIGEST.copy()
    digest.update(key.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
