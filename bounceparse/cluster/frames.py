"""Records on a cluster as a Dask frame.

The number of a message in a mailbox is known only when the ranges before it have been counted, so each frame comes with
its count and gets its numbers in a second, small task. Counting first would read everything twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bounceparse.cluster.partitions import Partition, messages, partitions
from bounceparse.messages import records_of
from bounceparse.parser import parse_message
from bounceparse.record import Bounce
from bounceparse.sources import RawMessage

if TYPE_CHECKING:
    import dask.dataframe as dd
    import pandas as pd


def read(urls: list[str], blocksize: int | None, options: dict[str, Any]) -> dd.DataFrame:
    """Return the frame of :func:`bounceparse.cluster.read_bounces`."""
    import dask.dataframe as dd
    from dask.delayed import delayed

    from bounceparse.reports.frames import frame_of

    frames = []
    before: Any = 0
    parsed_by, numbered_by, counted_by = delayed(parse), delayed(numbered), delayed(counted)
    parts = partitions(urls, blocksize, options)
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        if not part.continues:
            before = 0
        parsed = parsed_by(part, options)
        frames.append(numbered_by(parsed, before))
        if following is not None and following.continues:
            before = counted_by(parsed, before)
    made: dd.DataFrame = dd.from_delayed(frames, meta=frame_of(()), verify_meta=False, prefix="read-bounces")
    return made


def parse(partition: Partition, options: dict[str, Any]) -> tuple[pd.DataFrame, int]:
    """Return the frame of a partition and how many messages it has."""
    from bounceparse.reports.frames import frame_of

    count = 0

    def bounces() -> Iterator[Bounce]:
        nonlocal count
        for _, found in read_records(partition, options):
            count += 1
            yield from found

    frame = frame_of(bounces())
    return frame, count


def read_records(partition: Partition, options: dict[str, Any]) -> Iterator[tuple[RawMessage, list[Bounce]]]:
    """Yield the messages of a partition with their records."""
    for raw in messages(partition, options):
        yield raw, records_of(raw, parse_message)


def numbered(parsed: tuple[pd.DataFrame, int], before: int) -> pd.DataFrame:
    """Return the frame with the numbers of its messages in their mailbox."""
    frame, _ = parsed
    return frame.assign(position=frame["position"] + before) if before else frame


def counted(parsed: tuple[pd.DataFrame, int], before: int) -> int:
    """Return how many messages of the mailbox stand before the next partition."""
    return before + parsed[1]
