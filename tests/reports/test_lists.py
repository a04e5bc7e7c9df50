"""The lists: one row per address, in the file of its decision."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from bounceparse.record import Decision, Kind, Reason
from bounceparse.reports.addresses import AddressBook
from bounceparse.reports.folder import OutputFolder
from bounceparse.reports.lists import COLUMNS, COMPLAINT_EXPLANATION, LIST_FILES, write_lists


def explain(reason: Reason, decision: Decision | None) -> str:
    return f"This is\nwhat {reason} means."


def lists_of(tmp_path: Path, bounces: list[Any]) -> tuple[dict[str, list[dict[str, str]]], dict[Decision, int]]:
    book = AddressBook()
    for bounce in bounces:
        book.add(bounce)
    with OutputFolder(tmp_path) as folder:
        counts = write_lists(folder, book.summaries(), explain)
        folder.publish()
    rows = {}
    for name in LIST_FILES.values():
        with (tmp_path / name).open(encoding="utf-8", newline="") as text:
            rows[name] = list(csv.DictReader(text))
    return rows, counts


def test_each_address_is_in_one_list(tmp_path: Path, make_bounce: Any) -> None:
    bounces = [
        make_bounce(recipient=f"{decision}@example.org", decision=decision)
        for decision in Decision
        if decision is not Decision.IGNORE
    ]
    rows, counts = lists_of(tmp_path, bounces)
    assert {name: [row["address"] for row in found] for name, found in rows.items()} == {
        "remove.csv": ["remove@example.org"],
        "retry.csv": ["retry@example.org"],
        "review.csv": ["review@example.org"],
        "sender_issues.csv": ["fix_sender@example.org"],
    }
    assert set(counts.values()) == {1}


def test_a_row_tells_the_whole_story(tmp_path: Path, make_bounce: Any) -> None:
    rows, _ = lists_of(tmp_path, [make_bounce()])
    (row,) = rows["remove.csv"]
    assert tuple(row) == COLUMNS
    assert row["explanation"] == "This is what user_unknown means."
    assert row["first_seen"] == row["last_seen"] == "2025-03-01T09:00:00+00:00"
    assert (row["reply_code"], row["enhanced_status"], row["evidence"]) == ("550", "5.1.1", "User unknown")
    assert (row["source"], row["position"], row["event_id"]) == ("box.mbox", "0", "event-0")


def test_empty_lists_are_written_too(tmp_path: Path) -> None:
    rows, counts = lists_of(tmp_path, [])
    assert rows == {name: [] for name in LIST_FILES.values()}
    assert counts == dict.fromkeys(LIST_FILES, 0)


def test_no_cell_is_a_formula(tmp_path: Path, make_bounce: Any) -> None:
    rows, _ = lists_of(tmp_path, [make_bounce(recipient="@=1@example.org", reply_text="=HYPERLINK(1)", evidence="+1")])
    (row,) = rows["remove.csv"]
    assert (row["address"], row["reply_text"], row["evidence"]) == ("'@=1@example.org", "'=HYPERLINK(1)", "'+1")


def test_a_complaint_is_explained_as_one(tmp_path: Path, make_bounce: Any) -> None:
    rows, _ = lists_of(tmp_path, [make_bounce(kind=Kind.COMPLAINT, reason=None)])
    assert rows["remove.csv"][0]["explanation"] == COMPLAINT_EXPLANATION
