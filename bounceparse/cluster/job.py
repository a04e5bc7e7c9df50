"""The nightly job on a Dask cluster: from mailboxes in a store to records and lists in a store.

1. *map*, a task per partition: parse, deal the records to buckets by their address, write them, bucket after bucket,
   into one file under ``OUT/.work/``. The task's answer is where in it each bucket begins.
2. *reduce*, a task per bucket: merge what all partitions know of its addresses (:mod:`.summaries`), write the records
   by day under ``OUT/bounces/day=…/``, then either write the bucket's part of the lists (without a ledger) or put its
   events into the ledger.
3. With a ledger (PostgreSQL): the touched addresses are weighed in as many tasks, each a range of addresses; the brake
   is asked; the lists are streamed from the database into ``OUT``; the run is marked as done.

Every file's name follows from its partition and bucket, and the ledger counts an event once, so a task that ran twice,
because its worker died, leaves what one run leaves. Only numbers pass through the scheduler and the client.
"""

from __future__ import annotations

import io
import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, BinaryIO

from bounceparse.cluster.frames import read_records
from bounceparse.cluster.partitions import Partition, partitions
from bounceparse.cluster.store import put, read_slices, remove, work_file
from bounceparse.cluster.summaries import Seen, Summaries, bucket_of, read, write
from bounceparse.cluster.task import ClusterOutcome, ClusterSettings, Slice, Task, gather
from bounceparse.messages import name_unreadable
from bounceparse.record import Bounce, Decision, InterruptedRun, Kind
from bounceparse.reports.addresses import AddressBook
from bounceparse.reports.lists import LIST_FILES, write_lists
from bounceparse.reports.tables import ParquetWriter, parse_time
from bounceparse.reports.tally import Tally

if TYPE_CHECKING:
    from distributed import Client

BUCKET_BYTES = 512 * 1024 * 1024
"""Bytes of mail per bucket: some 120,000 messages, whose records take some 300 MB in the worker that merges them."""

MAX_BUCKETS = 1_000
"""Every partition meets every bucket, so more of them would make requests for crumbs; they grow instead."""

NULL_DAY = "__HIVE_DEFAULT_PARTITION__"
"""The folder of records without a date, as all readers of partitioned Parquet know it."""

NAMED_UNREADABLE = 20


@dataclass(slots=True)
class _Mapped:
    """What a partition's task answers: its messages, and where each bucket begins in its file (and the last ends)."""

    messages: int
    bounds: array[int]


@dataclass(slots=True)
class _Reduced:
    tally: Tally
    lists: dict[Decision, int]
    unreadable: list[str]
    new: int = 0


