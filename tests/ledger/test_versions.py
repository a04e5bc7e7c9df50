"""A ledger that an older version of the program made: nothing of it is lost on the way to the present tables."""

from __future__ import annotations

import json
from pathlib import Path

from bounceparse.ledger import amends, schema
from bounceparse.ledger.database import connect, transaction
from bounceparse.ledger.ledger import Ledger
from bounceparse.policy.brake import BrakeSettings
from bounceparse.policy.settings import Settings

from .conftest import NOW, make_bounce
from .test_ledger import dump, mixed, night

VERSION_1 = Path(__file__).with_name("version1.jsonl")
"""What ``some_nights`` left, row by row, written by the program whose tables were of version 1."""

DAY = 86_400
NO_BRAKE = BrakeSettings(enabled=False)
EVENT_COLUMNS_1 = (
    "address, event_id, recipient, at, kind, reason, severity, decision, clear, proof, reply_code, enhanced_status,"
    " reply_text, evidence, rule, remote_mta, list_id, source, position, run, forgiven"
)


def some_nights(place, out):
    """A night that ended, an address forgiven, deliveries, a night that the brake holds, a run that died."""
    bounces = mixed(120)
    night(place, out, bounces[:60])
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        amends.forgive_address(ledger, "person3@d3.example", "came by telephone", Settings(), NOW + 100)
        deliveries = [("Person4@d4.example", NOW - DAY), ("nobody@d9.example", NOW)]
        amends.record_deliveries(ledger, deliveries, Settings(), NOW + 200)
    night(place, out, bounces[60:100], now=NOW + DAY)
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        run = ledger.begin("process", NOW + 2 * DAY, sources=["test"])
        ledger.record(run, [(bounce, "verp") for bounce in bounces[100:]])


def make_version_1(place, rows):
    """Make a ledger as the program of that version left it."""
    database = connect(place)
    with transaction(database):
        schema.MIGRATIONS[0](database)
        database.execute("CREATE TABLE ledger_version (version INTEGER NOT NULL)")
        database.execute("INSERT INTO ledger_version VALUES (1)")
        # Events in the order in which they came: their numbers tell runs apart.
        for table, *row in sorted(rows, key=lambda row: row[20] if row[0] == "events" else 0):
            columns = f"({EVENT_COLUMNS_1})" if table == "events" else ""
            marks = ",".join("?" * len(row))
            database.execute(f"INSERT INTO {table} {columns} VALUES ({marks})", row)
    database.close()


def saved():
    return [json.loads(line) for line in VERSION_1.read_text(encoding="utf-8").splitlines()]


def content(place):
    return sorted(dump(place))


def test_today_s_program_does_the_same_with_the_same_nights(place, tmp_path):
    some_nights(place, tmp_path / "out")
    assert content(place) == sorted(VERSION_1.read_text(encoding="utf-8").splitlines())


def test_a_ledger_of_version_1_loses_nothing(place, tmp_path):
    make_version_1(place, saved())
    assert content(place) == sorted(VERSION_1.read_text(encoding="utf-8").splitlines())


def test_a_ledger_of_version_1_goes_on_as_if_it_had_always_been_of_this_one(place, tmp_path):
    make_version_1(place, saved())
    some_nights(tmp_path / "new.sqlite3", tmp_path / "out")
    ahead = [make_bounce("late@d1.example", "late"), *mixed(130)]
    lists = night(place, tmp_path / "old", ahead, now=NOW + 3 * DAY, brake=NO_BRAKE)
    assert lists == night(tmp_path / "new.sqlite3", tmp_path / "new", ahead, now=NOW + 3 * DAY, brake=NO_BRAKE)
    assert lists["remove.csv"].count(b"\n") > 5
    assert content(place) == content(tmp_path / "new.sqlite3")
