"""``--jobs`` changes the time of a command and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounceparse.cli.main import main

pytestmark = pytest.mark.usefixtures("small_shares")
CLOCK = "1800000000"


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_parse(mail: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for jobs in ("1", "2"):
        out = tmp_path / jobs
        assert main(["parse", str(mail), "--format", form, "--output", str(out), "--jobs", jobs]) == 1
        said.append(capsys.readouterr().err)
    assert (tmp_path / "2").read_bytes() == (tmp_path / "1").read_bytes()
    assert said[0] == said[1]
    assert "could not read" in said[0]


@pytest.mark.parametrize("ledger", [[], ["--no-ledger"]], ids=["ledger", "no ledger"])
def test_process(
    mail: Path,
    tmp_path: Path,
    ledger: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOUNCEPARSE_NOW", CLOCK)
    pages = []
    for jobs in ("1", "2"):
        out = tmp_path / jobs
        assert main(["process", str(mail), "--out", str(out), "--no-brake", "--jobs", jobs, *ledger]) == 1
        pages.append(capsys.readouterr().out.replace(str(out), "OUT"))
    assert pages[0] == pages[1]
    files = sorted(path.name for path in (tmp_path / "1").iterdir() if "ledger" not in path.name)
    assert "remove.csv" in files
    for name in files:
        assert (tmp_path / "2" / name).read_bytes() == (tmp_path / "1" / name).read_bytes(), name


def test_a_wrong_number_is_told(mail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(mail), "--jobs", "many"]) == 2
    assert "whole number" in capsys.readouterr().err
