"""What the reasons room is told about a reply beyond its words."""

from __future__ import annotations

from typing import NamedTuple

from bounceparse.record import Reply


class Context(NamedTuple):
    """A reply and the circumstances under which it was given.

    ``command`` is the SMTP command answered (``CONNECT``, ``EHLO``, ``MAIL``, ``RCPT``, ``DATA``,
    ``EOM``) or None; ``remote_host`` the name of the server that refused; ``status`` the report's own
    Status field, often generic; ``permanent`` the severity where known; ``expired`` says that the
    sending server gave up after repeated temporary failures; ``local`` that the reporting server
    itself, not a remote one, wrote the words (a connection or DNS error).
    """

    reply: Reply
    command: str | None = None
    remote_host: str | None = None
    status: str | None = None
    permanent: bool | None = None
    expired: bool = False
    local: bool = False
