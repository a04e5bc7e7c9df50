"""Killed at any moment, a run leaves nothing lost and nothing counted twice."""

from __future__ import annotations

import gc
import os
import random
import signal
import time

import pytest

from bounceparse import job
from bounceparse.ledger.database import SqliteDatabase
from bounceparse.ledger.ledger import Ledger
from bounceparse.policy.brake import BrakeSettings

from .conftest import NOW
from .test_process import dump, files, mails, process

# Rounds of a mailbox and kills in each: 200 kills of each database where CI=true.
if os.environ.get("CI") == "true" or os.environ.get("BOUNCEPARSE_SLOW") == "1":
    MESSAGES, ROUNDS, KILLS = 5000, 20, 10
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


def replay(monkeypatch, mailbox):
    """Have the runs that follow take the mailbox's messages as read, so that they die while they change something.

    Reading and parsing is most of a run's time and leaves nothing behind.
    """
    read = list(job.read_records([str(mailbox)], stdin=None, on_message=None, jobs=1, keep_data=False, on_share=None))
    monkeypatch.setattr(job, "read_records", lambda *sources, **settings: iter(read))
    # A killed process leaves what it wrote to the kernel; only a power cut would need the disk to have it.
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    monkeypatch.setattr(SqliteDatabase, "SYNCHRONOUS", "OFF")
    gc.freeze()  # a child that looks for garbage would copy all of it


def timed(place, out, mailbox):
    began = time.monotonic()
    process(place, out, mailbox, brake=NO_BRAKE)
    return time.monotonic() - began


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_like_an_unbroken_run(place, bounce_mail, tmp_path, monkeypatch):
    monkeypatch.setenv("BOUNCEPARSE_NOW", str(NOW))
    monkeypatch.setattr("bounceparse.history.BATCH", MESSAGES // 24)
    monkeypatch.setattr("bounceparse.history.COMMIT", MESSAGES // 12)
    mailbox = tmp_path / "box.mbox"
    mailbox.write_bytes(b"".join(mails(bounce_mail, MESSAGES, people=MESSAGES // 3)))
    length = timed(tmp_path / "whole.sqlite3", tmp_path / "whole", mailbox)
    lists, content = files(tmp_path / "whole"), without_runs(dump(tmp_path / "whole.sqlite3"))
    assert lists["remove.csv"].count(b"\n") > MESSAGES // 20

    moments = random.Random(20)
    killed = number = 0
    while killed < ROUNDS * KILLS:
        number += 1
        if number == 2:  # the first round reads the mail itself
            replay(monkeypatch, mailbox)
            length = timed(new_place(place, 0), tmp_path / "again", mailbox)
            assert files(tmp_path / "again") == lists
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
