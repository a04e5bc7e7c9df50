"""Killed at any moment, a run leaves nothing lost and nothing counted twice."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from bounceparse.ledger.ledger import Ledger
from bounceparse.policy.brake import BrakeSettings

from .conftest import NOW
from .test_process import dump, files, mails, process

# Rounds of a mailbox and kills in each: 200 kills in all where CI=true (half of them per database, which takes some
# five minutes), 200 for each database on demand.
if os.environ.get("BOUNCEPARSE_SLOW") == "1":
    MESSAGES, ROUNDS, KILLS = 5000, 20, 10
elif os.environ.get("CI") == "true":
    MESSAGES, ROUNDS, KILLS = 5000, 10, 10
else:
    MESSAGES, ROUNDS, KILLS = 300, 2, 4

NO_BRAKE = BrakeSettings(enabled=False)


def run_and_kill(delay, place, out, mailbox):
    """Run the job in a child that is killed after ``delay`` seconds; say whether it was still running."""
    child = os.fork()
    if child == 0:
        try:
            process(place, out, mailbox, brake=NO_BRAKE)
        finally:
            os._exit(0)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)  # a child that has ended waits for us, so the number is still its own
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def without_runs(lines):
    return [line for line in lines if not line.startswith('["runs"')]


def new_place(place, number):
    """Return an empty ledger for a round: a new file, or the same database without its tables."""
    if place.startswith("postgresql"):
        import psycopg

        with psycopg.connect(place, autocommit=True) as connection:
            # A child that was killed a moment ago may still have a statement running.
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return place
    return f"{place}{number}"


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_like_an_unbroken_run(place, bounce_mail, tmp_path, monkeypatch):
    monkeypatch.setenv("BOUNCEPARSE_NOW", str(NOW))
    monkeypatch.setattr("bounceparse.history.BATCH", MESSAGES // 12)
    mailbox = tmp_path / "box.mbox"
    mailbox.write_bytes(b"".join(mails(bounce_mail, MESSAGES, people=MESSAGES // 3)))
    began = time.monotonic()
    process(tmp_path / "whole.sqlite3", tmp_path / "whole", mailbox, brake=NO_BRAKE)
    length = time.monotonic() - began
    lists, content = files(tmp_path / "whole"), without_runs(dump(tmp_path / "whole.sqlite3"))
    assert lists["remove.csv"].count(b"\n") > MESSAGES // 20

    moments = random.Random(20)
    killed = number = 0
    while killed < ROUNDS * KILLS:
        number += 1
        own = new_place(place, number)
        out = tmp_path / f"out{number}"
        for _ in range(KILLS):
            killed += run_and_kill(moments.uniform(0, length), own, out, mailbox)
        process(own, out, mailbox, brake=NO_BRAKE)
        assert files(out) == lists, f"round {number}"
        assert without_runs(dump(own)) == content, f"round {number}"
        with Ledger(own) as ledger:
            unfinished = ledger.database.query("SELECT COUNT(*) FROM runs WHERE status <> 'done'")
            assert unfinished == [(0,)]
