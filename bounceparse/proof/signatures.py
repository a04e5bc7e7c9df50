"""DKIM and ARC (RFC 6376, RFC 8617) through dkimpy: of the returned original by us, of the report by its reporter.

dkimpy is imported only where a domain is configured; the DNS function is handed in, so that tests and
air-gapped machines decide what is asked.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from bounceparse.mime.message import Message
from bounceparse.record import ConfigurationError

DnsFunction = Callable[..., Any]
"""Takes the name of a TXT record (bytes, with a final dot) and ``timeout``; returns its text or None."""

_MAX_SIZE = 2_000_000
_MAX_SIGNATURES = 5
_ADDRESS = re.compile(r"[^\s<>\",;:()]+@[^\s<>\",;:()]+")
_silent = logging.getLogger("bounceparse.dkim")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


def _dkim() -> Any:
    try:
        import dkim
    except ImportError:
        raise ConfigurationError(
            "DKIM proofs need dkimpy: install it with `pip install 'bounceparse[proof]'`"
        ) from None
    return dkim


def returned_originals(message: Message) -> list[bytes]:
    """Return the whole messages that a report carries (headers alone cannot be verified)."""
    return [
        leaf.decoded()
        for leaf in message.leaves
        if leaf.content_type in ("message/rfc822", "message/global") and len(leaf.body) <= _MAX_SIZE
    ]


def signers(data: bytes, dns: DnsFunction | None) -> list[tuple[str, frozenset[str]]]:
    """Return domain and signed header fields (in lower case) of every DKIM signature that verifies."""
    dkim = _dkim()
    found = []
    options = {} if dns is None else {"dnsfunc": dns}
    try:
        checker = dkim.DKIM(data, logger=_silent)
        count = sum(name.lower() == b"dkim-signature" for name, _ in checker.headers)
    except Exception:  # dkimpy raises many kinds on damaged mail; damage is no proof
        return []
    for number in range(min(count, _MAX_SIGNATURES)):
        try:
            if checker.verify(number, **options):
                fields = frozenset(name.decode("ascii", "replace").lower() for name in checker.include_headers)
                found.append((checker.domain.decode("ascii", "replace").lower(), fields))
        except Exception:
            continue
    return found


def arc_sealer(data: bytes, dns: DnsFunction | None) -> str | None:
    """Return the domain of the newest seal of a valid ARC chain, or None."""
    if b"arc-seal:" not in data[:_MAX_SIZE].lower():
        return None
    dkim = _dkim()
    options = {} if dns is None else {"dnsfunc": dns}
    try:
        verdict, results, _ = dkim.ARC(data, logger=_silent).verify(**options)
    except Exception:
        return None
    if verdict != dkim.CV_Pass or not results:
        return None
    return str(results[0]["as-domain"].decode("ascii", "replace")).lower()


def addressees(data: bytes) -> set[str]:
    """Return the addresses in the To and Cc fields of a message, in lower case."""
    headers = Message(data).headers
    text = ", ".join([*headers.all(b"to"), *headers.all(b"cc")])
    return {address.casefold() for address in _ADDRESS.findall(text)}


def is_within(domain: str, owners: frozenset[str]) -> bool:
    """Say whether a domain is one of these or below one of them."""
    return any(domain == owner or domain.endswith("." + owner) for owner in owners)
