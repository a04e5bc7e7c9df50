"""The records and lists of a cluster are those of one process, from files or a store, whoever dies on the way."""

from __future__ import annotations

import csv
import gzip
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bounceparse
from bounceparse import cluster as on_cluster
from bounceparse import job
from bounceparse.cli.main import main
from bounceparse.history import HistorySettings
from bounceparse.ledger.ledger import Ledger
from bounceparse.record import SourceError, UsageError

pytest.importorskip("distributed", reason="needs the extra cluster")

SLOW = os.environ.get("CI") == "true" or os.environ.get("BOUNCEPARSE_SLOW") == "1"
MESSAGES = 20_000 if SLOW else 1_500
KILLS = 10
NOW = 1_800_000_000


def fill(folder: Path, count: int, write_mailbox: Callable[..., int]) -> Path:
    """Put so many messages there: a large mailbox, a part of it once more and compressed, and single messages."""
    write_mailbox(folder / "a.mbox", count - 500)
    messages = (folder / "a.mbox").read_bytes().split(b"\nFrom MAILER-DAEMON ")
    (folder / "b.mbox.gz").write_bytes(gzip.compress(b"\nFrom MAILER-DAEMON ".join(messages[:470]) + b"\n", 1))
    for path in sorted((Path(__file__).parents[2] / "samples").glob("*.eml"))[::7][:30]:
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="session")
def mail(tmp_path_factory: pytest.TempPathFactory, write_mailbox: Callable[..., int]) -> Path:
    """As much mail as there is time for."""
    return fill(tmp_path_factory.mktemp("mail"), MESSAGES, write_mailbox)


@pytest.fixture(scope="session")
def little(tmp_path_factory: pytest.TempPathFactory, write_mailbox: Callable[..., int]) -> Path:
    """Little mail, of every form."""
    return fill(tmp_path_factory.mktemp("little"), 1_500, write_mailbox)


