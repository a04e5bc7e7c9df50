"""The elements of phrases, and how they are found in tokens one after the other.

Each function here asks what stands at given places, in tokens that an empty one follows: no element
holds that one, so no place needs to be compared with the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Item = tuple[str, int]
"""One word to compare: its text and whether it is exact, a prefix or any number."""
EXACT, PREFIX, NUMBER = 0, 1, 2
Sequence_ = tuple[Item, ...]
Tree = dict[str | None, "Tree"]
_END: Tree = {None: {}}  # what follows a word that ends an alternative and begins no longer one: of nearly all the same


class Element:
    """One element: its alternatives, and what finds them quickly.

    ``plain`` says that single exact words are all there is; ``optional`` that it may be left out.
    ``starts`` are all its exact first words; ``open`` says that it may begin otherwise too: with a word
    that one of ``prefixes`` begins or, if ``digits``, a number.
    """

    __slots__ = ("_others", "_tree", "alternatives", "digits", "open", "optional", "plain", "prefixes", "starts")

    def __init__(self, alternatives: Iterable[Sequence_]) -> None:
        given = dict.fromkeys(alternatives)
        self.optional = () in given
        given.pop((), None)
        self.alternatives = tuple(given)
        firsts = [sequence[0] for sequence in given]
        self.starts = frozenset([word for word, kind in firsts if kind == EXACT])
        self.prefixes = tuple([word for word, kind in firsts if kind == PREFIX])
        self.digits = ("#", NUMBER) in firsts
        self.open = bool(self.prefixes) or self.digits
        self.plain = not self.open and max(map(len, given)) == 1
        self._tree: Tree | None = None
        self._others: dict[str, list[Sequence_]] = {}

    def ends(self, tokens: Sequence[str], start: int) -> list[int]:
        """Return every place just after this element, if it stands at ``start``; ``tokens`` end with an empty one."""
        node = (self._tree or self._grow()).get(tokens[start])
        if node is _END and not self._others:
            return [start + 1]
        found = []
        end = start
        while node is not None:
            end += 1
            if None in node:
                found.append(end)
            node = node.get(tokens[end])
        if self._others:
            for sequence in self._others.get(_letter(tokens[start]), ()):
                if _follows(tokens, start, sequence):
                    found.append(start + len(sequence))  # noqa: PERF401, a loop costs less than extend
        return found

    def nearest(self, tokens: Sequence[str], start: int) -> int:
        """Return the nearest place just after this element, if it stands at ``start``, or 0."""
        node = (self._tree or self._grow()).get(tokens[start])
        if node is _END:
            return start + 1
        if self._others:
            return min(self.ends(tokens, start), default=0)
        end = start
        while node is not None:
            end += 1
            if None in node:
                return end
            node = node.get(tokens[end])
        return 0

    def _grow(self) -> Tree:
        """Make a tree of the alternatives of exact words, word after word, with None where one ends.

        Of the tens of thousands of words in all elements, few are ever asked for.
        """
        tree: Tree = {None: _END}
        others: dict[str, list[Sequence_]] = {}
        for sequence in self.alternatives:
            if any(kind != EXACT for _, kind in sequence):
                others.setdefault(_letter(sequence[0][0]), []).append(sequence)
                continue
            node = tree
            for word, _ in sequence[:-1]:
                after = node.get(word)
                if after is None or after is _END:
                    after = node[word] = {} if after is None else {None: _END}
                node = after
            after = node.setdefault(sequence[-1][0], _END)
            if after is not _END:
                after[None] = _END
        self._tree, self._others = tree, others
        return tree


def begins(element: Element, token: str) -> bool:
    """Tell whether an element may begin with a word that is not one of its exact ones."""
    return token.startswith(element.prefixes) or (element.digits and token.isdigit())


def _letter(word: str) -> str:
    """Return what words are told apart by first: their first letter, or that they begin as numbers do."""
    letter = word[:1]
    return "#" if letter.isdigit() else letter


def _follows(tokens: Sequence[str], start: int, sequence: Sequence_) -> bool:
    if start + len(sequence) > len(tokens):
        return False
    for word, kind in sequence:
        token = tokens[start]
        if token != word and (kind == EXACT or (not token.isdigit() if kind == NUMBER else not token.startswith(word))):
            return False
        start += 1
    return True


Step = tuple[Element, frozenset[str], bool, bool, bool, int]
"""An element, with what is asked of it most often (its ``starts``, whether it is ``open``, ``plain`` and
``optional``), and how many places it may begin at."""


def ends_of(tokens: list[str], reached: list[int], steps: tuple[Step, ...]) -> list[int]:
    """Return every place just after some steps, of which the first may begin at any of the places reached."""
    for element, starts, opened, plain, optional, width in steps:
        following: list[int] = []
        for end in reached:
            if width == 1:
                token = tokens[end]
                if token in starts or (opened and begins(element, token)):
                    if plain:
                        following.append(end + 1)
                    else:
                        following += element.ends(tokens, end)
                continue
            place = end
            for token in tokens[end : end + width]:
                if token in starts or (opened and begins(element, token)):
                    if plain:
                        following.append(place + 1)
                    else:
                        following += element.ends(tokens, place)
                place += 1
        if optional:
            if following:
                reached = list({*following, *reached})
        elif not following:
            return following
        else:
            reached = list(set(following)) if len(following) > 1 else following
    return reached


def all_ends(element: Element, gap: int, reached: dict[int, int], tokens: list[str]) -> dict[int, int]:
    """Return the places reached after one more element, each with the leftmost start that leads to it."""
    following = dict(reached) if element.optional else {}
    for end, start in reached.items():
        for place in range(end, min(end + gap + 1, len(tokens))):
            for after in element.ends(tokens, place):
                if after not in following or following[after] > start:
                    following[after] = start
    return following
