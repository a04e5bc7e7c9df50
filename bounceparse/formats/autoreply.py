"""Automatic replies (RFC 3834) and requests to confirm: answers to the mail, not about its delivery."""

from __future__ import annotations

import re

from bounceparse.formats.sieve import Sieve, late
from bounceparse.mime.message import Message

_HEADERS = (
    b"x-autoreply",
    b"x-autorespond",
    b"x-auto-reply",
    b"x-auto-respond",
    b"x-autoresponder",
    b"x-autoreply-from",
    b"x-mail-autoreply",
    b"x-vacation",
    b"x-away",
    b"x-ms-exchange-inbox-rules-loop",
)
_SUBJECT = Sieve(
    r"^\W*(?:(?:auto(?:matic|mated)?|automatically)[- ]?(?:generated )?(?:re(?:ply|sponse|sponder)|answer|email)"
    r"|auto ?(?:re|response|reply)\b|out[- ]of[- ](?:the[- ])?office|on (?:vacation|leave|holiday)|vacation|away from"
    r"|i am (?:away|out|on)|i'm (?:away|out|on)"
    r"|away:|ooo\b|abwesen|automatische? (?:antwort|antwoord)|(?:ich bin )?nicht im (?:büro|haus)|abwesend"
    r"|réponse automatique|reponse automatique|absence|absent|en vacances|respuesta autom|fuera de (?:la )?oficina"
    r"|ausente|ausencia|resposta autom|fora do escritório|ausência"
    r"|risposta automatica|fuori (?:sede|ufficio)|assen(?:te|za)|afwezig|niet aanwezig|automatyczna odpowied"
    r"|poza biurem|nieobecn|automatick[áa] odpov|mimo kancel|nep[řr][ií]tom|автоответ|автоматический ответ|отсутств"
    r"|自動(?:返信|応答)|不在|自动(?:回复|答复)|自動(?:回覆|回復)|外出|休暇"
    r"|자동 ?(?:응답|회신)|부재|otomatik (?:yan[ıi]t|cevap)|ofis d[ıi]şında|automatiskt svar|autosvar|frånvaro"
    r"|automatisk svar"
    r"|fravær|poissa|automaattinen|automatikus válasz|távollét|автоматична відповідь|автоматичен отговор"
    r"|αυτόματη απάντηση|תגובה אוטומטית|מענה אוטומטי|رد تلقائي|răspuns automat|automatická odpove|automatski odgovor"
    r"|samodejni odgovor|resposta automàtica|trả lời tự động|balasan otomatis|ตอบกลับอัตโนมัติ"
    r"|we (?:have )?received your|thank you for (?:contacting|your (?:e-?mail|message|inquiry|request))"
    r"|your (?:request|ticket) .{0,40}received)",
    re.IGNORECASE,
)
_AUTO_RE = Sieve(
    r"(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer)|out[- ]of[- ]office|autoreply|abwesenheitsnotiz"
    r"|réponse automatique|respuesta autom[áa]tica|自動返信|自動応答|自动回复|자동응답)",
    re.IGNORECASE,
)
_BODY = Sieve(
    r"out of (?:the )?office|on (?:vacation|annual leave|holiday|maternity leave)|i (?:am|will be"
    r"|'m) (?:currently )?(?:away|out of|on leave|not in)|away from (?:my|the) (?:desk|office|e-?mail)|automat(?:ic"
    r"|ed) (?:reply|response)|this is an auto"
    r"|nicht im (?:büro|haus)|bin (?:ich )?(?:bis|vom|derzeit|zur zeit)|abwesen|absent|vacaciones|fuera de la oficina"
    r"|fora do escritório|férias|fuori ufficio|ferie|afwezig|urlop|nieobecn|dovolen|отпуск|отсутств|不在|休暇|休假"
    r"|外出|부재|휴가"
    r"|izin",
    re.IGNORECASE,
)
_CHALLENGE_SUBJECT = Sieve(
    r"(?:please|bitte|required|needed|click|veuillez|por favor)[^\n]{0,60}(?:confirm|verif|authenti|best(?:ä|ae)tig"
    r"|valid)|(?:confirm|verif)[^\n]{0,40}(?:your (?:message|e-?mail|request)|sender|delivery)|sender (?:verification"
    r"|authentication|address verification)|message (?:held|awaiting) (?:for |your )?(?:confirm|verif|authoriz)"
    r"|challenge[ -]response"
    r"|awaiting confirmation|verification (?:required|needed|request)|confirmation (?:required|requested|needed)"
    r"|action required\)|bestätig\w+ sie ihre|confirmez votre (?:message|envoi)|confirme (?:su|sua|seu)"
    r"|confermi? (?:il|la) su|bevestig uw"
    r"|boxbe|spam ?arrest|earthlink spamblocker|\[qurb|confirm you(?:'re| are) (?:a )?(?:human|not)|unknown sender",
    re.IGNORECASE,
)
_CHALLENGE_BODY = late(
    r"(?:to (?:ensure|have|get|complete|allow|prove)[^.\n]{0,80}(?:deliver|message|human|person|legitimate)|(?:your"
    r"|this) (?:message|e-?mail)[^.\n]{0,60}(?:held|waiting|quarantin|not been delivered yet|pending"
    r"|on hold))[\s\S]{0,600}(?:click|reply to|confirm|verify|visit|follow|enter the)"
    r"|(?:click|follow|visit)[^.\n]{0,60}(?:link|here|url)[^.\n]{0,80}(?:confirm|verify|prove|deliver|approve"
    r"|approved)|reply to this (?:message|e-?mail)[^.\n]{0,60}(?:confirm|deliver|verify)|guest list"
    r"|unsolicited (?:bulk )?e-?mail[^.\n]{0,80}(?:confirm|verify|reply)|one[- ]time (?:verification|confirmation)"
    r"|waitlisted|list of approved senders|add(?:ed)? (?:yourself )?to my (?:guest|approved|list)|just this once"
    r"|clique aqui|tira-teima|(?:um|damit)[^.\n]{0,60}nachricht[^.\n]{0,40}(?:zuzustellen"
    r"|zugestellt)[\s\S]{0,300}(?:klicken|bestätig|antworten)|pour que votre (?:message|e-?mail)[\s\S]{0,300}(?:cliqu"
    r"|confirm|authentifi)"
    r"|para que (?:su|tu|sua) mensa\w+[\s\S]{0,300}(?:clic|cliqu|confirm)|affinché il (?:suo"
    r"|tuo) messaggio[\s\S]{0,300}(?:clic|conferm)",
    re.IGNORECASE,
)
# Services whose whole purpose is to ask, by the words with which their letters name themselves.
_CHALLENGE_SERVICE = late(
    r"boxbe|spam ?arrest|antispam uol|tira-teima|bluebottle|tmda|mailinblack|choicemail|sendio|qurb|active spam killer"
    r"|mailblocks|digiportal"
    r"|only from senders i have approved|list of approved senders|protecting myself from receiving junk",
    re.IGNORECASE,
)
_CHALLENGE_HEADERS = (
    b"x-challenge",
    b"x-asvp",
    b"x-spamarrest",
    b"x-boxbe",
    b"x-tmda-confirm",
    b"x-choicemail",
    b"x-sender-verification",
)


