"""What a file's name says: which files of a folder are no mail, which hold one message, which a mailbox.

A folder of bounces holds other things too: expected records, notes, a mail program's indexes. Such a file is left
out only if both its name and its first bytes speak against mail; whatever else is there is read.
"""

from __future__ import annotations

import re
from enum import StrEnum

#: Names that say: one message, whatever its text looks like (a returned mail may begin with a "From " line).
_MESSAGE = (".eml",)
_MAILBOX = (".mbox", ".mbx")
_PACKED = (".gz", ".bz2", ".xz", ".zst")

_NOT_MAIL_TEXT = """
.json .jsonl .ndjson .csv .tsv .parquet .toml .yaml .yml .ini .cfg .conf .xml .html .htm .css .md .rst .pdf .rtf
.doc .docx .xls .xlsx .ppt .pptx .odt .ods .odp .epub
.png .jpg .jpeg .gif .svg .webp .ico .bmp .tif .tiff .heic .mp3 .wav .ogg .mp4 .mov .avi .mkv .webm .ttf .woff
.woff2
.py .pyc .pyi .sh .bash .pl .rb .js .ts .go .rs .c .h .cpp .java .class .php .sql .exe .dll .so .o .a .deb .rpm .whl
.lock .pid
.sqlite .sqlite3 .db .msf .idx .index .dat .pem .crt .key .asc .sig .sha256 .md5
"""  # documents; pictures, sound, film; programs and what they leave; databases, indexes of mail programs, keys
_NOT_MAIL = frozenset(_NOT_MAIL_TEXT.split())
_NOT_MAIL_NAMES_TEXT = "readme license licence copying changelog changes makefile dockerfile authors notice todo"
_NOT_MAIL_NAMES = frozenset(_NOT_MAIL_NAMES_TEXT.split())

_MAILDIR_FLAGS = re.compile(r":2,[A-Za-z]*\Z")

_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_MAIL_FIELD = re.compile(
    rb"(?:return-path|received|delivered-to|from|to|subject|date|message-id|mime-version|content-type|reply-to|sender"
    rb"|x-[!-9;-~]+)[ \t]*:",
    re.IGNORECASE,
)


class Form(StrEnum):
    """How many messages a file holds, as far as its name tells."""

    MESSAGE = "message"
    MAILBOX = "mailbox"
    ANY = "any"


def form(name: str) -> Form:
    """Tell from a file's name whether it holds one message or a mailbox; ANY: its first bytes tell."""
    name = _unpacked(name.lower())
    if name.endswith(_MESSAGE) or _MAILDIR_FLAGS.search(name):
        return Form.MESSAGE
    return Form.MAILBOX if name.endswith(_MAILBOX) or name == "mbox" else Form.ANY


def speaks_against_mail(name: str) -> bool:
    """Tell whether a file in a folder has the name of something else; its first bytes have the last word."""
    name = _unpacked(name.lower())
    stem, dot, suffix = name.rpartition(".")
    return name in _NOT_MAIL_NAMES or name.startswith("dovecot") or (bool(stem) and dot + suffix in _NOT_MAIL)


def reads_like_mail(head: bytes) -> bool:
    """Tell whether a file begins like a mailbox or a message's header: with two fields, one of them mail's own."""
    lines = head.removeprefix(b"\xef\xbb\xbf").lstrip().splitlines()[:20]
    if lines and lines[0].startswith((b"From ", b">From ")):
        del lines[0]
    fields = 0
    mail = False
    for line in lines:
        if line[:1] in (b" ", b"\t") and fields:
            continue
        if not _FIELD.match(line):
            break
        fields += 1
        mail = mail or _MAIL_FIELD.match(line) is not None
    return mail and fields >= 2


def without_flags(name: str) -> str:
    """Return a Maildir file name without its flags: they change while the message stays the same."""
    return _MAILDIR_FLAGS.sub("", name)


def printable(path: str) -> str:
    """Return a path that any output can hold: bytes that are no UTF-8 as ``\\xNN``."""
    if path.isascii():
        return path
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _unpacked(name: str) -> str:
    for suffix in _PACKED:
        name = name.removesuffix(suffix)
    return name
