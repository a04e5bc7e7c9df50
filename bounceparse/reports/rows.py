"""A record as a row: its columns, its cells and the lines they make.

Everything that leaves as text goes through here, so that what a stranger wrote in a mail can
neither break a line, nor a decoder, nor a spreadsheet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from bounceparse.record import Bounce

FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Bounce))
"""The columns of the record, in the order of the dataclass."""

record_values: Callable[[Bounce], tuple[Any, ...]] = attrgetter(*FIELDS)
"""The cells of a record, in the order of FIELDS."""

# A spreadsheet reads a cell that begins so as a formula (OWASP, "CSV Injection"), the full-width
# forms of East Asian keyboards included.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def scrub(text: str) -> str:
    """Return text that any UTF-8 encoder takes: lone surrogates become U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def defuse(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it: an apostrophe goes before a formula's first character."""
    return "'" + cell if cell and cell[0] in _FORMULA_STARTS else cell


def json_line(names: Sequence[str], cells: Iterable[Any]) -> str:
    """Return one JSON object on one line, without the line end; a missing value is ``null``.

    U+0085, U+2028 and U+2029 are legal in JSON but end a line for many readers, so they are escaped.
    """
    line = _encode(dict(zip(names, cells, strict=True)))
    if line.isascii():
        return line
    line = scrub(line)
    return line.replace("\u0085", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def csv_cells(cells: Iterable[Any]) -> list[Any]:
    """Return the cells ready for a CSV writer: text scrubbed and defused, None as an empty cell."""
    return [defuse(scrub(cell)) if isinstance(cell, str) else cell for cell in cells]
