"""One file or stream to its messages: unpacked if compressed, split if a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO

from bounceparse.sources.names import Form
from bounceparse.sources.raw import MAX_MESSAGE, RawMessage
from bounceparse.sources.separator import first_separator
from bounceparse.sources.splitter import shape, split
from bounceparse.sources.streams import (
    BLOCK,
    HEAD,
    DamagedError,
    Read,
    archive,
    decompressing,
    fill,
    first_ask,
    open_file,
    why,
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: where it is, how the user would name it, what its name says it holds.

    ``problem`` is set for what cannot be read at all, such as a folder without permission. Small
    and picklable, so that a list of them can be a worker's share.
    """

    path: str
    source: str
    form: Form = Form.ANY
    problem: str | None = None


def read_path(path: str, source: str, form: Form) -> Iterator[RawMessage]:
    """Yield the messages of a file. Raises FileNotFoundError where it is gone; other troubles are a ``problem``."""
    try:
        handle: FileIO = open_file(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        yield RawMessage(source, 0, b"", f"cannot be read: {why(error)}")
        return
    with handle:
        yield from read_stream(handle.read, source, form, first_ask(handle))


def read_stream(read: Read, source: str, form: Form = Form.ANY, first: int = BLOCK) -> Iterator[RawMessage]:
    """Yield the messages of a stream of bytes, asking for ``first`` bytes at the beginning.

    An empty file holds one empty message if it is a message by its name, else none: mailboxes are emptied daily.
    """
    try:
        read, head = begin(read, first)
    except DamagedError as error:
        yield RawMessage(source, 0, b"", str(error))
        return
    if is_mailbox(head, form):
        yield from split(read, head, source, shape(head))
    elif form is Form.MESSAGE or not is_blank(head):
        yield _single(read, head, source)


def begin(read: Read, first: int = BLOCK) -> tuple[Read, bytes]:
    """Return the reader of the content and its first bytes, enough to tell what it is. Raises :class:`DamagedError`."""
    try:
        read, head = decompressing(read, fill(read, read(first), HEAD))
    except OSError as error:
        raise DamagedError(f"cannot be read: {why(error)}") from error
    if kind := archive(head):
        raise DamagedError(f"is a {kind} archive: unpack it and name the folder that it makes")
    return read, head


def is_blank(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes holds nothing but blank space."""
    return len(head) < HEAD and not head.strip()


def is_mailbox(head: bytes, form: Form) -> bool:
    """Tell whether a file that begins with these bytes and has a name of this form is a mailbox in mbox form."""
    if form is Form.MESSAGE or is_blank(head):
        return False
    return form is Form.MAILBOX or first_separator(head[:HEAD]) is not None


def _single(read: Read, head: bytes, source: str) -> RawMessage:
    """Read the one message of a file, without an mbox separator line above it."""
    pieces, have, problem = [head], len(head), None
    try:
        while have < MAX_MESSAGE and (piece := read(BLOCK)):
            pieces.append(piece)
            have += len(piece)
    except DamagedError as error:
        problem = str(error)
    except OSError as error:
        problem = f"cannot be read on: {why(error)}"
    data = b"".join(pieces)[:MAX_MESSAGE]
    if b"From " in data[:256] and (found := first_separator(data[:HEAD])):
        data = data[found[1] :]
    return RawMessage(source, 0, data, problem)
