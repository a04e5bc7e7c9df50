"""The documentation names everything there is: commands, options, record fields, words, list columns."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounceparse.cli.common import Exit
from bounceparse.cli.main import build_parser
from bounceparse.record import Classification, Decision, Kind, Reason, Severity
from bounceparse.reports.history import HISTORY_COLUMNS, PROPOSED, SUPPRESSED_COLUMNS
from bounceparse.reports.lists import LIST_FILES
from bounceparse.reports.rows import FIELDS

ROOT = Path(__file__).parent.parent
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
RECORD = (ROOT / "docs" / "record.md").read_text(encoding="utf-8")
LISTS = (ROOT / "docs" / "lists.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """Return a page's section of this title, up to the next of the same level."""
    assert f"\n## {title}\n" in page, f"no section {title}"
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def parsers(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every command and command of a command with its parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, child in action.choices.items():
                yield f"{path} {name}".strip(), child
                yield from parsers(child, f"{path} {name}".strip())


ALL_PARSERS = list(parsers(build_parser()))


@pytest.mark.parametrize(("path", "parser"), ALL_PARSERS, ids=[path for path, _ in ALL_PARSERS])
def test_every_command_and_option_is_documented(path: str, parser: argparse.ArgumentParser) -> None:
    text = section(COMMANDS, path.partition(" ")[0])
    assert f"bounceparse {path}" in text
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        for option in action.option_strings:
            assert f"`{option}" in text, f"{path} {option}"
        if action.option_strings and action.choices:
            for choice in action.choices:
                assert f"`{action.option_strings[-1]} {choice}`" in text, f"{path} {action.option_strings[-1]} {choice}"


@pytest.mark.parametrize("status", Exit)
def test_every_exit_status_is_documented(status: Exit) -> None:
    assert f"\n| {status.value} | " in section(COMMANDS, "Exit status")


def test_every_record_field_is_documented_in_order() -> None:
    table = RECORD.partition("| field |")[2].partition("\n\n")[0]
    assert tuple(row.split("`")[1] for row in table.splitlines()[2:]) == FIELDS


@pytest.mark.parametrize("word", [*Kind, *Reason])
def test_every_word_is_documented(word: str) -> None:
    assert f"\n| `{word}` | " in RECORD


@pytest.mark.parametrize("word", [*Severity, *Decision])
def test_every_other_word_is_named(word: str) -> None:
    assert f"`{word}`" in RECORD


@pytest.mark.parametrize("name", Classification.__dataclass_fields__)
def test_every_answer_of_classify_is_documented(name: str) -> None:
    assert f"`{name}`" in section(COMMANDS, "classify")


@pytest.mark.parametrize("name", [*HISTORY_COLUMNS, *SUPPRESSED_COLUMNS, *LIST_FILES.values(), *PROPOSED])
def test_every_list_and_column_is_documented(name: str) -> None:
    assert f"`{name}`" in LISTS


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for part in page.read_text(encoding="utf-8").split("](")[1:]:
        target = part.partition(")")[0].partition("#")[0]
        if target and "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
