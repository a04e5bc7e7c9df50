"""Message disposition notifications (RFC 8098): read receipts, and rejections that pose as such."""

from __future__ import annotations

import re
from functools import lru_cache

from bounceparse.formats.addresses import find_addresses, typed_address
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.formats.rfc3464 import mta_name, read_groups
from bounceparse.formats.sieve import Guarded
from bounceparse.formats.signs import is_daemon
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message, Part
from bounceparse.record import Kind

_TYPES = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
# Dovecot's LDA and Sieve's "reject" (RFC 5429 section 2.1) refuse a message by an MDN.
_REJECTED = Guarded(
    r"automatically rejected|was rejected|has been rejected|rejected by the recipient|message .{0,60}refused",
    re.IGNORECASE,
)


def disposition_part(message: Message) -> Part | None:
    """Return the machine-readable part of a disposition notification, or None."""
    return message.first(_TYPES)


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
    refused = automatic and (_REJECTED.is_in(notice_text) or "rejected" in subject.lower())
    kind = Kind.FAILED if refused else Kind.DISPOSITION
    diagnostic = ""
    if refused:
        diagnostic = fields.get("failure") or fields.get("error") or ""
        # a mailbox's filter refused after delivery: its words are no server's reply (RFC 5429 section 2.1.2)
        diagnostic = diagnostic or f"x-sieve; {_words_of_refusal(notice_text)}"
    return Report(
        format="rfc8098",
        kind=kind,
        recipients=(RecipientReport(kind, recipient, final, diagnostic, notice_text if refused else ""),),
        reporting_mta=mta_name(fields.get("reporting-ua", "").split(";")[0]),
        original=original,
    )


# Receipts without the machine-readable part: Outlook's and Exchange's old text, Thunderbird's, Domino's.
_RECEIPT_SUBJECT = Guarded(
    r"^\W*(?:read|not read|gelesen|nicht gelesen|ungelesen|lu|non lu|leído|no leído|leida|lida|lido|não lida?|letto"
    r"|non letto|gelezen|niet gelezen|przeczytan\w+|nieprzeczytan\w+"
    r"|přečteno|nepřečteno|прочтено|не прочтено|прочитано|не прочитано|開封済み|未開封|已读|未读|已讀|未讀|읽음"
    r"|읽지 않음|okundu|okunmadı"
    r"|läst|oläst|læst|ikke læst|lest|ikke lest|luettu|olvasva)\s*[:：]"
    r"|message status - (?:opened|deleted|read)"  # GroupWise
    r"|(?:return|read) receipt(?!s)|lesebestätigung|empfangsbestätigung|accusé de (?:lecture|réception)"
    r"|confirmación de lectura|confirmação de leitura|conferma di lettura"
    r"|leesbevestiging|potwierdzenie (?:odczytu|przeczytania)|potvrzení o přečtení|уведомление о прочтении|開封(?:確認"
    r"|通知)"
    r"|已读回执|讀取回條|읽음 확인|수신 ?확인|okundu bilgisi",
    re.IGNORECASE,
)
_RECEIPT_BODY = Guarded(
    r"was (?:read|opened|displayed)|deleted without being read|return receipt|has been (?:read|displayed|opened)"
    r"|was received by|was (?:last )?seen"
    r"|wurde[^\n]{0,60} gelesen|gelöscht[^.\n]{0,20} ohne[^.\n]{0,20} gelesen|a été (?:lu|ouvert|affiché)"
    r"|supprimé sans (?:être|avoir été) lu|(?:ha sido|fue|se ha) (?:leíd|eliminad)|foi (?:lid|excluíd|eliminad)"
    r"|è stato (?:letto|visualizzato|eliminato)|is (?:gelezen|verwijderd)|została? (?:przeczytan|usunięt|odczytan)"
    r"|byla (?:přečtena|odstraněna|zobrazena)|было (?:прочитано|прочтено|удалено)"
    r"|開封|読まれ|已(?:于|於|被|在)?[^。\n]{0,30}(?:阅读|閱讀|读取|讀取|打开)|읽(?:었|음|혔)|okundu|okunmadan silindi"
    r"|lästes|har lästs"
    r"|blev læst|ble lest",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def _is_receipts(subject: str) -> bool:
    return _RECEIPT_SUBJECT.is_in(subject)


def read_text_receipt(message: Message, subject: str, text: str, original: Headers | None) -> Report | None:
    """Read a receipt that is plain text only, or return None."""
    if not _is_receipts(subject) or not _RECEIPT_BODY.is_in(text[:3000]):
        return None
    from_field = message.headers.decoded(b"from") or ""
    reader = None if is_daemon(from_field) else next(iter(find_addresses(from_field)), None)
    recipients = (RecipientReport(Kind.DISPOSITION, reader, reader),)
    return Report("receipt", Kind.DISPOSITION, recipients, original=original)
