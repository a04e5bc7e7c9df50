"""What a worker is given: a byte range of a mailbox, a list of files, or a batch of messages.

A share is small work, some megabytes of mail, so that the results that wait for their turn stay small too. What can be
read from its middle is cut into byte ranges; what cannot (a large compressed mailbox, standard input) is unpacked and
split by the parent, which costs a tenth of what the parsing does, and handed out as batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bounceparse.sources import RawMessage, SourceFile, find_files, read_file, read_range, split_ranges
from bounceparse.sources.folder import STDIN
from bounceparse.sources.streams import HEAD, compression, open_file, why

RANGE_BYTES = 4 * 1024 * 1024
"""Bytes of a mailbox per share: some 1,000 messages, a quarter of a second of work. Each range also reads 32 kB before
its begin (4 MB where the writer adds Content-Length), so much smaller ones would cost more than they even out."""

GROUP_BYTES = 2 * 1024 * 1024
GROUP_FILES = 500
"""Bytes and number of small files per share."""

BATCH_BYTES = 512 * 1024
BATCH_MESSAGES = 200
"""Bytes and messages of a batch: the parent holds them until the batch is done."""


@dataclass(frozen=True, slots=True)
class RangeShare:
    """A byte range of an uncompressed mailbox; ``first`` where it begins the file."""

    path: str
    source: str
    start: int
    end: int
    first: bool


@dataclass(frozen=True, slots=True)
class FilesShare:
    """Whole files; ``named`` tells which of them the user named, so that one that cannot be read is an error."""

    files: tuple[SourceFile, ...]
    named: tuple[bool, ...]
    size: int


@dataclass(frozen=True, slots=True)
class BatchShare:
    """Messages that the parent has read, one after another in their file; ``first`` where they begin it."""

    messages: tuple[RawMessage, ...]
    named: bool
    first: bool


Share = RangeShare | FilesShare | BatchShare


def plan(sources: Sequence[str], *, stdin: BinaryIO | None = None) -> Iterator[Share]:
    """Return the shares of these sources, in the order in which one process would read them.

    Raises SourceError as :func:`bounceparse.sources.find_files` does: at once where a path doesn't exist.
    """
    return _plan(find_files(sources), frozenset(sources), stdin)


def _plan(files: Iterator[SourceFile], named: frozenset[str], stdin: BinaryIO | None) -> Iterator[Share]:
    group: list[SourceFile] = []
    flags: list[bool] = []
    size = 0
    for file in files:
        have = _file_size(file)
        if have <= RANGE_BYTES:
            group.append(file)
            flags.append(file.path in named)
            size += have
            if size < GROUP_BYTES and len(group) < GROUP_FILES:
                continue
        if group:
            yield FilesShare(tuple(group), tuple(flags), size)
            group, flags, size = [], [], 0
        if have > RANGE_BYTES:
            yield from _large(file, have, file.path in named, stdin)
    if group:
        yield FilesShare(tuple(group), tuple(flags), size)


def _file_size(file: SourceFile) -> int:
    """Return the size of a file; a pipe counts as large, one that cannot be looked at as empty."""
    if file.path == STDIN:
        return RANGE_BYTES + 1
    if file.problem is not None:
        return 0
    try:
        status = Path(file.path).stat()
    except OSError:
        return 0
    return status.st_size if Path(file.path).is_file() else RANGE_BYTES + 1


def _large(file: SourceFile, size: int, named: bool, stdin: BinaryIO | None) -> Iterator[Share]:
    ranges: list[tuple[int, int]] = []
    if file.path != STDIN and Path(file.path).is_file():
        try:
            ranges = split_ranges(file.path, -(-size // RANGE_BYTES))
        except OSError:
            ranges = []
    if len(ranges) > 1:
        for start, end in ranges:
            yield RangeShare(file.path, file.source, start, end, start == 0)
    elif ranges and not _is_compressed(file.path):  # one large message
        yield FilesShare((file,), (named,), size)
    else:
        yield from batches(read_file(file, stdin=stdin), named)


def _is_compressed(path: str) -> bool:
    try:
        with open_file(path) as handle:
            return compression(handle.read(HEAD)) is not None
    except OSError:
        return False


def batches(messages: Iterable[RawMessage], named: bool, *, first: bool = True) -> Iterator[BatchShare]:
    """Yield the messages of one file in batches."""
    batch: list[RawMessage] = []
    size = 0
    for message in messages:
        batch.append(message)
        size += len(message.data)
        if size >= BATCH_BYTES or len(batch) >= BATCH_MESSAGES:
            yield BatchShare(tuple(batch), named, first)
            batch, size, first = [], 0, False
    if batch:
        yield BatchShare(tuple(batch), named, first)


def narrow(share: Share) -> list[Share]:
    """Return smaller shares with the same messages; none where the share is one message already."""
    if isinstance(share, RangeShare):
        return list(batches(_read(share), False, first=share.first))
    if isinstance(share, FilesShare):
        return [
            batch
            for file, named in zip(share.files, share.named, strict=True)
            for batch in batches(read_file(file), named)
        ]
    half = len(share.messages) // 2
    if not half:
        return []
    return [
        BatchShare(share.messages[:half], share.named, share.first),
        BatchShare(share.messages[half:], share.named, False),
    ]


def messages_of(share: Share) -> Iterator[tuple[RawMessage, bool]]:
    """Yield the messages of a share, each with whether it stands for a named file of which nothing could be read.

    Positions count from 0 within a range or a batch, and within each file of a list of files.
    """
    if isinstance(share, FilesShare):
        for file, named in zip(share.files, share.named, strict=True):
            for raw in read_file(file):
                yield raw, named and raw.problem is not None and not raw.data
    elif isinstance(share, RangeShare):
        for raw in _read(share):
            yield raw, False
    else:
        for position, raw in enumerate(share.messages):
            raw = RawMessage(raw.source, position, raw.data, raw.problem)
            yield raw, share.named and raw.problem is not None and not raw.data


def _read(share: RangeShare) -> Iterator[RawMessage]:
    try:
        yield from read_range(share.path, share.start, share.end, source=share.source)
    except FileNotFoundError:  # gone meanwhile: as if it had been gone before
        return
    except OSError as error:
        yield RawMessage(share.source, 0, b"", f"cannot be read: {why(error)}")
