"""The literals of a pattern stand in what it matches, at the distance that is told."""

from __future__ import annotations

import random
import re
from re import _casefix, _constants  # type: ignore[attr-defined]
from typing import Any

import pytest

from bounceparse.formats import impostors, persons, signs
from bounceparse.formats.required import is_even, leads_of, literals_of, parsed, split_alternatives


@pytest.mark.parametrize(
    ("pattern", "leads"),
    [
        ("undeliver|returned", [("undeliver", 0), ("returned", 0)]),
        (r"\bmy (?:mail|server)\b", [("mail", 3), ("server", 3)]),
        (r"(?:a|the) mailbox is", [("a", 0), ("the", 0)]),
        (r"[a-z]{2}mailbox", [("mailbox", 2)]),
        (r"[a-z]{2,3}mailbox", []),
        (r"(?<=x)full(?! of)", [("full", 0)]),
        ("t\u0131klay", [("klay", 2)]),
        (r"(?:not? ){2}full", [("no", 0)]),
    ],
)
def test_leads_stand_where_they_are_told_to(pattern: str, leads: list[tuple[str, int]]) -> None:
    assert leads_of(parsed(pattern, re.IGNORECASE)) == leads


def written(tree: Any, chance: random.Random) -> str:
    """Write a text that a pattern may match: whatever stands beside it is left to chance."""
    if isinstance(tree, str):
        return tree
    text = ""
    for operation, argument in tree:
        if operation is _constants.LITERAL:
            text += chance.choice([chr(argument), chr(argument).upper()[:1]])
        elif operation is _constants.BRANCH:
            text += written(chance.choice(argument[1]), chance)
        elif operation is _constants.SUBPATTERN:
            text += written(argument[3], chance)
        elif operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            least, most, repeated = argument
            text += "".join(written(repeated, chance) for _ in range(chance.choice([least, min(most, least + 2)])))
        elif operation is _constants.IN:
            text += chr(next((code for kind, code in argument if kind is _constants.LITERAL), 97))
        elif operation in (_constants.ANY, _constants.NOT_LITERAL):
            text += chance.choice("ab ")
    return text


@pytest.mark.parametrize("words", [signs.NOTICE, signs.DELAY, signs.DAEMON, persons._HIMSELF, impostors._CARRIED])
def test_each_match_holds_a_literal_at_its_distance(words: Any) -> None:
    chance = random.Random(4)
    found = 0
    for alternative in split_alternatives(words.pattern):
        tree = parsed(alternative, words._flags)
        leads, literals = leads_of(tree), literals_of(tree, simple=True)
        pattern = re.compile(alternative, words._flags)
        for _ in range(20):
            text = f"- {written(tree, chance)} -"
            match, lower = pattern.search(text), text.lower()
            if match is None or not is_even(text, lower):
                continue
            found += 1
            assert any(literal in lower[match.start() : match.end()] for literal in literals)
            assert not leads or any(lower.startswith(literal, match.start() + at) for literal, at in leads)
    assert found > 400


def test_letters_that_pass_for_others_are_all_known() -> None:
    for code in _casefix._EXTRA_CASES:
        letter = chr(code)
        takes = re.compile(letter, re.IGNORECASE)
        for other in map(chr, range(0x20, 0x10000)):
            if takes.match(other) and is_even(f"{other}á", f"{other}á".lower()):
                assert other.lower() == letter or leads_of(parsed(f"xx{letter}", re.IGNORECASE)) == [("xx", 0)]


@pytest.mark.parametrize(("text", "even"), [("Istanbul", True), ("Ä", True), ("ı", False), ("İ", False), ("ſo", False)])
def test_strange_letters_make_a_text_odd(text: str, even: bool) -> None:
    assert is_even(text, text.lower()) is even
