"""The ledger in both databases: events once, lists published once, amends, migrations."""

from __future__ import annotations

import csv
import random
import sqlite3
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounceparse.ledger import amends, schema, weighing
from bounceparse.ledger.database import SqliteDatabase, connect
from bounceparse.ledger.ledger import Ledger
from bounceparse.ledger.story import tell
from bounceparse.policy.brake import BrakeSettings
from bounceparse.policy.history import Event, State, weigh
from bounceparse.policy.settings import Settings
from bounceparse.record import ConfigurationError, Decision, InterruptedRun, Kind, Reason, Severity, UsageError
from bounceparse.reports.folder import OutputFolder
from bounceparse.reports.history import write_history_lists

from .conftest import NOW, make_bounce

DAY = 86_400
SETTINGS = Settings()


def night(place, out, bounces, *, now=NOW, batch=7, settings=SETTINGS, brake=None, finish=True):
    """Do what a nightly run does with these records and return the lists, file by file."""
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        run = ledger.begin("process", now, sources=["test"])
        for start in range(0, len(bounces), batch):
            ledger.record(run, [(bounce, None) for bounce in bounces[start : start + batch]])
        ledger.decide(run, settings)
        why = ledger.brake(brake or BrakeSettings())
        with OutputFolder(Path(out)) as folder:
            write_history_lists(folder, ledger, run, lambda reason, _: str(reason), held=bool(why))
            folder.publish()
        if finish:
            ledger.finish(run, {}, held=bool(why))
    return {path.name: path.read_bytes() for path in sorted(Path(out).glob("*.csv"))}


def addresses(lists, name):
    return [row["address"] for row in csv.DictReader(lists[name].decode().splitlines())]


def dump(place):
    with Ledger(place) as ledger:
        return list(ledger.dump())


def mixed(count=60):
    bounces = []
    for n in range(count):
        who = f"Person{n % 23}@d{n % 5}.example"
        when = f"2026-09-{1 + n % 17:02}T10:{n % 60:02}:00+00:00"
        match n % 4:
            case 0:
                bounces.append(make_bounce(who, f"e{n}", when, enhanced_status=None, rule="code.550"))
            case 1:
                bounces.append(
                    make_bounce(
                        who,
                        f"e{n}",
                        when,
                        reason=Reason.HOST_UNREACHABLE,
                        severity=Severity.TEMPORARY,
                        decision=Decision.RETRY,
                        rule="x.y",
                    )
                )
            case 2:
                bounces.append(
                    make_bounce(who, f"e{n}", when, reason=Reason.AUTH_FAILURE, decision=Decision.FIX_SENDER)
                )
            case 3:
                bounces.append(make_bounce(who.upper() if n % 8 == 3 else who, f"e{n}", None))
    return bounces


def test_a_clear_bounce_removes_at_once_and_is_told_about_once(place, tmp_path):
    lists = night(place, tmp_path / "out", [make_bounce("Jane@example.com", "e1")])
    assert addresses(lists, "remove.csv") == ["Jane@example.com"]
    assert addresses(lists, "suppressed.csv") == ["Jane@example.com"]
    lists = night(place, tmp_path / "out", [make_bounce("Jane@example.com", "e1")], now=NOW + DAY)
    assert addresses(lists, "remove.csv") == []
    assert addresses(lists, "suppressed.csv") == ["Jane@example.com"]


def test_repeating_a_run_the_same_night_writes_the_same_bytes(place, tmp_path):
    bounces = mixed()
    first = night(place, tmp_path / "out", bounces)
    before = dump(place)
    again = night(place, tmp_path / "out", bounces, now=NOW + 3600)
    assert again == first
    strip = [line for line in dump(place) if not line.startswith('["runs"')]
    assert strip == [line for line in before if not line.startswith('["runs"')]


