"""Which part of the mail goes to which task: byte ranges of mailboxes, compressed ones whole, groups of messages.

Mail on a disk that all workers see is listed by :func:`bounceparse.sources.find_files`, mail in an object store by
fsspec, in sorted order; both are read by the same splitter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from bounceparse.record import SourceError
from bounceparse.sources import RawMessage, find_files, read_file
from bounceparse.sources.files import SourceFile, begin, is_mailbox, read_stream
from bounceparse.sources.mbox import range_of
from bounceparse.sources.names import Form, form, printable, reads_like_mail, speaks_against_mail
from bounceparse.sources.streams import HEAD, DamagedError, compression, fill, open_file

GROUP_FILES = 2_000
"""Single messages per partition at most: each costs a request to the store."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A byte range of a file, or the whole of it where ``end`` is None. ``protocol`` is None for a path on a disk."""

    protocol: str | None
    file: SourceFile
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """What one task reads, in order. ``continues`` where it begins in the middle of the file before."""

    pieces: tuple[Piece, ...]
    size: int
    continues: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    protocol: str | None
    file: SourceFile
    size: int


def partitions(urls: Sequence[str], blocksize: int | None, options: dict[str, Any]) -> list[Partition]:
    """Return the partitions of these mailboxes, in the order in which one process would read them."""
    made: list[Partition] = []
    group: list[Piece] = []
    size = 0
    limit = blocksize or 1 << 62
    for found in _files(urls, options):
        bounds = _bounds(found, blocksize, options)
        if len(bounds) > 2 or found.size > limit:
            if group:
                made.append(Partition(tuple(group), size))
                group, size = [], 0
            if len(bounds) == 2:
                made.append(Partition((Piece(found.protocol, found.file),), found.size))
            for start, end in pairwise(bounds) if len(bounds) > 2 else ():
                made.append(Partition((Piece(found.protocol, found.file, start, end),), end - start, start > 0))
            continue
        if group and (size + found.size > limit or len(group) >= GROUP_FILES):
            made.append(Partition(tuple(group), size))
            group, size = [], 0
        group.append(Piece(found.protocol, found.file))
        size += found.size
    if group:
        made.append(Partition(tuple(group), size))
    if not made:
        raise SourceError(f"no mail found in {', '.join(urls)}")
    return made


def messages(partition: Partition, options: dict[str, Any]) -> Iterator[RawMessage]:
    """Yield the messages of a partition, positions counted from 0 within each of its pieces."""
    for piece in partition.pieces:
        yield from _read(piece, options)


def _read(piece: Piece, options: dict[str, Any]) -> Iterator[RawMessage]:
    file = piece.file
    if piece.end is None and piece.protocol is None:
        yield from read_file(file)
        return
    with _open(piece.protocol, file.path, options) as handle:
        if piece.end is None:
            yield from read_stream(handle.read, file.source, file.form)
            return
        found = range_of(handle, file.form, piece.start, piece.end, file.source)
        if found is None:
            raise SourceError(f"{file.source} has changed while it was read; run again")
        yield from found


def _files(urls: Sequence[str], options: dict[str, Any]) -> Iterator[_File]:
    for url in urls:
        path = url.removeprefix("file://") if url.startswith("file://") else url
        if "://" in path:
            yield from _remote(path, options)
        else:
            yield from _local(path)


def _local(path: str) -> Iterator[_File]:
    import glob
    import os

    # A name that exists is itself, whatever characters it has.
    names = [path] if os.path.lexists(path) or not glob.has_magic(path) else sorted(glob.glob(path))  # noqa: PTH207
    if not names:
        raise SourceError(f"no such file or folder: {printable(path)}")
    for file in find_files(names):
        try:
            size = os.stat(file.path).st_size  # noqa: PTH116
        except OSError:
            size = 0
        yield _File(None, file, size)


def _remote(url: str, options: dict[str, Any]) -> Iterator[_File]:
    import fsspec

    protocol = url.partition("://")[0]
    try:
        store, path = fsspec.core.url_to_fs(url, **options)
        if "*" in path or "?" in path or "[" in path:
            found = store.glob(path, detail=True)
            named = True
        else:
            found = store.find(path, detail=True)
            named = list(found) == [path]
    except (OSError, ValueError, ImportError) as error:
        raise SourceError(f"cannot list {url}: {' '.join(str(error).split())}") from None
    sizes = {name: entry["size"] or 0 for name, entry in found.items() if entry["type"] == "file"}
    for name in sorted(sizes):
        own = PurePosixPath(name).name
        if named or not (own.startswith(".") or _is_no_mail(protocol, name, own, options)):
            yield _File(protocol, SourceFile(name, f"{protocol}://{name}", form(own)), sizes[name])


def _is_no_mail(protocol: str, path: str, name: str, options: dict[str, Any]) -> bool:
    """Tell whether both the name of an object and its first bytes speak against mail, as for a file in a folder."""
    if not speaks_against_mail(name):
        return False
    with _open(protocol, path, options) as handle:
        try:
            _, head = begin(handle.read, 2048)
        except DamagedError:
            return True
    return not reads_like_mail(head)


def _bounds(found: _File, blocksize: int | None, options: dict[str, Any]) -> list[int]:
    """Return where to cut a file: at its begin and end alone where it cannot be read from its middle."""
    file, size = found.file, found.size
    if blocksize is None or size <= blocksize or file.problem is not None or file.form is Form.MESSAGE:
        return [0, size]
    with _open(found.protocol, file.path, options) as handle:
        head = fill(handle.read, b"", HEAD)
    if compression(head) is not None or not is_mailbox(head, file.form):
        return [0, size]
    parts = -(-size // blocksize)
    return [size * part // parts for part in range(parts + 1)]


def _open(protocol: str | None, path: str, options: dict[str, Any]) -> Any:
    if protocol is None:
        return open_file(path)
    import fsspec

    store = fsspec.filesystem(protocol, **options)
    # One block ahead: ranges are read from begin to end, and a cache would only copy them once more.
    return store.open(path, "rb", block_size=4 * 1024 * 1024, cache_type="readahead")
