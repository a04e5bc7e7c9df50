"""The job: the whole street once, from mailboxes to lists.

Order of a run: read → record → weigh → stage the files → put them in place → move the mail → mark as
published. What is written is written whole or not at all, so a run that stops anywhere can simply be run
again. With a ledger (:mod:`bounceparse.history`) the lists follow from the history of each address, without
one from the mail of this run alone.
"""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bounceparse.messages import name_unreadable
from bounceparse.reading import OnMessage, OnShare, read_records
from bounceparse.record import Bounce, Decision, InterruptedRun, Kind
from bounceparse.reports.addresses import AddressBook
from bounceparse.reports.folder import OutputFolder
from bounceparse.reports.lists import LIST_FILES, write_lists
from bounceparse.reports.rows import csv_cells
from bounceparse.reports.tables import WRITERS
from bounceparse.reports.tally import Tally

if TYPE_CHECKING:
    from bounceparse.history import HistorySettings
    from bounceparse.sources import RawMessage

Read = Iterator[tuple["RawMessage", list[Bounce]]]

NAMED_UNREADABLE = 20
"""Unreadable messages that are named on the terminal; ``unreadable.csv`` names all of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to read and where to write.

    ``table`` is the format of the file with all records: csv or parquet. ``jobs`` processes parse the mail.
    """

    sources: Sequence[str]
    out: Path
    table: str = "csv"
    history: HistorySettings | None = None
    jobs: int = 1


@dataclass(slots=True)
class Outcome:
    """What a run did: its counts, the addresses per list, and the first of the messages it could not read.

    With a ledger ``files`` counts the rows of every list by file name, and ``held`` says why the brake holds the
    removals back, where it does.
    """

    tally: Tally
    table_file: str
    lists: dict[Decision, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    never_mailed: int = 0


def run(
    settings: Settings,
    *,
    stdin: BinaryIO | None = None,
    on_message: OnMessage | None = None,
    on_share: OnShare | None = None,
) -> Outcome:
    """Read the sources and write the lists, the records and ``unreadable.csv`` into the folder.

    ``on_message`` and ``on_share`` are told of what is read, as :func:`bounceparse.reading.read_records` says.
    Raises SourceError where a source cannot be opened, UsageError where the folder cannot be
    written to, and InterruptedRun where writing stops half-way (a full disk); the folder's files
    are then as they were before.
    """
    from bounceparse.reasons.explanations import paragraph

    outcome = Outcome(Tally(), f"bounces.{settings.table}")
    read = read_records(
        settings.sources,
        stdin=stdin,
        on_message=on_message,
        jobs=settings.jobs,
        keep_data=_needs_data(settings),
        on_share=on_share,
    )
    with OutputFolder(settings.out) as folder:
        try:
            if settings.history is None:
                book = AddressBook()
                _record(settings, folder, read, lambda raw, bounce: book.add(bounce), outcome)
                outcome.lists = write_lists(folder, book.summaries(), paragraph)
                folder.publish()
            else:
                _run_with_history(settings, settings.history, folder, read, outcome)
        except (OSError, sqlite3.OperationalError) as error:
            raise InterruptedRun(
                f"stopped: {_os_words(error)}; nothing in {settings.out} was changed, run again when that is mended"
            ) from error
    return outcome


def _run_with_history(
    settings: Settings,
    history_settings: HistorySettings,
    folder: OutputFolder,
    read: Read,
    outcome: Outcome,
) -> None:
    """Do the steps that :mod:`bounceparse.history` names, in its order."""
    from bounceparse.history import History
    from bounceparse.reasons.explanations import paragraph
    from bounceparse.sources import find_files

    find_files(settings.sources)  # a path that doesn't exist is told before there is a ledger
    with History(history_settings, settings.sources) as history:
        _record(settings, folder, read, history.add, outcome)
        history.decide()
        outcome.files = history.write_lists(folder, paragraph)
        folder.publish()
        history.move_mail()
        history.finish(folder)
        outcome.lists = {decision: outcome.files[name] for decision, name in LIST_FILES.items()}
        outcome.held = history.held
        outcome.never_mailed = history.counts["never_mailed"]


def _record(
    settings: Settings,
    folder: OutputFolder,
    read: Read,
    take: Callable[[RawMessage, Bounce], None],
    outcome: Outcome,
) -> None:
    """Stream every record into the table, the counts and ``take``, each event once."""
    table = WRITERS[settings.table](folder.stage(outcome.table_file))
    unreadable = _UnreadableFile(folder)
    tally = outcome.tally
    with closing(_SeenEvents()) as seen:
        for raw, bounces in read:
            tally.messages += 1
            for bounce in bounces:
                if not seen.is_new(bounce.event_id):
                    tally.repeated += 1
                    continue
                table.write(bounce)
                tally.add(bounce)
                take(raw, bounce)
                if bounce.kind is Kind.UNREADABLE:
                    unreadable.add(raw, bounce)
                    if len(outcome.unreadable) < NAMED_UNREADABLE:
                        outcome.unreadable.append(name_unreadable(bounce))
    table.close()
    unreadable.close()


def _needs_data(settings: Settings) -> bool:
    """Say whether anything looks at the messages themselves: a proof, or the copy of what came through a pipe."""
    return "-" in settings.sources or (settings.history is not None and settings.history.config.proof.configured)


class _UnreadableFile:
    """``unreadable.csv``: where each unreadable message is, and why; one that came through a pipe is kept beside it."""

    def __init__(self, folder: OutputFolder) -> None:
        self._folder = folder
        self._text = io.TextIOWrapper(folder.stage("unreadable.csv"), "utf-8", newline="")
        self._csv = csv.writer(self._text, lineterminator="\n")
        self._csv.writerow(("source", "position", "event_id", "problem", "copy"))

    def add(self, raw: RawMessage, bounce: Bounce) -> None:
        copy = None
        if raw.source == "-" and raw.data:  # a file is still where it was, a pipe is gone
            copy = f"unreadable/{bounce.event_id}.eml"
            self._folder.keep(copy, raw.data)
        self._csv.writerow(csv_cells((bounce.source, bounce.position, bounce.event_id, bounce.evidence, copy)))

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _SeenEvents:
    """The event ids of this run, in a temporary database on the disk, so that memory doesn't grow with the mailbox.

    SQLite makes the file itself, without a name, and it is gone with the process; a look-up costs
    some 2 µs, a fiftieth of what reading a message does.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;"
            "CREATE TABLE seen (event_id TEXT PRIMARY KEY) WITHOUT ROWID; BEGIN;"
        )

    def is_new(self, event_id: str) -> bool:
        """Remember the id and say whether it is the first time."""
        return self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (event_id,)).rowcount == 1

    def close(self) -> None:
        self._database.close()


def _os_words(error: OSError | sqlite3.OperationalError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return str(error)