def test_halves_and_shuffles_give_the_same_lists(place, tmp_path):
    bounces = mixed()
    whole = night(tmp_path / "whole.sqlite3", tmp_path / "whole", bounces)
    assert addresses(whole, "remove.csv")
    shuffled = list(bounces)
    random.Random(5).shuffle(shuffled)
    night(place, tmp_path / "out", shuffled[:31])
    assert night(place, tmp_path / "out", shuffled[20:], now=NOW + 60) == whole


def test_a_run_that_died_before_its_end_loses_and_doubles_nothing(place, tmp_path):
    bounces = mixed()
    whole = night(tmp_path / "whole.sqlite3", tmp_path / "whole", bounces)
    night(place, tmp_path / "out", bounces[:30], finish=False)
    assert night(place, tmp_path / "out", bounces) == whole
    assert dump(place) == dump(tmp_path / "whole.sqlite3")


def test_what_a_dead_run_did_not_publish_is_in_the_next_nights_list(place, tmp_path):
    night(place, tmp_path / "out", [make_bounce("a@example.com", "e1")], finish=False)
    lists = night(place, tmp_path / "out", [make_bounce("b@example.com", "e2")], now=NOW + DAY)
    assert addresses(lists, "remove.csv") == ["a@example.com", "b@example.com"]
    assert addresses(night(place, tmp_path / "out", [], now=NOW + 2 * DAY), "remove.csv") == []


def test_a_quarantine_is_listed_until_it_is_over(place, tmp_path):
    full = {"reason": Reason.MAILBOX_FULL, "severity": Severity.TEMPORARY, "decision": Decision.RETRY}
    bounces = [
        make_bounce("a@example.com", f"e{day}", f"2026-09-{day:02}T00:00:00+00:00", **full) for day in (1, 8, 15)
    ]
    lists = night(place, tmp_path / "out", bounces)
    row = next(csv.DictReader(lists["quarantine.csv"].decode().splitlines()))
    assert (row["address"], row["try_after"]) == ("a@example.com", "2026-10-15T00:00:00+00:00")
    assert addresses(lists, "retry.csv") == ["a@example.com"]
    assert addresses(night(place, tmp_path / "out", [], now=NOW + 40 * DAY), "quarantine.csv") == []


def test_the_brake_holds_removals_until_a_person_approves(place, tmp_path):
    brake = BrakeSettings(count=3)
    bounces = [make_bounce(f"u{n}@example.com", f"e{n}") for n in range(5)]
    lists = night(place, tmp_path / "out", bounces, brake=brake)
    assert addresses(lists, "remove.csv") == addresses(lists, "suppressed.csv") == []
    assert len(addresses(lists, "remove.proposed.csv")) == len(addresses(lists, "suppressed.proposed.csv")) == 5
    lists = night(place, tmp_path / "out", [make_bounce("more@example.com", "e9")], now=NOW + DAY, brake=brake)
    assert len(addresses(lists, "remove.proposed.csv")) == 6
    with Ledger(place) as ledger:
        assert ledger.approve() == 6
    lists = night(place, tmp_path / "out", [], now=NOW + 2 * DAY, brake=brake)
    assert len(addresses(lists, "remove.csv")) == len(addresses(lists, "suppressed.csv")) == 6


def test_forgiving_undoes_and_says_so(place, tmp_path):
    night(place, tmp_path / "out", [make_bounce("a@example.com", "e1"), make_bounce("b@example.com", "e2")])
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        assert amends.forgive_address(ledger, "A@Example.com", "a typing error", SETTINGS, NOW + DAY) == 1
        story = "\n".join(tell(ledger, "a@example.com", SETTINGS))
    assert "forgiven by run" in story
    assert "note: a typing error" in story
    lists = night(place, tmp_path / "out", [make_bounce("a@example.com", "e1")], now=NOW + DAY)
    assert addresses(lists, "suppressed.csv") == ["b@example.com"]
    assert addresses(lists, "restored.csv") == ["a@example.com"]
    lists = night(place, tmp_path / "out", [make_bounce("a@example.com", "e3")], now=NOW + 2 * DAY)
    assert addresses(lists, "remove.csv") == ["a@example.com"]


