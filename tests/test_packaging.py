"""The wheel carries everything the program reads at run time, and says what it is."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from bounceparse import __version__

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    package = ROOT / "bounceparse"
    files = {
        path.relative_to(ROOT).as_posix()
        for path in package.rglob("*")
        if path.is_file() and path.suffix in (".py", ".toml", ".typed", ".txt", ".json", ".csv", ".html", ".css")
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "bounceparse/py.typed" in files
    assert any(name.endswith(".toml") for name in files)
    assert files <= names
    assert not any(name.startswith(("tests/", "samples/")) for name in names)


def test_the_wheel_names_version_command_and_licence(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = f"bounceparse-{__version__}.dist-info"
    metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert "bounceparse = bounceparse.cli.main:main" in archive.read(f"{info}/entry_points.txt").decode()
    assert b"Apache License" in archive.read(f"{info}/licenses/LICENSE")


def test_every_extra_is_in_all(wheel: Path) -> None:
    metadata = Parser().parsestr(zipfile.ZipFile(wheel).read(f"bounceparse-{__version__}.dist-info/METADATA").decode())
    needs: dict[str, set[str]] = {extra: set() for extra in metadata.get_all("Provides-Extra") or ()}
    for line in metadata.get_all("Requires-Dist") or ():
        requirement, _, condition = line.partition("; extra == ")
        if condition:
            needs[condition.strip("'\"")].add(requirement)
    assert set(needs) >= {"all", "parquet", "test", "dev"}
    for extra in set(needs) - {"test", "dev"}:
        assert needs[extra] <= needs["all"], extra
