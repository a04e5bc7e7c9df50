"""``bounceparse process``: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import csv
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from bounceparse.cli.main import main


@pytest.fixture
def folder(tmp_path: Path, bounce_mail: Any) -> Path:
    mails = tmp_path / "mails"
    mails.mkdir()
    (mails / "1.eml").write_bytes(bounce_mail())
    (mails / "2.eml").write_bytes(bounce_mail("bob@example.org", "452 4.2.2 Mailbox full", number=2))
    return mails


def addresses(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as text:
        return [row["address"] for row in csv.DictReader(text)]


def test_lists_and_summary(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report"
    assert main(["process", str(folder), "--out", str(out)]) == 0
    page, errors = capfd.readouterr()
    assert errors == ""
    assert page.startswith("2 messages read, 2 records\n")
    assert "user_unknown" in page
    assert addresses(out / "remove.csv") == ["ann@example.org"]
    assert addresses(out / "retry.csv") == ["bob@example.org"]
    assert sorted(path.name for path in out.iterdir()) == [
        "bounces.csv",
        "ledger.sqlite3",
        "ledger.sqlite3.lock",
        "quarantine.csv",
        "remove.csv",
        "restored.csv",
        "retry.csv",
        "review.csv",
        "sender_issues.csv",
        "suppressed.csv",
        "unreadable.csv",
    ]


def test_quiet_says_nothing_when_all_is_well(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["process", "--quiet", str(folder), "--out", str(tmp_path / "report")]) == 0
    assert capfd.readouterr() == ("", "")


def test_quiet_still_names_what_could_not_be_read(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "3.eml").write_bytes(bytes(range(256)) * 20)
    out = tmp_path / "report"
    assert main(["process", "--quiet", str(folder), "--out", str(out)]) == 1
    page, errors = capfd.readouterr()
    assert page == ""
    assert errors.count("\n") == 1
    assert "3.eml" in errors
    assert "3.eml" in (out / "unreadable.csv").read_text()
    assert addresses(out / "remove.csv") == ["ann@example.org"]


def test_verbose_names_the_mailboxes(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["process", "--verbose", str(folder), "--out", str(tmp_path / "report")]) == 0
    assert capfd.readouterr().err == f"reading {folder}/1.eml\nreading {folder}/2.eml\n"


def test_parquet(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report"
    assert main(["process", str(folder), "--out", str(out), "--format", "parquet"]) == 0
    assert pyarrow.parquet.read_table(out / "bounces.parquet").num_rows == 2
    assert not (out / "bounces.csv").exists()


def test_a_folder_that_cannot_be_made_is_wrong_usage(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["process", str(folder), "--out", str(tmp_path / "taken")]) == 2
    assert "choose another --out" in capfd.readouterr().err


def test_progress_is_for_terminals_and_goes_away(folder: Path, tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    program = (
        "import bounceparse.cli.progress as progress, sys\n"
        "progress.FIRST_AFTER = progress.EVERY = 0\n"
        "from bounceparse.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    mailbox = tmp_path / "box.mbox"
    mailbox.write_bytes(b"From a Mon Mar  3 10:00:00 2025\nSubject: x\n\nhello\n\n" * 200)
    command = [sys.executable, "-c", program, "process", str(mailbox), "--out", str(tmp_path / "report")]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=follower, check=False)
    os.close(follower)
    shown = os.read(leader, 65536).decode()
    os.close(leader)
    assert done.returncode == 0
    assert "128 messages" in shown
    assert " %" in shown
    assert shown.endswith("\r\x1b[K")
