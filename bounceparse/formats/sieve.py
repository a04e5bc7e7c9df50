"""Word lists that look before they search: a pattern is tried only where one of its literals stands.

Measured: the lists of :mod:`bounceparse.formats.signs` have up to 200 alternatives, and searching a
notice for one of them costs 100–500 µs where none is there. Looking for the literals that every match
must contain costs a twentieth, and the pattern then runs on a few dozen characters around them. The
literals are derived from the pattern itself, so a list is edited in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, cast

from bounceparse.formats.literals import LITERALS, Literals

REACH = 160  # characters on both sides of a literal that belong to the match; the longest listed phrase has 130
MAX_TRIES = 12  # occurrences of one literal that are tried: a text full of it is hostile or matches at once


class _Late:
    """Stands for a pattern until something is asked of it."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._arguments = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        asked = getattr(re.compile(*self._arguments), name)
        setattr(self, name, asked)  # the next time it is found without coming here
        return asked


def late(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a pattern that is compiled when it is first used.

    Measured: compiling the formats' patterns is half of what it costs to start, and a report by the
    standard uses few of them.
    """
    return cast("re.Pattern[str]", _Late(pattern, flags))


class Sieve:
    """A list of alternatives with the ``search`` of :class:`re.Pattern`, quick for texts without a match.

    Each alternative is tried alone, and compiled when its literal first turns up. The literals are derived at the
    first search: that is half of the time it takes to load the formats, and one message needs few of the lists.
    """

    __slots__ = ("_alternatives", "_ascii", "_by_literal", "_flags", "_known", "_places", "_unsieved", "pattern")

    def __init__(self, pattern: str, flags: int = re.IGNORECASE, known: Literals = LITERALS) -> None:
        self.pattern = pattern
        self._flags = flags
        self._known = known
        self._alternatives: list[str | re.Pattern[str]] = []
        self._by_literal: dict[str, list[int]] = {}
        self._ascii: dict[str, list[int]] = {}
        self._places: dict[int, tuple[int, str]] = {}
        self._unsieved: list[int] = []

    def _derive(self) -> None:
        alternatives = split_alternatives(self.pattern)
        for number, alternative in enumerate(alternatives):
            tree = _parser.parse(alternative, self._flags)
            literals = _required(tree)
            # Measured: half of the alternatives are of other scripts, and an ASCII text need not be asked for them.
            in_ascii = _fits_ascii(tree)
            for literal in literals:
                self._by_literal.setdefault(literal, []).append(number)
                if in_ascii and literal.isascii():
                    self._ascii.setdefault(literal, []).append(number)
            if not literals:
                self._unsieved.append(number)
        numbers = self._known.add(self._by_literal)
        self._places = dict(zip(numbers, enumerate(self._by_literal), strict=True))
        self._alternatives.extend(alternatives)

    @property
    def literals(self) -> tuple[str, ...]:
        """The literals that are looked for; empty where no alternative has any."""
        if not self._alternatives:
            self._derive()
        return tuple(self._by_literal)

    def search(self, text: str) -> re.Match[str] | None:
        """Return a match in the text, or None; not always the first one."""
        if not self._alternatives:
            self._derive()
        for number in self._unsieved:
            match = self._compiled(number).search(text)
            if match is not None:
                return match
        lower, present = self._known.look(text)
        if len(lower) != len(text):  # "İ" grows when lowered, and positions would be off
            return re.compile(self.pattern, self._flags).search(text)
        literals = self._ascii if text.isascii() else self._by_literal
        if not present and present is not None:  # measured: a third of all searches end here
            return None
        standing = filter(lower.__contains__, literals) if present is None else self._standing(present, literals)
        for literal in standing:
            match = self._search_around(text, lower, literal, literals[literal])
            if match is not None:
                return match
        return None

    def _standing(self, present: Iterable[int], literals: dict[str, list[int]]) -> list[str]:
        """Return those of the literals that stand in the text, in the pattern's order."""
        places = self._places
        standing = sorted([places[number] for number in present if number in places])
        return [literal for _, literal in standing if literal in literals]

    def _search_around(self, text: str, lower: str, literal: str, numbers: list[int]) -> re.Match[str] | None:
        at = lower.find(literal)
        for _ in range(MAX_TRIES):
            for number in numbers:
                match = self._compiled(number).search(text, max(0, at - REACH), at + len(literal) + REACH)
                if match is not None:
                    return match
            at = lower.find(literal, at + 1)
            if at < 0:
                break
        return None

    def _compiled(self, number: int) -> re.Pattern[str]:
        alternative = self._alternatives[number]
        if isinstance(alternative, str):
            alternative = self._alternatives[number] = re.compile(alternative, self._flags)
        return alternative


def split_alternatives(pattern: str) -> list[str]:
    """Split a pattern at the bars that stand outside of groups and character sets."""
    parts, depth, start, at = [], 0, 0, 0
    in_set = False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif in_set:
            in_set = char != "]" or pattern[at - 1] == "["
        elif char == "[":
            in_set = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and depth == 0:
            parts.append(pattern[start:at])
            start = at + 1
        at += 1
    return [*parts, pattern[start:]]


def _required(tree: Any) -> tuple[str, ...]:
    """Return literals of which each match contains one, in the pattern's order; () where none is sure."""
    best: tuple[str, ...] = ()
    run = ""
    for operation, argument in [*tree, (None, None)]:
        if operation is _constants.LITERAL:
            run += chr(argument)
            continue
        best, run = _better(best, (run.lower(),) if run else ()), ""
        if operation is _constants.BRANCH:
            best = _better(best, _of_branches(argument[1]))
        elif operation is _constants.SUBPATTERN:
            best = _better(best, _required(argument[3]))
        elif operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT) and argument[0] > 0:
            best = _better(best, _required(argument[2]))
    return best


def _of_branches(branches: list[Any]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for branch in branches:
        literals = _required(branch)
        if not literals:
            return ()
        found.update(dict.fromkeys(literals))
    return tuple(found)


def _fits_ascii(tree: Any) -> bool:
    """Tell whether an ASCII text may match: not where a letter is required that has no ASCII letter as its case."""
    for operation, argument in tree:
        fits = True
        if operation is _constants.LITERAL:
            fits = argument < 128 or chr(argument) in "ıſİ\u212a"
        elif operation is _constants.BRANCH:
            fits = any(map(_fits_ascii, argument[1]))
        elif operation is _constants.SUBPATTERN:
            fits = _fits_ascii(argument[3])
        elif operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            fits = argument[0] == 0 or _fits_ascii(argument[2])
        if not fits:
            return False
    return True


# Words of nearly every notice: measured on 1,300 of them, these brought about half of all vain tries.
_EVERYWHERE = frozenset(
    {"message ", "your message ", "not ", "will ", "has been ", "mail ", "was ", "delivery ", "smtp;"}
)


def _better(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Prefer the set whose least telling literal tells most: it stands in the fewest texts by chance."""
    if not one or not other:
        return one or other
    return max(one, other, key=lambda literals: (min(map(_tells, literals)), -len(literals)))


def _tells(literal: str) -> int:
    return 1 if literal in _EVERYWHERE else len(literal)
