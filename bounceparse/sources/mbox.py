"""Byte ranges of a mailbox, so that several workers can share one file.

A range owns the messages whose separator line begins in it; the one that begins the file belongs to the range that
begins at 0. However a file is cut, its ranges give one after another what one reader gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePath
from typing import Protocol

from bounceparse.sources.files import is_mailbox, read_path
from bounceparse.sources.names import Form, form, printable
from bounceparse.sources.raw import RawMessage
from bounceparse.sources.splitter import REACH, shape, split
from bounceparse.sources.streams import BLOCK, HEAD, compression, fill, first_ask, open_file


def split_ranges(path: str, jobs: int) -> list[tuple[int, int]]:
    """Cut a file into at most ``jobs`` byte ranges ``(start, end)`` of about one size, for :func:`read_range`.

    A file that cannot be read from its middle (compressed, a single message) is one range. Raises OSError.
    """
    with open_file(path) as handle:
        size = handle.seek(0, 2)
        handle.seek(0)
        head = fill(handle.read, b"", HEAD)
    if compression(head) is not None or not is_mailbox(head, form(PurePath(path).name)):
        jobs = 1
    jobs = max(1, min(jobs, size))
    bounds = [size * part // jobs for part in range(jobs + 1)]
    return list(pairwise(bounds))


def read_range(path: str, start: int, end: int, *, source: str | None = None) -> Iterator[RawMessage]:
    """Yield the messages that the byte range owns, their ``position`` counted from 0 within the range.

    A message's number in the mailbox is its position plus the number of messages in all ranges before. ``source`` is
    the name to give them (usual: the path). A file that is one range (see :func:`split_ranges`) is read whole
    by the range that begins at 0. Raises FileNotFoundError where the file is gone.
    """
    if end <= start:
        return
    source = printable(path) if source is None else source
    by_name = form(PurePath(path).name)
    with open_file(path) as handle:
        found = range_of(handle, by_name, start, end, source, first_ask(handle))
        if found is not None:
            yield from found
            return
    if start == 0:
        yield from read_path(path, source, by_name)


class Seekable(Protocol):
    """A file of bytes open for reading: on the disk, or an object in a store."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


def range_of(
    handle: Seekable, by_name: Form, start: int, end: int, source: str, first: int = BLOCK
) -> Iterator[RawMessage] | None:
    """Return the messages that a byte range of an open file owns, or None where it has no ranges (see above)."""
    try:
        head = fill(handle.read, b"", HEAD)
    except OSError:
        return None  # whoever reads it whole says why
    if compression(head) is not None or not is_mailbox(head, by_name):
        return None
    form_of_all = shape(head)
    # Context to judge the first line by, and what a Content-Length before it may cover. A file's begin is
    # read as such: its first separator is believed more readily.
    behind = start - (REACH if form_of_all.lengths else 0) - HEAD
    behind = behind if behind > 2 * HEAD else 0
    handle.seek(behind)
    block = fill(handle.read, handle.read(first), HEAD)
    return split(handle.read, block, source, form_of_all, offset=behind, start=start, end=end)
