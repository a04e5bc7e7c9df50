"""Arrow arrays (https://arrow.apache.org/docs/format/Columnar.html) from columns of Python values, made of buffers.

Measured: ``pyarrow.array`` of a list imports pandas, to ask whether the list is one of its series; that is 58 MB in a
run whose limit is 300 MB, and a third of a second.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LETTERS = {8: "b", 16: "h", 32: "i", 64: "q"}
_DIGITS = bytes.maketrans(b"\x00\x01", b"01")


def text_array(arrow: Any, cells: Sequence[str | None]) -> Any:
    """Return an array of strings of what UTF-8 can hold."""
    data = [b"" if cell is None else cell.encode() for cell in cells]
    offsets = array("i", accumulate(map(len, data), initial=0))
    buffers = [_validity(arrow, cells), arrow.py_buffer(offsets), arrow.py_buffer(b"".join(data))]
    return arrow.Array.from_buffers(arrow.string(), len(cells), buffers)


def integer_array(arrow: Any, cells: Sequence[int | None], kind: Any) -> Any:
    """Return an array of signed integers of an Arrow type of 8 to 64 bits."""
    numbers = array(_LETTERS[kind.bit_width], [cell or 0 for cell in cells])
    return arrow.Array.from_buffers(kind, len(cells), [_validity(arrow, cells), arrow.py_buffer(numbers)])


def time_array(arrow: Any, cells: Sequence[datetime | None], kind: Any) -> Any:
    """Return an array of times, microseconds since 1970 in UTC."""
    return integer_array(arrow, [None if cell is None else (cell - _EPOCH) // _MICROSECOND for cell in cells], kind)


def _validity(arrow: Any, cells: Sequence[object]) -> Any:
    """Return the bitmap of the cells that hold a value, least significant bit first; None where all do."""
    if None not in cells:
        return None
    ones = bytes(cell is not None for cell in reversed(cells)).translate(_DIGITS)
    return arrow.py_buffer(int(ones, 2).to_bytes((len(cells) + 7) // 8, "little"))
