"""Files appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bounceparse.record import UsageError
from bounceparse.reports.folder import OutputFolder


def test_published_files_are_there_and_nothing_else(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "a" / "b") as folder:
        folder.stage("one.csv").write(b"1")
        folder.stage("deep/two.csv").write(b"2")
        folder.publish()
    found = {path.relative_to(tmp_path / "a" / "b").as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == {"one.csv": b"1", "deep/two.csv": b"2"}


def test_a_failure_leaves_the_old_file_and_no_trace(tmp_path: Path) -> None:
    (tmp_path / "remove.csv").write_bytes(b"old")
    with pytest.raises(RuntimeError), OutputFolder(tmp_path) as folder:
        folder.stage("remove.csv").write(b"half")
        raise RuntimeError
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("remove.csv", b"old")]


def test_files_are_made_with_the_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with OutputFolder(tmp_path) as folder:
            folder.stage("remove.csv")
            folder.publish()
    finally:
        os.umask(before)
    assert (tmp_path / "remove.csv").stat().st_mode & 0o777 == 0o640


def test_a_file_in_the_way_of_the_folder_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match=r"cannot make the folder .*taken.* choose another --out"):
        OutputFolder(tmp_path / "taken").__enter__()
