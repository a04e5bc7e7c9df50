"""Word lists that look before they search: a pattern is tried only where one of its literals stands.

Measured: the lists of :mod:`bounceparse.formats.signs` have up to 200 alternatives, and searching a
notice for one of them costs 100–500 µs where none is there. Looking for the literals that every match
must contain costs a twentieth, and the pattern then runs on a few dozen characters around them. The
literals are derived from the pattern itself, so a list is edited in one place.
"""

from __future__ import annotations

import re
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

REACH = 160  # characters on both sides of a literal that belong to the match; the longest listed phrase has 130
MAX_TRIES = 12  # occurrences of one literal that are tried: a text full of it is hostile or matches at once


class Sieve:
    """A compiled pattern with the ``search`` of :class:`re.Pattern`, made quick for texts without a match."""

    __slots__ = ("literals", "pattern")

    def __init__(self, pattern: str, flags: int = re.IGNORECASE) -> None:
        self.pattern = re.compile(pattern, flags)
        self.literals = _required(_parser.parse(pattern, flags))

    def search(self, text: str) -> re.Match[str] | None:
        """Return a match in the text, or None; not always the first one."""
        if not self.literals:
            return self.pattern.search(text)
        lower = text.lower()
        if len(lower) != len(text):  # "İ" grows when lowered, and positions would be off
            return self.pattern.search(text)
        for literal in self.literals:
            at = lower.find(literal)
            tries = 0
            while at >= 0 and tries < MAX_TRIES:
                match = self.pattern.search(text, max(0, at - REACH), at + len(literal) + REACH)
                if match is not None:
                    return match
                at = lower.find(literal, at + REACH)
                tries += 1
        return None


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


def _better(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Prefer the set whose shortest literal is longest: it stands in the fewest texts by chance."""
    if not one or not other:
        return one or other
    return max(one, other, key=lambda literals: (min(len(literal) for literal in literals), -len(literals)))
