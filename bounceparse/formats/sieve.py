"""Word lists that look before they search: a pattern is tried only where one of its literals stands.

Measured: the lists of :mod:`bounceparse.formats.signs` have up to 200 alternatives, and searching a
notice for one of them costs 100–500 µs where none is there. Looking for the literals that every match
must contain costs a twentieth, and only the alternatives that have one of those are then tried.
The literals are derived from the pattern itself, so a list is edited in one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from bounceparse.formats.literals import LITERALS, Literals
from bounceparse.formats.required import fits_ascii, is_even, leads_of, literals_of, parsed, split_alternatives

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


class _Alternative:
    """One alternative of a list, compiled when it is first tried."""

    __slots__ = ("_flags", "_leads", "_pattern", "written")

    def __init__(self, written: str, flags: int) -> None:
        self.written = written
        self._flags = flags
        self._pattern: re.Pattern[str] | None = None
        self._leads: list[tuple[str, int]] = []

    @property
    def pattern(self) -> re.Pattern[str]:
        """The alternative as a pattern of its own."""
        if self._pattern is None:
            self._pattern = re.compile(self.written, self._flags)
            self._leads = leads_of(parsed(self.written, self._flags))
        return self._pattern

    def search(self, text: str, lower: str, start: int, end: int) -> re.Match[str] | None:
        """Return what the pattern's own search returns between two places of an even text.

        Measured: most alternatives have their literal in a fixed place, and to try the few places where one can begin
        costs a tenth of a search, which tries them all.
        """
        pattern = self._pattern or self.pattern
        leads = self._leads
        if not leads:
            return pattern.search(text, start, end)
        begins = []
        for literal, distance in leads:
            at = lower.find(literal, start + distance, end)
            while at >= 0:
                begins.append(at - distance)
                at = lower.find(literal, at + 1, end)
        if len(begins) > 1:
            begins.sort()
        for begin in begins:
            match = pattern.match(text, begin, end)
            if match is not None:
                return match
        return None


class _List:
    """Alternatives, each filed under the literals of which its matches contain one.

    The literals are derived at the first search: that is half of the time it takes to load the formats, and one
    message needs few of the lists.
    """

    __slots__ = (
        "_alternatives",
        "_by_literal",
        "_flags",
        "_known",
        "_numbers",
        "_places",
        "_top",
        "_unsieved",
        "pattern",
    )

    simple = False  # whether the literals must be such as stand in every match

    def __init__(self, pattern: str, flags: int = re.IGNORECASE, known: Literals = LITERALS) -> None:
        self.pattern = pattern
        self._flags = flags
        self._known = known
        self._alternatives: list[_Alternative] = []
        self._unsieved: list[int] = []
        self._by_literal: dict[str, list[int]] = {}
        self._places: dict[int, tuple[int, str]] = {}
        self._numbers: frozenset[int] = frozenset()
        self._top = -1  # the highest of the numbers

    def _derive(self) -> None:
        alternatives = [_Alternative(written, self._flags) for written in split_alternatives(self.pattern)]
        for number, alternative in enumerate(alternatives):
            self._file(number, parsed(alternative.written, self._flags))
        numbers = self._known.add(self._by_literal)
        self._places = dict(zip(numbers, enumerate(self._by_literal), strict=True))
        self._numbers = frozenset(numbers)
        self._top = max(numbers, default=-1)
        self._alternatives = alternatives

    def _file(self, number: int, tree: Any) -> tuple[str, ...]:
        literals = literals_of(tree, simple=self.simple)
        for literal in literals:
            self._by_literal.setdefault(literal, []).append(number)
        if not literals:
            self._unsieved.append(number)
        return literals

    @property
    def literals(self) -> tuple[str, ...]:
        """The literals that are looked for; empty where no alternative has any."""
        if not self._alternatives:
            self._derive()
        return tuple(self._by_literal)

    def _standing(self, lower: str, present: frozenset[int] | None, literals: dict[str, list[int]]) -> Iterable[str]:
        """Return those of the literals that stand in a text, in the pattern's order."""
        if present is None:
            return filter(lower.__contains__, literals)
        standing = [self._places[number] for number in self._numbers & present]
        if len(standing) > 1:
            standing.sort()
        return [literal for _, literal in standing if literal in literals]


