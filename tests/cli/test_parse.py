"""``bounceparse parse``: records on standard output or in a file."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from bounceparse.cli.main import main
from bounceparse.reports.rows import FIELDS


@pytest.fixture
def mailbox(tmp_path: Path, bounce_mail: Any) -> Path:
    path = tmp_path / "box.mbox"
    mails = [bounce_mail(), bounce_mail("bob@example.org", "452 4.2.2 Mailbox full", number=2)]
    path.write_bytes(b"".join(b"From MAILER-DAEMON Mon Mar  3 10:00:00 2025\n" + mail + b"\n" for mail in mails))
    return path


def test_json_lines(mailbox: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["parse", str(mailbox)]) == 0
    records = [json.loads(line) for line in capfdbinary.readouterr().out.decode().split("\n")[:-1]]
    assert [(r["position"], r["recipient"], r["reply_code"], r["reason"]) for r in records] == [
        (0, "ann@example.org", 550, "user_unknown"),
        (1, "bob@example.org", 452, "mailbox_full"),
    ]
    assert list(records[0]) == list(FIELDS)
    assert records[0]["decision"] == "remove"
    assert records[0]["source"] == str(mailbox)


def test_csv(mailbox: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["parse", "--format", "csv", str(mailbox)]) == 0
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode(), newline="")))
    assert [row["enhanced_status"] for row in rows] == ["5.1.1", "4.2.2"]


def test_parquet_through_a_pipe(mailbox: Path) -> None:
    command = [sys.executable, "-m", "bounceparse", "parse", "--format", "parquet", str(mailbox)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert pyarrow.parquet.read_table(io.BytesIO(done.stdout)).column("reply_code").to_pylist() == [550, 452]
    assert done.stderr == b""


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_file_is_written_whole(form: str, mailbox: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = mailbox.with_name(f"records.{form}")
    assert main(["parse", "--format", form, "--output", str(output), str(mailbox)]) == 0
    assert capfd.readouterr() == ("", "")
    assert output.stat().st_size > 100
    assert sorted(path.name for path in mailbox.parent.iterdir()) == ["box.mbox", output.name]


def test_a_failed_run_leaves_the_old_file(mailbox: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = mailbox.with_name("records.jsonl")
    output.write_text("old")
    assert main(["parse", "--output", str(output), str(mailbox.with_name("none"))]) == 2
    assert output.read_text() == "old"


def test_standard_input(mailbox: Path) -> None:
    command = [sys.executable, "-m", "bounceparse", "parse", "-"]
    done = subprocess.run(command, input=mailbox.read_bytes(), capture_output=True, check=True)
    assert [json.loads(line)["recipient"] for line in done.stdout.splitlines()] == [
        "ann@example.org",
        "bob@example.org",
    ]


def test_what_cannot_be_read_is_named_and_given(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "noise.eml").write_bytes(bytes(range(256)) * 20)
    assert main(["parse", str(tmp_path)]) == 1
    out, err = capfdbinary.readouterr()
    assert json.loads(out)["kind"] == "unreadable"
    assert err.count(b"\n") == 1
    assert b"noise.eml" in err


def test_parquet_without_pyarrow_says_what_to_install(
    mailbox: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["parse", "--format", "parquet", str(mailbox)]) == 2
    assert "pip install 'bounceparse[parquet]'" in capfd.readouterr().err
