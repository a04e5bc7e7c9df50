"""Which phrases a reply's words call for.

Each phrase has a number and is filed under the first words of its two rarest elements. Each word
has two bit masks over these numbers: the phrases whose rarest element it may begin, and those
whose second rarest it may begin. Or-ing the masks of a reply's words and and-ing the two sums
leaves the few phrases worth a closer look, at the cost of two long integers a word. What a word
calls for is worked out when it is first met and kept, for a bounded number of words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bounceparse.reasons.phrases import EXACT, NUMBER, PREFIX, Element, Item, Phrase

_PREFIX_KEY = 4  # letters of a prefix or word that it is filed under
_MAX_WORDS = 10_000
_MAX_LENGTH = 64
_UNKNOWN = "_"
_NUMERIC = "0"

Entry = tuple[str, int, int]
"""A word's name in the memo, and its two masks."""

Tables = tuple[Any, ...]


class PhraseIndex:
    """The phrases filed under words, beginnings of words and numbers."""

    def __init__(self) -> None:
        self._rarest = _Table()
        self._second = _Table()
        self._single = 0  # the phrases of one element, which need no second
        self._known: set[str] = set()
        self._known_prefixes: dict[str, set[str]] = {}
        self._entries: dict[str, Entry] = {}

    def file(self, phrases: Sequence[Phrase]) -> None:
        """File the phrases, numbered by their place; to be called once."""
        met = {id(element): element for phrase in phrases for element in phrase.elements}
        keys = {name: [_key(item) for item in element.firsts()] for name, element in met.items()}
        usage: Counter[str] = Counter()
        for phrase in phrases:
            for element in phrase.elements:
                usage.update(keys[id(element)])
        weight = {name: sum(map(usage.__getitem__, words)) for name, words in keys.items()}
        for number, phrase in enumerate(phrases):
            needed = sorted((e for e in phrase.elements if not e.optional), key=lambda element: weight[id(element)])
            for table, element in zip((self._rarest, self._second), needed, strict=False):
                for item in element.firsts():
                    table.file(item, number)
            if len(needed) == 1:
                self._single |= 1 << number
        for element in met.values():
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
        return (*self._rarest.parts(), *self._second.parts(), self._single, self._known, self._known_prefixes)

    @classmethod
    def from_tables(cls, tables: Tables) -> PhraseIndex:
        """Return the index that gave these tables; nothing can be filed in it any more."""
        index = cls()
        index._rarest, index._second = _Table(*tables[:3]), _Table(*tables[3:6])
        index._single, index._known, index._known_prefixes = tables[6:]
        return index

    def look_up(self, words: Iterable[str]) -> list[Entry]:
        """Return what each word calls for."""
        entries = self._entries
        return [entries.get(word) or self._enter(word) for word in words]

    def called(self, entries: Iterable[Entry]) -> int:
        """Return the mask of the phrases that a reply of these words may hold."""
        rarest, second = 0, self._single
        for _, first, other in entries:
            if first:
                rarest |= first
            if other:
                second |= other
        return rarest & second

    def _enter(self, word: str) -> Entry:
        numeric = word.isdigit()
        name = word if self._is_known(word) else _NUMERIC if numeric else _UNKNOWN
        entry = (name, self._rarest.mask(word, numeric), self._second.mask(word, numeric))
        if len(self._entries) < _MAX_WORDS and len(word) <= _MAX_LENGTH:
            self._entries[word] = entry
        return entry

    def _is_known(self, word: str) -> bool:
        return word in self._known or any(
            word.startswith(prefix)
            for length in range(1, _PREFIX_KEY + 1)
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

    def mask(self, word: str, numeric: bool) -> int:
        mask = 0
        for number in self._words.get(word, ()):
            mask |= 1 << number
        for length in range(1, _PREFIX_KEY + 1):
            for prefix, number in self._prefixes.get(word[:length], ()):
                if word.startswith(prefix):
                    mask |= 1 << number
        for number in self._numeric if numeric else ():
            mask |= 1 << number
        return mask


def _key(item: Item) -> str:
    word, kind = item
    return word[:_PREFIX_KEY] + "*" if kind == PREFIX else word
