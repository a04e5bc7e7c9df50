"""The whole job with its ledger: it may die at every step, run twice, be fed forgeries."""

from __future__ import annotations

import csv
import errno
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bounceparse import config, job
from bounceparse.cli.main import main
from bounceparse.history import History, HistorySettings
from bounceparse.ledger.ledger import Ledger
from bounceparse.proof import Key
from bounceparse.proof.verp import make_verp
from bounceparse.record import InterruptedRun
from bounceparse.reports.folder import OutputFolder

from .conftest import NOW

SEPARATOR = b"From MAILER-DAEMON Mon Mar  3 10:00:00 2025\n"
REPLIES = (
    "550 5.1.1 <{}>: Recipient address rejected: User unknown",
    "452 4.2.2 <{}> Mailbox full",
    "554 5.7.1 Message rejected as spam by content scanning",
    "451 4.3.0 Temporary server error, try again later",
    "550 5.1.1 <{}> no such user here",
)


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch):
    monkeypatch.setenv("BOUNCEPARSE_NOW", str(NOW))
    monkeypatch.delenv(config.VARIABLE, raising=False)


def mails(bounce_mail, count, people=40):
    made = []
    for number in range(count):
        who = f"person{number % people}@d{number % 7}.example"
        reply = REPLIES[(number % people) % len(REPLIES)].format(who)
        made.append(SEPARATOR + bounce_mail(who, reply, day=1 + number % 28, number=number) + b"\n")
    return made


@pytest.fixture
def mailbox(bounce_mail, tmp_path):
    path = tmp_path / "box.mbox"
    path.write_bytes(b"".join(mails(bounce_mail, 120)))
    return path


def process(place, out, *sources, move_to=None, **changes):
    settings = HistorySettings(str(place), config.Config(**changes), move_to, waiting=lambda text: None)
    return job.run(job.Settings([str(source) for source in sources], Path(out), "csv", settings))


def files(out):
    return {path.name: path.read_bytes() for path in sorted(Path(out).glob("*.csv"))}


def addresses(out, name):
    with (Path(out) / name).open(encoding="utf-8", newline="") as text:
        return [row["address"] for row in csv.DictReader(text)]


def dump(place):
    with Ledger(place) as ledger:
        return list(ledger.dump())


@pytest.fixture
def whole(mailbox, tmp_path):
    """Lists and ledger of an unbroken run."""
    process(tmp_path / "whole.sqlite3", tmp_path / "whole", mailbox)
    assert len(addresses(tmp_path / "whole", "remove.csv")) > 10
    return files(tmp_path / "whole"), dump(tmp_path / "whole.sqlite3")


STEPS = ["record", "decide", "brake", "finish"]


class PowerCutError(Exception):
    pass


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [*STEPS, "begin", "publish", "rename", "move"])
def test_a_run_that_dies_at_a_step_is_made_good_by_the_next(step, when, place, mailbox, whole, tmp_path, monkeypatch):
    monkeypatch.setattr("bounceparse.history.BATCH", 50)
    monkeypatch.setattr("bounceparse.history.COMMIT", 50)
    owner, name = {
        "publish": (OutputFolder, "publish"),
        "rename": (Path, "replace"),
        "move": (History, "move_mail"),
    }.get(step, (Ledger, step))
    real = getattr(owner, name)
    calls = []

    def dying(*arguments, **options):
        calls.append(1)
        # The third rename is in the midst of the lists; the second batch is in the midst of the mail.
        last = len(calls) == {"rename": 3, "record": 2}.get(step, 1)
        if last and when == "before":
            raise PowerCutError
        result = real(*arguments, **options)
        if last:
            raise PowerCutError
        return result

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, dying)
        with pytest.raises(PowerCutError):
            process(place, tmp_path / "out", mailbox)
    process(place, tmp_path / "out", mailbox)
    assert files(tmp_path / "out") == whole[0]
    after_the_end = (step, when) == ("finish", "after")
    strip = [line for line in whole[1] if not (after_the_end and line.startswith('["runs"'))]
    assert [line for line in dump(place) if not (after_the_end and line.startswith('["runs"'))] == strip


def test_reading_twice_in_halves_or_shuffled_gives_the_same_lists(place, bounce_mail, mailbox, whole, tmp_path):
    messages = mails(bounce_mail, 120)
    random.Random(3).shuffle(messages)
    for number, part in enumerate((messages[:70], messages[50:], messages)):
        (tmp_path / f"part{number}.mbox").write_bytes(b"".join(part))
        process(place, tmp_path / "out", tmp_path / f"part{number}.mbox")
    process(place, tmp_path / "out", mailbox, mailbox)
    lists = files(tmp_path / "out")
    for name in ("remove.csv", "suppressed.csv", "retry.csv", "quarantine.csv", "review.csv", "sender_issues.csv"):
        ours = [row.split(b".mbox,")[0].rsplit(b",", 1)[0] for row in lists[name].splitlines()]
        theirs = [row.split(b".mbox,")[0].rsplit(b",", 1)[0] for row in whole[0][name].splitlines()]
        assert ours == theirs, name


