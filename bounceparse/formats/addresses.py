"""Mail addresses in reports: found in text, unwrapped from address types, decoded from VERP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

# RFC 5321 section 4.1.2 as servers print it: dot-atom or quoted local part, domain or literal.
# Local parts may hold UTF-8 (RFC 6531). Bounded, so that a long run of letters costs linear time.
_LOCAL = r"(?:\"(?:[^\"\\\n]|\\.){1,64}\"|[^\s\"<>()\[\]:;,@\\|、。，：；（）＜＞「」『』【】《》！？“”„«»‹›]{1,128})"
_LABEL = r"[^\W_](?:[\w\-]{0,61}[^\W_])?"
_DOMAIN = rf"(?:\[[0-9A-Fa-f.:IPvx]{{3,45}}\]|{_LABEL}(?:\.{_LABEL}){{0,20}})"
ADDRESS = re.compile(rf"(?<![^\s\"<>()\[\]:;,'=|/`*“”„«»‘’、。，：；（）＜＞「」『』【】《》！？]){_LOCAL}@{_DOMAIN}")
_LONGEST_LOCAL = 140  # characters; see _LOCAL, its quotes and escapes counted
_LOCAL_BACKWARDS = re.compile(r"[^\s\"<>()\[\]:;,@\\|、。，：；（）＜＞「」『』【】《》！？“”„«»‹›]*")
_WHOLE = re.compile(rf"{_LOCAL}@{_DOMAIN}")
# Measured: each letter costs four times as much where a pattern is told to take large and small ones alike.
_USUAL_TYPED = re.compile(r"[Rr][Ff][Cc]822; ?([A-Za-z0-9._=\-]{1,128}@[A-Za-z0-9.\-]{1,255}[A-Za-z])")
_USUAL_TYPED_BEYOND_ASCII = re.compile(_USUAL_TYPED.pattern, re.IGNORECASE)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UNITEXT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_VERP = re.compile(r"^(.+)=((?:[\w\-]+\.)+[\w\-]{2,})$")
_SIGNATURE = re.compile(r"\+[a-z0-9]{1,16}\.[a-z0-9]{1,5}\.[a-z2-7]{12}$", re.IGNORECASE)  # see bounceparse.proof.verp
_VERP_OF_SYMPA = re.compile(r"^bounce\+(.+)==a==((?:[\w\-]+\.)+[\w\-]{2,})==")
# Chinese, Japanese and Korean write no space between a word and an address: "無法寄到anna@example.com。"
_EAST = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_EAST_BEFORE = re.compile(rf"{_EAST}+(?=[A-Za-z0-9])")
_EAST_AFTER = re.compile(rf"(?<=[A-Za-z0-9]){_EAST}+$")
# What senders put before the user: SendGrid's "1234567-ab12-", Mailgun's "0a1b2c.3d4e-", a job's number
_TAG_BY_PLUS = re.compile(r"^(?:\d{3,}-[0-9a-f]{4}-|[0-9a-f]{6}\.[0-9a-f]{1,10}-|(?:\d+\+)+)(?=.)")
_TAG_BY_DASH = re.compile(
    r"^(?:.*?-)?(?:bounces?|returns?|owner|sentto|errors?|verp)-(?:(?:\d+|[0-9a-f]{8,})-)*(?=.)",
    re.IGNORECASE,
)
_FOREIGN = ("x-notes", "notes", "x400", "x-x400", "x500", "ex", "x-ex")
_PLAIN_LOCAL = "'`*.,;:!?"


def is_address(text: str | None) -> bool:
    """Tell whether the whole text is one address."""
    return bool(text) and _WHOLE.fullmatch(text or "") is not None


def clean(address: str) -> str | None:
    """Return the address without brackets, quotes and punctuation around it; None if nothing is left."""
    address = address.strip().strip("<>").strip()
    if not address.startswith('"'):
        address = address.strip(_PLAIN_LOCAL)
        if address.lower().startswith(("mailto:", "smtp:", "rfc822:", "smtp=")):
            address = address[address.index("=" if address[4] == "=" else ":") + 1 :]
    return address or None


def addresses_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each address in running text with where it begins and ends.

    East Asian words that touch an address of ASCII letters belong to the sentence, not to it.
    """
    end = 0
    # Measured: the pattern tries each word of a text; led to the next "@" it costs a fifth, to where the plain word
    # before that begins a twentieth.
    while (at := text.find("@", end)) >= 0:
        before = text[max(end, at - _LONGEST_LOCAL) : at]
        if '"' not in before:
            before = before[len(before) - _LOCAL_BACKWARDS.match(before[::-1]).end() :]  # type: ignore[union-attr]
        match = ADDRESS.search(text, at - len(before))
        if match is None:
            return
        found, start = match.group(), match.start()
        end = beyond = match.end()
        if not found.isascii():
            tail = _EAST_AFTER.search(found)
            beyond = start + tail.start() if tail else beyond
            lead = _EAST_BEFORE.match(found)
            if lead and text[beyond - 1 : beyond].isascii() and text[start - 1 : start] != "<":
                start += lead.end()
            found = text[start:beyond]
        address = clean(found)
        if address and "@" in address[1:]:
            yield address, start, beyond


