"""Word lists answer as their patterns do, with the engine of literals and without it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounceparse.formats import (
    autoreply,
    contents,
    disposition,
    impostors,
    lists,
    literals,
    persons,
    recognition,
    signs,
)
from bounceparse.formats.literals import LITERALS, Literals
from bounceparse.formats.notice import open_notice
from bounceparse.formats.sieve import Guarded, Sieve
from bounceparse.mime.message import Message
from bounceparse.smtp import extract

SAMPLES = Path(__file__).parents[2] / "samples"
LISTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": found
    for module in (signs, autoreply, extract)
    for name, found in vars(module).items()
    if isinstance(found, Sieve)
}
GUARDED = {
    f"{module.__name__.rpartition('.')[2]}.{name}": found
    for module in (autoreply, contents, disposition, impostors, lists, persons, recognition, signs)
    for name, found in vars(module).items()
    if isinstance(found, Guarded)
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
        known.forget()


def allow_engine(monkeypatch: pytest.MonkeyPatch, usable: bool) -> None:
    for known in KNOWN:
        monkeypatch.setattr(known, "usable", usable)


@pytest.fixture(params=["engine", "no engine"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(literals, "WARM", 0)
    for found in (*LISTS.values(), *GUARDED.values()):
        assert isinstance(found.literals, tuple)  # all are known before the engine is set up
    forget()
    allow_engine(monkeypatch, request.param == "engine")
    yield request.param
    forget()


def letters() -> list[str]:
    """Return phrases of people and of other machines, as they stand and with letters that pass for others."""
    found = [
        "I sent my message to the list, and anybody may answer.\nSomebody wrote:\n> no\n2026-03-04 Anna schrieb:\n > x",
        "Je reçois un message. Mijn bericht. Recebo. Dostaję. Получаю письма от кого-то. 私のメール。教えて。 Mesajım.",
        "Read: your order. Lu : votre colis. Gelesen: Rechnung. Okundu: kargo. 開封済み: 荷物. Прочитано: посылка",
        "Cron <root@host> Logwatch for host; Spam Digest; Your mailbox is full; Report Domain: example.com",
        "This message was rejected by the recipient. It was read on Monday, et a été lu. Was displayed. Foi lida.",
        "User-Agent: Mozilla Thunderbird; Microsoft Office Outlook 12; The Bat! Roundcube; PHPMailer",
        "Please click the link to confirm that you are a human; your message is on hold and will be delivered",
        "The policy: mail will soon be refused. Wartung. Automatic notice, do not reply. Αυτόματη απάντηση, αυτόματα",
        "owner@example.com listserv@example.com <daemon@example.com> <@> mail@example.com Mailer-Daemon",
    ]
    strange = [text.replace("i", "ı").replace("s", "ſ").replace("т", "ᲄ") for text in found]
    return [*found, *map(str.upper, found), *strange, *(text[: len(text) // 2] + "İ" for text in found)]


@pytest.mark.parametrize("name", GUARDED)
def test_a_guarded_list_finds_what_its_pattern_finds_where_it_finds_it(name: str, engine: str) -> None:
    words = GUARDED[name]
    plain = re.compile(words.pattern, words._flags)
    asked = [*texts(), *letters()]
    expected = [match and match.span() for match in map(plain.search, asked)]
    assert [match and match.span() for match in map(words.search, asked)] == expected
    assert [words.is_in(text) for text in asked] == [span is not None for span in expected]
    assert any(expected), "no text holds a word of this list"
    assert all(known._set is not None for known in words._known.engines) == (engine == "engine")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_finds_what_its_pattern_finds(name: str, engine: str) -> None:
    words = LISTS[name]
    plain = re.compile(words.pattern, words._flags)
    asked = texts()
    found = [words.search(text) for text in asked]
    assert [match is not None for match in found] == [plain.search(text) is not None for text in asked]
    assert any(found), "no sample holds a word of this list"
    assert all(known._set is not None for known in words._known.engines) == (engine == "engine")


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
    end = 4
    assert [sorted(known.look(text)[1] or ()) for text in ("RETURNED: A+B", "aab", "配信できません", "a\0b")] == [
        [1, 3, end], [end], [2, end], [end],
    ]  # fmt: skip


def test_an_engine_that_fails_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literals, "WARM", 0)
    known = Literals()
    known.add(["undeliver"])
    assert known.look("undeliverable") == ("undeliverable", frozenset({0, 1}))

    class Failed:
        def Match(self, text: str) -> None:  # noqa: N802
            return None

    known.engines[True]._set = Failed()
    assert known.look("Undeliverable, too") == ("undeliverable, too", None)


def test_the_last_texts_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literals, "WARM", 0)
    known = Literals()
    known.add(["undeliver"])
    looks = [known.look(f"Text {number % 3}") for number in range(9)]
    assert all(look is looks[number % 3] for number, look in enumerate(looks))
    assert len({known.look(f"Text {number}")[0] for number in range(99)}) == 99
    assert len(known._looks) == literals.KEPT
