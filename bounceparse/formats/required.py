"""The literals of which each match of a pattern contains one, and how far into the match they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

Places = dict[str, tuple[int, ...]]

# With re.IGNORECASE these pass for another letter without being its capital ("ı" for "i", "ſ" for "s", "ϐ" for "β").
_STRANGE = "[ıſµ\u0345ϐϑϕϖϰϱϵ\u1c80-\u1c88ẛ\u1fbe\u1fd3\u1fe3]"  # compiled when first needed
# Nor does a literal with one of these tell what a match looks like in lower case: "Σ" is "σ" or "ς", as it stands.
_MANIFOLD = frozenset("ıſİµ\u0345ϐϑϕϖϰϱϵᲀᲁᲂᲃᲄᲅᲆᲇᲈẛ\u1fbe\u1fd3\u1fe3Σσςﬅﬆ")


def is_even(text: str, lower: str) -> bool:
    """Tell whether what matches a literal in any case holds it when lower-cased: no strange letter is in the text."""
    return text.isascii() or (len(lower) == len(text) and re.search(_STRANGE, lower) is None)


_TOKEN = re.compile(r"\\.|\[\]?(?:[^\]\\]|\\.)*\]|[()|]", re.DOTALL)
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()]")


def split_alternatives(pattern: str) -> list[str]:
    """Split a pattern at the bars that stand outside of groups and character sets."""
    parts, depth, start = [], 0, 0
    for token in _TOKEN.finditer(pattern):
        char = token.group()
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "|" and depth == 0:
            parts.append(pattern[start : token.start()])
            start = token.end()
    return [*parts, pattern[start:]]


def parsed(alternative: str, flags: int) -> Any:
    """Return what the others here want of a pattern: its tree, or itself where it is plain words.

    Measured: half of all alternatives are, and parsing is most of what a list costs to set up.
    """
    return alternative if _SPECIAL.search(alternative) is None else _parser.parse(alternative, flags)


def literals_of(tree: Any, *, simple: bool = False) -> tuple[str, ...]:
    """Return literals of which each match contains one, in lower case and the pattern's order; () where none is sure.

    ``simple`` asks for such as stand in each match when it is lower-cased, if the text is even.
    """
    if isinstance(tree, str) and tree and (not simple or _MANIFOLD.isdisjoint(tree)):
        return (tree.lower(),)
    return tuple(_Finder(simple=simple, placed=False).of(tree))


def leads_of(tree: Any) -> list[tuple[str, int]]:
    """Return simple literals, with their distance from where the match begins; none where it varies."""
    places = _Finder(simple=True, placed=True).of(tree)
    return [(literal, distance) for literal, distances in places.items() for distance in distances]


# Words of nearly every notice: measured on 1,300 of them, these brought about half of all vain tries.
_EVERYWHERE = frozenset(
    {"message ", "your message ", "not ", "will ", "has been ", "mail ", "was ", "delivery ", "smtp;"}
)


class _Finder:
    """Finds the literals of a pattern: simple ones or all, those in a known place or all."""

    def __init__(self, *, simple: bool, placed: bool) -> None:
        self._simple, self._placed = simple, placed

    def of(self, tree: Any) -> Places:
        if isinstance(tree, str):
            tree = [(_constants.LITERAL, ord(char)) for char in tree]
        best: Places = {}
        run, begun, at = "", 0, 0
        for number, (operation, argument) in enumerate([*tree, (None, None)]):
            if operation is _constants.LITERAL and not (self._simple and chr(argument) in _MANIFOLD):
                begun = begun if run else at
                run, at = run + chr(argument), at + 1
                continue
            best, run = self._better(best, {run.lower(): (begun,)} if run else {}), ""
            found = self._within(operation, argument)
            if at and self._placed:
                found = {literal: tuple([at + more for more in distances]) for literal, distances in found.items()}
            best = self._better(best, found)
            if self._placed and operation is not None:
                least, most = (1, 1) if operation is _constants.LITERAL else tree[number : number + 1].getwidth()
                if least != most:
                    return best
                at += least
        return best

    def _better(self, one: Places, other: Places) -> Places:
        """Prefer the set whose least telling literal tells most: it stands in the fewest texts by chance."""
        if not one or not other:
            return one or other
        return max(one, other, key=self._telling)

    def _telling(self, literals: Iterable[str]) -> tuple[int, int]:
        # where a literal only leads to the places to try, a common word is better than two letters
        tells = [1 if literal in _EVERYWHERE and not self._placed else len(literal) for literal in literals]
        return min(tells), -len(tells)

    def _within(self, operation: Any, argument: Any) -> Places:
        if operation is _constants.BRANCH:
            return self._of_branches(argument[1])
        if operation is _constants.SUBPATTERN:
            return self.of(argument[3])
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT) and argument[0] > 0:
            return self.of(argument[2])
        return {}

    def _of_branches(self, branches: list[Any]) -> Places:
        found: Places = {}
        for branch in branches:
            places = self.of(branch)
            if not places:
                return {}
            for literal, distances in places.items():
                found[literal] = tuple(dict.fromkeys((*found.get(literal, ()), *distances)))
        return found


def _is_ascii(letter: str) -> bool:
    return letter.isascii() or letter in "ıſİ\u212a"


def fits_ascii(tree: Any) -> bool:
    """Tell whether an ASCII text may match: not where a letter is required that has no ASCII letter as its case."""
    if isinstance(tree, str):
        return all(map(_is_ascii, tree))
    for operation, argument in tree:
        fits = True
        if operation is _constants.LITERAL:
            fits = _is_ascii(chr(argument))
        elif operation is _constants.BRANCH:
            fits = any(map(fits_ascii, argument[1]))
        elif operation is _constants.SUBPATTERN:
            fits = fits_ascii(argument[3])
        elif operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            fits = argument[0] == 0 or fits_ascii(argument[2])
        if not fits:
            return False
    return True
