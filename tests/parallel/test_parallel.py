"""Several processes give what one gives, whatever happens to them."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from bounceparse import parallel
from bounceparse.parallel import pool as pool_module
from bounceparse.parallel.pool import Pool
from bounceparse.parallel.shares import messages_of, narrow, plan
from bounceparse.reading import read_records
from bounceparse.record import Bounce, InterruptedRun, Kind, SourceError, UsageError
from bounceparse.reports.tables import WRITERS

ROOT = Path(__file__).parents[2]
KILLS = 10


def records(sources: list[str], jobs: int) -> list[tuple[str, int, str | None, list[Bounce]]]:
    return [(raw.source, raw.position, raw.problem, found) for raw, found in read_records(sources, jobs=jobs)]


def text(sources: list[str], jobs: int, form: str) -> bytes:
    return b"".join(part.text for part in parallel.read_text(sources, jobs, form))


@cache
def written(source: str, form: str) -> bytes:
    stream = io.BytesIO()
    writer = WRITERS[form](stream)
    for _, bounces in read_records([source]):
        for bounce in bounces:
            writer.write(bounce)
    writer.close()
    return stream.getvalue()


@pytest.mark.usefixtures("small_shares")
class TestSame:
    @pytest.mark.parametrize("jobs", [2, 3])
    def test_records(self, mail: Path, jobs: int) -> None:
        assert records([str(mail)], jobs) == records([str(mail)], 1)

    @pytest.mark.parametrize("jobs", [2, 3])
    def test_json_lines(self, mail: Path, jobs: int) -> None:
        assert text([str(mail)], jobs, "jsonl") == written(str(mail), "jsonl")

    def test_csv(self, mail: Path) -> None:
        rows = written(str(mail), "csv")
        assert text([str(mail)], 2, "csv") == rows[rows.index(b"\n") + 1 :]

    def test_source_names_that_look_like_json(self, mail: Path, tmp_path: Path) -> None:
        odd = tmp_path / 'a", "position": 7,\n=b.mbox'
        odd.write_bytes((mail / "a.mbox").read_bytes())
        assert text([str(odd)], 2, "jsonl") == written(str(odd), "jsonl")
        rows = written(str(odd), "csv")
        assert text([str(odd)], 2, "csv") == rows[rows.index(b"\n") + 1 :]

    def test_standard_input(self, mail: Path) -> None:
        data = (mail / "a.mbox").read_bytes()
        one = list(read_records(["-"], stdin=io.BytesIO(data)))
        assert [found for _, found in read_records(["-"], stdin=io.BytesIO(data), jobs=2)] == [
            found for _, found in one
        ]

    def test_messages_come_with_their_bytes_if_asked_for(self, mail: Path) -> None:
        source = [str(mail / "a.mbox")]
        assert list(read_records(source, jobs=2, keep_data=True)) == list(read_records(source))
        assert {raw.data for raw, _ in read_records(source, jobs=2, keep_data=False)} == {b""}

    def test_shares_are_counted(self, mail: Path) -> None:
        told: list[tuple[str, int, int]] = []
        source = str(mail / "a.mbox")
        list(parallel.read_records([source], 2, on_share=lambda *share: told.append(share)))
        assert len(told) > 10
        assert {name for name, _, _ in told} == {source}
        assert sum(messages for _, messages, _ in told) == 600


class TestNarrow:
    @pytest.mark.usefixtures("small_shares")
    def test_no_message_is_lost_or_doubled(self, mail: Path) -> None:
        for share in plan([str(mail)]):
            whole = [(raw.source, raw.data) for raw, _ in messages_of(share)]
            level = [share]
            while any(narrow(one) for one in level):
                level = [smaller for one in level for smaller in (narrow(one) or [one])]
                assert [(raw.source, raw.data) for one in level for raw, _ in messages_of(one)] == whole
            assert len(level) == len(whole)


@pytest.mark.usefixtures("small_shares")
class TestDeaths:
    def test_a_worker_killed_ten_times(self, mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        killed: list[int] = []
        pools: list[Pool] = []
        listen = Pool._listen

        def kill_sometimes(pool: Pool, window: object) -> None:
            pools[:] = [pool]
            busy = [worker.process.pid for worker in pool._workers if worker.turns]
            if len(killed) < KILLS and busy and len(killed) * 3 <= told[0]:
                os.kill(busy[len(killed) % len(busy)], signal.SIGKILL)
                killed.append(busy[0])
            told[0] += 1
            listen(pool, window)  # type: ignore[arg-type]

        told = [0]
        monkeypatch.setattr(Pool, "_listen", kill_sometimes)
        assert text([str(mail)], 2, "jsonl") == written(str(mail), "jsonl")
        assert len(killed) == KILLS
        assert pools[0].restarts == KILLS

    def test_a_message_that_kills_its_worker_is_named(
        self,
        mail: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        generate: Callable[..., Iterator[bytes]],
    ) -> None:
        hooks = tmp_path / "hooks"
        hooks.mkdir()
        (hooks / "sitecustomize.py").write_text(
            "import os, signal\n"
            "import bounceparse.parser as parser\n"
            "parse = parser.parse_message\n"
            "def deadly(data, **where):\n"
            "    if b'X-Deadly:' in data:\n"
            "        os.kill(os.getpid(), signal.SIGKILL)\n"
            "    return parse(data, **where)\n"
            "parser.parse_message = deadly\n"
        )
        monkeypatch.setattr(pool_module, "_search_path", lambda: [str(hooks), str(ROOT), *filter(None, sys.path)])
        mailbox = tmp_path / "deadly.mbox"
        with mailbox.open("wb") as stream:
            for number, message in enumerate(generate(200, 5)):
                deadly = b"X-Deadly: yes\n" if number == 77 else b""
                stream.write(b"From a Mon Nov 23 10:00:00 2026\n" + deadly + message.replace(b"\nFrom ", b"\n>From "))
                stream.write(b"\n")
        whole, found = records([str(mailbox)], 1), records([str(mailbox)], 2)
        assert [row[:2] for row in found] == [row[:2] for row in whole]
        assert [number for number in range(200) if found[number][3] != whole[number][3]] == [77]
        (bounce,) = found[77][3]
        assert (bounce.kind, bounce.position) == (Kind.UNREADABLE, 77)
        assert bounce.evidence == "reading it ended the worker process three times"

    def test_workers_that_cannot_start(self, mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with pytest.raises(InterruptedRun, match="--jobs 1"):
            text([str(mail)], 2, "jsonl")


@pytest.mark.usefixtures("small_shares")
class TestEnds:
    def test_the_workers_end_with_an_abandoned_run(self, mail: Path) -> None:
        before = children()
        run = parallel.read_records([str(mail)], 2)
        next(run)
        assert children() - before
        run.close()
        assert children() == before

    def test_an_interrupt_of_the_group_leaves_the_workers_to_their_parent(self, mail: Path) -> None:
        run = parallel.read_text([str(mail)], 2, "jsonl")
        parts = [next(run).text]
        for worker in children():
            os.kill(worker, signal.SIGINT)
        parts += [part.text for part in run]
        assert b"".join(parts) == written(str(mail), "jsonl")

    def test_the_workers_end_when_the_parent_is_killed(self, mail: Path) -> None:
        program = (
            "import os, sys; from bounceparse import parallel; from bounceparse.parallel import shares\n"
            "shares.RANGE_BYTES = 100_000\n"
            "run = parallel.read_records([sys.argv[1]], 2); next(run)\n"
            "print(*os.listdir('/proc/self/task'), flush=True); sys.stdin.read()\n"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", program, str(mail)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        with parent:
            assert parent.stdout is not None
            parent.stdout.readline()
            workers = children(parent.pid)
            assert workers
            parent.kill()
        deadline = time.monotonic() + 20
        while any(alive(worker) for worker in workers):
            assert time.monotonic() < deadline, "a worker outlived its parent"
            time.sleep(0.05)

    def test_what_was_read_comes_before_the_error(self, mail: Path, tmp_path: Path) -> None:
        (tmp_path / "nothing").mkdir()
        run = parallel.read_records([str(mail / "a.mbox"), str(tmp_path / "nothing")], 2)
        with pytest.raises(SourceError, match="no mail found"):
            for number, _ in enumerate(run):
                last = number
        assert last == 599

    def test_a_missing_path_is_told_at_once(self, mail: Path) -> None:
        with pytest.raises(SourceError, match="no such file"):
            next(parallel.read_records([str(mail), "/no/such/mail"], 2))

    def test_nothing_readable_is_one_error(self, mail: Path) -> None:
        damaged = mail.parent / "damaged.gz"
        damaged.write_bytes(b"\x1f\x8b" + b"x" * 300_000)
        with pytest.raises(SourceError, match=r"damaged\.gz: damaged gzip file"):
            list(parallel.read_records([str(damaged)], 2))
        assert records([str(damaged), str(mail)], 2) == records([str(damaged), str(mail)], 1)


class TestJobs:
    @pytest.mark.parametrize("wish", ["0", "-1", "two", "", "1.5"])
    def test_a_wrong_number(self, wish: str) -> None:
        with pytest.raises(UsageError, match="whole number"):
            parallel.number_of_jobs(wish)

    def test_little_mail_stays_in_one_process(self, mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parallel, "_cores", lambda: 4)
        assert parallel.useful_jobs("auto", [str(mail / "e")]) == 1
        monkeypatch.setattr(parallel, "SMALL", 10_000)
        assert parallel.useful_jobs("auto", [str(mail / "e")]) == 4
        assert parallel.useful_jobs("3", [str(mail / "e")]) == 3
        assert parallel.useful_jobs("auto", ["-"]) == 1
        assert parallel.useful_jobs("3", ["-"]) == 3


def children(process: int | None = None) -> set[int]:
    """Return the ids of the children of a process, its own by default."""
    listing = Path(f"/proc/{process or os.getpid()}/task")
    return {int(pid) for task in listing.iterdir() for pid in (task / "children").read_text().split()}


def alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
