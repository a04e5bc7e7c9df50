"""Where mail comes from: ``.eml`` files, mbox files, Maildirs, folders of these, standard input; compressed or not.

    for message in read_sources(["bounces.mbox", "Maildir/", "-"]):
        message.source, message.position, message.data, message.problem

:func:`read_sources` does it all in one pass. For several workers: :func:`find_files` lists the files,
:func:`read_file` reads one, :func:`mbox.split_ranges` and :func:`mbox.read_range` share out a large mailbox.
"""

# ruff: noqa: PTH112, PTH119, PTH120
# Paths stay text, as the user wrote them: Path drops "./", and costs more per file than the reading.

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import BinaryIO

from bounceparse.record import SourceError
from bounceparse.sources import folder, maildir
from bounceparse.sources.files import SourceFile, is_mailbox, read_path, read_stream
from bounceparse.sources.mbox import read_range, split_ranges
from bounceparse.sources.names import form
from bounceparse.sources.raw import MAX_MESSAGE, RawMessage
from bounceparse.sources.streams import HEAD, DamagedError, compression, decompressing, fill, open_file

__all__ = [
    "MAX_MESSAGE",
    "RawMessage",
    "SourceFile",
    "SourceKind",
    "describe",
    "detect",
    "find_files",
    "read_file",
    "read_range",
    "read_sources",
    "split_ranges",
]


class SourceKind(StrEnum):
    """What a source is."""

    MESSAGE = "message"
    MBOX = "mbox"
    MAILDIR = "maildir"
    FOLDER = "folder"
    STDIN = "stdin"
    UNREADABLE = "unreadable"


_PHRASES = {
    SourceKind.MESSAGE: "one message",
    SourceKind.MBOX: "a mailbox in mbox form",
    SourceKind.MAILDIR: "a Maildir",
    SourceKind.FOLDER: "a folder",
    SourceKind.STDIN: "standard input",
    SourceKind.UNREADABLE: "not readable",
}


def find_files(paths: Iterable[str]) -> Iterator[SourceFile]:
    """Return the files to read for these sources, in the order given, folders walked in sorted order.

    Raises :class:`~bounceparse.record.SourceError` at once where a path doesn't exist, and on the way where a
    folder holds no mail.
    """
    return folder.find_files((paths,) if isinstance(paths, str) else tuple(map(os.fspath, paths)))


def read_file(file: SourceFile, *, stdin: BinaryIO | None = None) -> Iterator[RawMessage]:
    """Yield the messages of one file that :func:`find_files` named; none where it has gone meanwhile."""
    if file.problem is not None:
        yield RawMessage(file.source, 0, b"", file.problem)
    elif file.path == folder.STDIN:
        yield from read_stream((stdin or sys.stdin.buffer).read, file.source)
    else:
        try:
            yield from read_path(file.path, file.source, file.form)
        except FileNotFoundError:
            moved = (
                maildir.moved_to(file.path) if os.path.basename(os.path.dirname(file.path)) in ("new", "cur") else None
            )
            if moved is not None:
                yield from _read_moved(moved, file)


def read_sources(paths: Iterable[str], *, stdin: BinaryIO | None = None) -> Iterator[RawMessage]:
    """Return the messages of these sources, one after another; memory doesn't grow with their size.

    A path is an ``.eml`` file, an mbox file, a Maildir, a folder of such files, or ``-`` for ``stdin`` (default: the
    standard input). What cannot be read becomes a message with a ``problem``, and the rest goes on.

    Raises :class:`~bounceparse.record.SourceError`: at once where a path doesn't exist; on the way where a folder holds
    no mail; at the end where none of the named paths could be read at all.
    """
    paths = (paths,) if isinstance(paths, str) else tuple(map(os.fspath, paths))
    return _read(paths, folder.find_files(paths), stdin)


def detect(path: str) -> SourceKind:
    """Tell what a source is by looking at it. Raises SourceError where it doesn't exist."""
    return _look(path)[0]


def describe(path: str) -> str:
    """Say what a source is, in a few words for people: "a mailbox in mbox form, gzip-compressed"."""
    kind, packed = _look(path)
    return _PHRASES[kind] + (f", {packed}-compressed" if packed else "")


def _read(paths: tuple[str, ...], files: Iterator[SourceFile], stdin: BinaryIO | None) -> Iterator[RawMessage]:
    # Troubles with named paths are held back until something could be read: if nothing can, they are one error.
    named = set(paths)
    held: list[RawMessage] = []
    readable = False
    for file in files:
        refused = False
        for message in read_file(file, stdin=stdin):
            refused = message.problem is not None and not message.data and file.path in named and not readable
            if refused:
                held.append(message)
                continue
            readable = True
            if held:
                yield from held
                held.clear()
            yield message
        readable = readable or not refused
    if held and not readable:
        raise SourceError("; ".join(f"{message.source}: {message.problem}" for message in held[:3]))
    yield from held


def _read_moved(path: str, file: SourceFile) -> Iterator[RawMessage]:
    try:
        yield from read_path(path, file.source, file.form)
    except FileNotFoundError:
        return


def _look(path: str) -> tuple[SourceKind, str | None]:
    if path == folder.STDIN:
        return SourceKind.STDIN, None
    folder.check(path)
    if os.path.isdir(path):
        return (SourceKind.MAILDIR if maildir.is_maildir(path) else SourceKind.FOLDER), None
    try:
        with open_file(path) as handle:
            first = fill(handle.read, b"", HEAD)
            _, head = decompressing(handle.read, first)
    except (OSError, DamagedError):
        return SourceKind.UNREADABLE, None
    kind = SourceKind.MBOX if is_mailbox(head, form(os.path.basename(path))) else SourceKind.MESSAGE
    return kind, compression(first)
