"""How sure an address in a notice is the failed one, by what stands before and behind it on its line."""

from __future__ import annotations

import re
from enum import Enum, IntEnum, auto
from functools import lru_cache

from bounceparse.formats.sieve import late


class Sureness(IntEnum):
    """How an address stands in a notice, surest first."""

    OWN_LINE = 1  # the line is about this address alone: "<user@example.com>:"
    LEADS_LINE = 2  # it begins a line: "user@example.com ... no such user"
    NAMED = 3  # words around it say that it failed: "could not be delivered to user@example.com"
    COMMAND = 4  # it stands in the refused command: "RCPT TO:<user@example.com>"
    MENTIONED = 5  # anywhere else
    ORIGINAL_TO = 6  # the notice repeats the original's To


# Members of an enum take ten times as long to look up as names of a module (Python 3.11: 0.1 µs).
_OWN_LINE, _LEADS_LINE, _NAMED = Sureness.OWN_LINE, Sureness.LEADS_LINE, Sureness.NAMED
_AT_COMMAND, _MENTIONED, _ORIGINAL_TO = Sureness.COMMAND, Sureness.MENTIONED, Sureness.ORIGINAL_TO

_LABEL = late(
    r"(?:(?:the )?(?:failed|final|original|intended|invalid|bad|unknown|undeliverable|rejected|local|following|bounced"
    r"|envelope|target|smtp)[ -]?)*"
    r"(?:recipients?|address(?:es)?|users?|mailbox(?:es)?|e-?mail(?: address)?|rcpt(?: to)?|error-for|userid"
    r"|final delivery userid"
    r"|undeliverable (?:to|address)|delivered to|destination|account|empf(?:ä|ae)nger|adresse|destinataire"
    r"|destinatarios?|destinatario"
    r"|ontvanger|geadresseerde|adresat|odbiorca|příjemce|получатель|адрес|受信者|宛先|あて先|送信先|收件人|收件者"
    r"|수신자|alıcı)"
    r"[^:：\n@]{0,30}[:：][ \t]*(?:\[?smtp:)?",
    re.IGNORECASE,
)
_NOT_FAILED_LABEL = late(
    r"(?:from|sender|von|de|reply-?to|return-path|subject|message-id|cc|bcc|date|sent|contact|postmaster"
    r"|system contact|betreff|objet|asunto"
    r"|received|x-[\w-]+|references|in-reply-to|list-[\w-]+|envelope-from|mail from|发件人|寄件者|差出人|отправитель"
    r"|mittente"
    r"|remitente"
    r"|exp(?:e|é)diteur|absender|afzender|nadawca|odesílatel)\b[^\n@]{0,20}[:：=]",
    re.IGNORECASE,
)
_TO_LABEL = late(
    r"(?:to|an|para|à|a|do|komu|кому|aan|envelope-to|delivered-to|x-original-to)[ \t]*[:：]", re.IGNORECASE
)
_CONTACT = late(
    r"contact|assistance|question|please (?:send|write|mail|e-?mail|forward|report|notify)|\bhelp\b|support"
    r"|confidential|in error,|disclaimer|report(?:ing)? (?:abuse|spam|this|it)\b|abuse to|unsubscribe"
    r"|(?:more|further) information|vertraulich|melden"
    r"|administrator (?:of|at)|postmaster"
    r"|wenden sie|kontakt|veuillez contacter|contacte|contatt|neem contact|обратитесь|联系|聯絡|連絡|on behalf of"
    r"|your mail from|sent by"
    r"|message from|mail from|from:? ?<|sent from|sender|not accepting mail from|hello |dear |hi |bonjour |hallo "
    r"|hola ",
    re.IGNORECASE,
)
_NAMED_BEFORE = late(
    r"(?:deliver(?:ed|y|ing)?(?: (?:your|the|this|a))?(?: (?:mail|message|e-?mail))?(?: (?:to"
    r"|for))?(?: the following)?(?: (?:user|recipient|address|mailbox))?"
    r"|(?:message|mail|e-?mail)[^\n@]{0,40} (?:to|for)|addressed to|(?:recipients?|address|mailbox|users?|account"
    r"|to user|to local user|userid|alias)"
    r"|undeliverable[ \t]+to|attempts?:|re(?:ach|achable)|failed[^\n@]{0,20}|send(?:ing)? (?:to|your (?:mail"
    r"|message) to)|reason:?[^\n@]{0,40}"
    r"|unknown|originally|quota (?:violation )?for|gateway for|could not be (?:found|delivered to)|zugestellt"
    r"|an die adresse|empf(?:ä|ae)nger|adresse"
    r"|destinat\w+|à|livr\w+|entreg\w+|consegn\w+|adres\w*|получател\w+|адрес\w*|доставлен\w+|收件人|地址|用户|用戶"
    r"|信箱|アドレス|宛)"
    r"[ \t]*[:：\-]?[ \t]*[\"'‘“<(\[（＜「]*\Z",
    re.IGNORECASE,
)
_NAMED_AFTER = late(
    r"[>\"'’”)\]）＞」]*[ \t]*[.,:;-]*[ \t]*(?:\(?(?:is|was|does|did|has|have|had|could|cannot|can't|can not|isn't"
    r"|doesn't|not|no|unknown|rejected|refused"
    r"|failed|user|mailbox|account|address|over|exceed\w*|existiert|ist|wurde|konnte|n'existe|no existe|non esiste"
    r"|não existe|bestaat|nie istnieje|не "
    r"|недоступ\w*|不存在|無法|无法|は存在|へ|に|宛|에|로|으로|은|는|의)\b)",
    re.IGNORECASE,
)
_COMMAND = late(r"rcpt[ \t]+to[ \t]*:[ \t]*<?\Z", re.IGNORECASE)
_LEAD = late(r"[\s<>*\-•·|#=\d.)\]‘'\"“(\[]*")
_AFTER_OWN = late(r"[>\"'’”)\]]*[ \t]*(?:[:;,.：]|\.\.\.)?[ \t]*$")
_AFTER_EXPANDED = late(  # Postfix: "<user@example.com> (expanded from <list@example.com>): host ... said"
    r"[>\"'’”)\]]*[ \t]*\((?:expanded|generated|forwarded|redirected|aliased)[ \t]+(?:from|to|by)[^()\n]{1,320}\):",
    re.IGNORECASE,
)
_AFTER_OWN_WITH_TEXT = late(
    r"[>\"'’”)\]]*[ \t]*(?:[:：]|\.\.\.|-|=>|—|–|\(|;|,|\bon\b|\[)[ \t]*\S|[ \t]+[45]\d\d(?![\d.])|>[ \t]{2,}\w"
)
_URL_BEFORE = late(r"(?:(?:https?://|www\.|mailto:)\S*|\b(?:via|through)[ \t]+<?)\Z", re.IGNORECASE)
_DISPLAY_NAME = late(r"[ \t>*\-•]*[\"'][^\"'<>:@\n]{1,60}[\"'][ \t]*<")  # "Anna" <anna@example.com>