class Sieve(_List):
    """A list with the ``search`` of :class:`re.Pattern`, for phrases: what is far from a literal is no part of one."""

    __slots__ = ("_ascii",)

    def __init__(self, pattern: str, flags: int = re.IGNORECASE, known: Literals = LITERALS) -> None:
        super().__init__(pattern, flags, known)
        self._ascii: dict[str, list[int]] = {}

    def _file(self, number: int, tree: Any) -> tuple[str, ...]:
        literals = super()._file(number, tree)
        # Measured: half of the alternatives are of other scripts, and an ASCII text need not be asked for them.
        if fits_ascii(tree):
            for literal in filter(str.isascii, literals):
                self._ascii.setdefault(literal, []).append(number)
        return literals

    def search(self, text: str) -> re.Match[str] | None:
        """Return a match in the text, or None; not always the first one."""
        if not self._alternatives:
            self._derive()
        for number in self._unsieved:
            match = self._alternatives[number].pattern.search(text)
            if match is not None:
                return match
        lower, present = self._known.look(text, self._top)
        if len(lower) != len(text):
            # "İ" alone grows when lowered, and positions would be off; a pattern that ignores case takes it for an i.
            # Measured: to search the text for the whole pattern costs 1 ms a list.
            return self.search(text.replace("İ", "I"))
        if present is not None and self._numbers.isdisjoint(present):  # measured: most searches end here
            return None
        literals = self._ascii if text.isascii() else self._by_literal
        even = is_even(text, lower)
        for literal in self._standing(lower, present, literals):
            match = self._search_around(text, lower, literal, literals[literal], even=even)
            if match is not None:
                return match
        return None

    def _search_around(
        self, text: str, lower: str, literal: str, numbers: list[int], *, even: bool
    ) -> re.Match[str] | None:
        at = lower.find(literal)
        for _ in range(MAX_TRIES):
            start, end = max(0, at - REACH), at + len(literal) + REACH
            for number in numbers:
                alternative = self._alternatives[number]
                if even:
                    match = alternative.search(text, lower, start, end)
                else:
                    match = alternative.pattern.search(text, start, end)
                if match is not None:
                    return match
            at = lower.find(literal, at + 1)
            if at < 0:
                break
        return None


class Guarded(_List):
    """A list that finds what its pattern finds, anywhere and at any length."""

    __slots__ = ("_whole",)

    simple = True

    def __init__(self, pattern: str, flags: int = re.IGNORECASE, known: Literals = LITERALS) -> None:
        super().__init__(pattern, flags, known)
        self._whole = late(pattern, flags)

    def is_in(self, text: str) -> bool:
        """Tell whether the pattern is found in the text."""
        return self._search(text, any_match=True) is not None

    def search(self, text: str) -> re.Match[str] | None:
        """Return the pattern's first match in the text; its groups are those of the alternative that matched."""
        return self._search(text, any_match=False)

    def _search(self, text: str, *, any_match: bool) -> re.Match[str] | None:
        if not self._alternatives:
            self._derive()
        lower, present = self._known.look(text, self._top)
        if present is not None and not self._unsieved and text.isascii() and self._numbers.isdisjoint(present):
            return None
        if not is_even(text, lower):
            return self._whole.search(text)
        numbers = {*self._unsieved}
        for literal in self._standing(lower, present, self._by_literal):
            numbers.update(self._by_literal[literal])
        best: re.Match[str] | None = None
        for number in sorted(numbers):
            match = self._alternatives[number].search(text, lower, 0, len(text))
            if match is not None and (best is None or match.start() < best.start()):
                best = match
                if any_match:
                    break
        return best
