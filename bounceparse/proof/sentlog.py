"""The sender's own log: which message went to whom."""

from __future__ import annotations

import csv
import sqlite3
from typing import Any, Protocol

from bounceparse.proof.settings import SentLogSettings
from bounceparse.record import ConfigurationError, InterruptedRun


class SentLog(Protocol):
    """Answers to whom a message was sent."""

    def recipients(self, identifier: str) -> set[str] | None:
        """Return the recipients of this Message-ID or envelope id in lower case, or None where it is unknown.

        An empty set says that the message was sent but the log doesn't tell to whom.
        """

    def close(self) -> None:
        """Close what the log holds open."""


def plain(identifier: str) -> str:
    """Return a Message-ID or envelope id without angle brackets and space around it."""
    return identifier.strip().removeprefix("<").removesuffix(">").strip()


def open_log(settings: SentLogSettings) -> SentLog:
    """Open the log; raises ConfigurationError where it cannot be read."""
    if settings.csv is not None:
        return CsvLog(settings)
    if settings.sqlite is not None or settings.url is not None:
        return QueryLog(settings)
    raise ConfigurationError("[proof.sent_log] needs csv, or sqlite or url with a query")


class CsvLog:
    """A CSV file with the columns message_id or envelope_id (or both), and recipient where it is known."""

    def __init__(self, settings: SentLogSettings) -> None:
        assert settings.csv is not None
        self._recipients: dict[str, set[str]] = {}
        try:
            with settings.csv.open(encoding="utf-8-sig", newline="") as lines:
                rows = csv.DictReader(lines)
                if not {"message_id", "envelope_id"} & set(rows.fieldnames or ()):
                    raise ConfigurationError(f"{settings.csv} has no column message_id or envelope_id")
                for row in rows:
                    for column in ("message_id", "envelope_id"):
                        if identifier := plain(row.get(column) or ""):
                            known = self._recipients.setdefault(identifier, set())
                            if recipient := (row.get("recipient") or "").strip().casefold():
                                known.add(recipient)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigurationError(f"cannot read the sent log {settings.csv}: {error}") from error

    def recipients(self, identifier: str) -> set[str] | None:
        return self._recipients.get(plain(identifier))

    def close(self) -> None:
        pass  # it was read whole


class QueryLog:
    """A database of the sender's and a query with one parameter, written ``?``."""

    def __init__(self, settings: SentLogSettings) -> None:
        if not settings.query or settings.query.count("?") != 1:
            raise ConfigurationError(
                "[proof.sent_log] needs a query with one ?, like SELECT recipient FROM sent WHERE message_id = ?"
            )
        self._connection: Any
        self._errors: tuple[type[Exception], ...]
        if settings.sqlite is not None:
            self._query = settings.query
            self._errors = (sqlite3.Error,)
            try:
                self._connection = sqlite3.connect(f"file:{settings.sqlite}?mode=ro", uri=True)
            except sqlite3.Error as error:
                raise ConfigurationError(f"cannot open the sent log {settings.sqlite}: {error}") from error
        else:
            self._open_postgres(settings.url or "", settings.query)

    def _open_postgres(self, url: str, query: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise ConfigurationError(
                "a sent log in PostgreSQL needs psycopg: pip install 'bounceparse[postgres]'"
            ) from None
        self._query = query.replace("?", "%s")
        self._errors = (psycopg.Error,)
        try:
            self._connection = psycopg.connect(url, autocommit=True)
        except psycopg.Error as error:
            raise InterruptedRun(f"cannot reach the sent log: {' '.join(str(error).split())}") from error

    def recipients(self, identifier: str) -> set[str] | None:
        try:
            rows = self._connection.execute(self._query, (plain(identifier),)).fetchall()
        except self._errors as error:
            raise InterruptedRun(f"the sent log failed: {' '.join(str(error).split())}; nothing is lost") from error
        if not rows:
            return None
        return {str(row[0]).strip().casefold() for row in rows if row and row[0]}

    def close(self) -> None:
        self._connection.close()
