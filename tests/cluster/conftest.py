"""A Dask cluster of two worker processes on this machine, an S3-compatible store, and generated mail."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _need(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{module} is not installed, and CI must run these tests")
        pytest.skip(f"{module} is not installed")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"cluster_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_ledgers = _load(ROOT / "tests" / "ledger" / "conftest.py")
postgres_server, postgres = _ledgers.postgres_server, _ledgers.postgres


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """Two workers, a process each; no task is given up because its workers were killed."""
    _need("distributed")
    import dask
    from distributed import LocalCluster

    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    settings = {
        "distributed.scheduler.allowed-failures": 50,
        "distributed.nanny.pre-spawn-environ.PYTHONPATH": path,
        "distributed.worker.daemon": True,
        "distributed.admin.system-monitor.gil.enabled": False,
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", memory_limit=0
        ) as made,
    ):
        yield made


@pytest.fixture(scope="session")
def store() -> Iterator[dict[str, Any]]:
    """An S3-compatible store on loopback: the storage options that lead to it."""
    _need("moto")
    _need("s3fs")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield {"key": "test", "secret": "test", "endpoint_url": f"http://{host}:{port}", "use_listings_cache": False}
    finally:
        server.stop()
