"""The careful lane: for a bounce whose recipient no format could find.

``mail-parser`` decodes the whole message where our own reading of broken MIME found too little;
``flufl.bounce`` tries its detectors. Both are slow (design figures: 1,250 and 2,170 messages a
CPU-second) and both raise on some mail, so neither is on the way of what the fast lane understood, nor of what
:mod:`bounceparse.formats.nameless` can tell to name nobody.
"""

from __future__ import annotations

import email
import logging
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.message import Message

from bounceparse.formats.addresses import clean, is_address
from bounceparse.formats.nameless import KNOWN_FAILURES, detects_nobody, read_plain
from bounceparse.formats.original import cut_original
from bounceparse.formats.prose import Passage, Sureness, read_passages
from bounceparse.formats.report import RecipientReport
from bounceparse.record import Kind

MAX_CAREFUL = 100_000  # bytes; a bounce whose first 100 kB name nobody will not name one later, and 1 MB cost 4 s


def careful_recipients(raw: bytes, kind: Kind) -> list[RecipientReport]:
    """Return what the two libraries find out about a message's recipients; nothing is an answer too."""
    raw = raw[:MAX_CAREFUL]
    plain = read_plain(raw)
    if plain is not None and not _sure_passages(plain.text) and detects_nobody(raw, plain):
        return []
    text = _decoded_text(plain.message if plain is not None else raw)
    passages = _sure_passages(text)
    if passages:
        return [RecipientReport(kind, p.alias or p.address, p.address, p.text, p.text) for p in passages]
    temporary, permanent = _detected(raw)
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


def _decoded_text(mail: bytes | Message) -> str:
    """Return the human text as mail-parser decodes it, of a message's bytes or as the email package read them."""
    import mailparser
    from mailparser.exceptions import MailParserError

    try:
        with _quiet("mailparser"):
            read = mailparser.parse_from_bytes(mail) if isinstance(mail, bytes) else mailparser.MailParser(mail)
        return "\n".join([*read.text_plain, *([] if read.text_plain else read.text_html)])
    except (MailParserError, *KNOWN_FAILURES):
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


def _detected(raw: bytes) -> tuple[list[str], list[str]]:
    """Return the (temporary, permanent) addresses that flufl.bounce's detectors name, in order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependencies deprecate names at import
        from flufl.bounce import all_failures
    try:
        with _quiet("flufl.bounce"):
            temporary, permanent = all_failures(email.message_from_bytes(raw))
    except KNOWN_FAILURES:
        return [], []
    return _texts(temporary), _texts(permanent)


def _texts(addresses: Iterable[bytes]) -> list[str]:
    found = {clean(address.decode("utf-8", "replace")) for address in addresses}
    return sorted(address for address in found if address and is_address(address))
