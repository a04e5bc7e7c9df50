"""What small commands load: each heavy library costs more than the command itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[1] / "samples" / "lab-exim-e554-yandex.eml"
HEAVY = {"pandas", "numpy", "pyarrow", "mailparser", "flufl", "sqlalchemy", "psycopg", "dask", "distributed", "fsspec"}
UNNEEDED = {"sqlite3", "multiprocessing", "asyncio", "concurrent", "ssl", "http", "unittest", "dkim"}
PROGRAM = """
import sys
from bounceparse.cli.main import main
try:
    status = main(sys.argv[1:])
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(status)
"""


def loaded(*arguments: str) -> set[str]:
    """Return the top-level modules in memory at the end of a command."""
    # Without site: what an installation preloads there is not ours.
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{PROGRAM}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("explain", "550"), ("parse", str(SAMPLE))], ids=lambda a: a[0])
def test_small_commands_load_nothing_heavy(arguments: tuple[str, ...]) -> None:
    modules = loaded(*arguments)
    assert "bounceparse" in modules
    assert modules & HEAVY == set()
    assert modules & UNNEEDED == set()


def test_the_verbs_load_nothing_before_they_are_called() -> None:
    program = "import sys; before = set(sys.modules); import bounceparse; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.split()} & (HEAVY | UNNEEDED) == set()
