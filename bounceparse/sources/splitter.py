"""Mailboxes in mbox form, in one pass, a block at a time; and byte ranges of them for several workers.

The variants (RFC 4155 names none of them as the standard) and what is done about each:

- *mboxo* quotes a body line "From " as ">From ", *mboxrd* also ">From " as ">>From ". They cannot be told apart, so one
  ">" is taken off every line of ">"s and "From ". That is right for mboxrd, and for mboxo unless the mail itself
  had a line that begins with ">From "; leaving them would be wrong for every quoted line of both.
- *mboxcl2* quotes nothing and trusts Content-Length; *mboxcl* has both. The field is often wrong, so it is
  believed only where its length lands on a separator or on the file's end, within :data:`REACH`. Where it covers
  a line that would have split the message, the writer quoted nothing and nothing is unquoted.
- LF, CRLF and CR line ends; which lines separate is told in :mod:`bounceparse.sources.separator`.

Two properties make byte ranges exact: whether a line separates depends on the bytes around it alone, and what
Content-Length covers is the sum over *all* candidate lines of the last :data:`REACH` bytes, believed or not. So a
worker that begins anywhere finds what a reader from the start would have found.

The file is not locked: mail that arrives meanwhile is read or left for the next time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bounceparse.sources.raw import MAX_MESSAGE, RawMessage
from bounceparse.sources.separator import WINDOW, after_separator, first_separator, line_end
from bounceparse.sources.streams import BLOCK, HEAD, DamagedError, Read, why

#: How far a Content-Length is believed; also what a worker reads before its range to agree with the others.
REACH = 4 * 1024 * 1024
#: A buffer grows by its own size up to this much at a time: copying stays linear, and memory bounded.
_GROWTH = 4 * 1024 * 1024
#: Bytes of context before a separator.
_CONTEXT = 8
_QUOTE = ord(">")

_FROM = re.compile(rb"From ")  # measured: half of what find() takes, 3 µs a message
_QUOTED = re.compile(rb"(\A|[\r\n])>(>*From )")
_LENGTH = re.compile(rb"[ \t]*(\d{1,9})[ \t]*[\r\n]")
_BLANK = re.compile(rb"\n\r?\n|\r\r")


class _Input:
    """The file behind the buffer: hands on more of it, keeps what went wrong."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.ended = False
        self.problem: str | None = None

    def more(self, buf: bytes, keep: int, need: int = 0) -> bytes:
        """Return ``buf`` from ``keep`` on with more of the file, at least ``need`` bytes in all unless it ends."""
        pieces = [buf[keep:] if keep else buf]
        have = len(pieces[0])
        want = max(need, have + max(BLOCK, min(have, _GROWTH)))
        try:
            while have < want:
                piece = self._read(min(want - have, BLOCK))
                if not piece:
                    self.ended = True
                    break
                pieces.append(piece)
                have += len(piece)
                if have >= need and len(piece) < BLOCK:
                    break  # a pipe: go on with what there is
        except DamagedError as error:
            self.ended, self.problem = True, str(error)
        except OSError as error:
            self.ended, self.problem = True, f"cannot be read on: {why(error)}"
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is the same in all of a mailbox: the byte that ends a line, and whether its writer adds Content-Length."""

    newline: bytes
    lengths: bool


def shape(head: bytes) -> Shape:
    """Tell a mailbox's shape from its first :data:`HEAD` bytes.

    A writer adds Content-Length to each message or to none, so the first one answers for all: looking for the field in
    each header would cost half as much again as the splitting.
    """
    head = head[:HEAD]
    begin, _ = first_separator(head) or (0, 0)
    return Shape(line_end(head), _length(head, begin, len(head)) is not None)


def split(
    read: Read, buf: bytes, source: str, form: Shape, *, offset: int = 0, start: int = 0, end: int | None = None
) -> Iterator[RawMessage]:
    """Yield the messages of the mailbox that ``read`` goes on reading after ``buf``.

    ``buf`` begins at byte ``offset`` of the file; only messages whose separator begins at ``start`` or
    later and before ``end`` are yielded, numbered from 0. Where the input breaks off, the message
    under way carries the problem.
    """
    newline, line_feed = form.newline, form.newline[0]
    rest = _Input(read)
    body = -1  # where the message under way begins; -1: it is not ours
    last = -1  # where the latest candidate line begins whose Content-Length is still to be looked at
    reach = 0  # up to here, counted from the file's begin, a Content-Length covers
    head: bytes | None = None  # the kept part of a message over MAX_MESSAGE
    quoted, bare = False, False  # a ">From " was seen in it; a "From " line that must have been quoted was not
    position = seek = 0
    if offset == 0:
        begin, after = first_separator(buf[:HEAD]) or (0, 0)
        last, seek, body = begin if form.lengths else -1, max(after - 1, 0), after if start == 0 else -1
    while True:
        # One search finds the separators and the quoted lines: each further pass over the bytes costs as much again.
        found = _FROM.search(buf, seek)
        at = found.start() if found is not None else -1
        if not rest.ended and (at < 0 or len(buf) - at < WINDOW):
            seek = at if at >= 0 else max(seek, len(buf) - 4)
            if body >= 0 and head is None and len(buf) - body > MAX_MESSAGE:
                head = buf[body : body + MAX_MESSAGE]
            if last >= 0 and len(buf) - last > REACH:
                last = -1
            keep = max(seek - _CONTEXT, 0)
            if body >= 0 and head is None:
                keep = min(keep, body)
            if last >= 0:
                keep = min(keep, last)
            buf = rest.more(buf, keep)
            offset, seek = offset + keep, seek - keep
            if body >= 0:
                body = body - keep if head is None else 0
            if last >= 0:
                last -= keep
            continue
        if at < 0:
            break
        before = buf[at - 1] if at else 0
        if before != line_feed or (after := after_separator(buf, at, newline)) < 0:
            quoted = quoted or before == _QUOTE
            seek = at + 5
            continue
        if form.lengths:
            if last >= 0 and (target := _claimed(buf, last, at)) > at:
                if not rest.ended and len(buf) < target + WINDOW:
                    buf, seek = rest.more(buf, 0, target + WINDOW), at
                    continue
                if (landing := _landing(buf, target, newline)) > at:
                    reach = max(reach, offset + landing)
            last = at
        seek = after - 1
        if offset + at < reach:
            bare = True
            continue
        if body >= 0:
            data = buf[body : _text_end(buf, body, at, newline)] if head is None else head
            if quoted and not bare:
                data = _QUOTED.sub(rb"\1\2", data)
            yield RawMessage(source, position, data)
            position += 1
        if end is not None and offset + at >= end:
            return
        body, head, quoted, bare = (after if offset + at >= start else -1), None, False, False
    if body >= 0:
        data = buf[body : _text_end(buf, body, len(buf), newline)] if head is None else head
        if quoted and not bare:
            data = _QUOTED.sub(rb"\1\2", data)
        yield RawMessage(source, position, data, rest.problem)


def _text_end(buf: bytes, body: int, at: int, newline: bytes) -> int:
    """Return where the text ends before a separator at ``at``: the blank line between belongs to the mailbox."""
    if buf[at - 2 : at] == newline + newline:
        at -= 1
    elif newline == b"\n" and buf[at - 3 : at] == b"\n\r\n":
        at -= 2
    return max(body, min(at, body + MAX_MESSAGE))


def _length(buf: bytes, begin: int, stop: int) -> int | None:
    """Return where the message that begins at ``begin`` ends by the Content-Length of its header, or None.

    Only the two spellings in use are known.
    """
    stop = min(stop, begin + HEAD)
    field = max(buf.find(b"\nContent-Length:", begin, stop), buf.find(b"\nContent-length:", begin, stop))
    if field < 0:
        field = buf.find(b"\rContent-Length:", begin, stop)
    value = _LENGTH.match(buf, field + 16, stop) if field >= 0 else None
    if value is None or _BLANK.search(buf, begin, field + 1):
        return None
    blank = _BLANK.search(buf, value.end() - 1, stop)
    return blank.end() + int(value[1]) if blank else None


def _claimed(buf: bytes, begin: int, stop: int) -> int:
    """Return where the message that begins at ``begin`` claims to end, -1 where it doesn't say or says too much."""
    target = _length(buf, begin, stop)
    return target if target is not None and target - begin <= REACH else -1


def _landing(buf: bytes, target: int, newline: bytes) -> int:
    """Return where the separator or the end is that a Content-Length lands on (one or two line ends further), or -1."""
    if target > len(buf):
        return -1
    at = target
    while at < len(buf) and at - target < 4 and buf[at] in b"\r\n":
        at += 1
    if at >= len(buf):
        return len(buf)
    if buf.startswith(b"From ", at) and buf[at - 1 : at] == newline and after_separator(buf, at, newline) >= 0:
        return at
    return -1