def is_alone_from(after: str) -> bool:
    """Tell whether nothing but marks stands behind an address on its line."""
    return _AFTER_OWN.match(after) is not None


def sureness_of(text: str, line_start: int, before: str, after: str) -> Sureness | None:
    """Tell how sure an address is; None where it is not meant."""
    standing = _standing_behind(before)
    if standing is _ALONE:
        if after.startswith((":", ">:")) or _AFTER_OWN.match(after):
            return _OWN_LINE
        if before in ("", "<") and _AFTER_EXPANDED.match(after):
            return _OWN_LINE
        if _AFTER_OWN_WITH_TEXT.match(after) or _NAMED_AFTER.match(after):
            return _LEADS_LINE
        if _ends_naming(text[max(0, line_start - 80) : line_start].rstrip("\n")):
            return _NAMED
        return _MENTIONED
    if not isinstance(standing, _Standing):
        return standing
    if _NAMED_AFTER.match(after):
        return _NAMED
    if standing is _WITH_NAME and _AFTER_OWN.match(after):
        return _NAMED
    return _MENTIONED


class _Standing(Enum):
    """What stands on an address's line before it, where that alone does not tell how sure it is."""

    ALONE = auto()  # nothing but marks
    WITH_NAME = auto()  # a display name
    WORDS = auto()


_ALONE, _WITH_NAME, _WORDS = _Standing.ALONE, _Standing.WITH_NAME, _Standing.WORDS


# Measured: these patterns cost 20 µs an address, and what stands before one is mostly a program's own words.
@lru_cache(maxsize=4096)
def _standing_behind(before: str) -> Sureness | _Standing | None:
    """Tell how sure an address is by what stands on its line before it; None where it is not meant."""
    if _URL_BEFORE.search(before):
        return None
    lead = _LEAD.match(before)
    rest = before[lead.end() :] if lead else before
    if not rest:
        session = before.lstrip().startswith(("<<<", ">>>"))  # a line of the session names nobody surely
        return _AT_COMMAND if session else _ALONE
    if _COMMAND.search(before):
        return _AT_COMMAND
    if _NOT_FAILED_LABEL.match(rest):
        return None
    if _TO_LABEL.match(rest):
        return _ORIGINAL_TO
    label = _LABEL.match(rest)
    if label and not rest[label.end() :].strip(" \t<\"'["):
        return _OWN_LINE
    if _CONTACT.search(_nearest_words(before)):
        return None
    if _NAMED_BEFORE.search(before):
        return _NAMED
    return _WITH_NAME if _DISPLAY_NAME.fullmatch(before) else _WORDS


@lru_cache(maxsize=1024)
def _ends_naming(line: str) -> bool:
    """Tell whether a line's last words say that the address on the next one failed."""
    return _NAMED_BEFORE.search(line) is not None


def _nearest_words(before: str) -> str:
    """From "from a@example.com to b@example.com" the words between: a domain's labels are none ("support.example")."""
    start = before.rfind("@") + 1
    while 0 < start < len(before) and (before[start].isalnum() or before[start] in ".-"):
        start += 1
    return before[start:]