def find_addresses(text: str) -> list[str]:
    """Return the addresses in the text, in order, each once."""
    return list(_found(text)) if "@" in text else []


@lru_cache(maxsize=1024)  # measured: the same field is asked for four times while a message is read
def _found(text: str) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for address, _, _ in addresses_in(text):
        found.setdefault(address.casefold(), address)
    return tuple(found.values())


def typed_address(value: str | None) -> str | None:
    """Return the address of a ``rfc822; user@host`` field (RFC 3464 section 2.1.2, RFC 6533 section 3).

    xtext (RFC 3461 section 4) and the Unicode escapes of RFC 6533 are decoded.
    """
    if not value:
        return None
    # Measured: a tenth of the cost of the steps below.
    usual = (_USUAL_TYPED if value.isascii() else _USUAL_TYPED_BEYOND_ASCII).fullmatch(value)
    if usual:
        return usual.group(1)
    kind, separator, address = value.partition(";")
    if not separator:
        kind, address = "", value
    address = address.strip()
    kind = kind.strip().lower()
    if "+" in address and ("@" not in address or (kind == "utf-8" and "+5C" in address)):
        address = _XTEXT.sub(lambda match: chr(int(match.group(1), 16)), address)
    if kind == "utf-8":
        address = _UNITEXT.sub(_code_point, address)
    start = address.rfind("<")
    if start >= 0 and address.endswith(">"):
        address = address[start:]
    found = clean(address.strip("\"'") if not address.startswith('"') else address)
    if not found or found.lower() in ("undisclosed", "unknown", "undisclosed-recipients"):
        return None
    if "@" in found:
        match = _WHOLE.search(found)
        if match and match.group() != found and kind.startswith(_FOREIGN):
            return None  # "X-Notes; CN=Anna Muster/O=Example@Example" is a name in a directory
        return match.group() if match else found
    return found


def _code_point(match: re.Match[str]) -> str:
    number = int(match.group(1), 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else match.group()


def xtext(value: str) -> str:
    """Decode xtext (RFC 3461 section 4): ``+3D`` for ``=``."""
    return _XTEXT.sub(lambda match: chr(int(match.group(1), 16)), value) if "+" in value else value


def _tagged_user(sent: str) -> str | None:
    """Return the user behind the sender's own part: after the first "+" (Mailman), else after a known tag and "-".

    Where neither stands, only a single "-" tells the two apart; among several nothing is guessed.
    """
    own, plus, user = sent.partition("+")
    if plus:
        return _TAG_BY_PLUS.sub("", user) if own else None
    tag = _TAG_BY_DASH.match(sent)
    if tag:
        return sent[tag.end() :]
    own, _, user = sent.partition("-")
    return user if own and user and "-" not in user else None


def verp_recipient(address: str | None) -> str | None:
    """Return the recipient that a variable envelope return path names, or None.

    ``list-bounces+user=example.net@list.example`` was sent to ``user@example.net``. BATV
    (``prvs=``) and SRS addresses name no recipient of ours and give None.
    """
    if not address or "=" not in address:
        return None
    local = address.rpartition("@")[0]
    lower = local.lower()
    if lower.startswith(("prvs=", "srs0", "srs1", "btv1==", "msprvs1=")):
        return None
    match = _VERP_OF_SYMPA.search(local) or _VERP.search(_SIGNATURE.sub("", local))
    if not match:
        return None
    sent, domain = match.groups()
    user = sent if match.re is _VERP_OF_SYMPA else _tagged_user(sent)
    if not user:
        return None
    decoded = unquote(f"{user}@{domain}") if "%" in user else f"{user}@{domain}"
    return decoded if is_address(decoded) else None
