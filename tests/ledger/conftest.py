"""Ledgers to test with: a SQLite file and a real PostgreSQL server, started for the tests on a local socket."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounceparse.record import Bounce, Decision, Kind, Reason, Severity

NOW = 1_790_000_000
_databases = itertools.count(1)


def _postgres_bin() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return places[-1].parent if places else None


def _skip(why: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}, and CI must run these tests")
    pytest.skip(why)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a server of our own and yield the URL of its socket, without a database name."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        _skip("psycopg is not installed (pip install 'bounceparse[postgres]')")
    programs = _postgres_bin()
    if programs is None:
        _skip("no PostgreSQL server on this machine (apt-get install postgresql)")
    assert programs is not None
    as_root = os.geteuid() == 0  # the server refuses to run as root
    user = "postgres" if as_root else None
    folder = Path(tempfile.mkdtemp(prefix="bp-pg-", dir="/tmp"))
    if as_root:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def call(*words: str) -> None:
        subprocess.run(words, user=user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder)

    call(str(programs / "initdb"), "-D", str(data), "-U", "bounce", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=40"
    call(str(programs / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
    try:
        yield f"postgresql://bounce@/{{}}?host={folder}"
    finally:
        call(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """Return the URL of a fresh, empty database."""
    import psycopg

    name = f"ledger{next(_databases)}"
    with psycopg.connect(postgres_server.format("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres_server.format(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where to make a ledger: a file, and in a second run of the test a database."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite3")
    return str(request.getfixturevalue("postgres"))


def make_bounce(
    recipient: str, event_id: str, arrived_at: str | None = "2026-09-01T10:00:00+00:00", **changes: object
) -> Bounce:
    values: dict[str, object] = {
        "source": "test.mbox",
        "position": 0,
        "kind": Kind.FAILED,
        "reply_code": 550,
        "enhanced_status": "5.1.1",
        "reply_text": "No such user",
        "severity": Severity.PERMANENT,
        "reason": Reason.USER_UNKNOWN,
        "decision": Decision.REMOVE,
        "rule": "test.unknown",
        "evidence": "No such user",
        "remote_mta": "mx.example",
    }
    values.update(changes)
    return Bounce(event_id=event_id, recipient=recipient, arrived_at=arrived_at, **values)  # type: ignore[arg-type]
