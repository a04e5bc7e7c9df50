"""Which of the literals of all word lists stand in a text: one pass of ``google-re2`` instead of a search for each.

Measured on notices of 480 characters: 3 µs for 600 literals, where searching for the 90 of one list costs 30 µs.
The engine is a wheel of its own (``google-re2``, linear time); without it, and for the first texts of a process,
which it would cost more to set up for than it saves, each list looks for its own literals: the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

WARM = 200  # texts asked for before the engine is set up: 6 ms to import, 2 ms for each time that lists were added
MEMORY = 32 << 20  # bytes that the automaton may take; 600 literals need a tenth of it


class Literals:
    """The literals of all lists, numbered, and the engine that finds them."""

    __slots__ = ("_asked", "_engine", "_found", "_lower", "_numbers", "_text", "usable")

    def __init__(self) -> None:
        self.usable = True
        self._numbers: dict[str, int] = {}
        self._engine: Any = None
        self._asked = 0
        self._text, self._lower = "", ""
        self._found: Sequence[int] | None = None

    def add(self, literals: Iterable[str]) -> list[int]:
        """Know these literals too; return their numbers, in their order."""
        numbers = self._numbers
        before = len(numbers)
        found = [numbers.setdefault(literal, len(numbers)) for literal in literals]
        if len(numbers) != before:
            self._engine, self._asked, self._text, self._lower = None, 0, "", ""
            self._found = None
        return found

    def look(self, text: str) -> tuple[str, Sequence[int] | None]:
        """Return the text lower-cased and the numbers of the literals in it; None where the engine can't tell."""
        if text is self._text:  # several lists ask for the same text in turn
            return self._lower, self._found
        lower = text.lower()
        found: Sequence[int] | None = None
        if self._engine is not None or self._set_up():
            try:
                found = self._engine.Match(lower)
            except UnicodeEncodeError:  # a lone surrogate
                found = None
        self._text, self._lower, self._found = text, lower, found
        return lower, found

    def _set_up(self) -> bool:
        self._asked += 1
        if self._asked < WARM or not self.usable:
            return False
        try:
            import re2
        except ImportError:
            self.usable = False
            return False
        options = re2.Options()
        options.max_mem = MEMORY
        options.never_capture = True
        engine = re2.Set.SearchSet(options)
        for literal in self._numbers:
            engine.Add(re2.escape(literal))
        engine.Compile()
        self._engine = engine
        return True


LITERALS = Literals()
