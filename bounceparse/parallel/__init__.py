"""The same street on all cores: shares of the mail to worker processes, their records back in order.

    for raw, bounces in read_records(["bounces.mbox"], jobs=2): ...

The records, their order and their positions are those of one process. See :mod:`bounceparse.parallel.pool` for what
happens when a worker dies, :mod:`bounceparse.parallel.shares` for how mail is shared out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from bounceparse.record import SourceError, UsageError

if TYPE_CHECKING:
    from bounceparse.parallel.shares import Share
    from bounceparse.parallel.work import Result
    from bounceparse.record import Bounce
    from bounceparse.sources import RawMessage

SMALL = 6 * 1024 * 1024
"""Bytes of mail that one process reads sooner than several would have started."""

AUTO = "auto"

OnShare = Callable[[str, int, int], None]
"""Told of each share that is done: the source, the messages and the bytes read."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """Some records as text, and the messages among them that could not be read: source, position, problem."""

    text: bytes
    unreadable: list[tuple[str, int, str | None]]


def number_of_jobs(wish: str | int) -> int:
    """Return how many worker processes to use: a number from 1 on, or ``auto`` for one per core."""
    if wish == AUTO:
        return _cores()
    try:
        jobs = int(wish)
    except ValueError:
        jobs = 0
    if jobs < 1:
        raise UsageError(f"the number of jobs is a whole number from 1 on, or auto; not {wish!r}")
    return jobs


def useful_jobs(wish: str | int, sources: Sequence[str]) -> int:
    """Return how many worker processes are worth while for these sources: 1 where one process is the quicker way.

    A pipe is shared out only where a number of jobs is asked for: with ``auto`` its records come as its mail does.
    Raises SourceError where a source doesn't exist.
    """
    jobs = number_of_jobs(wish)
    if jobs == 1 or (wish == AUTO and "-" in sources):
        return 1
    from bounceparse.sources import find_files

    files = find_files(sources)
    try:
        return jobs if _exceeds((file.path for file in files), SMALL) else 1
    except SourceError:  # found on the way: the reader says so when it gets there
        return 1


def read_records(
    sources: Sequence[str],
    jobs: int,
    *,
    stdin: BinaryIO | None = None,
    keep_data: bool = False,
    on_share: OnShare | None = None,
) -> Iterator[tuple[RawMessage, list[Bounce]]]:
    """Yield each message with its records, as one process would. The messages come without their bytes unless
    ``keep_data`` asks for them."""
    from bounceparse.parallel.work import bounce_of
    from bounceparse.sources import RawMessage

    for offset, result in _results(sources, jobs, "records", stdin, keep_data, on_share):
        for message in result.payload:
            position = message.position + offset
            raw = RawMessage(message.source, position, message.data, message.problem)
            yield raw, [bounce_of(cells, position) for cells in message.cells]


def read_text(
    sources: Sequence[str],
    jobs: int,
    form: str,
    *,
    stdin: BinaryIO | None = None,
    on_share: OnShare | None = None,
) -> Iterator[TextPart]:
    """Yield the records as text, ``jsonl`` or ``csv`` (without its header), part after part."""
    for offset, result in _results(sources, jobs, form, stdin, False, on_share):
        unreadable = [(source, position + offset, problem) for source, position, problem in result.unreadable]
        yield TextPart(result.payload.at(offset), unreadable)


def _results(
    sources: Sequence[str], jobs: int, form: str, stdin: BinaryIO | None, keep_data: bool, on_share: OnShare | None
) -> Iterator[tuple[int, Result]]:
    """Yield the results with the number of messages that stand before each in its file.

    Files that were named and cannot be read are held back until anything could be read: if nothing can, they are
    one error, as in :func:`bounceparse.sources.read_sources`.
    """
    from bounceparse.parallel.pool import Pool
    from bounceparse.parallel.shares import plan

    held: list[tuple[int, Result]] = []
    readable = False
    with Pool(jobs, form, keep_data=keep_data, give_up=lambda share: _give_up(share, form, keep_data)) as pool:
        for offset, share, result in _counted(pool.run(plan(sources, stdin=stdin))):
            if on_share is not None:
                on_share(_source(share), result.messages, result.size)
            readable = readable or result.readable
            held.append((offset, result))
            if readable:
                yield from held
                held.clear()
    if held:
        raise SourceError("; ".join([line for _, result in held for line in result.refused][:3]))


def _counted(results: Iterable[tuple[Share, Result]]) -> Iterator[tuple[int, Share, Result]]:
    from bounceparse.parallel.shares import FilesShare

    before = 0
    for share, result in results:
        if isinstance(share, FilesShare) or share.first:
            before = 0
        yield before, share, result
        before = 0 if isinstance(share, FilesShare) else before + result.messages


def _give_up(share: Share, form: str, keep_data: bool) -> Result:
    """Return the result of a message that nobody can parse: one record that says so."""
    from bounceparse.messages import unreadable_record
    from bounceparse.parallel.work import work
    from bounceparse.sources import RawMessage

    problem = "reading it ended the worker process three times"

    def records(raw: RawMessage) -> list[Bounce]:
        return [unreadable_record(RawMessage(raw.source, raw.position, raw.data, raw.problem or problem))]

    return work(share, form, keep_data, records)


def _source(share: Share) -> str:
    from bounceparse.parallel.shares import FilesShare, RangeShare

    if isinstance(share, RangeShare):
        return share.source
    return share.files[-1].source if isinstance(share, FilesShare) else share.messages[-1].source


def _cores() -> int:
    """Return the cores that this process may use (a container or a service may be given fewer than there are)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _exceeds(paths: Iterable[str], limit: int) -> bool:
    """Say whether these files are larger than the limit altogether, without looking at more of them than it takes."""
    total = 0
    for path in paths:
        if path == "-":
            return True
        try:
            total += os.stat(path).st_size  # noqa: PTH116  (a third of the time of Path.stat)
        except OSError:
            continue
        if total > limit:
            return True
    return False
