"""Is this bounce about mail that we sent? Each way of knowing is tried, the cheap ones first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bounceparse.mime.message import Message
from bounceparse.proof.sentlog import SentLog, open_log
from bounceparse.proof.settings import ProofSettings
from bounceparse.proof.signatures import DnsFunction, addressees, arc_sealer, is_within, returned_originals, signers
from bounceparse.proof.verp import find_batv, find_header, find_verp
from bounceparse.record import Bounce


class ProofKind(StrEnum):
    """What shows that the bounce is genuine."""

    VERP = "verp"
    BATV = "batv"
    HEADER = "header"
    SENT_LOG = "sent_log"
    DKIM = "dkim"
    REPORTER = "reporter"
    ARC = "arc"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found: the kind, and the key, id or domain that it rests on."""

    kind: ProofKind
    detail: str = ""

    def __bool__(self) -> bool:
        return self.kind is not ProofKind.NONE


NO_PROOF = Proof(ProofKind.NONE)


class Prover:
    """The forgery guard with its logs open; use it in a ``with`` block. ``dns`` replaces dkimpy's own look-ups."""

    def __init__(self, settings: ProofSettings, *, dns: DnsFunction | None = None, log: SentLog | None = None) -> None:
        self._settings = settings
        self._dns = dns
        self._log = log or (open_log(settings.sent_log) if settings.sent_log else None)

    def __enter__(self) -> Prover:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the logs."""
        if self._log is not None:
            self._log.close()

    def prove(self, raw: bytes, bounce: Bounce, now: int) -> Proof:
        """Return the first proof that ``raw`` answers mail of ours to the bounce's recipient."""
        if bounce.recipient is None or not self._settings.configured:
            return NO_PROOF
        theirs = {address.strip().casefold() for address in (bounce.recipient, bounce.final_recipient) if address}
        return (
            self._by_tag(raw, bounce, theirs, now)
            or self._by_log(bounce, theirs)
            or self._by_original(raw, theirs)
            or self._by_reporter(raw)
            or NO_PROOF
        )

    def _by_tag(self, raw: bytes, bounce: Bounce, theirs: set[str], now: int) -> Proof | None:
        settings = self._settings
        for tagged in find_verp(raw, settings.keys, now, settings.max_age_days):
            if tagged.recipient is not None and tagged.recipient.casefold() in theirs:
                return Proof(ProofKind.VERP, tagged.key)
        if settings.keys and bounce.original_message_id:
            for recipient in sorted(theirs):
                subject = (settings.header, recipient, bounce.original_message_id)
                for tagged in find_header(raw, *subject, settings.keys, now, settings.max_age_days):
                    return Proof(ProofKind.HEADER, tagged.key)
        for tagged in find_batv(raw, settings.batv_keys, now):
            return Proof(ProofKind.BATV, tagged.key)
        return None

    def _by_log(self, bounce: Bounce, theirs: set[str]) -> Proof | None:
        if self._log is None:
            return None
        for identifier in (bounce.original_message_id, bounce.envelope_id):
            if not identifier:
                continue
            recipients = self._log.recipients(identifier)
            if recipients is None:
                continue
            if recipients & theirs or (not recipients and self._settings.any_recipient):
                return Proof(ProofKind.SENT_LOG, identifier)
        return None

    def _by_original(self, raw: bytes, theirs: set[str]) -> Proof | None:
        """Our own DKIM signature on the returned original, with the recipient in a To field that it covers."""
        if not self._settings.domains or b"dkim-signature" not in raw.lower():
            return None
        for original in returned_originals(Message(raw)):
            tied = self._settings.any_recipient or bool(addressees(original) & theirs)
            if not tied:
                continue
            for domain, fields in signers(original, self._dns):
                if is_within(domain, self._settings.domains) and (self._settings.any_recipient or "to" in fields):
                    return Proof(ProofKind.DKIM, domain)
        return None

    def _by_reporter(self, raw: bytes) -> Proof | None:
        """A report signed by a reporter that the configuration says to believe."""
        believed = self._settings.reporters
        if not believed:
            return None
        if b"dkim-signature" in raw.lower():
            for domain, _ in signers(raw, self._dns):
                if is_within(domain, believed):
                    return Proof(ProofKind.REPORTER, domain)
        sealer = arc_sealer(raw, self._dns)
        return Proof(ProofKind.ARC, sealer) if sealer and is_within(sealer, believed) else None


def prove(raw: bytes, bounce: Bounce, settings: ProofSettings, *, now: int, dns: DnsFunction | None = None) -> Proof:
    """Return the proof for one bounce; ``Prover`` does the same for many without opening the logs anew."""
    with Prover(settings, dns=dns) as prover:
        return prover.prove(raw, bounce, now)
