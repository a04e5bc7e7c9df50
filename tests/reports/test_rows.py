"""Rows: nothing a stranger wrote may break a line, a decoder or a spreadsheet."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounceparse.reports.rows import FIELDS, csv_cells, defuse, json_line, record_values, scrub


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_formula_is_defused(start: str) -> None:
    assert defuse(start + "cmd|' /C calc'!A0") == "'" + start + "cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["", "ann@example.org", "550 no", "a=b", " =1"])
def test_other_cells_are_left_alone(text: str) -> None:
    assert defuse(text) == text


def test_numbers_and_missing_values_are_left_alone() -> None:
    assert csv_cells([550, None, "=1", -1]) == [550, None, "'=1", -1]


def test_missing_values_are_null(make_bounce: Any) -> None:
    line = json_line(FIELDS, record_values(make_bounce(reply_code=None, list_id=None)))
    record = json.loads(line)
    assert list(record) == list(FIELDS)
    assert record["reply_code"] is None
    assert record["list_id"] is None
    assert record["reason"] == "user_unknown"


@given(st.text(alphabet=st.characters()))
def test_any_text_stays_on_one_line(text: str) -> None:
    line = json_line(["text"], [text])
    assert len(line.splitlines()) == 1
    assert json.loads(line.encode().decode()) == {"text": scrub(text)}


def test_lone_surrogates_become_replacement_characters() -> None:
    assert scrub("a\udcffb\ud800") == "a\ufffdb\ufffd"
    assert scrub("grün 😀") == "grün 😀"
