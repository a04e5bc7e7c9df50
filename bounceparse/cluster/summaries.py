"""What a partition knows of its addresses, and how two such pieces of knowledge are one.

A summary of an address is the set of its events, each known by its id; of an event met twice the first in the order
of the mail stays. Sets under union are what makes a cluster's answer that of one process: ``merge`` is associative and
commutative, and merging the same thing twice (a task that ran again) changes nothing. Counts would not be.

Addresses are dealt to buckets by a hash of their key, so that all of an address's events meet in one bucket, a bucket
fits in one worker's memory, and no machine sees them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, BinaryIO

from bounceparse.record import Bounce, Decision, Kind, Reason, Severity
from bounceparse.reports.addresses import address_key
from bounceparse.reports.rows import FIELDS, record_values, scrub

Place = tuple[int, int]
"""Where an event was met: the number of the partition, and of the record within it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An event, where it was met first, how often it was met elsewhere, and what proves it (see ``proof``)."""

    place: Place
    bounce: Bounce
    proof: str | None = None


class Summaries:
    """The events of some addresses: by address, then by id.

    ``places`` has every place at which a record was met: their number is that of all records, repeated ones too.
    """

    __slots__ = ("by_address", "places")

    def __init__(self, events: Iterable[Seen] = ()) -> None:
        self.by_address: dict[str, dict[str, Seen]] = {}
        self.places: set[Place] = set()
        for seen in events:
            self._add(seen)

    def _add(self, seen: Seen) -> None:
        self.places.add(seen.place)
        events = self.by_address.setdefault(key_of(seen.bounce), {})
        known = events.get(seen.bounce.event_id)
        if known is None or seen.place < known.place:
            events[seen.bounce.event_id] = seen

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Summaries):
            return NotImplemented
        return self.by_address == other.by_address and self.places == other.places

    __hash__ = None  # type: ignore[assignment]

    def events(self) -> Iterator[Seen]:
        """Yield the events in the order of the mail."""
        found = [seen for events in self.by_address.values() for seen in events.values()]
        yield from sorted(found, key=lambda seen: seen.place)


def merge(one: Summaries, other: Summaries) -> Summaries:
    """Return what both know together."""
    both = Summaries()
    both.places = one.places | other.places
    both.by_address = {key: dict(events) for key, events in one.by_address.items()}
    for events in other.by_address.values():
        for seen in events.values():
            both._add(seen)
    return both


def key_of(bounce: Bounce) -> str:
    """Return what makes a record one address's; a record without a recipient stands for itself."""
    return f"\0{bounce.event_id}" if bounce.recipient is None else address_key(bounce.recipient)


def bucket_of(bounce: Bounce, buckets: int) -> int:
    """Return the bucket of a record: the same on every machine, in every run."""
    digest = blake2b(key_of(bounce).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) % buckets


_CLOSED: dict[str, Any] = {"kind": Kind, "severity": Severity, "reason": Reason, "decision": Decision}
_INTEGERS = ("position", "reply_code")


def write(stream: BinaryIO, events: Iterable[Seen]) -> None:
    """Write events as an Arrow stream, the cells as they are.

    Not as Parquet, whose footer of 29 columns weighs more than the few hundred rows of a bucket.
    """
    import pyarrow

    rows = list(events)
    cells = list(zip(*(record_values(seen.bounce) for seen in rows), strict=True)) or [()] * len(FIELDS)
    columns: dict[str, Any] = {
        name: pyarrow.array(
            column if name in _INTEGERS else [None if cell is None else scrub(str(cell)) for cell in column],
            pyarrow.int64() if name in _INTEGERS else pyarrow.string(),
        )
        for name, column in zip(FIELDS, cells, strict=True)
    }
    columns["_partition"] = pyarrow.array([seen.place[0] for seen in rows], pyarrow.int64())
    columns["_record"] = pyarrow.array([seen.place[1] for seen in rows], pyarrow.int64())
    columns["_proof"] = pyarrow.array([seen.proof for seen in rows], pyarrow.string())
    table = pyarrow.table(columns)
    options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
    with pyarrow.ipc.new_stream(stream, table.schema, options=options) as writer:
        writer.write_table(table)


def read(data: bytes, before: dict[int, int]) -> Iterator[Seen]:
    """Yield the events that ``write`` wrote; ``before`` has how many messages of its mailbox stand before a partition
    that continues one."""
    import pyarrow

    with pyarrow.ipc.open_stream(data) as reader:
        table = reader.read_all()
    columns = [table.column(name).to_pylist() for name in (*FIELDS, "_partition", "_record", "_proof")]
    for *cells, partition, record, proof in zip(*columns, strict=True):
        values = dict(zip(FIELDS, cells, strict=True))
        for name, words in _CLOSED.items():
            values[name] = None if values[name] is None else words(values[name])
        bounce = Bounce(**values)
        if before.get(partition):
            bounce = replace(bounce, position=bounce.position + before[partition])
        yield Seen((partition, record), bounce, proof)