def test_forgiving_a_run_takes_all_of_it_back(place, tmp_path):
    night(place, tmp_path / "out", [make_bounce("a@example.com", "e1")])
    night(place, tmp_path / "out", [make_bounce(f"{c}@example.com", c) for c in "abc"], now=NOW + DAY)
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        assert amends.forgive_run(ledger, 2, "the server lied", SETTINGS, NOW + 2 * DAY) == 3
        with pytest.raises(UsageError, match="no run 77"):
            amends.forgive_run(ledger, 77, "", SETTINGS, NOW)
    lists = night(place, tmp_path / "out", [], now=NOW + 3 * DAY)
    assert addresses(lists, "suppressed.csv") == ["a@example.com"]


def test_forgetting_erases_and_keeps_only_a_hash_where_asked(place, tmp_path):
    night(place, tmp_path / "out", [make_bounce("a@example.com", "e1"), make_bounce("b@example.com", "e2")])
    with Ledger(place) as ledger:
        assert amends.forget(ledger, "a@example.com", keep_suppressed=True, now=NOW)
        assert amends.forget(ledger, "b@example.com", keep_suppressed=False, now=NOW)
        assert not amends.forget(ledger, "never@example.com", keep_suppressed=False, now=NOW)
        text = "\n".join(ledger.dump())
        assert "a@example.com" not in text
        assert "b@example.com" not in text
        assert amends.is_suppressed(ledger, "A@example.com")
        assert not amends.is_suppressed(ledger, "b@example.com")
        assert "salted hash" in "\n".join(tell(ledger, "a@example.com", SETTINGS))
    night(place, tmp_path / "out", [make_bounce("a@example.com", "e7")], now=NOW + DAY)
    assert "a@example.com" not in "\n".join(dump(place))


def test_a_known_delivery_lapses_the_score(place, tmp_path):
    weak = {"enhanced_status": None, "rule": "code.550"}
    night(place, tmp_path / "out", [make_bounce("a@example.com", "e1", "2026-09-01T00:00:00+00:00", **weak)])
    told = tmp_path / "delivered.csv"
    told.write_text("address,date\na@example.com,2026-09-03\nclean@example.com,2026-09-03T04:05:06+02:00\n")
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        counts = amends.record_deliveries(ledger, amends.read_deliveries(told, NOW), SETTINGS, NOW)
        assert (counts["read"], counts["events"]) == (2, 1)
        assert ledger.known() == 2
    lists = night(place, tmp_path / "out", [make_bounce("a@example.com", "e2", "2026-09-05T00:00:00+00:00", **weak)])
    assert addresses(lists, "suppressed.csv") == []
    lists = night(place, tmp_path / "out", [make_bounce("a@example.com", "e3", "2026-09-07T00:00:00+00:00", **weak)])
    assert addresses(lists, "suppressed.csv") == ["a@example.com"]


@pytest.mark.parametrize("text", ["no address here\n", "a@example.com,yesterday\n"])
def test_a_wrong_delivery_file_is_a_usage_error(text, tmp_path):
    (tmp_path / "told").write_text(text)
    with pytest.raises(UsageError, match="line 1"):
        list(amends.read_deliveries(tmp_path / "told", NOW))


def test_a_changed_policy_holds_for_all_after_reweighing(place, tmp_path):
    people = [make_bounce(f"{name}@example.com", name) for name in ("boss", "a")]
    night(place, tmp_path / "out", people)
    milder = Settings(never_remove=frozenset({"boss@example.com"}))
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        assert amends.reweigh(ledger, milder, NOW + DAY) == 1
        assert amends.reweigh(ledger, milder, NOW + DAY) == 0
    lists = night(place, tmp_path / "out", [], now=NOW + DAY, settings=milder)
    assert addresses(lists, "suppressed.csv") == ["a@example.com"]
    assert addresses(lists, "review.csv") == addresses(lists, "restored.csv") == ["boss@example.com"]
    assert addresses(lists, "remove.csv") == []


