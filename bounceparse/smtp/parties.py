"""Who a reply speaks of: the recipient by his bare name, the sender by his address.

The rules know words, not people. A reply that says "jo unknown" of jo@example.com is about the
recipient, and one that says "anna@example.org is not a registered user" in answer to Anna's own mail is
about the sender; both are told to the rules in words that they know.
"""

from __future__ import annotations

import re

from bounceparse.formats.addresses import find_addresses
from bounceparse.mime.headers import Headers
from bounceparse.record import Reply

# Local parts that are words of replies too: what stands for the address cannot be told from the word.
_COMMON = frozenset({
    "abuse", "account", "address", "admin", "contact", "domain", "for", "from", "help", "host", "info", "local", "mail",
    "mailbox", "not", "office", "policy", "postmaster", "recipient", "root", "sales", "sender", "server", "service",
    "spam", "support", "test", "the", "user", "users", "virus",
})  # fmt: skip


def with_parties(reply: Reply, recipient: str | None, to: str | None, original: Headers | None) -> Reply:
    """Return the reply with the recipient's bare name written as his address, the sender's address as a word.

    The sender is who the bounce came back to: its To field, or the original's Return-Path.
    """
    address, written = recipient or "", reply.text
    lower = written.lower()
    local = address.partition("@")[0].lower()
    text = _with_recipient(written, address, local) if local in lower and f"{local}@" not in lower else written
    if "@" in text and not (text.count("@") == 1 and address and address.lower() in text.lower()):
        text = _with_sender(text, address.lower(), to, original)
    return reply if text is written else Reply(reply.code, reply.enhanced, text)


def _with_sender(text: str, recipient: str, to: str | None, original: Headers | None) -> str:
    fields = [to, original.text(b"return-path") if original else None]
    for sender in {address.lower() for field in fields if field for address in find_addresses(field)[:2]}:
        if sender != recipient and sender in text.lower():
            text = re.sub(rf"<?{re.escape(sender)}>?", "sender", text, flags=re.IGNORECASE)
    return text


def _with_recipient(text: str, address: str, local: str) -> str:
    if len(local) < 3 or local in _COMMON or not local.isascii():
        return text
    named = re.compile(rf"(?<![\w.@-]){re.escape(local)}(?![\w@-]|\.\w)", re.IGNORECASE)
    return named.sub(lambda _: address, text, count=3)
