"""What is opened is closed, also by a run that stops half-way: Python 3.13 warns of each database that is not."""

from __future__ import annotations

import sqlite3

import pytest

from bounceparse.cli.main import main


@pytest.fixture
def opened(monkeypatch):
    """The SQLite databases opened in a test."""
    connect, connections = sqlite3.connect, []

    def remembered(*arguments, **options):
        connections.append(connect(*arguments, **options))
        return connections[-1]

    monkeypatch.setattr(sqlite3, "connect", remembered)
    return connections


def are_closed(connections):
    for connection in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
    return True


def with_sent_log(folder):
    with sqlite3.connect(folder / "sent.db") as log:
        log.execute("CREATE TABLE sent (message_id TEXT, recipient TEXT)")
    log.close()
    settings = folder / "bounceparse.toml"
    settings.write_text(
        '[proof.sent_log]\nsqlite = "sent.db"\nquery = "SELECT recipient FROM sent WHERE message_id = ?"\n'
    )
    return str(settings)


@pytest.fixture
def letter(tmp_path):
    path = tmp_path / "one.eml"
    path.write_text("From: MAILER-DAEMON@a.example\nSubject: Undelivered\n\n<x@b.example>: 550 5.1.1 no such user\n")
    return str(path)


def test_a_whole_run(letter, tmp_path, opened):
    command = ["process", letter, "-q", "--out", str(tmp_path / "out"), "--config", with_sent_log(tmp_path)]
    assert main(command) == 0
    assert len(opened) >= 4  # the sent log's twice, the ledger's, the ids seen
    assert are_closed(opened)


def test_a_run_that_stops_half_way(letter, tmp_path, opened, monkeypatch):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bounceparse.reports.tally.Tally.add", fails)
    assert main(["process", letter, "-q", "--out", str(tmp_path / "out"), "--config", with_sent_log(tmp_path)]) == 3
    assert len(opened) >= 4
    assert are_closed(opened)


def test_a_ledger_that_is_none(letter, tmp_path, opened):
    (tmp_path / "ledger").write_bytes(b"this is not a database, " * 100)
    command = ["process", letter, "-q", "--out", str(tmp_path / "out"), "--ledger", str(tmp_path / "ledger")]
    assert main([*command, "--config", with_sent_log(tmp_path)]) == 2
    assert len(opened) >= 3
    assert are_closed(opened)
