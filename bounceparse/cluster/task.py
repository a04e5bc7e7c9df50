"""What the tasks of a run on a cluster are told, what it comes to, and how they are handed out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bounceparse.cluster import BLOCK_BYTES
from bounceparse.config import Config
from bounceparse.record import Decision
from bounceparse.reports.tally import Tally

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """How to go about it. ``ledger`` is a ``postgresql://`` URL that all workers reach, or None: no history."""

    blocksize: int | None = BLOCK_BYTES
    buckets: int | None = None
    storage_options: dict[str, Any] = field(default_factory=dict)
    ledger: str | None = None
    config: Config = field(default_factory=Config)
    now: int | None = None


@dataclass(slots=True)
class ClusterOutcome:
    """What a run did, in the words of :class:`bounceparse.job.Outcome`."""

    tally: Tally
    table_file: str = "bounces"
    sources: list[str] = field(default_factory=list)
    partitions: int = 0
    buckets: int = 0
    lists: dict[Decision, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    never_mailed: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """What all tasks know."""

    out: str
    buckets: int
    storage: dict[str, Any]
    ledger: str | None
    config: Config
    now: int
    run: int = 0
    night: int = 0


@dataclass(frozen=True, slots=True)
class Slice:
    """A bucket's bytes in the file of a partition."""

    partition: int
    start: int
    end: int


def gather(client: Client, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Any:
    """Run the calls on the cluster and return their answers, in order. Tasks are not pure: each one writes files."""
    futures = [client.submit(function, *call, pure=False) for call in calls]
    return client.gather(futures)  # type: ignore[no-untyped-call]
