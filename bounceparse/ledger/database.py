"""One thin way to talk to SQLite and PostgreSQL.

Everything above this module writes one SQL, with ``?`` for parameters and only what both databases know
(``INSERT … ON CONFLICT``, ordinary joins). What differs is here: how to connect, bulk input
(``executemany``, or COPY through a staging table), the lock of a run, and the words of errors.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from bounceparse.record import ConfigurationError, InterruptedRun, UsageError

Row = tuple[Any, ...]
Waiting = Callable[[str], None]

ROWS_A_STATEMENT = 50
"""Rows inserted by one statement of SQLite, which takes 999 parameters in its oldest builds."""

BUSY_SECONDS = 30
"""How long a statement waits for another program's lock on the SQLite file."""


class Database(Protocol):
    """What the ledger asks of a database."""

    dialect: str
    name: str

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement and return the number of rows it changed."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a small answer."""

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Yield the rows of an answer that may be large."""

    def execute_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement with many rows of parameters."""

    def insert_new(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
        """Insert the rows that are not there yet, in this order, and return how many those were."""

    def begin(self) -> None:
        """Begin a transaction that writes."""

    def commit(self) -> None:
        """Commit it to the disk."""

    def rollback(self) -> None:
        """Undo what was not committed; never raises."""

    def lock(self, seconds: float, waiting: Waiting) -> None:
        """Become the only run on this ledger, or raise InterruptedRun after waiting so long."""

    def overwrite(self) -> None:
        """From now on overwrite what is deleted, so that nothing of it can be found in the file."""

    def end_inserting(self) -> None:
        """Give back the memory that many inserted rows need; what comes is to read and to sort them."""

    def analyse(self, tables: Sequence[str]) -> None:
        """Have the database learn how large these tables have become, where it plans queries by that."""

    def close(self) -> None:
        """Give the lock back and close."""


@contextmanager
def transaction(database: Database) -> Iterator[None]:
    """Commit at the end of the block, or roll back if it raises."""
    database.begin()
    try:
        yield
        database.commit()
    except BaseException:
        database.rollback()
        raise


def connect(place: str | Path) -> Database:
    """Open the ledger at a path (SQLite) or a URL ``postgresql://…``."""
    text = str(place)
    if text.startswith(("postgresql://", "postgres://")):
        return PostgresDatabase(text)
    if "://" in text:
        raise UsageError(f"a ledger is a file or a postgresql:// URL, not {text.partition('://')[0]}://")
    return SqliteDatabase(Path(text))


class SqliteDatabase:
    """One file with a write-ahead log; a run holds a lock on ``<file>.lock`` that dies with its process."""

    dialect = "sqlite"
    SYNCHRONOUS = "FULL"  # mail may be moved away after a commit, so the commit must survive a power cut

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._lock_file: Any = None
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        # The log is copied back every 40 MB only: pages of the index change again with the next batch.
        # What is sorted goes to a file past the size of the cache, so that memory doesn't grow with the lists.
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {self.SYNCHRONOUS}",
            "wal_autocheckpoint = 10000",
            "temp_store = FILE",
            "cache_size = -49152",  # KiB; at a million events 32 MB make inserting a tenth slower
        ):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("PRAGMA user_version").fetchone()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise InterruptedRun(f"{self._words(error)}; nothing is lost, run again when that is mended") from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise ConfigurationError(f"{self.name} is not a ledger: {error}; choose another --ledger") from error
        except OSError as error:
            raise InterruptedRun(f"cannot use the ledger {self.name}: {error.strerror}; nothing is lost") from error

    def _words(self, error: sqlite3.OperationalError) -> str:
        code = getattr(error, "sqlite_errorname", "") or ""
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return f"the ledger {self.name} is locked by another program"
        if code == "SQLITE_FULL":
            return f"the disk is full: the ledger {self.name} cannot grow"
        if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            return f"the ledger {self.name} cannot be opened for writing: {error}"
        return f"the ledger {self.name} failed: {error}"

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        with self._errors():
            return self._connection.execute(sql, parameters).rowcount

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._errors():
            return self._connection.execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        with self._errors():
            yield from self._connection.execute(sql, parameters)

    def execute_many(self, sql: str, rows: Sequence[Row]) -> None:
        with self._errors():
            self._connection.executemany(sql, rows)

    def insert_new(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
        # Many rows a statement: beginning and ending one costs as much as inserting a row.
        names, marks = ",".join(columns), f"({','.join('?' * len(columns))})"
        whole = len(rows) - len(rows) % ROWS_A_STATEMENT
        new = 0
        with self._errors():
            for at_once, some in ((ROWS_A_STATEMENT, rows[:whole]), (1, rows[whole:])):
                sql = f"INSERT INTO {table} ({names}) VALUES {','.join([marks] * at_once)} ON CONFLICT DO NOTHING"
                groups = (chain.from_iterable(some[at : at + at_once]) for at in range(0, len(some), at_once))
                new += self._connection.executemany(sql, map(tuple, groups)).rowcount
        return new

    def begin(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:  # a full disk has already rolled back
            pass

    def lock(self, seconds: float, waiting: Waiting) -> None:
        import fcntl

        with self._errors():
            self._lock_file = self._lock_file or self._path.with_name(self._path.name + ".lock").open("a")

        def attempt() -> bool:
            try:
                fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        _wait_for(attempt, self.name, seconds, waiting)

    def overwrite(self) -> None:
        self.query("PRAGMA secure_delete = ON")

    def end_inserting(self) -> None:
        # As much may be sorted in memory as the cache takes, so both together stay where the cache was.
        self.query("PRAGMA cache_size = -32768")
        self.query("PRAGMA shrink_memory")

    def analyse(self, tables: Sequence[str]) -> None:
        pass  # it has what it needs in the order of the joins

    def close(self) -> None:
        self._connection.close()
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None


class PostgresDatabase:
    """A PostgreSQL database through psycopg 3; a run holds an advisory lock that dies with its connection."""

    dialect = "postgresql"
    _LOCK = 0x626F756E6365  # "bounce"

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise UsageError(
                "a PostgreSQL ledger needs psycopg: install it with `pip install 'bounceparse[postgres]'`"
            ) from None
        self._psycopg = psycopg
        self.name = _without_password(url)
        with self._errors():
            self._connection = psycopg.connect(url, autocommit=True, application_name="bounceparse")
            self._connection.execute("SET synchronous_commit = on")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (self._psycopg.OperationalError, self._psycopg.InterfaceError) as error:
            words = " ".join(str(error).split()) or "the connection is closed"
            raise InterruptedRun(
                f"the ledger {self.name} failed: {words}; nothing is lost, run again when that is mended"
            ) from error
        except self._psycopg.errors.InsufficientPrivilege as error:
            raise ConfigurationError(f"the ledger {self.name} refused: {' '.join(str(error).split())}") from error

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        with self._errors():
            return self._connection.execute(self._sql(sql), parameters).rowcount

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._errors():
            return self._connection.execute(self._sql(sql), parameters).fetchall()

    def stream(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        # A server-side cursor needs a transaction and holds no more than a few thousand rows here.
        with self._errors(), self._connection.transaction(), self._connection.cursor(name="rows") as cursor:
            cursor.itersize = 5000
            cursor.execute(self._sql(sql), parameters)
            yield from cursor

    def execute_many(self, sql: str, rows: Sequence[Row]) -> None:
        with self._errors(), self._connection.cursor() as cursor:
            cursor.executemany(self._sql(sql), rows)

    def insert_new(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
        names, staging = ",".join(columns), f"incoming_{table}"
        self.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging} ON COMMIT DELETE ROWS"
            f" AS SELECT {names} FROM {table} WITH NO DATA"
        )
        with (
            self._errors(),
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {staging} ({names}) FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)
        # In one order for all processes: none holds a row that another waits for while it waits for that one's.
        order = f"ORDER BY {', '.join(columns[:2])}"
        new = self.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {staging} {order} ON CONFLICT DO NOTHING"
        )
        self.execute(f"DELETE FROM {staging}")
        return new

    @staticmethod
    def _sql(sql: str) -> bytes:
        return sql.replace("?", "%s").encode()

    def begin(self) -> None:
        self.execute("BEGIN")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        try:
            if not self._connection.closed:
                self._connection.execute("ROLLBACK")
        except self._psycopg.Error:  # the connection is gone, and the transaction with it
            pass

    def lock(self, seconds: float, waiting: Waiting) -> None:
        def attempt() -> bool:
            return bool(self.query("SELECT pg_try_advisory_lock(?)", (self._LOCK,))[0][0])

        _wait_for(attempt, self.name, seconds, waiting)

    def overwrite(self) -> None:
        pass  # the server's vacuum clears deleted rows away

    def end_inserting(self) -> None:
        pass

    def analyse(self, tables: Sequence[str]) -> None:
        # The server counts by itself a minute later. Weighing 30,000 addresses, the first of a ledger, took a minute
        # and a half without: each batch joined by comparing all with all.
        for table in tables:
            self.execute(f"ANALYZE {table}")

    def close(self) -> None:
        # The server would let the lock go by itself, but a moment after the next run may have asked for it.
        if self._connection.info.transaction_status == self._psycopg.pq.TransactionStatus.IDLE:
            with suppress(self._psycopg.Error):
                self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._connection.close()


def _wait_for(attempt: Callable[[], bool], name: str, seconds: float, waiting: Waiting) -> None:
    deadline = time.monotonic() + seconds
    told = False
    while not attempt():
        if time.monotonic() >= deadline:
            raise InterruptedRun(f"another run holds the ledger {name}; nothing was done, run again later")
        if not told:
            waiting(f"waiting for another run on the ledger {name}")
            told = True
        time.sleep(0.1)


def _without_password(url: str) -> str:
    """Return the URL as it may be shown."""
    scheme, _, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host}".partition("?")[0]