def test_two_processes_at_once_give_the_same_lists(place, mailbox, whole, tmp_path):
    command = [sys.executable, "-m", "bounceparse", "process", str(mailbox), "-q", "--out", str(tmp_path / "out")]
    root = Path(__file__).parents[2]
    running = [subprocess.Popen([*command, "--ledger", str(place)], cwd=root) for _ in range(2)]
    assert [process.wait(120) for process in running] == [0, 0]
    assert files(tmp_path / "out") == whole[0]


def test_mail_is_moved_last_and_lists_stay(place, bounce_mail, tmp_path, monkeypatch):
    box = tmp_path / "in"
    for folder in ("new", "cur", "tmp"):
        (box / folder).mkdir(parents=True)
    for number, mail in enumerate(mails(bounce_mail, 6)):
        name = f"{number}.host" if number % 2 else f"{number}.host:2,S"
        (box / ("new" if number % 2 else "cur") / name).write_bytes(mail.removeprefix(SEPARATOR))
    done = tmp_path / "done"
    with monkeypatch.context() as patch:
        patch.setattr(OutputFolder, "publish", lambda self: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        with pytest.raises(InterruptedRun):
            process(place, tmp_path / "out", box, move_to=done)
    assert not done.exists()
    process(place, tmp_path / "out", box, move_to=done)
    assert len(list(done.iterdir())) == 6
    assert not list(box.glob("*/*"))
    removed = addresses(tmp_path / "out", "remove.csv")
    assert removed
    process(place, tmp_path / "out", box, move_to=done)
    assert addresses(tmp_path / "out", "remove.csv") == removed


def test_an_mbox_is_never_moved(place, mailbox, tmp_path):
    process(place, tmp_path / "out", mailbox, move_to=tmp_path / "done")
    assert mailbox.exists()


def test_the_brake_ends_with_status_4_and_proposes_only(mailbox, tmp_path, capsys):
    (tmp_path / "b.toml").write_text("[brake]\ncount = 5\n")
    command = ["process", str(mailbox), "-q", "--out", str(tmp_path / "out"), "--config", str(tmp_path / "b.toml")]
    assert main(command) == 4
    assert "removals held back" in (said := capsys.readouterr().err)
    assert "ledger approve" in said
    assert addresses(tmp_path / "out", "remove.csv") == addresses(tmp_path / "out", "suppressed.csv") == []
    proposed = addresses(tmp_path / "out", "remove.proposed.csv")
    assert len(proposed) > 5
    assert main(["ledger", "approve", "--ledger", str(tmp_path / "out")]) == 0
    assert main(command) == 0
    assert addresses(tmp_path / "out", "remove.csv") == proposed
    assert not (tmp_path / "out" / "remove.proposed.csv").exists()


def test_the_samples_never_trip_the_brake(tmp_path):
    samples = Path(__file__).parents[2] / "samples"
    assert main(["process", str(samples), "-q", "--out", str(tmp_path / "out")]) in (0, 1)
    assert "dana@example.com" in addresses(tmp_path / "out", "remove.csv")


def test_forgeries_are_refused_where_proof_is_required(bounce_mail, tmp_path, capsys):
    (tmp_path / "b.toml").write_text("[proof]\nkeys = [{ name = 'k1', secret = 'our own secret' }]\n")
    tagged = make_verp("ann@example.org", "bounces@sender.example", Key("k1", b"our own secret"), NOW)
    genuine = bounce_mail().replace(b"To: news@sender.example", f"To: {tagged}".encode())
    (tmp_path / "1.eml").write_bytes(genuine)
    (tmp_path / "2.eml").write_bytes(bounce_mail("victim@example.org", "550 5.1.1 User unknown", number=2))
    out = tmp_path / "out"
    sources = [str(tmp_path / "1.eml"), str(tmp_path / "2.eml")]
    command = ["process", *sources, "-q", "--out", str(out), "--require-proof", "--config", str(tmp_path / "b.toml")]
    assert main(command) == 0
    assert addresses(out, "remove.csv") == ["ann@example.org"]
    assert addresses(out, "review.csv") == ["victim@example.org"]
    with (out / "remove.csv").open(newline="") as text:
        assert [row["proof"] for row in csv.DictReader(text)] == ["verp"]
    assert main(["process", *sources, "-q", "--out", str(out), "--require-proof"]) == 2
    assert "[proof]" in capsys.readouterr().err


def test_without_configuration_unproven_bounces_count_and_say_so(bounce_mail, tmp_path):
    (tmp_path / "1.eml").write_bytes(bounce_mail())
    assert main(["process", str(tmp_path / "1.eml"), "-q", "--out", str(tmp_path / "out")]) == 0
    with (tmp_path / "out" / "remove.csv").open(newline="") as text:
        assert [row["proof"] for row in csv.DictReader(text)] == ["none"]


def test_addresses_never_mailed_are_ignored(bounce_mail, tmp_path, capsys):
    (tmp_path / "1.eml").write_bytes(bounce_mail())
    (tmp_path / "2.eml").write_bytes(bounce_mail("stranger@example.org", "550 5.1.1 User unknown", number=2))
    (tmp_path / "list.txt").write_text("Ann@Example.org\nbob@example.org\n")
    command = ["process", str(tmp_path / "1.eml"), str(tmp_path / "2.eml"), "-q", "--out", str(tmp_path / "out")]
    assert main([*command, "--recipients", str(tmp_path / "list.txt")]) == 0
    assert addresses(tmp_path / "out", "remove.csv") == ["ann@example.org"]
    command.remove("-q")
    assert main([*command, "--recipients", str(tmp_path / "list.txt")]) == 0
    assert "1 of addresses never mailed, ignored" in capsys.readouterr().out
    assert main([*command, "--recipients", str(tmp_path / "none.txt")]) == 2


def test_the_ledger_may_be_named_by_the_folder_of_a_run(bounce_mail, tmp_path):
    (tmp_path / "1.eml").write_bytes(bounce_mail())
    command = ["process", str(tmp_path / "1.eml"), "-q", "--out"]
    assert main([*command, str(tmp_path / "out")]) == 0
    assert main([*command, str(tmp_path / "other"), "--ledger", str(tmp_path / "out")]) == 0
    assert not (tmp_path / "other" / "ledger.sqlite3").exists()
    with Ledger(tmp_path / "out" / "ledger.sqlite3") as ledger:
        assert ledger.database.query("SELECT COUNT(*) FROM runs WHERE status = 'done'") == [(2,)]


def test_records_that_wait_for_their_commit_are_read_again(mailbox, whole, tmp_path, monkeypatch):
    """The batches before the commit are lost with the run, and nothing else is."""
    monkeypatch.setattr("bounceparse.history.COMMIT", 1000)
    monkeypatch.setattr("bounceparse.history.BATCH", 10)
    taken = []

    def break_off(self, raw, bounce, add=History.add):
        taken.append(bounce)
        if len(taken) == 75:
            raise RuntimeError("killed")
        add(self, raw, bounce)

    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="killed"):
        patch.setattr(History, "add", break_off)
        process(tmp_path / "l.sqlite3", tmp_path / "out", mailbox)
    with Ledger(tmp_path / "l.sqlite3") as ledger:
        assert ledger.database.query("SELECT COUNT(*) FROM events") == [(0,)]
    process(tmp_path / "l.sqlite3", tmp_path / "out", mailbox)
    assert files(tmp_path / "out") == whole[0]


