"""Automatic replies (RFC 3834) and requests to confirm: answers to the mail, not about its delivery."""

from __future__ import annotations

import re
from functools import lru_cache

from bounceparse.formats import persons
from bounceparse.formats.fields import AUTOMATIC, CHALLENGE, fields_of
from bounceparse.formats.sieve import Guarded, Sieve, late
from bounceparse.mime.message import Message

_SUBJECT = Sieve(
    r"^\W*(?:(?:auto(?:matic|mated)?|automatically)[- ]?(?:generated )?(?:re(?:ply|sponse|sponder)|answer|email)"
    r"|auto ?(?:re|response|reply)\b|out[- ]of[- ](?:the[- ])?office|on (?:vacation|leave|holiday)|vacation|away from"
    r"|i (?:am|will be) (?:away|out|on)|i'm (?:away|out|on)"
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
    r"|automatinis atsakymas|automātisk[aā] atbilde|automaatvastus|automaattivastaus|аутоматски одговор|پاسخ خودکار"
    r"|sjálfvirkt svar|स्वचालित उत्तर|message d'absence|on annual leave"
    r"|we (?:have )?received your|thank you for (?:contacting|your (?:e-?mail|message|inquiry|request))"
    r"|your (?:request|ticket) .{0,40}received)",
    re.IGNORECASE,
)
_AUTO_RE = Sieve(
    r"(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer)|out[- ]of[- ]office"
    r"|is out of the office(?:\.?$| \(returning)|autoreply"
    r"|abwesenheitsnotiz|ist außer haus\.?$|est absente?\.?$"
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
    r"|awaiting confirmation|requires? (?:verification|confirmation)"
    r"|verification (?:required|needed|request)|confirmation (?:required|requested|needed)"
    r"|action required\)|bestätig\w+ sie ihre|confirmez votre (?:message|envoi)|confirme (?:su|sua|seu)"
    r"|confermi? (?:il|la) su|bevestig uw"
    r"|boxbe|spam ?arrest|earthlink spamblocker|\[qurb|confirm you(?:'re| are) (?:a )?(?:human|not)|unknown sender",
    re.IGNORECASE,
)
_CHALLENGE_BODY = Guarded(
    r"(?:to (?:ensure|have|get|complete|allow|prove)[^.\n]{0,80}(?:deliver|message|human|person|legitimate)|(?:your"
    r"|this) (?:message|e-?mail)[^.\n]{0,60}(?:held|waiting|quarantin|not been delivered yet|pending"
    r"|on[- ]hold))[\s\S]{0,600}(?:click|reply to|confirm|verify|visit|follow|enter the)"
    r"|(?:click|follow|visit)[^.\n]{0,60}(?:link|here|url)[^.\n]{0,80}(?:confirm|verify|prove|deliver|approve"
    r"|approved)|reply to this (?:message|e-?mail)[^.\n]{0,60}(?:confirm|deliver|verify)|guest list"
    r"|holding (?:a|your|the) (?:message|e-?mail)[^\n]{0,120}until|verify that you are a (?:real|human|person)"
    r"|until (?:i receive your|you) confirm"
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
_CHALLENGE_SERVICE = Sieve(
    r"boxbe|spam ?arrest|boxtrapper|bxd\.cgi|qsecretary|vanquish|knowspam|antispam uol"
    r"|tira-teima|bluebottle|tmda|mailinblack|choicemail|sendio|qurb|active spam killer"
    r"|mailblocks|digiportal"
    r"|only from senders i have approved|list of approved senders|protecting myself from receiving junk",
    re.IGNORECASE,
)
# Who signs up somewhere is asked to confirm too, but has sent no mail.
_SIGN_UP = Sieve(
    r"registration|subscription|subscribe|newsletter|sign(?:ed|ing)?[ -]?up|your account|password", re.IGNORECASE
)
_SENT = Sieve(
    r"your (?:message|mail)\b|mail you sent|sender|deliver|spam|mensa[gj]e?|nachricht|messaggio|bericht|wiadomo",
    re.IGNORECASE,
)


def is_auto_reply(message: Message, subject: str) -> bool:
    """Tell whether a message that is no report is an automatic reply (RFC 3834 section 5)."""
    headers = message.headers
    fields = fields_of(headers)
    names, declared = fields.names, fields.declared
    if declared.startswith(("auto-replied", "auto replied", "auto-reply")):
        return True
    precedence = (headers.text(b"precedence") or "").strip().lower() if "precedence" in names else ""
    if precedence.startswith(("auto_reply", "auto-reply", "autoreply")):
        return True
    if not AUTOMATIC.isdisjoint(names):
        return (headers.text(b"x-autoreply") or "yes").lower() != "no"
    if "x-autogenerated" in names and (headers.text(b"x-autogenerated") or "").strip().lower() in ("reply", "vacation"):
        return True  # CommuniGate Pro
    generated = declared.startswith("auto-generated")
    answers = generated or "in-reply-to" in names or "references" in names
    if not declared and (fields.is_of_list or precedence in ("list", "bulk")):
        return False
    if generated and "in-reply-to" in names and "list-id" not in names:
        return True  # generated in answer to a mail: that is what "auto-replied" means (RFC 3834 section 5)
    null_path = fields.has_null_path
    if has_automatic_subject(subject):
        # "out of office next week" may be what a colleague writes
        return null_path or ":" in subject or not persons.by_client(headers)
    machine = null_path or (declared not in ("", "no") and answers)
    return machine and _BODY.search(_first_text(message)) is not None


# A challenge speaks of the mail that it holds back, and so has words of a notice. What no notice asks the sender:
_PROVE = Guarded(
    r"(?:upon|after|until|requires?|pending) (?:your |the sender's )?(?:verification|confirmation)|verify that you"
    r"|confirm that you|prove (?:that )?you|verification code|confirmation (?:verifies|proves)|you are (?:a )?human"
    r"|not a (?:spammer|robot)|on[- ]hold and will be delivered",
    re.IGNORECASE,
)
_REFUSED = late(r"[45](?<![\d.][45])(?:\d\d[ -]|\.\d{1,3}\.\d{1,3}(?![\d.]))")


@lru_cache(maxsize=8192)
def has_automatic_subject(subject: str) -> bool:
    """Tell whether a Subject is an automatic reply's."""
    return _SUBJECT.search(subject) is not None or _AUTO_RE.search(subject) is not None


@lru_cache(maxsize=8192)
def _asks(subject: str) -> bool:
    return _CHALLENGE_SUBJECT.search(subject) is not None


def asks_to_confirm(message: Message, subject: str, text: str) -> bool:
    """Tell a challenge before its words are taken for a notice: it asks for proof, and quotes no refusal."""
    head = text[:4000]
    return _asks(subject) and _PROVE.is_in(head) and _REFUSED.search(head) is None and is_challenge(message, subject)


def is_challenge(message: Message, subject: str) -> bool:
    """Tell whether a message asks the sender to confirm before the mail is let through."""
    fields = fields_of(message.headers)
    if not CHALLENGE.isdisjoint(fields.names):
        return True
    if fields.is_of_list:
        return False
    text = _first_text(message)
    automatic = "auto-submitted" in fields.names or "in-reply-to" in fields.names or fields.path == "<>"
    if not ((automatic and _asks(subject)) or _CHALLENGE_SERVICE.search(text)):
        return False
    if _SIGN_UP.search(text) and not _SENT.search(text):
        return False
    return _CHALLENGE_BODY.is_in(text)


def _first_text(message: Message) -> str:
    for part in message.leaves:
        if part.content_type.startswith("text/"):
            return part.text()[:4000]
    return ""
