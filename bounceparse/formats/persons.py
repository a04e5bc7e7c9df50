"""The signs of mail by people, and of the machines that carry their words: answers, tickets, quotations.

Such mail may speak of bounces and quote them whole. :mod:`bounceparse.formats.recognition` asks here where
sender and envelope do not already say that a mail system wrote.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bounceparse.formats.fields import fields_of
from bounceparse.formats.sieve import Guarded, late
from bounceparse.mime.headers import Headers

MAX_LETTER = 4000  # characters looked at

# The prefixes of answers in the languages of the usual mail programs; "RE[2]:" and "Re(3):" are The Bat's and others'.
_REPLIED = (
    r"re|aw|sv|antw|odp|r|ri|rif|res|ref|réf|ynt|yan|vs|atb|bls|hal|vá|回复|回覆|答复|返信|답장|回信|ответ|отв|απ|σχετ|رد|השב"
    r"|תגובה"
)
_FORWARDED = r"fwd?|wg|tr|rv|vl|vb|enc|pd|ilt|doorst|trs|továbbítva|i|转发|轉寄|転送|전달|пересл|fs"
_REPLY = late(rf"\s{{0,20}}(?:{_REPLIED})(?:\[\d+\]|\(\d+\))?\s?[:：]", re.IGNORECASE)
_ANSWER = late(rf"\s{{0,20}}(?:{_REPLIED}|{_FORWARDED})(?:\[\d+\]|\(\d+\))?\s?[:：]", re.IGNORECASE)
# The tag with which ticket systems, forges and forms mark their mail: "[Ticket#2026030410000123]", "[shop #4711]",
# "[Bug 12]", "[JIRA] (MAIL-77)".
_TICKET = late(
    r"\s{0,20}(?:\[[^\]\n]{0,60}#\s?[\w-]{0,12}\d+\]|\W?(?:ticket|case|bug)\b[^\n]{0,12}\d"
    r"|(?:\[[^\]\n]{1,40}\]\s?)?[(\[][a-z]{2,10}-\d{1,7}[)\]])",
    re.IGNORECASE,
)
# The programs with which people write mail; servers name none of them in their notices.
_CLIENT = Guarded(
    r"mozilla|thunderbird|\bmutt\b|microsoft (?:office )?outlook|apple mail|iphone|ipad|evolution|kmail|roundcube"
    r"|squirrelmail|horde|the bat|eudora|\bpine\b|gnus|claws|sylpheed|becky|foxmail|phpmailer|webmail"
    r"|mailbird|em ?client",
    re.IGNORECASE,
)
_WORD = late(r"[^\W\d_]{3,}")
_OFFICE = late(
    r"mail|server|service|system|admin|postmaster|delivery|agent|daemon|support|robot|notification|notice"
    r"|report|gateway"
    r"|center|\bhelp|desk|messagerie|courrier|correo|\bposta?\b|\blist|owner|manager|team|webmaster|hostmaster|\broot\b"
    r"|office|\binfo|account|\bsmtp|\bmta\b|operator|network"
)
# The line over the mail that somebody answers; its quoted lines follow.
_ATTRIBUTION = Guarded(
    r"(?:\b(?:wrote|writes|schrieb|schrieben|écrit|escribió|escreveu|scritto|schreef|skrev|kirjoitti|napisała?|napsala?"
    r"|napísala?|írta|a scris|yazdı|напис\w{1,4}|пишет|пише|έγραψε)\b|写道|寫道|書きました|작성|님이|כתב|كتب)"
    r"[^\n>]{0,40}\n\s{0,20}>|-{5}[ \t]?forwarded by ",
    re.IGNORECASE,
)
_GREETING = late(
    r"\W*(?:(?:hi|hello|dear|hallo|lieber?|guten|moin|bonjour|hola|estimad[oa]s?|ciao|gentile|buongiorno|olá"
    r"|prezad[oa]s?|hej|hei|cześć|witam|sehr geehrte[rs]?|geachte|beste|dobrý den|dzień dobry|tisztelt|kedves|kære"
    r"|merhaba|sayın|stimat[eăi]?|bună ziua)\b|здравствуйте|привет|уважаем|добрый день|您好|你好|お世話|お客様"
    r"|안녕하세요|αγαπητ|שלום|مرحبا|السلام عليكم)",
    re.IGNORECASE,
)
# What a person says of himself and his mail, and no notice says to its reader.
_HIMSELF = Guarded(
    r"\bmy (?:e-?mails?|messages?|mails?|server|posts?|host)\b|\bour (?:posts?|users?|customers?|newsletter)\b"
    r"|\bi (?:get|got|keep|receive|sent|tried|need|see|think|wrote)\b|\bany(?:one|body)\b|\bsome(?:one|body)\b"
    r"|\bich (?:bekomme|erhalte|habe|kriege)\b|\bmeine? (?:mail|e-?mail|nachricht)|\bje (?:reçois|n'arrive|suis)\b"
    r"|\bmon (?:message|courriel|mail|mél)\b|\brecibo\b|\bme (?:sale|llega|devuelve)|\bmi (?:correo|mensaje)\b"
    r"|\bricevo\b|\bmi[ao] (?:mail|messaggio|e-?mail)\b|\bik (?:krijg|heb)\b|\bmijn (?:mail|bericht|e-?mail)"
    r"|\brecebo\b|\bm(?:inha|eu) (?:mensagem|e-?mail)|\bdostaj[ęe]\b|\bdosta[łl]e?m\b|\bmoj[aąe] (?:wiadomość|poczt)"
    r"|\bполуча(?:ю|ем)\b|\bпришло\b|\bмо[ёеи] письм|\bmitt (?:mejl|mail|meddelande)|\bjag (?:får|fick)\b"
    r"|\bjeg (?:får|fik|fikk)\b|alıyorum|\bmesajım|我的(?:邮件|郵件)|我(?:收到|发给)|私の|내 메일|제가|부탁드립니다"
    r"|\bjemand\b|\bquelqu'un\b|\balguien\b|\bqualcuno\b|\balguém\b|\biemand\b|\bktoś\b|\bněkdo\b|\bnågon\b"
    r"|\bnogen\b|\bnoen\b|\bbirisi\b|кто-нибудь|кто-то|подскажите|помогите|教えて|でしょうか"
    r"|助けて|请教|请问|請問|請教|有人|누군가|알려 ?주",
    re.IGNORECASE | re.MULTILINE,
)


@lru_cache(maxsize=8192)
def is_answer(subject: str) -> bool:
    """Tell the subject of an answer or of a forwarded mail."""
    return _ANSWER.match(subject) is not None


@lru_cache(maxsize=8192)
def is_reply(subject: str) -> bool:
    """Tell the subject of an answer."""
    return _REPLY.match(subject) is not None


def is_ticket(subject: str) -> bool:
    """Tell the subject of a ticket system's mail, whose text is somebody's."""
    return _TICKET.match(subject) is not None


def greets(text: str) -> bool:
    """Tell whether a text begins as a letter does."""
    return _GREETING.match(text) is not None


def is_letter(text: str) -> bool:
    """Tell a person's letter: he greets and asks."""
    return "?" in text and greets(text)


def speaks_for_himself(text: str) -> bool:
    """Tell the words of somebody who writes about his own mail."""
    return _HIMSELF.is_in(text[:MAX_LETTER])


def without_quotation(text: str) -> str:
    """Drop the mail that a person answers, from the line over it on."""
    if "\n>" not in text and "\n >" not in text and "orwarded by " not in text:
        return text
    match = _ATTRIBUTION.search(text[:MAX_LETTER])
    return text if match is None else text[: match.start()]


def by_client(headers: Headers) -> bool:
    """Tell whether a person's mail program wrote the mail."""
    names = fields_of(headers).names
    return any(name in names and _is_client(headers.text(name.encode()) or "") for name in ("user-agent", "x-mailer"))


@lru_cache(maxsize=1024)  # few programs write most mail
def _is_client(program: str) -> bool:
    return _CLIENT.is_in(program)


def bears_name(from_field: str) -> bool:
    """Tell a person's From: a name of two or three words, one of which is in his address, and none an office's."""
    name, _, address = from_field.partition("<")
    name = name.casefold()
    words = _WORD.findall(name)
    if not 2 <= len(words) <= 3 or _OFFICE.search(name):
        return False
    local = address.casefold().partition("@")[0]
    return any(word in local for word in words)
