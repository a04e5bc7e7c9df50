"""Word lists answer as their patterns do, with the engine of literals and without it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounceparse.formats import autoreply, literals, signs
from bounceparse.formats.literals import LITERALS, Literals
from bounceparse.formats.notice import open_notice
from bounceparse.formats.sieve import Sieve
from bounceparse.mime.message import Message
from bounceparse.smtp import extract

SAMPLES = Path(__file__).parents[2] / "samples"
LISTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": found
    for module in (signs, autoreply, extract)
    for name, found in vars(module).items()
    if isinstance(found, Sieve)
}


def texts() -> list[str]:
    """Return the notices and subjects of all samples, in two forms, and what is hard to lower or to encode."""
    notices = [open_notice(Message(path.read_bytes())) for path in sorted(SAMPLES.glob("*.eml"))]
    found = [*(notice.text[:6000] for notice in notices), *(notice.subject for notice in notices)]
    hard = ["İLETİ TESLİM EDİLEMEDİ", "could not be delivered \ud800 to you", "", "ulaştırılamadı", "ULASTIRILAMADI"]
    return [*found, *map(str.upper, found), *hard]


KNOWN = (LITERALS, extract._OF_REPLIES)


def forget() -> None:
    for known in KNOWN:
        known._engine, known._asked, known._text, known._lower, known._found = None, 0, "", "", None


def allow_engine(monkeypatch: pytest.MonkeyPatch, usable: bool) -> None:
    for known in KNOWN:
        monkeypatch.setattr(known, "usable", usable)


@pytest.fixture(params=["engine", "no engine"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(literals, "WARM", 0)
    for found in LISTS.values():
        assert isinstance(found.literals, tuple)  # all are known before the engine is set up
    forget()
    allow_engine(monkeypatch, request.param == "engine")
    yield request.param
    forget()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_finds_what_its_pattern_finds(name: str, engine: str) -> None:
    words = LISTS[name]
    plain = re.compile(words.pattern, words._flags)
    asked = texts()
    found = [words.search(text) for text in asked]
    assert [match is not None for match in found] == [plain.search(text) is not None for text in asked]
    assert any(found), "no sample holds a word of this list"
    assert (words._known._engine is not None) == (engine == "engine")


def test_the_answers_are_the_same_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literals, "WARM", 0)
    answers = []
    for usable in (True, False):
        forget()
        allow_engine(monkeypatch, usable)
        answers.append(
            [
                (name, match.span(), match.group()) if (match := words.search(text)) else name
                for text in texts()
                for name, words in LISTS.items()
            ]
        )
    forget()
    assert answers[0] == answers[1]


def test_a_machine_without_the_engine_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literals, "WARM", 0)
    monkeypatch.setitem(sys.modules, "re2", None)
    known = Literals()
    known.add(["undeliver", "returned"])
    assert known.look("Undeliverable mail") == ("undeliverable mail", None)
    assert not known.usable


def test_numbers_are_those_of_the_literals_that_stand_in_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literals, "WARM", 0)
    known = Literals()
    assert known.add(["undeliver", "a+b", "配信"]) == [0, 1, 2]
    assert known.add(["returned", "a+b"]) == [3, 1]
    assert [sorted(known.look(text)[1] or ()) for text in ("RETURNED: A+B", "aab", "配信できません", "")] == [
        [1, 3], [], [2], [],
    ]  # fmt: skip
