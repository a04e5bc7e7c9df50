"""The mbox separator: which lines that begin with "From " begin a message (RFC 4155 appendix A).

There is no one mbox format. What the writers have in common is a line "From sender date", after a blank
line or at the file's start, with a header field below it. What they don't: the date may be that of asctime(3)
(most), with a zone before or after the year (Gmail's export), that of RFC 5322, ISO 8601, in another language, or
missing ("From -", Thunderbird); the sender may hold spaces; careless tools leave out the blank line. Body lines
("From here on ...") are quoted by some writers and not by others. A line is held for a separator when enough of
this comes together:

=============================  =========================  ==========================
its shape                      after a blank line         not after one
=============================  =========================  ==========================
"From", then a full date       yes                        if a header field follows
"From", then an address only   if a header field follows  no
"From", some time and year     if a header field follows  no
any other                      no                         no
=============================  =========================  ==========================

In doubt the line splits only if the lower part reads as a message: a split too many costs the end of a returned
mail, a split too few loses a bounce.

Every test looks at the bytes around the line only, never at what came before: byte ranges of one mailbox agree on them.
"""

from __future__ import annotations

import re

#: The longest separator line: an address has at most 254 characters (RFC 5321 section 4.5.3.1), then a date.
_LINE = 512
#: Bytes from a separator's begin that must be in the buffer to judge it: the line, and the begin of the next one.
WINDOW = 1024

_CLOCK = rb"\d{1,2}:\d{2}(?::\d{2})?"
_DATED = re.compile(
    rb"From (?:[^\r\n]*?[ \t])??(?:"
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? +(?:"
    rb"[A-Z][a-z]{2} +\d{1,2} +" + _CLOCK + rb"(?: +[A-Za-z0-9:+-]{1,6}){0,2} +\d{4}"  # asctime(3), zone or none
    rb"|\d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} +" + _CLOCK + rb")"  # RFC 5322 section 3.3, RFC 850
    rb"|\d{4}-\d\d-\d\d[T ]" + _CLOCK + rb")"  # ISO 8601
)
#: What most writers write: a search of the whole line costs twice as much.
_USUAL = re.compile(rb"From \S* +[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \d{4}")
_ADDRESS_ONLY = re.compile(rb"From (?:-|<>|MAILER-DAEMON|[^\s@]+@[^\s@]+)[ \t]*\r?\Z")
_TIME_AND_YEAR = re.compile(rb"[ \t]" + _CLOCK + rb"[^\r\n]*[ \t](?:19|20)\d\d\b|[ \t](?:19|20)\d\d[ \t]+" + _CLOCK)
_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]{0,8}:|>?From ")

LF = 0x0A


def line_end(head: bytes) -> bytes:
    """Return the byte that ends a line: CR in files from old Macintoshes, else LF (CRLF files too)."""
    return b"\r" if b"\r" in head and b"\n" not in head else b"\n"


def after_separator(buf: bytes, at: int, newline: bytes) -> int:
    """Return where the message begins whose separator line begins at ``at``, or -1 where none does.

    ``at`` follows a line end and ``buf[at:]`` begins with "From "; :data:`WINDOW` bytes from there on, or all to
    the input's end, and the four bytes before are in ``buf``.
    """
    stop = buf.find(newline, at, at + _LINE)
    if stop < 0:
        stop = len(buf)
        if stop - at >= _LINE:
            return -1
    end = newline[0]
    blank = buf[at - 2] == end or (end == LF and buf[at - 3 : at] == b"\n\r\n") if at > 2 else True
    if _USUAL.match(buf, at, stop) or _DATED.match(buf, at, stop):
        return min(stop + 1, len(buf)) if blank or _FIELD.match(buf, stop + 1) else -1
    if not blank or not _FIELD.match(buf, stop + 1):
        return -1
    line = buf[at:stop]
    return stop + 1 if _ADDRESS_ONLY.match(line) or _TIME_AND_YEAR.search(line) else -1


def first_separator(head: bytes) -> tuple[int, int] | None:
    """Return where the separator that begins a file begins and ends; None where the file doesn't begin with one.

    A byte order mark and blank lines may stand before it. The first line of a file is believed more
    readily than a later one: "From", anything, and a header field below will do.
    """
    at = len(head) - len(head.removeprefix(b"\xef\xbb\xbf").lstrip())
    if not head.startswith(b"From ", at) or head.startswith((b"From :", b"From  :"), at):
        return None
    newline = line_end(head)
    stop = head.find(newline, at)
    stop = len(head) if stop < 0 else stop
    if _DATED.match(head, at, stop) or _FIELD.match(head, stop + 1):
        return at, min(stop + 1, len(head))
    return None
