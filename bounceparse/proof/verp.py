"""Addresses and header fields that only we can make: VERP with an HMAC, BATV, and a signed header.

VERP (variable envelope return paths, D. J. Bernstein 1997) writes the recipient into the envelope sender; ours adds
a tag, so that nobody can make one up for somebody else::

    bounces+jane=example.org+k1.4xz.q3v7k2m5n4a2@news.example.com
            recipient        key.day.tag

The tag is the first 60 bits of HMAC-SHA-256 over purpose, key name, day and recipient in base 32, which survives
systems that change letter case. BATV (draft-levine-smtp-batv-01) tags the envelope sender alone; it shows that the
bounce answers some recent mail of ours, not whose.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bounceparse.proof.settings import Key
from bounceparse.record import UsageError

DAY = 86_400
BATV_DAYS = 7
"""How long a BATV tag is valid (the draft's section 4)."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TAG_LENGTH = 12
_VERP = re.compile(
    rb"(?<![\w.+=-])[\w.-]{1,64}\+([\w.!#$%&'*/?^`{|}~=+-]{1,250})=([\w.-]{1,250})\+([a-z0-9]{1,16})\.([a-z0-9]{1,5})\."
    rb"([a-z2-7]{12})@[\w.-]{1,250}",
    re.IGNORECASE,
)
_BATV = re.compile(
    rb"(?<![\w.+=-])prvs=(\d)(\d{3})([0-9a-f]{6})=([\w.!#$%&'*/?^`{|}~+=-]{1,250}@[\w.-]{1,250})", re.IGNORECASE
)
_SEARCHED = 262_144
"""Bytes of a message that are searched for tags."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag that was checked: whose it is (None for BATV, which doesn't say), and the name of the key."""

    recipient: str | None
    key: str


def _tag(key: Key, purpose: str, day: int, subject: str) -> str:
    message = "\0".join((purpose, key.name, str(day), subject.casefold())).encode()
    digest = hmac.new(key.secret, message, hashlib.sha256).digest()
    return base64.b32encode(digest)[:_TAG_LENGTH].decode().lower()


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits


def make_verp(recipient: str, sender: str, key: Key, now: int) -> str:
    """Return the envelope sender for mail to ``recipient``: ``sender`` with the recipient and the tag in it.

    The local part of a long address exceeds the 64 octets that RFC 5321 section 4.5.3.1.1 promises; nearly all
    servers take it, but nothing says they must.
    """
    local, at, domain = recipient.strip().rpartition("@")
    own_local, own_at, own_domain = sender.strip().rpartition("@")
    if not (local and at and domain and own_local and own_at and own_domain):
        raise UsageError(f"give addresses like jane@example.org: {recipient if not (local and domain) else sender}")
    day = now // DAY
    tag = _tag(key, "verp", day, f"{local}@{domain}")
    return f"{own_local}+{local}={domain}+{key.name}.{_base36(day)}.{tag}@{own_domain}"


def find_verp(data: bytes, keys: Sequence[Key], now: int, max_age_days: int) -> Iterator[Tagged]:
    """Yield the valid tags of ours among all addresses in these bytes."""
    if b"+" not in data or not keys:
        return
    by_name = {key.name.casefold(): key for key in keys}
    for match in _VERP.finditer(_unfolded(data)):
        local, domain, name, day_text, tag = (part.decode("ascii", "replace") for part in match.groups())
        key = by_name.get(name.casefold())
        day = int(day_text, 36)
        # A day ahead is allowed for: clocks and time zones differ.
        if key is None or not -1 <= now // DAY - day <= max_age_days:
            continue
        if hmac.compare_digest(_tag(key, "verp", day, f"{local}@{domain}"), tag.lower()):
            yield Tagged(f"{local}@{domain}", key.name)


def make_batv(sender: str, key: Key, now: int) -> str:
    """Return the envelope sender with a BATV tag, valid for seven days. The key's name must be one digit."""
    if not (len(key.name) == 1 and key.name.isdigit()):
        raise UsageError(f"a BATV key is named by one digit, not {key.name!r}")
    day = (now // DAY + BATV_DAYS) % 1000
    return f"prvs={key.name}{day:03}{_batv_hash(key, day, sender)}={sender}"


def _batv_hash(key: Key, day: int, sender: str) -> str:
    # The draft's section 5.1: the first three bytes of HMAC-SHA-1 over K, DDD and the original address.
    message = f"{key.name}{day:03}{sender}".encode()
    return hmac.new(key.secret, message, hashlib.sha1).digest()[:3].hex()


def find_batv(data: bytes, keys: Sequence[Key], now: int) -> Iterator[Tagged]:
    """Yield the valid BATV tags of ours among all addresses in these bytes."""
    if not keys or b"prvs=" not in data.lower():
        return
    by_name = {key.name: key for key in keys}
    for match in _BATV.finditer(_unfolded(data)):
        name, day_text, digest, sender = (part.decode("ascii", "replace") for part in match.groups())
        key = by_name.get(name)
        left = (int(day_text) - now // DAY) % 1000
        if key is None or left > BATV_DAYS:
            continue
        if hmac.compare_digest(_batv_hash(key, int(day_text), sender), digest.lower()):
            yield Tagged(None, key.name)


def make_header(recipient: str, message_id: str, key: Key, now: int) -> str:
    """Return the value of our header field for mail to ``recipient`` with this Message-ID."""
    day = now // DAY
    return f"{key.name}.{_base36(day)}.{_tag(key, 'header', day, _header_subject(recipient, message_id))}"


def find_header(
    data: bytes, name: str, recipient: str, message_id: str, keys: Sequence[Key], now: int, max_age_days: int
) -> Iterator[Tagged]:
    """Yield the valid header signatures of ours for this recipient and Message-ID."""
    pattern = rb"^[ \t>]*%s:\s*([a-z0-9]{1,16})\.([a-z0-9]{1,5})\.([a-z2-7]{12})\b" % re.escape(name.encode())
    by_name = {key.name.casefold(): key for key in keys}
    for match in re.finditer(pattern, data[:_SEARCHED], re.IGNORECASE | re.MULTILINE):
        key_name, day_text, tag = (part.decode() for part in match.groups())
        key = by_name.get(key_name.casefold())
        day = int(day_text, 36)
        if key is None or not -1 <= now // DAY - day <= max_age_days:
            continue
        if hmac.compare_digest(_tag(key, "header", day, _header_subject(recipient, message_id)), tag.lower()):
            yield Tagged(recipient, key.name)


def _header_subject(recipient: str, message_id: str) -> str:
    return f"{recipient.strip()} {message_id.strip().strip('<>')}"


def _unfolded(data: bytes) -> bytes:
    """Return the searched part of the bytes with folded lines joined (RFC 5322 section 2.2.3)."""
    return re.sub(rb"\r?\n[ \t]+", b"", data[:_SEARCHED])
