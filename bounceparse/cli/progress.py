"""A progress line on standard error for long work: only on a terminal, and gone when the work is done."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from bounceparse.cli.common import on_terminal

if TYPE_CHECKING:
    from bounceparse.sources import RawMessage

FIRST_AFTER = 1.0  # seconds; shorter work shows nothing
EVERY = 0.2  # seconds between two drawings
SIZING_LIMIT = 0.5  # seconds spent on adding up file sizes; past it the line has counts and no share
COMPRESSED = (".gz", ".bz2", ".xz")


class Progress:
    """Counts messages and bytes as they are read, and names each new source when asked to.

    Use as a context manager; give ``on_message`` to the reader.
    """

    def __init__(self, sources: Sequence[str], *, shown: bool, verbose: bool = False) -> None:
        self._shown = shown and on_terminal(sys.stderr)
        self._verbose = verbose
        self._total = total_bytes(sources) if self._shown else None
        self._messages = self._bytes = 0
        self._source: str | None = None
        self._started = time.monotonic()
        self._next = self._started + FIRST_AFTER

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def on_message(self, raw: RawMessage) -> None:
        """Count one message."""
        self._messages += 1
        self._bytes += len(raw.data)
        if self._verbose and raw.source != self._source:
            self._name(raw.source)
        if self._shown and not self._messages & 63:
            self._draw()

    def on_share(self, source: str, messages: int, size: int) -> None:
        """Count some messages that another process has read."""
        self._messages += messages
        self._bytes += size
        if self._verbose and source != self._source:
            self._name(source)
        if self._shown:
            self._draw()

    def _name(self, source: str) -> None:
        self._source = source
        self._clear()
        sys.stderr.write(f"reading {source}\n".encode("utf-8", "replace").decode())

    def _draw(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY
            sys.stderr.write("\r\x1b[K" + self._line(now))
            sys.stderr.flush()

    def _line(self, now: float) -> str:
        rate = self._messages / (now - self._started)
        line = f"{self._messages:,} messages, {rate:,.0f} a second"
        if not self._total:
            return line
        share = min(self._bytes / self._total, 1.0)
        done = round(20 * share)
        left = (now - self._started) * (1 - share) / share if share else 0
        return f"[{'#' * done}{'.' * (20 - done)}] {100 * share:3.0f} %  {line}, {left:,.0f} s left"

    def _clear(self) -> None:
        if self._shown and self._next > self._started + FIRST_AFTER:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def total_bytes(sources: Sequence[str]) -> int | None:
    """Return the size of all sources in bytes, or None where that is unknown (a pipe, compression) or slow to find."""
    deadline = time.monotonic() + SIZING_LIMIT
    total = 0
    for source in sources:
        path = Path(source)
        files = [path] if path.is_file() else (Path(top) / name for top, _, names in os.walk(path) for name in names)
        for file in files:
            if file.suffix in COMPRESSED or time.monotonic() > deadline:
                return None
            try:
                total += file.stat().st_size
            except OSError:  # gone meanwhile
                continue
    return total or None
