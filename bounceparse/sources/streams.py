"""Bytes in blocks from plain and compressed files, the kind of compression told by magic bytes.

Everything is read with ``read``, nothing is mapped. Measured on a 127 MB mbox: ``bytes.find`` in blocks of
256 KiB splits 296,000 messages a second, ``mmap.find`` 246,000 (mapping a file also counts its pages
as this process's memory, and a file that another program shortens meanwhile kills the reader by SIGBUS).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from importlib import import_module
from io import FileIO
from typing import Any, Protocol

Read = Callable[[int], bytes]

BLOCK = 256 * 1024
#: What a file's kind is told from: enough for the header of its first message.
HEAD = 16 * 1024
#: Compressed bytes are fed in small slices: what a decompressor held back when it meets damage is lost.
_SLICE = 4096

_COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))
_ARCHIVES = ((b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a", "rar"))


class DamagedError(Exception):
    """A file that cannot be read on from here; its text is one line for people."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the manners of bz2's and lzma's."""

    def __init__(self) -> None:
        import zlib

        self._zlib = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.needs_input = not self._zlib.unconsumed_tail and len(out) < max_length
        return out


def compression(head: bytes) -> str | None:
    """Name the compression whose magic bytes begin ``head``: gzip, bzip2, xz, zstd or None."""
    return next((name for magic, name in _COMPRESSIONS if head.startswith(magic)), None)


def archive(head: bytes) -> str | None:
    """Name the kind of archive that ``head`` begins: zip, tar, 7z, rar or None."""
    if head[257:262] == b"ustar":
        return "tar"
    return next((name for magic, name in _ARCHIVES if head.startswith(magic)), None)


def why(error: OSError) -> str:
    """Say in a few plain words what the system refused."""
    if error.errno == errno.EACCES:
        return "permission denied"
    return (error.strerror or str(error) or type(error).__name__).lower()


def fill(read: Read, head: bytes, size: int) -> bytes:
    """Read on until ``head`` has ``size`` bytes or the input ends (a pipe gives less than asked for).

    A failure is raised only where there is nothing yet; else the next read will meet it again.
    """
    try:
        while len(head) < size and (block := read(BLOCK)):
            head += block
    except (DamagedError, OSError):
        if not head:
            raise
    return head


def decompressing(read: Read, head: bytes) -> tuple[Read, bytes]:
    """Return the reader and first block to go on with: of the content, where ``head`` is compressed.

    Raises :class:`DamagedError` where not even the first bytes can be had.
    """
    kind = compression(head)
    if kind is None:
        return read, head
    inner = _Inflating(read, head, kind).read
    return inner, fill(inner, b"", HEAD)


class _Inflating:
    """A reader of the content of a compressed stream, of one member or several after one another."""

    def __init__(self, read: Read, head: bytes, kind: str) -> None:
        self._source, self._input, self._kind = read, head, kind
        self._magic = next(magic for magic, name in _COMPRESSIONS if name == kind)
        self._new, self._errors = _codec(kind)
        self._codec: _Decompressor | None = self._new()
        self._failure: DamagedError | None = None

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end. Damage is raised after all bytes before it were given."""
        pieces: list[bytes] = []
        have = 0
        while have < size and self._codec is not None and self._failure is None:
            try:
                piece = self._step(self._codec, size - have)
            except DamagedError as error:
                self._failure = error
            except self._errors as error:
                self._failure = DamagedError(f"damaged {self._kind} file: {str(error) or type(error).__name__}")
            else:
                pieces.append(piece)
                have += len(piece)
        if self._failure is not None and not pieces:
            raise self._failure
        return b"".join(pieces)

    def _step(self, codec: _Decompressor, size: int) -> bytes:
        if codec.eof:
            self._next_member(codec.unused_data)
            return b""
        data = b""
        if codec.needs_input:
            data = self._take()
            if not data:
                raise DamagedError(f"damaged {self._kind} file: it breaks off before its end")
        return codec.decompress(data, size)

    def _take(self) -> bytes:
        if not self._input:
            self._input = self._read_source()
        data, self._input = self._input[:_SLICE], self._input[_SLICE:]
        return data

    def _read_source(self) -> bytes:
        # The codec of bzip2 raises OSError too: what the disk says must not pass for damage, nor the reverse.
        try:
            return self._source(_SLICE * 16)
        except OSError as error:
            raise DamagedError(f"cannot be read on: {why(error)}") from error

    def _next_member(self, rest: bytes) -> None:
        """Begin the next member; zeros and other padding after the last one are no damage (as in gzip(1))."""
        self._input = rest + self._input
        while len(self._input) < len(self._magic) and (block := self._read_source()):
            self._input += block
        self._codec = self._new() if self._input.startswith(self._magic) else None


def _codec(kind: str) -> tuple[Callable[[], _Decompressor], tuple[type[Exception], ...]]:
    """Return what makes a decompressor of this kind, and the errors it raises on damage."""
    if kind == "gzip":
        return _Gzip, (import_module("zlib").error,)
    if kind == "bzip2":
        return import_module("bz2").BZ2Decompressor, (OSError, EOFError)
    if kind == "xz":
        lzma: Any = import_module("lzma")
        return lzma.LZMADecompressor, (lzma.LZMAError, EOFError)
    for name in ("compression.zstd", "backports.zstd"):  # the first from Python 3.14 on, the second before it
        try:
            zstd: Any = import_module(name)
        except ImportError:
            continue
        return zstd.ZstdDecompressor, (zstd.ZstdError, EOFError)
    raise DamagedError("compressed with zstd: install backports.zstd to read it, or unpack it first")


def open_file(path: str) -> FileIO:
    """Open a file for reading, without a buffer of its own."""
    return FileIO(path)


def first_ask(handle: FileIO) -> int:
    """Return how many bytes to ask for first: a full block costs more than reading a small file."""
    size = os.fstat(handle.fileno()).st_size
    return min(size + 1, BLOCK) if size else BLOCK
