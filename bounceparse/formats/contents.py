"""What a notice's text shows: words of failure and delay, codes, addresses, the fields of a report."""

from __future__ import annotations

import re

from bounceparse.formats import languages, rfc3464, signs
from bounceparse.formats.notice import Notice, without_promise
from bounceparse.formats.prose import Sureness, read_passages
from bounceparse.formats.sieve import Guarded, late
from bounceparse.mime.message import Message

MAX_LOOK = 4000  # characters looked at

# What may not stand before the digit is asked behind it. Measured: a search for a set of characters takes a fifth.
_REFUSAL = late(r"([45])(?<![\w.][45])\d\d[ -]#?\1\.\d{1,3}\.\d{1,3}\b")
_CODE = late(r"[45](?<![\w.][45])\d\d(?![\w.])")
_STATUS = late(r"[45](?<![\w.][45])\.\d{1,3}\.\d{1,3}(?![\w.]\d)")
_AUTOMATIC = Guarded(r"autom[aá]+t|do not reply|mail system|自動|自动|자동|автомат|αυτόματ|otomatik", re.IGNORECASE)


def has_code(text: str) -> bool:
    """Tell whether a text holds what may be a reply code or an enhanced status."""
    return has_reply_code(text) or _STATUS.search(text) is not None


def has_refusal(text: str) -> bool:
    """Tell whether a text holds a reply code and an enhanced status of the same class."""
    return _REFUSAL.search(text) is not None


def has_reply_code(text: str) -> bool:
    """Tell whether a text holds what may be a reply code."""
    return _CODE.search(text) is not None


def speaks_of_delivery(words: str) -> bool:
    """Tell whether plain words (:func:`~bounceparse.formats.languages.plain`) are those of a failure or a delay."""
    return signs.NOTICE.search(words) is not None or signs.DELAY.search(words) is not None


def has_words(notice: Notice) -> bool:
    """Tell whether a notice has the words of a failure or a delay."""
    said = notice.text if notice.text.strip() else notice.returned  # a bounce forwarded without a word of one's own
    return speaks_of_delivery(languages.plain(said[:8000]))


def is_concrete(notice: Notice) -> bool:
    """Tell a notice about one mail from a warning to a user: it names an address or a code, or returns the mail."""
    text = notice.text[:MAX_LOOK]
    return notice.original is not None or "@" in text or notice.is_tagged or has_reply_code(text)


def quotes_refusal(notice: Notice) -> bool:
    """Tell whether a notice in a language we do not read quotes a refusal and names an address."""
    text = notice.text[:MAX_LOOK]
    return "@" in text and has_refusal(text)


def is_about_refusal(notice: Notice) -> bool:
    """Tell a notice that returns the mail, or names who failed on a line of his own or beside the code."""
    if notice.original is not None:
        return True
    text = notice.text[:MAX_LOOK]
    if "@" not in text:
        return False
    if has_code(text):
        return True
    passages = read_passages(text)
    return bool(passages) and passages[0].sureness is Sureness.OWN_LINE


def bears_fields(message: Message, notice: Notice) -> bool:
    """Tell whether the fields of a status report stand in the text or in an attachment (RFC 3464 section 2)."""
    return rfc3464.has_plain_fields(notice.text) or rfc3464.attached_fields(message) is not None


def speaks_of_chance_alone(notice: Notice) -> bool:
    """Tell words about what would be ("if a message cannot be delivered"), with no code beside them."""
    text = notice.text[:MAX_LOOK]
    if has_code(text):
        return False
    return not speaks_of_delivery(languages.plain(without_promise(text)))


def is_about_delivery(notice: Notice) -> bool:
    """Tell a machine's mail about an address or a refusal from one that only names whom to ask."""
    text = notice.text[:MAX_LOOK]
    if "@" in text and has_code(text):
        return True
    passages = read_passages(text)
    return bool(passages) and passages[0].sureness <= Sureness.LEADS_LINE


def names_one(text: str) -> bool:
    """Tell whether a text says of an address that it failed, by more than a mention."""
    passages = read_passages(text)
    return bool(passages) and passages[0].sureness <= Sureness.COMMAND


def begins_as_notice(text: str) -> bool:
    """Tell whether the first paragraph says what happened, or that a machine says it; people say something else."""
    first = languages.plain(text[:MAX_LOOK]).strip().partition("\n\n")[0]
    return speaks_of_delivery(first) or _AUTOMATIC.is_in(first)
