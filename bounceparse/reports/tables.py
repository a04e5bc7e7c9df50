"""Tables of records: JSON Lines, CSV and Parquet, written row by row to a binary stream.

No writer holds more than one batch, so memory doesn't grow with the mailbox.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

from bounceparse.record import Bounce, Decision, Kind, Reason, Severity, UsageError
from bounceparse.reports.columns import integer_array, text_array, time_array
from bounceparse.reports.rows import FIELDS, csv_cells, json_line, record_values, scrub

BATCH_ROWS = 10_000
"""Rows of one Parquet row group; 10,000 records of 26 columns are about 10 MB before they are written."""

CLOSED_SETS: dict[str, list[str]] = {
    "kind": [str(word) for word in Kind],
    "severity": [str(word) for word in Severity],
    "reason": [str(word) for word in Reason],
    "decision": [str(word) for word in Decision],
}
"""The columns whose words are a closed set, and those words."""

INTEGER_FIELDS = ("position", "reply_code")
TIME_FIELDS = ("arrived_at", "original_date")


class RecordWriter(Protocol):
    """Takes records one at a time; ``close`` finishes the table and leaves the stream open."""

    def write(self, bounce: Bounce) -> None: ...

    def close(self) -> None: ...


def parse_time(text: str | None) -> datetime | None:
    """Return an ISO 8601 time in UTC, or None where there is none or it cannot be one (year 0, year 99999)."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class JsonLinesWriter:
    """One JSON object a line, UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._write = stream.write

    def write(self, bounce: Bounce) -> None:
        self._write(json_line(FIELDS, record_values(bounce)).encode() + b"\n")

    def close(self) -> None:
        pass


class CsvWriter:
    """A header and one row a record, UTF-8, ``\\n`` line ends, formulas defused."""

    def __init__(self, stream: BinaryIO) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        self._csv = csv.writer(self._text, lineterminator="\n")
        self._csv.writerow(FIELDS)

    def write(self, bounce: Bounce) -> None:
        self._csv.writerow(csv_cells(record_values(bounce)))

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class ParquetWriter:
    """Typed columns: times in UTC, closed sets as dictionaries, integers nullable. Needs the extra ``parquet``."""

    def __init__(self, stream: BinaryIO) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise UsageError(
                "Parquet needs pyarrow: install it with `pip install 'bounceparse[parquet]'`, or choose --format csv"
            ) from None
        self._arrow: Any = pyarrow
        self._schema = pyarrow.schema([pyarrow.field(name, self._type_of(name)) for name in FIELDS])
        self._table = pyarrow.parquet.ParquetWriter(stream, self._schema, compression="zstd")
        self._columns: list[list[Any]] = [[] for _ in FIELDS]

    def _type_of(self, name: str) -> Any:
        arrow = self._arrow
        if name in CLOSED_SETS:
            return arrow.dictionary(arrow.int8(), arrow.string())
        if name in TIME_FIELDS:
            return arrow.timestamp("us", tz="UTC")
        return {"position": arrow.int64(), "reply_code": arrow.int16()}.get(name, arrow.string())

    def write(self, bounce: Bounce) -> None:
        for column, cell in zip(self._columns, record_values(bounce), strict=True):
            column.append(cell)
        if len(self._columns[0]) >= BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        arrays = [self._array(field, cells) for field, cells in zip(self._schema, self._columns, strict=True)]
        self._table.write_batch(self._arrow.record_batch(arrays, schema=self._schema))
        self._columns = [[] for _ in FIELDS]

    def _array(self, field: Any, cells: list[Any]) -> Any:
        if field.name in TIME_FIELDS:
            return time_array(self._arrow, [parse_time(cell) for cell in cells], field.type)
        if field.name in INTEGER_FIELDS:
            return integer_array(self._arrow, cells, field.type)
        text = text_array(self._arrow, [cell if cell is None else scrub(str(cell)) for cell in cells])
        return text.cast(field.type) if field.name in CLOSED_SETS else text

    def close(self) -> None:
        if self._columns[0]:
            self._flush()
        self._table.close()


WRITERS: dict[str, Callable[[BinaryIO], RecordWriter]] = {
    "jsonl": JsonLinesWriter,
    "csv": CsvWriter,
    "parquet": ParquetWriter,
}
"""The formats of a table of records, by the word that ``--format`` takes."""
