"""Runs a command and watches it and its children: time, CPU time, memory of all of them together (Linux)."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
EVERY, SELDOM = 0.05, 0.5  # seconds between two looks: often at first; a long run is not to pay for being watched


@dataclass(frozen=True, slots=True)
class Watched:
    """Wall and CPU seconds, and the peaks of the memory of all processes together in bytes.

    ``rss`` adds up what each process holds, pages that they share counted for each of them; ``pss`` counts a shared
    page once. ``processes`` is the most there were at a time.
    """

    wall: float
    cpu: float
    rss: int
    pss: int
    processes: int
    status: int


def watch(arguments: Sequence[str], *, stdin: Path | None = None, stdout: Path = Path(os.devnull)) -> Watched:
    """Run ``python -m bounceparse`` with these arguments."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    rss = pss = processes = 0
    with (stdin or Path(os.devnull)).open("rb") as source, stdout.open("wb") as target:
        command = [sys.executable, "-m", "bounceparse", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, stdin=source, stdout=target, env=environment) as process:
            while process.poll() is None:
                family = list(_family(process.pid))
                sizes = [_memory(pid) for pid in family]
                rss = max(rss, sum(size[0] for size in sizes))
                pss = max(pss, sum(size[1] for size in sizes))
                processes = max(processes, len(family))
                time.sleep(min(SELDOM, EVERY + (time.monotonic() - began) / 20))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Watched(time.monotonic() - began, cpu, rss, pss, processes, process.returncode)


def _family(process: int) -> Iterator[int]:
    yield process
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))
    except OSError:  # gone meanwhile
        return


def _memory(process: int) -> tuple[int, int]:
    """Return the resident and the proportional set size of a process in bytes."""
    sizes = {"Rss:": 0, "Pss:": 0}
    try:
        with Path(f"/proc/{process}/smaps_rollup").open() as lines:
            for line in lines:
                name, *rest = line.split()
                if name in sizes:
                    sizes[name] = int(rest[0]) * 1024
    except OSError:
        pass
    return sizes["Rss:"], sizes["Pss:"]


def machine() -> str:
    """Describe this machine in a line."""
    model, memory = platform.processor() or platform.machine(), 0
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            memory = int(line.split()[1])
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return (
        f"{model}, {cores} cores, {memory / 1e6:.0f} GB, {platform.system()} {platform.release()}, "
        f"{platform.python_implementation()} {platform.python_version()}, load {load:.1f} at the start"
    )