def test_the_story_tells_each_event_and_what_it_did(place, tmp_path):
    weak = {"enhanced_status": None, "rule": "code.550"}
    bounces = [make_bounce("a@example.com", f"e{n}", f"2026-09-0{n}T00:00:00+00:00", **weak) for n in (1, 3)]
    bounces.append(make_bounce("a@example.com", "e5", "2026-09-02T00:00:00+00:00", kind=Kind.DELAYED))
    night(place, tmp_path / "out", bounces)
    with Ledger(place) as ledger:
        story = list(tell(ledger, "a@example.com", SETTINGS))
        with pytest.raises(UsageError, match="knows nothing"):
            list(tell(ledger, "other@example.com", SETTINGS))
    assert story[0] == "a@example.com: suppressed: no such mailbox, on weak evidence"
    text = "\n".join(story)
    assert "active, 1 of 2 counts" in text
    assert "counts nothing → no change" in text
    assert "rests on e1, e3" in text
    assert "550 No such user" in text


def test_hostile_text_is_kept_harmless(place, tmp_path):
    odd = make_bounce("a\0b@example.com", "e\udc80", reply_text="\0 \ud800 " + "x" * 10_000, remote_mta="\0")
    lists = night(place, tmp_path / "out", [odd])
    assert len(addresses(lists, "remove.csv")) == 1


def test_a_second_run_waits_for_the_first(place):
    with Ledger(place) as first, Ledger(place) as second:
        first.lock(wait=0)
        told = []
        with pytest.raises(InterruptedRun, match="another run holds the ledger"):
            second.lock(wait=0.2, waiting=told.append)
        assert len(told) == 1
        first.close()
        second.lock(wait=5)


def test_two_processes_at_once_give_the_same_lists(place, tmp_path):
    bounces = mixed(200)
    whole = night(tmp_path / "whole.sqlite3", tmp_path / "whole", bounces)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "import tests.ledger.test_ledger as t\n"
        "t.night_of_process(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))\n"
    )
    root = str(Path(__file__).parents[2])
    running = [
        subprocess.Popen([sys.executable, "-c", program, root, place, str(tmp_path / "out"), str(part)], cwd=root)
        for part in (0, 1)
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.csv")} == whole


def night_of_process(place, out, part):
    """What each of the two processes does: its share of the records, with an overlap."""
    bounces = mixed(200)
    share = bounces[:120] if part == 0 else bounces[80:]
    with Ledger(place) as ledger:
        ledger.lock(wait=30)
        run = ledger.begin("process", NOW)
        for start in range(0, len(share), 9):
            ledger.record(run, [(bounce, None) for bounce in share[start : start + 9]])
        ledger.decide(run, SETTINGS)
        with OutputFolder(out) as folder:
            write_history_lists(folder, ledger, run, lambda reason, _: str(reason), held=False)
            folder.publish()
        ledger.finish(run, {})


def test_a_newer_ledger_is_refused(place):
    Ledger(place).close()
    database = connect(place)
    database.execute("UPDATE ledger_version SET version = 99")
    database.close()
    with pytest.raises(ConfigurationError, match="update bounceparse"):
        Ledger(place)


def test_a_migration_keeps_the_data(place, tmp_path, monkeypatch):
    night(place, tmp_path / "out", mixed())
    before = dump(place)

    def add_column(database):
        database.execute("ALTER TABLE meta ADD COLUMN note TEXT")

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, add_column))
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    assert dump(place) == before
    with Ledger(place) as ledger:
        assert set(ledger.database.query("SELECT note FROM meta")) == {(None,)}
        assert ledger.database.query("SELECT version FROM ledger_version") == [(schema.VERSION,)]


def test_a_migration_that_fails_changes_nothing(place, tmp_path, monkeypatch):
    night(place, tmp_path / "out", mixed())

    def broken(database):
        database.execute("ALTER TABLE meta ADD COLUMN note TEXT")
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        patch.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(RuntimeError, match="power cut"):
            Ledger(place)
    with Ledger(place) as ledger, pytest.raises(Exception, match="note"):
        ledger.database.query("SELECT note FROM meta")


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"this is not a database, " * 100)
    with pytest.raises(ConfigurationError, match="is not a ledger"):
        Ledger(tmp_path / "x")


