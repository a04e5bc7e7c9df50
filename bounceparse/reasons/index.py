"""Which phrases a reply's words call for.

Each distinct element of the phrases has a number, and each word a bit mask of the elements it may
begin, so one "or" per word tells which elements a reply can hold at all. Each phrase is filed
under the first words of its rarest element. What a word calls for is worked out when it is first
met and kept, for a bounded number of words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bounceparse.reasons.phrases import EXACT, NUMBER, PREFIX, Element, Item, Phrase

_PREFIX_KEY = 4  # letters of a prefix or word that it is filed under
_MAX_WORDS = 50_000
_MAX_LENGTH = 64
_UNKNOWN = "_"
_NUMERIC = "0"

Entry = tuple[str, tuple[int, ...], int]
Tables = tuple[Any, ...]


class PhraseIndex:
    """Element numbers, and the phrases filed under words, prefixes and numbers."""

    def __init__(self) -> None:
        self._met: dict[int, Element] = {}  # all elements by id; kept, so that no id is used again
        self._numbers: dict[int, int] = {}  # the number of each element that a mask names
        self._phrases = _Table()
        self._elements = _Table()
        self._known: set[str] = set()
        self._known_prefixes: dict[str, set[str]] = {}
        self._entries: dict[str, Entry] = {}

    def needed(self, phrase: Phrase) -> int:
        """Return the mask of the elements that a reply must hold for the phrase to stand in it."""
        for element in phrase.elements:
            self._met[id(element)] = element
        if phrase.plain is not None:
            return 0  # a search in the joined words costs less
        return self.any_of(element for element in phrase.elements if not element.optional)

    def any_of(self, elements: Iterable[Element]) -> int:
        """Return the mask of the elements given."""
        mask = 0
        for element in elements:
            self._met[id(element)] = element
            mask |= 1 << self._numbers.setdefault(id(element), len(self._numbers))
        return mask

    def file(self, phrases: Iterable[tuple[int, Phrase]]) -> None:
        """File the numbered phrases; to be called once, after all masks were asked for."""
        numbered = list(phrases)
        firsts = {name: [_key(item) for item in element.firsts()] for name, element in self._met.items()}
        usage: Counter[str] = Counter()
        for _, phrase in numbered:
            for element in phrase.elements:
                usage.update(firsts[id(element)])
        weight = {name: sum(map(usage.__getitem__, keys)) for name, keys in firsts.items()}
        for number, phrase in numbered:
            rarest = min((e for e in phrase.elements if not e.optional), key=lambda element: weight[id(element)])
            for item in rarest.firsts():
                self._phrases.file(item, number)
        for name, element in self._met.items():
            if name in self._numbers:
                for item in element.firsts():
                    self._elements.file(item, self._numbers[name])
            self._remember(element)

    def _remember(self, element: Element) -> None:
        self._known.update(element.words, element.tails)
        for word, kind in element.items() if not element.plain else ():
            if kind == EXACT:
                self._known.add(word)
            elif kind == PREFIX:
                self._known_prefixes.setdefault(word[:_PREFIX_KEY], set()).add(word)

    def tables(self) -> Tables:
        """Return what the index knows, made of built-in types only."""
        return (*self._phrases.parts(), *self._elements.parts(), self._known, self._known_prefixes)

    @classmethod
    def from_tables(cls, tables: Tables) -> PhraseIndex:
        """Return the index that gave these tables; nothing can be filed in it any more."""
        index = cls()
        index._phrases, index._elements = _Table(*tables[:3]), _Table(*tables[3:6])
        index._known, index._known_prefixes = tables[6:]
        return index

    def look_up(self, words: Sequence[str]) -> list[Entry]:
        """Return for each word its name in the memo, the phrases filed under it and the elements it may begin."""
        entries = self._entries
        return [entries.get(word) or self._enter(word) for word in words]

    def _enter(self, word: str) -> Entry:
        numeric = word.isdigit()
        mask = 0
        for number in self._elements.under(word, numeric):
            mask |= 1 << number
        name = word if self._is_known(word) else _NUMERIC if numeric else _UNKNOWN
        entry = (name, tuple(sorted(set(self._phrases.under(word, numeric)))), mask)
        if len(self._entries) < _MAX_WORDS and len(word) <= _MAX_LENGTH:
            self._entries[word] = entry
        return entry

    def _is_known(self, word: str) -> bool:
        return word in self._known or any(
            word.startswith(prefix)
            for length in range(2, _PREFIX_KEY + 1)
            for prefix in self._known_prefixes.get(word[:length], ())
        )


class _Table:
    """Numbers filed under words, beginnings of words, or any number."""

    def __init__(
        self,
        words: dict[str, list[int]] | None = None,
        prefixes: dict[str, list[tuple[str, int]]] | None = None,
        numeric: list[int] | None = None,
    ) -> None:
        self._words = {} if words is None else words
        self._prefixes = {} if prefixes is None else prefixes
        self._numeric = [] if numeric is None else numeric

    def parts(self) -> Tables:
        return self._words, self._prefixes, self._numeric

    def file(self, item: Item, number: int) -> None:
        word, kind = item
        if kind == NUMBER:
            self._numeric.append(number)
        elif kind == PREFIX:
            self._prefixes.setdefault(word[:_PREFIX_KEY], []).append((word, number))
        else:
            self._words.setdefault(word, []).append(number)

    def under(self, word: str, numeric: bool) -> list[int]:
        found = list(self._words.get(word, ()))
        for length in range(1, _PREFIX_KEY + 1):
            found += [number for prefix, number in self._prefixes.get(word[:length], ()) if word.startswith(prefix)]
        return found + self._numeric if numeric else found


def _key(item: Item) -> str:
    word, kind = item
    return word[:_PREFIX_KEY] + "*" if kind == PREFIX else word
