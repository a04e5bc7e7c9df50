"""Folders to the files that may hold mail, in sorted order, without falling into loops or waiting on a pipe."""

# ruff: noqa: PTH112, PTH116, PTH118, PTH119
# Paths stay text, as the user wrote them: Path drops "./", and costs more per file than the reading.

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from bounceparse.record import SourceError
from bounceparse.sources import maildir
from bounceparse.sources.files import SourceFile, begin
from bounceparse.sources.names import Form, form, printable, reads_like_mail, speaks_against_mail
from bounceparse.sources.streams import DamagedError, open_file, why

STDIN = "-"


def find_files(paths: tuple[str, ...]) -> Iterator[SourceFile]:
    """Yield the files to read for these sources, in the order given, folders walked in sorted order.

    Raises SourceError at once where a path doesn't exist, before anything is read; and on the way where a folder
    holds no mail. An empty Maildir or mailbox is no error: they are emptied daily.
    """
    for path in paths:
        check(path)
    return _find(paths)


def check(path: str) -> None:
    """Raise SourceError where there is nothing to read at this path."""
    if path == STDIN:
        return
    if not path:
        raise SourceError("no such file or folder: '' (an empty name)")
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        raise SourceError(f"no such file or folder: {printable(path)}") from None
    except PermissionError:
        return  # told when it is read: the other sources may be readable
    except (OSError, ValueError) as error:
        text = why(error) if isinstance(error, OSError) else str(error)
        raise SourceError(f"cannot read {printable(path)}: {text}") from None
    if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
        raise SourceError(f"neither a file nor a folder: {printable(path)}")


def _find(paths: tuple[str, ...]) -> Iterator[SourceFile]:
    for path in paths:
        if path != STDIN and os.path.isdir(path):
            files = _walk(path, set())
            first = next(files, None)
            if first is not None:
                yield first
                yield from files
            elif not maildir.is_maildir(path):
                raise SourceError(f"no mail found in {printable(path)}: expected .eml files, mbox files or a Maildir")
        else:
            yield SourceFile(path, printable(path), form(os.path.basename(path)))


def _walk(folder: str, seen: set[tuple[int, int]]) -> Iterator[SourceFile]:
    """Yield the files of a folder and those below it. Each folder is walked once, by whatever links it is reached."""
    try:
        status = os.stat(folder)
        key = (status.st_dev, status.st_ino)
        if key in seen:
            return
        seen.add(key)
        is_maildir = maildir.is_maildir(folder)
        if is_maildir:
            for path, unique in maildir.list_messages(folder):
                yield SourceFile(path, printable(os.path.join(folder, unique)), Form.MESSAGE)
        with os.scandir(folder) as entries:
            children = sorted((entry.name, _kind(entry)) for entry in entries)
    except FileNotFoundError:
        return
    except OSError as error:
        yield SourceFile(folder, printable(folder), problem=f"the folder cannot be listed: {why(error)}")
        return
    for name, kind in children:
        path = os.path.join(folder, name)
        if kind == "folder":
            # In a Maildir++ the subfolders are Maildirs named with a dot: Maildir/.Bounces/cur.
            if (is_maildir and name in ("new", "cur", "tmp")) or (
                name.startswith(".") and not (is_maildir and maildir.is_maildir(path))
            ):
                continue
            yield from _walk(path, seen)
        elif kind == "file" and not is_maildir and not name.startswith(".") and _may_be_mail(path, name):
            yield SourceFile(path, printable(path), form(name))


def _kind(entry: os.DirEntry[str]) -> str:
    """Tell files and folders from what must not be opened: pipes, sockets, devices, links that lead nowhere."""
    try:
        return "folder" if entry.is_dir() else "file" if entry.is_file() else "other"
    except OSError:
        return "other"


def _may_be_mail(path: str, name: str) -> bool:
    if not speaks_against_mail(name):
        return True
    try:
        with open_file(path) as handle:
            _, head = begin(handle.read, 2048)
            return reads_like_mail(head)
    except (OSError, DamagedError):
        return False
