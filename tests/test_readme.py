"""The README shows what the program does today."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import bounceparse
from bounceparse.cli.common import Exit
from bounceparse.reports.lists import LIST_FILES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def refresh() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs" / "refresh.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_output_shown_is_the_output(refresh: ModuleType) -> None:
    page = refresh.summary()
    assert "user_unknown" in page
    assert refresh.readme_output() == page, "run `python docs/refresh.py`"


@pytest.mark.parametrize("mark", ["first-result", "tests"])
def test_the_commands_are_marked_for_the_checks(mark: str) -> None:
    assert README.count(f"<!-- {mark} -->\n```sh\n") == 1


def test_every_list_exit_status_and_verb_is_named() -> None:
    for name in LIST_FILES.values():
        assert f"`{name}`" in README
    for status in Exit:
        assert f"\n| {status.value} | " in README
    for verb in set(bounceparse.__all__) - {"__version__"}:
        assert f"bounceparse.{verb}(" in README


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the README's Python as it stands, on an mbox of the samples."""
    mails = sorted((ROOT / "samples").glob("*.eml"))[:10]
    box = b"".join(b"From MAILER-DAEMON Mon Mar  3 10:00:00 2025\n" + mail.read_bytes() + b"\n" for mail in mails)
    (tmp_path / "bounces.mbox").write_bytes(box)
    monkeypatch.chdir(tmp_path)
    match = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert match is not None
    names: dict[str, object] = {}
    exec(match[1], names)
    assert len(names["frame"]) >= len(mails)  # type: ignore[arg-type]
