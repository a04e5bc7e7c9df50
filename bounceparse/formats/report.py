"""What a format hands on: the report as it stands in the message, before its replies are read.

Named tuples, as all that is made once a message or more: they take a third of the time of frozen dataclasses.
"""

from __future__ import annotations

from typing import NamedTuple

from bounceparse.mime.headers import Headers
from bounceparse.record import Kind


class RecipientReport(NamedTuple):
    """What a report says about one recipient.

    ``diagnostic`` is the field or passage in which the refusing server's reply stands, with its
    line breaks; ``narrative`` the human text about this recipient, looked at where the diagnostic
    holds no reply or only its first line. ``status`` is the report's own Status field; ``temporary``
    tells that the report says so in a word of its own.
    """

    kind: Kind
    recipient: str | None = None
    final_recipient: str | None = None
    diagnostic: str = ""
    narrative: str = ""
    status: str | None = None
    remote_mta: str | None = None
    temporary: bool = False


class Report(NamedTuple):
    """One message as a format read it: who wrote it, about whom, and the returned original."""

    format: str
    kind: Kind
    recipients: tuple[RecipientReport, ...] = ()
    reporting_mta: str | None = None
    envelope_id: str | None = None
    original: Headers | None = None
