"""A run's dealings with the ledger: what the job calls at each step, so that a run may die between any two.

The order, and what a run that dies after each step leaves for the next one:

1. lock and begin: an unfinished run, which the next one takes up under the same number;
2. record, batch after batch, each committed: events that the next run finds already there;
3. decide: addresses weighed or still ``touched``; removals in the outbox;
4. stage the lists and rename them into place: tonight's lists, which the next run writes again as they are;
5. move the mail that was read (``--move-to``): what is still there is read again and counts nothing;
6. finish: the outbox is marked as published tonight, the run as done.

Only step 6 lets an entry go, and nothing is moved before the lists that rest on it are on the disk.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bounceparse.config import Config, read_addresses
from bounceparse.ledger.events import address_key
from bounceparse.ledger.ledger import Ledger, Run
from bounceparse.record import Bounce, ConfigurationError, InterruptedRun
from bounceparse.reports.folder import OutputFolder
from bounceparse.reports.history import drop_proposed, write_history_lists

if TYPE_CHECKING:
    from types import TracebackType

    from bounceparse.proof import Prover
    from bounceparse.reports.lists import Explain
    from bounceparse.sources import RawMessage

BATCH = 10_000
"""Records handed to the ledger at once: some 20 MB of memory."""

COMMIT = 100_000
"""Records per transaction: one flush to the disk, a few seconds of reading to do again at worst."""

NOW_VARIABLE = "BOUNCEPARSE_NOW"
"""The environment variable that sets the clock (seconds since 1970), for tests and for reading old mail again."""


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """Which ledger to keep, by which configuration. ``move_to`` is where single-message files go once they are read."""

    ledger: str
    config: Config = field(default_factory=Config)
    move_to: Path | None = None
    now: int | None = None
    waiting: Callable[[str], None] = print


class History:
    """One run with its ledger, in a ``with`` block; ``finish`` ends it, anything else leaves it to the next run."""

    def __init__(self, settings: HistorySettings, sources: Sequence[str]) -> None:
        self._settings = settings
        self._config = settings.config
        self._now = settings.now if settings.now is not None else clock()
        self._recipients = _recipients(settings.config)
        self._batch: list[tuple[Bounce, str | None]] = []
        self._uncommitted = 0
        self._files: dict[str, int] = {}
        self._sources = sources
        self.counts: Counter[str] = Counter()
        self.held: list[str] = []
        self._run: Run | None = None
        with ExitStack() as opened:
            self._prover = opened.enter_context(open_prover(settings.config))
            self._ledger = opened.enter_context(Ledger(settings.ledger, night_hours=settings.config.night_hours))
            self._opened = opened.pop_all()

    def __enter__(self) -> History:
        try:
            self._ledger.lock(wait=self._config.wait_seconds, waiting=self._settings.waiting)
            self._run = self._ledger.begin("process", self._now, sources=self._sources)
        except BaseException:
            self._opened.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def run(self) -> Run:
        """The run that was begun."""
        assert self._run is not None
        return self._run

    def add(self, raw: RawMessage, bounce: Bounce) -> None:
        """Take one record; every ``COMMIT`` of them are committed together."""
        if self._settings.move_to is not None:
            self._files[raw.source] = max(self._files.get(raw.source, 0), raw.position)
        if self._recipients is not None and bounce.recipient is not None:
            addresses = {address_key(one) for one in (bounce.recipient, bounce.final_recipient) if one}
            if not addresses & self._recipients:
                self.counts["never_mailed"] += 1
                return
        proof = None
        if self._prover is not None and bounce.recipient is not None:
            proof = self._prover.prove(raw.data, bounce, self._now).kind.value
        self._batch.append((bounce, proof))
        if len(self._batch) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        self.counts["records"] += len(self._batch)
        self._uncommitted += len(self._batch)
        full = self._uncommitted >= COMMIT
        self._ledger.record(self.run, self._batch, commit=full)
        self._batch.clear()
        if full:
            self._uncommitted = 0

    def decide(self) -> None:
        """Record the rest, weigh every touched address and ask the brake."""
        self._flush()
        self._ledger.decide(self.run, self._config.policy)
        known = None if self._recipients is None else len(self._recipients)
        self.held = self._ledger.brake(self._config.brake, known)

    def write_lists(self, folder: OutputFolder, explain: Explain) -> dict[str, int]:
        """Stage the lists and return how many addresses each file has."""
        return write_history_lists(folder, self._ledger, self.run, explain, held=bool(self.held))

    def move_mail(self) -> int:
        """Move the files of single messages away; return how many. Mailboxes of many messages stay as they are."""
        target = self._settings.move_to
        if target is None:
            return 0
        moved = 0
        try:
            target.mkdir(parents=True, exist_ok=True)
            for source, last in self._files.items():
                path = _file_of(source)
                if path is not None and last == 0 and not _is_mailbox(path):
                    path.replace(_free_name(target, path.name))
                    moved += 1
        except OSError as error:
            raise InterruptedRun(
                f"cannot move the mail to {target}: {error.strerror}; the lists are written, run again to go on"
            ) from error
        return moved

    def finish(self, folder: OutputFolder) -> None:
        """Mark the lists as published and the run as ended: the last step."""
        if not self.held:
            with suppress(OSError):  # a stale proposal is no reason to stop
                drop_proposed(folder)
        self._ledger.finish(self.run, self.counts, held=bool(self.held))


def clock() -> int:
    """Return the time in seconds since 1970, or what the environment says it is."""
    text = os.environ.get(NOW_VARIABLE, "")
    return int(text) if text.isdigit() else int(time.time())


def _recipients(config: Config) -> set[str] | None:
    if config.recipients is None:
        return None
    try:
        return read_addresses(config.recipients)
    except OSError as error:
        raise ConfigurationError(f"cannot read the recipients {config.recipients}: {error.strerror}") from None


def open_prover(config: Config) -> AbstractContextManager[Prover | None]:
    """Return the forgery guard that a configuration asks for, to be used in a ``with`` block."""
    if not config.proof.configured:
        return nullcontext()
    from bounceparse.proof import Prover

    return Prover(config.proof)


def _file_of(source: str) -> Path | None:
    """Return the file of a source; a message of a Maildir is named without its folder and flags."""
    from bounceparse.sources.maildir import moved_to

    path = Path(source)
    if path.is_file():
        return path
    in_new = path.parent / "new" / path.name
    if in_new.is_file():
        return in_new
    found = moved_to(str(in_new))
    return Path(found) if found else None


def _is_mailbox(path: Path) -> bool:
    """Say whether the file is an mbox, of however many messages, or compressed: those are never moved."""
    if path.suffix in (".gz", ".bz2", ".xz"):
        return True
    with path.open("rb") as stream:
        return stream.read(5) == b"From "


def _free_name(folder: Path, name: str) -> Path:
    """Return a path in the folder that no file has."""
    path, number = folder / name, 0
    while path.exists():
        number += 1
        path = folder / f"{number}-{name}"
    return path
