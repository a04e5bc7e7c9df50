"""The vocabulary: the Bounce record, its closed sets of words, and the errors.

Every room of the house may import this module; it imports none of them. The words are those of
RFC 5321 (replies), RFC 3463 (enhanced status codes), RFC 3464 (delivery status notifications),
RFC 3834 (automatic replies), RFC 5965 (complaints) and RFC 8098 (disposition notifications).

The tree of exceptions::

    BounceparseError            anything this package raises on purpose
    ├── UsageError              wrong arguments or options            (exit status 2)
    │   └── ConfigurationError  a configuration or rule file is wrong (exit status 2)
    ├── SourceError             a mailbox cannot be opened or read    (exit status 2)
    └── InterruptedRun          stopped before the end, safe to rerun (exit status 3)

Bad mail is never an exception: it becomes a record of kind ``unreadable``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class BounceparseError(Exception):
    """Base of all errors this package raises on purpose; its text is one line for people."""

    exit_status = 2


class UsageError(BounceparseError):
    """Wrong arguments or options."""


class ConfigurationError(UsageError):
    """A configuration file or a rule file is wrong."""


class SourceError(BounceparseError):
    """A mailbox cannot be opened or read at all."""


class InterruptedRun(BounceparseError):  # noqa: N818 - a stop that is safe to repeat, not a fault
    """The run stopped before its end (disk full, database gone); running again is safe."""

    exit_status = 3


class Kind(StrEnum):
    """What a message is."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"  # RFC 3464 actions delivered, relayed and expanded
    AUTO_REPLY = "auto_reply"  # RFC 3834
    COMPLAINT = "complaint"  # RFC 5965
    DISPOSITION = "disposition"  # RFC 8098
    CHALLENGE = "challenge"  # asks the sender to confirm
    NOT_BOUNCE = "not_bounce"
    UNREADABLE = "unreadable"


class Severity(StrEnum):
    """Temporary or permanent, by the first digit (RFC 5321 section 4.2.1)."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"


class Reason(StrEnum):
    """Why the mail was refused."""

    USER_UNKNOWN = "user_unknown"
    MAILBOX_DISABLED = "mailbox_disabled"
    MAILBOX_MOVED = "mailbox_moved"
    RECIPIENT_SYNTAX = "recipient_syntax"
    DOMAIN_UNKNOWN = "domain_unknown"
    DOMAIN_NOT_ACCEPTING = "domain_not_accepting"
    MAILBOX_FULL = "mailbox_full"
    HOST_UNREACHABLE = "host_unreachable"
    SYSTEM_ERROR = "system_error"
    SYSTEM_FULL = "system_full"
    GREYLISTED = "greylisted"
    RATE_LIMITED = "rate_limited"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    DELIVERY_EXPIRED = "delivery_expired"
    SENDER_REPUTATION = "sender_reputation"
    AUTH_FAILURE = "auth_failure"
    RDNS_OR_HELO = "rdns_or_helo"
    TLS_REQUIRED = "tls_required"
    SENDER_REJECTED = "sender_rejected"
    SPAM_DETECTED = "spam_detected"
    VIRUS_DETECTED = "virus_detected"
    CONTENT_REJECTED = "content_rejected"
    MESSAGE_TOO_BIG = "message_too_big"
    PROTOCOL_OR_SYNTAX_ERROR = "protocol_or_syntax_error"
    RELAY_DENIED = "relay_denied"
    MAIL_LOOP = "mail_loop"
    POLICY = "policy"
    FILTERED = "filtered"
    SUPPRESSED = "suppressed"
    OTHER = "other"


class Decision(StrEnum):
    """What to do with the recipient, on one event's evidence alone."""

    REMOVE = "remove"
    RETRY = "retry"
    FIX_SENDER = "fix_sender"
    REVIEW = "review"
    IGNORE = "ignore"


class Reply(NamedTuple):
    """One SMTP reply as the server that refused wrote it (RFC 5321 section 4.2).

    ``code`` is the three-digit reply code or None where no server gave one; ``enhanced`` the
    enhanced status code (RFC 3463) or None; ``text`` the words, continuation lines joined.
    """

    code: int | None
    enhanced: str | None
    text: str


class Verdict(NamedTuple):
    """Why a reply was given: the reason, the rule that says so and the words it rests on.

    ``clear`` tells clear words from weak evidence (a code alone, a generic text). ``decision`` is
    set only where a rule departs from the reason's usual decision.
    """

    reason: Reason | None
    rule: str
    evidence: str
    clear: bool = True
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """What ``classify`` answers about one bare SMTP reply. ``retry_after`` is in seconds."""

    reply_code: int | None
    enhanced_status: str | None
    reply_text: str | None
    severity: Severity | None
    reason: Reason | None
    decision: Decision
    rule: str | None
    evidence: str | None
    retry_after: int | None
    blocklist: str | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """One record per (message, recipient); missing values are None, never an empty string.

    ``recipient`` is the address as the sender used it; ``final_recipient`` the address that
    refused, where forwarding or an alias made it differ. Times are ISO 8601 with offset.
    """

    source: str | None
    position: int
    event_id: str
    kind: Kind
    recipient: str | None = None
    final_recipient: str | None = None
    reply_code: int | None = None
    enhanced_status: str | None = None
    reply_text: str | None = None
    severity: Severity | None = None
    reason: Reason | None = None
    decision: Decision = Decision.IGNORE
    rule: str | None = None
    evidence: str | None = None
    command: str | None = None
    format: str | None = None
    reporting_mta: str | None = None
    remote_mta: str | None = None
    message_id: str | None = None
    arrived_at: str | None = None
    original_message_id: str | None = None
    original_subject: str | None = None
    original_from: str | None = None
    original_date: str | None = None
    list_id: str | None = None
    envelope_id: str | None = None
