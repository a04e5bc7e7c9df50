"""Tables: the same records in JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet
import pytest

from bounceparse.reports import tables
from bounceparse.reports.rows import FIELDS


def written(form: str, bounces: list[Any]) -> bytes:
    stream = io.BytesIO()
    writer = tables.WRITERS[form](stream)
    for bounce in bounces:
        writer.write(bounce)
    writer.close()
    return stream.getvalue()


def test_json_lines(make_bounce: Any) -> None:
    lines = written("jsonl", [make_bounce(), make_bounce(recipient=None)]).decode().split("\n")
    assert [json.loads(line)["recipient"] for line in lines[:2]] == ["ann@example.org", None]
    assert lines[2:] == [""]


def test_csv_survives_line_ends_quotes_and_formulas(make_bounce: Any) -> None:
    text = 'said: "no",\r\nreally\u2028no'
    data = written("csv", [make_bounce(reply_text=text, recipient="=cmd@example.org")]).decode()
    rows = list(csv.DictReader(io.StringIO(data, newline="")))
    assert rows[0]["reply_text"] == text
    assert rows[0]["recipient"] == "'=cmd@example.org"
    assert rows[0]["list_id"] == ""
    assert tuple(rows[0]) == FIELDS


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_stream_stays_open(form: str, make_bounce: Any) -> None:
    stream = io.BytesIO()
    writer = tables.WRITERS[form](stream)
    writer.write(make_bounce())
    writer.close()
    assert not stream.closed


def test_parquet_has_types(make_bounce: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH_ROWS", 2)
    bounces = [
        make_bounce(reply_code=None, reason=None),
        make_bounce(arrived_at="not a time", original_date="0001-01-01T00:00:00+14:00"),
        make_bounce(reply_text="a\udcff"),
    ]
    table = pyarrow.parquet.read_table(io.BytesIO(written("parquet", bounces)))
    assert table.column_names == list(FIELDS)
    assert table.column("reply_code").to_pylist() == [None, 550, 550]
    assert table.column("reason").to_pylist() == [None, "user_unknown", "user_unknown"]
    assert str(table.schema.field("kind").type).startswith("dictionary")
    assert table.column("arrived_at").to_pylist() == [
        datetime(2025, 3, 1, 9, tzinfo=UTC),
        None,
        datetime(2025, 3, 1, 9, tzinfo=UTC),
    ]
    assert table.column("reply_text").to_pylist()[2] == "a\ufffd"


def test_an_empty_parquet_table_still_has_its_columns() -> None:
    assert pyarrow.parquet.read_table(io.BytesIO(written("parquet", []))).column_names == list(FIELDS)


@pytest.mark.parametrize("text", [None, "", "yesterday", "2025-13-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert tables.parse_time(text) is None