def run(urls: Sequence[str], out: str, scheduler: str, settings: ClusterSettings) -> ClusterOutcome:
    """Do the job; see :func:`bounceparse.cluster.process`. Raises InterruptedRun where the cluster gives up."""
    from distributed import Client, KilledWorker

    parts = partitions(urls, settings.blocksize, settings.storage_options)
    buckets = settings.buckets or _buckets(sum(part.size for part in parts))
    task = Task(out.rstrip("/"), buckets, settings.storage_options, settings.ledger, settings.config, _now(settings))
    outcome = ClusterOutcome(Tally(), sources=list(urls), partitions=len(parts), buckets=buckets)
    try:
        client = Client(scheduler, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise InterruptedRun(f"cannot reach the cluster at {scheduler}: {error}") from None
    with client:
        try:
            if settings.ledger is None:
                _map_reduce(client, parts, task, outcome)
            else:
                from bounceparse.cluster.history import with_ledger

                with_ledger(client, parts, task, outcome, _map_reduce)
        except KilledWorker as error:
            raise InterruptedRun(
                f"the cluster gave up after several workers died ({error}); what is done is kept, run again"
            ) from error
    remove(task, f"{task.out}/.work")
    return outcome


def _buckets(size: int) -> int:
    return max(1, min(math.ceil(size / BUCKET_BYTES), MAX_BUCKETS))


def _now(settings: ClusterSettings) -> int:
    from bounceparse.history import clock

    return settings.now if settings.now is not None else clock()


def _map_reduce(client: Client, parts: Sequence[Partition], task: Task, outcome: ClusterOutcome) -> None:
    remove(task, f"{task.out}/.work")
    mapped: list[_Mapped] = gather(client, map_partition, [(part, number, task) for number, part in enumerate(parts)])
    before: dict[int, int] = {}
    for number, part in enumerate(parts):
        if part.continues:
            before[number] = before.get(number - 1, 0) + mapped[number - 1].messages
    remove(task, f"{task.out}/bounces")
    calls = [
        (
            bucket,
            [Slice(number, *answer.bounds[bucket : bucket + 2]) for number, answer in enumerate(mapped)],
            before,
            task,
        )
        for bucket in range(task.buckets)
    ]
    reduced: list[_Reduced] = gather(client, reduce_bucket, calls)
    outcome.tally.messages = sum(answer.messages for answer in mapped)
    outcome.lists = dict.fromkeys(LIST_FILES, 0)
    for part_of_lists in reduced:
        _add_up(outcome.tally, part_of_lists.tally)
        outcome.unreadable += part_of_lists.unreadable
        for decision, count in part_of_lists.lists.items():
            outcome.lists[decision] += count
    outcome.unreadable = sorted(outcome.unreadable)[:NAMED_UNREADABLE]


def map_partition(partition: Partition, number: int, task: Task) -> _Mapped:
    """Parse a partition and write its records, dealt to buckets."""
    from bounceparse.history import open_prover

    dealt: dict[int, list[Seen]] = defaultdict(list)
    messages = records = 0
    with open_prover(task.config) as prover:
        for raw, bounces in read_records(partition, task.storage):
            messages += 1
            for bounce in bounces:
                proof = prover.prove(raw.data, bounce, task.now).kind.value if prover and bounce.recipient else None
                dealt[bucket_of(bounce, task.buckets)].append(Seen((number, records), bounce, proof))
                records += 1
    stream, bounds = io.BytesIO(), array("Q", [0])
    for bucket in range(task.buckets):
        if bucket in dealt:
            write(stream, dealt.pop(bucket))
        bounds.append(stream.tell())
    put(task, work_file(task, number), stream.getvalue())
    return _Mapped(messages, bounds)


def reduce_bucket(bucket: int, slices: Sequence[Slice], before: dict[int, int], task: Task) -> _Reduced:
    """Merge what the partitions know of a bucket's addresses, and write its records and lists or ledger events."""
    summaries = Summaries(seen for data in read_slices(task, slices) for seen in read(data, before))
    tally, book = Tally(repeated=len(summaries.places)), AddressBook()
    unreadable: list[str] = []
    by_day: dict[str, list[Bounce]] = defaultdict(list)
    events = list(summaries.events())
    for seen in events:
        bounce = seen.bounce
        tally.add(bounce)
        book.add(bounce)
        moment = parse_time(bounce.arrived_at)
        by_day[moment.date().isoformat() if moment else NULL_DAY].append(bounce)
        if bounce.kind is Kind.UNREADABLE and len(unreadable) < NAMED_UNREADABLE:
            unreadable.append(name_unreadable(bounce))
    tally.repeated -= len(events)
    for day, bounces in by_day.items():
        put(task, f"{task.out}/bounces/day={day}/bucket-{bucket:05}.parquet", _parquet(bounces))
    if task.ledger is not None:
        from bounceparse.cluster.history import insert

        return _Reduced(tally, {}, unreadable, insert(task.ledger, task.run, task.night, events))
    return _Reduced(tally, _write_lists(bucket, book, task), unreadable)


def _parquet(bounces: Iterable[Bounce]) -> bytes:
    stream = io.BytesIO()
    writer = ParquetWriter(stream)
    for bounce in bounces:
        writer.write(bounce)
    writer.close()
    return stream.getvalue()


class _Parts:
    """Stands for an output folder: each list becomes a folder of parts, one per bucket."""

    def __init__(self) -> None:
        self.streams: dict[str, BinaryIO] = {}

    def stage(self, name: str) -> BinaryIO:
        return self.streams.setdefault(name, io.BytesIO())


def _write_lists(bucket: int, book: AddressBook, task: Task) -> dict[Decision, int]:
    from bounceparse.reasons.explanations import paragraph

    parts = _Parts()
    counts = write_lists(parts, book.summaries(), paragraph)
    for name, stream in parts.streams.items():
        stream.seek(0)
        put(task, f"{task.out}/{name.removesuffix('.csv')}/bucket-{bucket:05}.csv", stream.read())
    return counts


def _add_up(total: Tally, more: Tally) -> None:
    for one in fields(Tally):
        ours, theirs = getattr(total, one.name), getattr(more, one.name)
        if isinstance(ours, Counter):
            ours.update(theirs)
        else:
            setattr(total, one.name, ours + theirs)