def is_auto_reply(message: Message, subject: str) -> bool:
    """Tell whether a message that is no report is an automatic reply (RFC 3834 section 5)."""
    headers = message.headers
    declared = (headers.text(b"auto-submitted") or "").strip().lower()
    if declared.startswith(("auto-replied", "auto replied", "auto-reply")):
        return True
    precedence = (headers.text(b"precedence") or "").strip().lower()
    if precedence.startswith(("auto_reply", "auto-reply", "autoreply")):
        return True
    if any(headers.has(name) for name in _HEADERS):
        return (headers.text(b"x-autoreply") or "yes").lower() != "no"
    answers = headers.has(b"in-reply-to") or headers.has(b"references") or declared.startswith("auto-generated")
    listed = headers.has(b"list-id") or headers.has(b"list-post") or precedence in ("list", "bulk")
    if listed and not declared:
        return False
    if declared.startswith("auto-generated") and headers.has(b"in-reply-to") and not headers.has(b"list-id"):
        return True  # generated in answer to a mail: that is what "auto-replied" means (RFC 3834 section 5)
    if _SUBJECT.search(subject) or _AUTO_RE.search(subject):
        return True
    null_path = headers.raw(b"return-path") in (b"<>", b"")
    machine = (declared not in ("", "no") and (answers or null_path)) or (null_path and answers)
    return machine and _BODY.search(_first_text(message)) is not None


def is_challenge(message: Message, subject: str) -> bool:
    """Tell whether a message asks the sender to confirm before the mail is let through."""
    headers = message.headers
    if any(headers.has(name) for name in _CHALLENGE_HEADERS):
        return True
    if headers.has(b"list-id") or headers.has(b"list-post"):
        return False
    text = _first_text(message)
    if _CHALLENGE_SERVICE.search(text) and _CHALLENGE_BODY.search(text):
        return True
    subject_asks = _CHALLENGE_SUBJECT.search(subject) is not None
    automatic = headers.has(b"auto-submitted") or headers.has(b"in-reply-to") or headers.raw(b"return-path") == b"<>"
    return subject_asks and automatic and _CHALLENGE_BODY.search(text) is not None


def _first_text(message: Message) -> str:
    for part in message.leaves:
        if part.content_type.startswith("text/"):
            return part.text()[:4000]
    return ""
