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

from bounceparse.sources.raw import MAX_MESSAGE, RawMessage
from bounceparse.sources.separator import WINDOW, after_separator, first_separator
from bounceparse.sources.streams import BLOCK, HEAD, DamagedError, Read, why

#: How far a Content-Length is believed; also what a worker reads before its range to agree with the others.
REACH = 4 * 1024 * 1024
#: The longest header that is searched for a Content-Length.
_HEADER = 16 * 1024
#: A buffer grows by its own size up to this much at a time: copying stays linear, and memory bounded.
_GROWTH = 4 * 1024 * 1024
#: Bytes of context before a separator.
_CONTEXT = 8

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


def split(
    read: Read,
    buf: bytes,
    source: str,
    *,
    offset: int = 0,
    start: int = 0,
    end: int | None = None,
    newline: bytes = b"\n",
) -> Iterator[RawMessage]:
    """Yield the messages of the mailbox that ``read`` goes on reading after ``buf``.

    ``buf`` begins at byte ``offset`` of the file; only messages whose separator begins at ``start`` or
    later and before ``end`` are yielded, numbered from 0. Where the input breaks off, the message
    under way carries the problem.
    """
    needle = newline + b"From "
    source_input = _Input(read)
    body = last = -1  # where the message under way begins (-1: not ours); where the latest candidate line began
    head: bytes | None = None  # the kept part of a message over MAX_MESSAGE
    reach = 0  # absolute: up to here a Content-Length covers
    quoted, position, seek = True, 0, 0
    if offset == 0:
        last, after = first_separator(buf[:HEAD]) or (0, 0)
        seek = max(after - 1, 0)
        body = after if start == 0 else -1
    while True:
        hit = buf.find(needle, seek)
        if not source_input.ended and (hit < 0 or len(buf) - hit < WINDOW):
            seek = hit if hit >= 0 else max(seek, len(buf) - len(needle) + 1)
            if body >= 0 and head is None and len(buf) - body > MAX_MESSAGE:
                head = buf[body : body + MAX_MESSAGE]
            if last >= 0 and len(buf) - last > REACH:
                last = -1
            keep = max(seek - _CONTEXT, 0)
            if body >= 0 and head is None:
                keep = min(keep, body)
            if last >= 0:
                keep = min(keep, last)
            buf = source_input.more(buf, keep)
            offset, seek = offset + keep, seek - keep
            body, last = (
                (body - keep if body >= 0 and head is None else min(body, 0)),
                (last - keep if last >= 0 else -1),
            )
            continue
        if hit < 0:
            break
        at = hit + 1
        after = after_separator(buf, at, newline)
        if after < 0:
            seek = at
            continue
        if last >= 0 and (target := _claimed(buf, last, at)) > at:
            if not source_input.ended and len(buf) < target + WINDOW:
                buf, seek = source_input.more(buf, 0, target + WINDOW), hit
                continue
            if (landing := _landing(buf, target, newline)) > at:
                reach = max(reach, offset + landing)
        last, seek = at, after - 1
        if offset + at < reach:
            quoted = False
            continue
        if body >= 0:
            yield RawMessage(source, position, _text(buf, body, at, newline, head, quoted))
            position += 1
        if end is not None and offset + at >= end:
            return
        body, head, quoted = (after if offset + at >= start else -1), None, True
    if body >= 0:
        data = _text(buf, body, len(buf), newline, head, quoted)
        yield RawMessage(source, position, data, source_input.problem)


def _text(buf: bytes, body: int, at: int, newline: bytes, head: bytes | None, quoted: bool) -> bytes:
    """Return the message that ends at ``at``, or its kept ``head``, without the quoting of "From " lines."""
    data = buf[body : min(_text_end(buf, body, at, newline), body + MAX_MESSAGE)] if head is None else head
    return _QUOTED.sub(rb"\1\2", data) if quoted and b">From " in data else data


def _text_end(buf: bytes, body: int, at: int, newline: bytes) -> int:
    """Return where the text ends before a separator at ``at``: the blank line between belongs to the mailbox."""
    if newline == b"\n" and buf[max(at - 3, 0) : at] == b"\n\r\n":
        return max(at - 2, body)
    return max(at - 1, body) if buf[max(at - 2, 0) : at] == newline * 2 else at


def _claimed(buf: bytes, begin: int, stop: int) -> int:
    """Return where the message that begins at ``begin`` ends by its Content-Length; -1 where it doesn't say.

    Only the header is believed, and only the two spellings in use: looking for any case costs 13 times as much.
    """
    stop = min(stop, begin + _HEADER)
    at = buf.find(b"ontent-Length:", begin, stop)
    if at < 0:
        at = buf.find(b"ontent-length:", begin, stop)
        if at < 0:
            return -1
    value = _LENGTH.match(buf, at + 14, stop)
    if value is None or buf[at - 1] not in b"Cc" or buf[at - 2] not in b"\r\n":
        return -1
    if _BLANK.search(buf, begin, at) or not (header := _BLANK.search(buf, value.end() - 1, stop)):
        return -1
    target = header.end() + int(value[1])
    return target if target - begin <= REACH else -1


def _landing(buf: bytes, target: int, newline: bytes) -> int:
    """Return where the separator or the end is that a Content-Length lands on (one or two line ends further), or -1."""
    at = target
    while at < len(buf) and at - target < 4 and buf[at] in b"\r\n":
        at += 1
    if at >= len(buf):
        return len(buf)
    if buf.startswith(b"From ", at) and buf[at - 1 : at] == newline and after_separator(buf, at, newline) >= 0:
        return at
    return -1
