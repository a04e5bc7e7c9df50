"""How a letter is laid out: its sections, its lines and the small words of plain English."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 80
"""Columns of a letter, at most."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs; one that begins with two spaces is quoted as it is, indented."""

    heading: str | None
    paragraphs: tuple[str, ...]


def lay_out(sections: Iterable[Section], width: int = WIDTH, bold: bool = False) -> str:
    """Return the sections as lines of at most ``width`` columns, headings bold where a terminal shows it."""
    width = max(40, min(width, WIDTH))
    blocks = []
    for section in sections:
        lines = [f"\x1b[1m{section.heading}\x1b[0m" if bold else section.heading] if section.heading else []
        indent = "  " if section.heading else ""
        for paragraph in section.paragraphs:
            item = re.match(r"\d{1,3}  ", paragraph)
            hang = indent + " " * (len(item[0]) if item else 2 if paragraph.startswith("  ") else 0)
            start = hang if paragraph.startswith("  ") else indent
            lines += textwrap.wrap(
                paragraph.removeprefix("  "),
                width,
                initial_indent=start,
                subsequent_indent=hang,
                break_long_words=False,
                break_on_hyphens=False,
            )
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def printable(text: str | None) -> str:
    """Return the text without control characters, which a hostile message could send to the terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in (text or "")[:1000]).split())


def capital(text: str) -> str:
    """Return the text with its first letter large."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return the text with a full stop, unless it ends a sentence already."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def duration(seconds: int) -> str:
    """Return a number of seconds as people say it."""
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
