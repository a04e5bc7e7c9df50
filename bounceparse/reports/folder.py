"""Files that appear in their folder whole or not at all.

Each file is written under a hidden name beside its final one, flushed to the disk and renamed;
a rename within a folder is atomic (POSIX ``rename``). A run that dies before leaves the files of
the run before as they were.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from bounceparse.record import InterruptedRun, UsageError


class OutputFolder:
    """Stages files and publishes them together; leaving the ``with`` block unpublished discards them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._staged: list[tuple[BinaryIO, Path, Path]] = []

    def __enter__(self) -> OutputFolder:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError, FileNotFoundError) as error:
            raise UsageError(f"cannot make the folder {self.path}: {error.strerror}; choose another --out") from None
        except OSError as error:  # read-only, full: nothing was done yet, and it can be mended
            raise InterruptedRun(f"cannot make the folder {self.path}: {error.strerror}; nothing was done") from None
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise InterruptedRun(
                f"cannot write to the folder {self.path}: read-only or permission denied; nothing was done"
            )
        return self

    def stage(self, name: str) -> BinaryIO:
        """Return a stream for the file that ``publish`` will put at this name; the folder closes it."""
        final = self.path / name
        part = final.with_name(f".{final.name}.{os.getpid()}.part")
        final.parent.mkdir(parents=True, exist_ok=True)
        stream = part.open("wb", buffering=1 << 18)
        self._staged.append((stream, part, final))
        return stream

    def keep(self, name: str, data: bytes) -> None:
        """Stage a small file with this content, without holding it open until the end."""
        stream = self.stage(name)
        stream.write(data)
        _sync(stream)

    def publish(self) -> None:
        """Put every staged file in its place, in the order of staging, after all of them are on the disk."""
        for stream, _, _ in self._staged:
            if not stream.closed:
                _sync(stream)
        for _, part, final in self._staged:
            part.replace(final)
        for folder in {final.parent for _, _, final in self._staged}:
            _sync_folder(folder)
        self._staged.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream, part, _ in self._staged:
            with suppress(OSError):  # on a full disk the flush of what is thrown away fails again
                stream.close()
            part.unlink(missing_ok=True)
        self._staged.clear()


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())
    stream.close()


def _sync_folder(folder: Path) -> None:
    """Flush the folder itself, so that a rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
