"""The same street on a Dask cluster. Needs the extra ``cluster``.

    frame = bounceparse.cluster.read_bounces("s3://bounces/2026-11-23/*.mbox.gz")   # a dask.dataframe
    bounceparse.cluster.process(["s3://…/*.mbox"], "s3://…/out", "tcp://scheduler:8786")

Nothing of Dask is imported before it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bounceparse.record import UsageError

if TYPE_CHECKING:
    import dask.dataframe as dd

    from bounceparse.cluster.task import ClusterOutcome, ClusterSettings

BLOCK_BYTES = 64 * 1024 * 1024
"""Bytes of mail per partition: some 15,000 messages, seconds of work, a frame of some 30 MB."""


def read_bounces(
    urls: str | Sequence[str],
    *,
    blocksize: int | str | None = BLOCK_BYTES,
    storage_options: dict[str, Any] | None = None,
) -> dd.DataFrame:
    """Return the records of all messages of these mailboxes as a Dask frame, with the columns of
    :func:`bounceparse.read_bounces`, in the same order and with the same positions and event ids.

    A URL is what fsspec opens (``s3://``, ``gs://``, ``file://``, a path), with ``*`` for several objects; a folder
    stands for all mail below it. Uncompressed mailboxes are cut into byte ranges of ``blocksize`` (a number,
    ``"64 MiB"``, or None: not at all); compressed ones are one partition each; single messages are put together.
    Raises SourceError where nothing is found.
    """
    need_dask()
    from bounceparse.cluster.frames import read

    return read([urls] if isinstance(urls, str) else list(urls), bytes_of(blocksize), storage_options or {})


def process(urls: Sequence[str], out: str, scheduler: str, settings: ClusterSettings | None = None) -> ClusterOutcome:
    """Read the mailboxes on the cluster and write the records and the lists under ``out``.

    ``out`` is a URL or folder that all workers see. See :mod:`bounceparse.cluster.job`.
    """
    need_dask()
    from bounceparse.cluster.job import run
    from bounceparse.cluster.task import ClusterSettings

    return run(list(urls), out, scheduler, settings or ClusterSettings())


def need_dask() -> None:
    """Raise UsageError where the extra is not installed."""
    try:
        import dask.dataframe
        import distributed
        import fsspec
    except ImportError as error:
        raise UsageError(
            f"a cluster needs Dask ({error.name} is missing): install it with `pip install 'bounceparse[cluster]'`"
        ) from None
    del dask, distributed, fsspec


def bytes_of(blocksize: int | str | None) -> int | None:
    """Return a block size in bytes."""
    if blocksize is None:
        return None
    from dask.utils import parse_bytes

    try:
        size = int(parse_bytes(blocksize))
    except ValueError:
        size = 0
    if size < 1:
        raise UsageError(f"a block size is a number of bytes such as 64MiB, not {blocksize!r}")
    return size