@pytest.fixture(scope="session")
def alone(mail: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of one process."""
    out = tmp_path_factory.mktemp("alone")
    job.run(job.Settings([str(mail)], out, "parquet"))
    return out


def settings(**changes: Any) -> Any:
    from bounceparse.cluster.task import ClusterSettings

    values = {"blocksize": max(MESSAGES * 4_000 // 24, 100_000), "buckets": 3, "now": NOW, **changes}
    return ClusterSettings(**values)


def records(paths: list[Path], prefix: str = "") -> list[dict[str, Any]]:
    """Return the records of Parquet files in one order, sources without their prefix."""
    import pyarrow.parquet

    rows = [row for path in paths for row in pyarrow.parquet.ParquetFile(path).read().to_pylist()]
    for row in rows:
        row["source"] = row["source"].removeprefix(prefix)
    return sorted(rows, key=lambda row: (row["source"], row["position"], row["event_id"]))


def rows_of(paths: list[Path], prefix: str = "") -> list[dict[str, str]]:
    found = []
    for path in paths:
        with path.open(newline="") as stream:
            found += [{**row, "source": row["source"].removeprefix(prefix)} for row in csv.DictReader(stream)]
    return sorted(found, key=lambda row: row["address"])


def assert_same(out: Path, alone: Path, prefix: str = "", own_prefix: str = "") -> None:
    expected = records([alone / "bounces.parquet"], own_prefix)
    assert len(expected) >= MESSAGES - 500
    assert records(sorted(out.glob("bounces/day=*/*.parquet")), prefix) == expected
    for name in ("remove", "retry", "review", "sender_issues"):
        parts = sorted(out.glob(f"{name}/*.csv"))
        assert rows_of(parts, prefix) == rows_of([alone / f"{name}.csv"], own_prefix)


class TestFrame:
    def test_is_that_of_one_process(self, cluster: Any, little: Path) -> None:
        import pandas as pd

        with cluster.get_client():
            lazy = bounceparse.cluster.read_bounces(f"file://{little}", blocksize=400_000)
            found = lazy.compute()
        assert lazy.npartitions > 3
        pd.testing.assert_frame_equal(found.reset_index(drop=True), bounceparse.read_bounces(little))

    def test_from_a_pattern_and_without_cutting(self, little: Path) -> None:
        lazy = on_cluster.read_bounces(str(little / "lab-*.eml"), blocksize=None)
        assert lazy.npartitions == 1
        one = bounceparse.read_bounces(sorted(little.glob("lab-*.eml")))
        assert lazy.compute(scheduler="sync")["event_id"].tolist() == one["event_id"].tolist()

    def test_nothing_found(self, tmp_path: Path, store: dict[str, Any]) -> None:
        with pytest.raises(SourceError, match="no such file"):
            on_cluster.read_bounces(str(tmp_path / "*.mbox"))
        with pytest.raises(SourceError, match="s3://nowhere"):
            on_cluster.read_bounces("s3://nowhere/*.mbox", storage_options=store)

    @pytest.mark.parametrize("size", ["many", "-1", 0])
    def test_a_wrong_block_size(self, little: Path, size: str | int) -> None:
        with pytest.raises(UsageError, match="block size"):
            on_cluster.read_bounces(str(little), blocksize=size)


class TestProcess:
    @pytest.mark.slow
    def test_files(self, cluster: Any, mail: Path, alone: Path, tmp_path: Path) -> None:
        outcome = on_cluster.process([f"file://{mail}"], str(tmp_path), cluster.scheduler_address, settings())
        assert outcome.tally.messages == MESSAGES
        assert outcome.partitions > 15
        assert outcome.tally.repeated >= 470
        assert_same(tmp_path, alone)
        assert not (tmp_path / ".work").exists()

    @pytest.mark.slow
    def test_a_store(self, cluster: Any, mail: Path, alone: Path, tmp_path: Path, store: dict[str, Any]) -> None:
        import s3fs

        s3 = s3fs.S3FileSystem(**store)
        s3.mkdir("bounces")
        for path in mail.iterdir():
            s3.put_file(str(path), f"bounces/in/{path.name}")
        outcome = on_cluster.process(
            ["s3://bounces/in"], "s3://bounces/out", cluster.scheduler_address, settings(storage_options=store)
        )
        s3.get("bounces/out", str(tmp_path / "out"), recursive=True)
        assert outcome.tally.messages == MESSAGES
        assert_same(tmp_path / "out", alone, "s3://bounces/in/", f"{mail}/")
        assert not s3.exists("bounces/out/.work")

    @pytest.mark.slow
    def test_workers_killed_ten_times(self, cluster: Any, mail: Path, alone: Path, tmp_path: Path) -> None:
        done = threading.Event()
        killed: list[int] = []

        def kill() -> None:
            while len(killed) < KILLS and not done.wait(0.4):
                running = [worker.process.pid for worker in cluster.workers.values() if worker.process is not None]
                busy = [pid for pid in running if pid is not None and pid not in killed]
                if busy:
                    os.kill(busy[len(killed) % len(busy)], signal.SIGKILL)
                    killed.append(busy[len(killed) % len(busy)])

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            while True:  # a short run would be over before the tenth
                on_cluster.process([str(mail)], str(tmp_path), cluster.scheduler_address, settings())
                assert_same(tmp_path, alone)
                if len(killed) >= KILLS:
                    break
        finally:
            done.set()
            killer.join()
        assert len(killed) == KILLS


class TestLedger:
    def test_is_that_of_one_process(
        self, cluster: Any, little: Path, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BOUNCEPARSE_NOW", str(NOW))
        one, many = tmp_path / "one", tmp_path / "many"
        ledger = str(tmp_path / "ledger.sqlite3")
        job.run(job.Settings([str(little)], one, history=HistorySettings(ledger)))
        for _ in range(2):  # the second time finds everything there
            outcome = on_cluster.process([str(little)], str(many), cluster.scheduler_address, settings(ledger=postgres))
        assert outcome.tally.messages == 1_500
        for name in ("remove", "retry", "review", "sender_issues", "suppressed", "quarantine", "restored"):
            assert (many / f"{name}.csv").read_bytes() == (one / f"{name}.csv").read_bytes(), name
        assert _dump(postgres) == _dump(ledger)


def _dump(place: str) -> list[str]:
    """Return a ledger's content but for the counts of its runs."""
    with Ledger(place) as ledger:
        return [line for line in ledger.dump() if not line.startswith('["runs"')]


class TestCommand:
    def test_process(self, cluster: Any, little: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = str(tmp_path / "out")
        address = cluster.scheduler_address
        assert main(["process", f"{little}/lab-*.eml", "--cluster", address, "--no-ledger", "--out", out]) == 0
        assert "messages read" in capsys.readouterr().out
        assert list((tmp_path / "out" / "remove").glob("*.csv"))

    def test_a_ledger_of_one_machine_is_refused(self, little: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["process", str(little), "--cluster", "tcp://127.0.0.1:1", "--out", "x"]) == 2
        assert "--ledger postgresql://" in capsys.readouterr().err

    def test_no_cluster_there(self, little: Path, capsys: pytest.CaptureFixture[str]) -> None:
        import dask

        with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
            assert main(["process", str(little), "--cluster", "tcp://127.0.0.1:1", "--no-ledger", "--out", "x"]) == 3
        assert "cannot reach the cluster" in capsys.readouterr().err
