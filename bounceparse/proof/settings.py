"""What the proofs are made and checked with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Key:
    """A secret and its name. Tags carry the name, so that keys can be rotated: the first signs, all are accepted."""

    name: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentLogSettings:
    """Where the sender writes down what it sent: a CSV file, or a database with a query.

    The query takes one parameter, the Message-ID (without angle brackets) or the envelope id, and returns the
    recipients, one a row; a log that doesn't tell recipients returns empty ones.
    """

    csv: Path | None = None
    sqlite: Path | None = None
    url: str | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class ProofSettings:
    """All settings of the forgery guard; what is not set is not tried. Ages are in days.

    ``header`` names the header field of our own signature. ``domains`` are ours, by DKIM of the returned original;
    ``reporters`` those whose DKIM signature (or, as the newest ARC sealer, whose seal) on the report is believed.
    ``any_recipient`` accepts a Message-ID or a DKIM signature that isn't tied to the recipient: whoever got the mail
    could then prove a forged bounce of another recipient.
    """

    keys: tuple[Key, ...] = ()
    batv_keys: tuple[Key, ...] = ()
    max_age_days: int = 60
    header: str = "X-Bounce-Proof"
    sent_log: SentLogSettings | None = None
    domains: frozenset[str] = frozenset()
    reporters: frozenset[str] = frozenset()
    any_recipient: bool = False

    @property
    def configured(self) -> bool:
        """Say whether there is anything to prove with."""
        return bool(self.keys or self.batv_keys or self.sent_log or self.domains or self.reporters)
