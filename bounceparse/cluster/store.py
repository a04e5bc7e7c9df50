"""The files of a run on a cluster, in whatever store its URL names: written whole, or not at all."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bounceparse.cluster.task import Slice, Task


def work_file(task: Task, number: int) -> str:
    """Return the URL of what a partition's task hands to those of the buckets."""
    return f"{task.out}/.work/part-{number:07}.arrows"


def _store(task: Task, url: str) -> tuple[Any, str]:
    import fsspec

    store, path = fsspec.core.url_to_fs(url, **task.storage)
    return store, path


def put(task: Task, url: str, data: bytes) -> None:
    """Write a file whole: in an object store a put is one step, on a disk a rename is."""
    store, path = _store(task, url)
    if "file" in store.protocol:
        store.makedirs(posixpath.dirname(path), exist_ok=True)
        part = f"{path}.{os.getpid()}.part"
        store.pipe_file(part, data)
        os.replace(part, path)  # noqa: PTH105
    else:
        store.pipe_file(path, data)


def read_slices(task: Task, slices: Sequence[Slice]) -> Iterator[bytes]:
    """Yield the slices of the partitions' files, a few hundred asked for at a time: a store answers many at once."""
    wanted = [one for one in slices if one.end > one.start]
    for start in range(0, len(wanted), 256):
        some = wanted[start : start + 256]
        stores = [_store(task, work_file(task, one.partition)) for one in some]
        store = stores[0][0]
        paths = [path for _, path in stores]
        yield from store.cat_ranges(paths, [one.start for one in some], [one.end for one in some], on_error="raise")


def remove(task: Task, url: str) -> None:
    """Remove a file or folder, if it is there."""
    store, path = _store(task, url)
    store.invalidate_cache()
    if store.exists(path):
        store.rm(path, recursive=True)


def upload(task: Task, folder: Path) -> None:
    """Put the files of a local folder into the folder of the run."""
    for path in sorted(folder.iterdir()):
        store, target = _store(task, f"{task.out}/{path.name}")
        store.makedirs(posixpath.dirname(target), exist_ok=True)
        store.put_file(str(path), target)
