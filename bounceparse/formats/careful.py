"""The careful lane: for a bounce whose recipient no format could find.

``mail-parser`` decodes the whole message where our own reading of broken MIME found too little;
``flufl.bounce`` tries its detectors. Both are slow (design figures: 1,250 and 2,170 messages a
CPU-second) and both raise on some mail, so neither is on the way of what the fast lane understood.
"""

from __future__ import annotations

import email
import email.errors
import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.message import Message

from bounceparse.formats.addresses import clean, is_address
from bounceparse.formats.original import cut_original
from bounceparse.formats.prose import Passage, Sureness, read_passages
from bounceparse.formats.report import RecipientReport
from bounceparse.record import Kind

MAX_CAREFUL = 100_000  # bytes; a bounce whose first 100 kB name nobody will not name one later, and 1 MB cost 4 s

# What the two libraries raise on damaged mail, as measured: mail-parser 4.8 AttributeError on a multipart
# with no epilogue, flufl.bounce IndexError on empty mail and RecursionError on nesting of 1,000.
_KNOWN_FAILURES = (
    email.errors.MessageError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    LookupError,
    RecursionError,
    AssertionError,
)


def careful_recipients(raw: bytes, kind: Kind) -> list[RecipientReport]:
    """Return what the two libraries find out about a message's recipients; nothing is an answer too."""
    try:
        message = email.message_from_bytes(raw[:MAX_CAREFUL])  # once, for both: a fifth of what they cost
    except _KNOWN_FAILURES:
        return []
    text = _decoded_text(message)
    passages = _sure_passages(text)
    if passages:
        return [RecipientReport(kind, p.alias or p.address, p.address, p.text, p.text) for p in passages]
    temporary, permanent = _detected(message)
    found = [RecipientReport(kind, address, address, text, text) for address in permanent]
    return found + [
        RecipientReport(Kind.DELAYED, address, address, text, text) for address in temporary if address not in permanent
    ]


def _sure_passages(text: str) -> list[Passage]:
    """Return the passages of a message's text, where they are about somebody by more than a mention."""
    if "@" not in text:
        return []
    passages = read_passages(cut_original(text)[0])
    return passages if passages and passages[0].sureness <= Sureness.COMMAND else []


def _decoded_text(message: Message) -> str:
    """Return the human text as mail-parser decodes it."""
    import mailparser
    from mailparser.exceptions import MailParserError

    try:
        with _quiet("mailparser"):
            mail = mailparser.MailParser(message)
        return "\n".join([*mail.text_plain, *([] if mail.text_plain else mail.text_html)])
    except (MailParserError, *_KNOWN_FAILURES):
        return ""


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library's log silent: what it cannot decode or detect is no news here."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _detected(message: Message) -> tuple[list[str], list[str]]:
    """Return the (temporary, permanent) addresses that flufl.bounce's detectors name, in order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies deprecate names at import
        from flufl.bounce import all_failures
    try:
        with _quiet("flufl.bounce"):
            temporary, permanent = all_failures(message)
    except _KNOWN_FAILURES:
        return [], []
    return _texts(temporary), _texts(permanent)


def _texts(addresses: Iterable[bytes]) -> list[str]:
    found = {clean(address.decode("utf-8", "replace")) for address in addresses}
    return sorted(address for address in found if address and is_address(address))