def test_an_unknown_kind_of_url_is_refused():
    with pytest.raises(UsageError, match="mysql"):
        Ledger("mysql://host/db")


def test_a_locked_database_interrupts_and_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("bounceparse.ledger.database.BUSY_SECONDS", 0.1)
    path = tmp_path / "ledger.sqlite3"
    night(path, tmp_path / "out", mixed())
    before = dump(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(InterruptedRun, match="locked by another program"):
        night(path, tmp_path / "out", [make_bounce("new@example.com", "new")])
    other.execute("ROLLBACK")
    other.close()
    assert dump(path) == before


def test_before_weighing_the_server_knows_how_large_its_tables_are(postgres):
    import psycopg

    bounces = [make_bounce(f"person{number}@example.com", f"{number}") for number in range(3000)]
    with Ledger(postgres) as ledger:
        ledger.lock(wait=0)
        ledger.record(ledger.begin("process", NOW, sources=["test"]), [(bounce, None) for bounce in bounces])
        ledger.touch()
    with psycopg.connect(postgres) as other:
        known = other.execute("SELECT relname, reltuples FROM pg_class WHERE relname IN ('events', 'touched')")
        assert dict(known.fetchall()) == {"events": 3000, "touched": 3000}


def test_a_lost_connection_interrupts_and_loses_nothing(postgres, tmp_path):
    import psycopg

    bounces = mixed()
    with Ledger(postgres) as ledger:
        ledger.lock(wait=0)
        run = ledger.begin("process", NOW, sources=["test"])
        ledger.record(run, [(bounce, None) for bounce in bounces[:20]])
        with psycopg.connect(postgres, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bounceparse'"
            )
        with pytest.raises(InterruptedRun, match="nothing is lost"):
            ledger.record(run, [(bounce, None) for bounce in bounces[20:]])
    whole = night(tmp_path / "whole.sqlite3", tmp_path / "whole", bounces)
    assert night(postgres, tmp_path / "out", bounces) == whole
    assert dump(postgres) == dump(tmp_path / "whole.sqlite3")


def test_no_server_is_one_clear_line(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(InterruptedRun, match="nothing is lost") as raised:
        Ledger(f"postgresql://user:secret@/db?host={tmp_path}")
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


_single = st.builds(
    Event,
    event_id=st.uuids().map(str),
    at=st.integers(NOW - 300 * DAY, NOW),
    kind=st.sampled_from([kind.value for kind in Kind]),
    reason=st.sampled_from([None, *(reason.value for reason in Reason)]),
    severity=st.sampled_from([None, *(severity.value for severity in Severity)]),
    decision=st.sampled_from([decision.value for decision in Decision]),
    clear=st.booleans(),
    proven=st.booleans(),
    list_id=st.sampled_from([None, "a.example", "b.example"]),
)


@given(
    st.lists(_single, max_size=30),
    st.sampled_from(
        [
            Settings(),
            Settings(require_proof=True),
            Settings(lists={"a.example": Settings(never_remove=frozenset({"@x.example"}), require_proof=True)}),
        ]
    ),
    st.sampled_from(["a@example.com", "info@example.com", "b@x.example"]),
)
def test_the_kept_answers_are_those_of_the_policy(events, settings, address):
    scale = weighing._Scale(settings)
    for event in events:
        assert scale.weigh(address, [event], None) == weigh(address, [event], settings)
        standing = weigh(address, [event], settings)
        # An event of no weight beside it takes the longer way.
        other = replace(event, event_id="other", kind="delayed", decision="ignore")
        if standing.state is not State.REVIEW:
            assert weighing._bucket([event], standing) == weighing._bucket([event, other], standing)


def test_what_a_dead_run_weighed_is_in_the_next_nights_lists(place, tmp_path):
    """Not only its removals: what is to be retried and looked at, too."""
    first = night(place, tmp_path / "out", mixed(), finish=False)
    lists = night(place, tmp_path / "out", [], now=NOW + 2 * DAY)
    assert addresses(lists, "retry.csv") == addresses(first, "retry.csv") != []
    assert addresses(lists, "sender_issues.csv") == addresses(first, "sender_issues.csv")
    lists = night(place, tmp_path / "out", [], now=NOW + 4 * DAY)
    assert addresses(lists, "retry.csv") == []


def test_events_that_take_the_numbers_of_forgotten_ones_are_weighed(place, tmp_path):
    later = [make_bounce("b@x.example", f"e{n}") for n in range(2, 6)]
    night(place, tmp_path / "out", [make_bounce("a@x.example", "e1"), *later])
    with Ledger(place) as ledger:
        ledger.lock(wait=0)
        assert amends.forget(ledger, "b@x.example", keep_suppressed=False, now=NOW)
    lists = night(place, tmp_path / "out", [make_bounce("c@x.example", "e9")], now=NOW + DAY)
    assert addresses(lists, "remove.csv") == ["c@x.example"]


def test_nothing_of_a_forgotten_person_stays_in_the_file(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    night(path, tmp_path / "out", [make_bounce("jane.doe@x.example", "e1"), *mixed()])
    with Ledger(path) as ledger:
        ledger.lock(wait=0)
        amends.forget(ledger, "jane.doe@x.example", keep_suppressed=True, now=NOW)
    assert b"jane.doe" not in b"".join(file.read_bytes() for file in tmp_path.glob("ledger.sqlite3*"))


def test_a_night_reads_what_is_touched_and_not_the_whole_ledger(tmp_path, monkeypatch):
    """No statement of a night walks through the events or the addresses, whatever SQLite thinks is quicker."""
    asked = []
    for name in ("execute", "query", "stream"):
        kept = getattr(SqliteDatabase, name)

        def told(self, sql, parameters=(), kept=kept):
            asked.append((sql, parameters))
            return kept(self, sql, parameters)

        monkeypatch.setattr(SqliteDatabase, name, told)
    night(tmp_path / "l.sqlite3", tmp_path / "out", mixed())
    asked.clear()
    night(tmp_path / "l.sqlite3", tmp_path / "out", mixed(90), now=NOW + DAY)
    steps = set()
    with Ledger(tmp_path / "l.sqlite3") as ledger:
        for sql, parameters in asked[:]:
            if sql.startswith(("SELECT", "INSERT INTO touched", "UPDATE", "DELETE")):
                steps |= {(row[3], sql) for row in ledger.database.query(f"EXPLAIN QUERY PLAN {sql}", parameters)}
    # Those in force are listed in full, through indices that hold nothing else.
    in_force = ("addresses_suppressed", "addresses_quarantine")
    walks = [step for step in steps if step[0].startswith(("SCAN a", "SCAN e"))]
    assert [step for step in walks if not any(index in step[0] for index in in_force)] == []
    assert not [step for step in steps if step[0].startswith("SEARCH e ") and "address>" in step[0]]
    assert len(steps) > 20


def test_weighing_holds_the_events_of_one_address_at_a_time(tmp_path):
    peaks = {}
    for count in (10, 100):
        with Ledger(str(tmp_path / f"{count}.sqlite3")) as ledger:
            ledger.lock(wait=0)
            run = ledger.begin("process", NOW, sources=["test"])
            when = "2026-09-01T10:00:00+00:00"
            bounces = [make_bounce(f"p{n}@example.org", f"e{n}.{k}", when) for n in range(count) for k in range(300)]
            ledger.record(run, [(bounce, None) for bounce in bounces])
            del bounces
            tracemalloc.start()
            ledger.decide(run, SETTINGS)
            peaks[count] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert peaks[100] < 3 * peaks[10]  # ten times as much if it held those of all
