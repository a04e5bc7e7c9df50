"""The ledger's part in a run on a cluster: workers insert and weigh, the client locks, brakes and publishes.

The ledger must be one that all workers reach: PostgreSQL. The order is that of :mod:`bounceparse.history`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bounceparse.cluster.store import upload
from bounceparse.cluster.summaries import Seen
from bounceparse.cluster.task import ClusterOutcome, Task, gather
from bounceparse.ledger.ledger import Ledger
from bounceparse.ledger.weighing import LAST, weigh_touched
from bounceparse.policy.settings import Settings
from bounceparse.reports.folder import OutputFolder
from bounceparse.reports.history import write_history_lists
from bounceparse.reports.lists import LIST_FILES

if TYPE_CHECKING:
    from distributed import Client

    from bounceparse.cluster.partitions import Partition

BATCH = 10_000
"""Events per transaction."""

MapReduce = Callable[["Client", "Sequence[Partition]", "Task", "ClusterOutcome"], None]


def with_ledger(
    client: Client, parts: Sequence[Partition], task: Task, outcome: ClusterOutcome, map_reduce: MapReduce
) -> None:
    """Record, weigh and publish; a run that dies before its end is taken up by the next one."""
    from bounceparse.reasons.explanations import paragraph

    assert task.ledger is not None
    config = task.config
    with Ledger(task.ledger, night_hours=config.night_hours) as ledger:
        ledger.lock(wait=config.wait_seconds)
        run = ledger.begin("process", task.now, sources=outcome.sources)
        task = replace(task, run=run.number, night=run.night)
        map_reduce(client, parts, task, outcome)
        ledger.touch()
        bounds = boundaries(ledger, task.buckets)
        calls = [(task.ledger, run.number, run.night, config.policy, *cut) for cut in pairwise(bounds)]
        gather(client, weigh, calls)
        outcome.held = ledger.brake(config.brake)
        with tempfile.TemporaryDirectory() as name, OutputFolder(Path(name)) as folder:
            outcome.files = write_history_lists(folder, ledger, run, paragraph, held=bool(outcome.held))
            folder.publish()
            upload(task, Path(name))
        outcome.lists = {decision: outcome.files[file] for decision, file in LIST_FILES.items()}
        ledger.finish(run, {"events": outcome.tally.records}, held=bool(outcome.held))


def insert(ledger_url: str, number: int, night: int, events: Sequence[Seen]) -> int:
    """Put a bucket's events into the ledger; return how many were new. Done twice it changes nothing."""
    from bounceparse.ledger.ledger import Run

    new = 0
    with Ledger(ledger_url) as ledger:
        run = Run(number, night, night)
        for start in range(0, len(events), BATCH):
            new += ledger.record(run, [(seen.bounce, seen.proof) for seen in events[start : start + BATCH]], touch=True)
    return new


def boundaries(ledger: Ledger, count: int) -> list[str]:
    """Return addresses that cut the touched ones into about ``count`` ranges of one size."""
    rows = ledger.database.query(
        "SELECT MIN(address) FROM (SELECT address, NTILE(?) OVER (ORDER BY address) AS part FROM touched) AS cut"
        " GROUP BY part ORDER BY 1",
        (count,),
    )
    return ["", *(address for (address,) in rows[1:]), LAST]


def weigh(ledger_url: str, run: int, night: int, settings: Settings, first: str, before: str) -> int:
    """Weigh a range of the touched addresses; return how many changed their state."""
    with Ledger(ledger_url) as ledger:
        return weigh_touched(ledger.database, run, night, settings, first=first, before=before)
