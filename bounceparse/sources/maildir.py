"""Maildirs: the folders ``new`` and ``cur``, never ``tmp``, whose mail is still being written.

A message's name changes while it stays the same message: a mail program moves it from ``new`` to ``cur`` and
appends flags (``:2,S``). So its source is named ``Maildir/UNIQUE``, without folder and flags, and messages are
sorted by that unique name, which begins with the time of delivery. Another program may be at work: a file that
has gone when its turn comes is looked for under its new name, and left out if it was deleted.
"""

# ruff: noqa: PTH110, PTH112, PTH118, PTH120
# Paths stay text, as the user wrote them: Path drops "./", and costs more per file than the reading.

from __future__ import annotations

import os
from collections.abc import Iterator

from bounceparse.sources.names import without_flags

_FOLDERS = ("new", "cur")
#: The names that a message most likely goes by after a mail program has seen it.
_COMMON_FLAGS = (":2,", ":2,S", "", ":2,RS", ":2,T", ":2,ST")


def is_maildir(path: str) -> bool:
    """Tell whether a folder is a Maildir: two of new, cur and tmp (version control drops empty folders)."""
    return sum(os.path.isdir(os.path.join(path, name)) for name in ("new", "cur", "tmp")) >= 2


def list_messages(path: str) -> Iterator[tuple[str, str]]:
    """Yield (file, unique name) of each message, sorted by unique name. Raises OSError where a folder cannot be listed.

    ``new`` is listed first: a message moved meanwhile is met twice and taken once, never missed.
    """
    found: dict[str, str] = {}
    for folder in _FOLDERS:
        try:
            with os.scandir(os.path.join(path, folder)) as entries:
                for entry in entries:
                    if not entry.name.startswith(".") and _is_file(entry):
                        found[without_flags(entry.name)] = os.path.join(folder, entry.name)
        except FileNotFoundError:
            continue
    for unique in sorted(found):
        yield os.path.join(path, found[unique]), unique


def moved_to(path: str) -> str | None:
    """Return where the message has gone that was at ``path`` (in new or cur), or None where it was deleted."""
    folder, name = os.path.split(path)
    cur = os.path.join(os.path.dirname(folder), "cur")
    unique = without_flags(name)
    for flags in _COMMON_FLAGS:
        guess = os.path.join(cur, unique + flags)
        if guess != path and os.path.exists(guess):
            return guess
    try:
        with os.scandir(cur) as entries:
            return next((entry.path for entry in entries if without_flags(entry.name) == unique), None)
    except OSError:
        return None


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
