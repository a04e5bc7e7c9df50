"""Arrow arrays made of buffers hold what pyarrow's own hold, and bring no pandas with them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounceparse.reports.columns import integer_array, text_array, time_array

unhurried = settings(deadline=None)  # pyarrow.array, the yardstick, loads pandas the first time

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda time: time.replace(tzinfo=UTC))


@unhurried
@given(st.lists(st.none() | TEXT, max_size=40))
def test_texts(cells: list[str | None]) -> None:
    assert text_array(pyarrow, cells).equals(pyarrow.array(cells, pyarrow.string()))


@pytest.mark.parametrize("kind", [pyarrow.int16(), pyarrow.int64()])
@unhurried
@given(cells=st.lists(st.none() | st.integers(-(2**15), 2**15 - 1), max_size=40))
def test_integers(cells: list[int | None], kind: Any) -> None:
    assert integer_array(pyarrow, cells, kind).equals(pyarrow.array(cells, kind))


@unhurried
@given(st.lists(st.none() | TIMES, max_size=40))
def test_times(cells: list[datetime | None]) -> None:
    kind = pyarrow.timestamp("us", tz="UTC")
    assert time_array(pyarrow, cells, kind).equals(pyarrow.array(cells, kind))


def test_arrays_are_valid() -> None:
    array = text_array(pyarrow, ["ä", None, ""] * 3)
    array.validate(full=True)
    assert array.null_count == 3


def test_writing_parquet_does_not_load_pandas() -> None:
    program = """
import io, sys
from bounceparse.record import Bounce, Decision, Kind
from bounceparse.reports.tables import ParquetWriter
writer = ParquetWriter(io.BytesIO())
writer.write(Bounce(None, 0, "id", Kind.NOT_BOUNCE, decision=Decision.IGNORE))
writer.close()
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