def small_disk(tmp_path):
    """Return a command prefix that limits how large a file may grow, which SQLite meets like a full disk."""
    return ["bash", "-c", 'ulimit -f 64; trap "" XFSZ; exec "$@"', "bash"]


def test_a_full_disk_is_status_3_and_loses_nothing(mailbox, whole, tmp_path):
    command = [sys.executable, "-m", "bounceparse", "process", str(mailbox), "-q", "--out", str(tmp_path / "out")]
    root = Path(__file__).parents[2]
    done = subprocess.run([*small_disk(tmp_path), *command], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert subprocess.run(command, cwd=root, check=False).returncode == 0
    assert files(tmp_path / "out") == whole[0]


def test_a_read_only_folder_is_status_3(mailbox, tmp_path):
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to become somebody else")
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o555)
    command = [sys.executable, "-m", "bounceparse", "process", str(mailbox), "-q", "--out", str(out)]
    if os.geteuid() == 0:
        # Without its capabilities root is bound by the permissions like anybody.
        command = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", *command]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    out.chmod(0o755)
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1
    assert list(out.iterdir()) == []


def test_a_lost_connection_is_status_3(postgres, mailbox, whole, tmp_path, capsys, monkeypatch):
    import psycopg

    def cut(self, *arguments, **options):
        with psycopg.connect(postgres, autocommit=True) as other:
            ours = "FROM pg_stat_activity WHERE application_name = 'bounceparse'"
            other.execute(f"SELECT pg_terminate_backend(pid) {ours} AND datname = current_database()")
        return real(self, *arguments, **options)

    real = Ledger.decide
    command = ["process", str(mailbox), "-q", "--out", str(tmp_path / "out"), "--ledger", postgres]
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "decide", cut)
        assert main(command) == 3
    assert capsys.readouterr().err.count("\n") == 1
    assert files(tmp_path / "out") == {}
    assert main(command) == 0
    assert files(tmp_path / "out") == whole[0]


def test_a_locked_ledger_is_status_3(mailbox, tmp_path, capsys, monkeypatch):
    import sqlite3

    monkeypatch.setattr("bounceparse.ledger.database.BUSY_SECONDS", 0.1)
    out = tmp_path / "out"
    assert main(["process", str(mailbox), "-q", "--out", str(out)]) == 0
    before = files(out)
    other = sqlite3.connect(out / "ledger.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert main(["process", str(mailbox), "-q", "--out", str(out)]) == 3
    assert "locked by another program" in capsys.readouterr().err
    other.close()
    assert files(out) == before
