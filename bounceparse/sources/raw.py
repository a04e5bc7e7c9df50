"""What every source hands on: the bytes of one message and where they came from."""

from __future__ import annotations

from dataclasses import dataclass

#: A longer message is cut here, so that one file cannot fill the memory (a film saved as "mail", a
#: decompression bomb). Large providers stop at 25-50 MB, and a report stands in front of the mail it returns.
MAX_MESSAGE = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RawMessage:
    """The bytes of one message, undecoded, without the mbox separator line.

    ``source`` is the file as the user would name it (``folder/sub/file.eml``, ``-`` for standard
    input; for a Maildir see :mod:`bounceparse.sources.maildir`). ``position`` is the message's 0-based
    number within that file. ``problem`` is None, or one plain line that says why the message could
    not be read whole; ``data`` then holds what could be read. Line ends are those of the file.
    """

    source: str
    position: int
    data: bytes
    problem: str | None = None
