"""Which phrases a reply's words call for.

Each phrase has a number and is filed under a key that no text which holds it can lack (see
:mod:`bounceparse.reasons.keys`): two words that must follow each other, or the words of one element.
What a word calls for before another is worked out when the two are first met and kept, so a reply
costs one look-up a word. Beside its key each phrase may name words of which one must stand in the
text too. Counted over the open set: filed under the words of its rarest two elements, a phrase
compared with a reply stood there once in three times; filed so, twice in three.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

from bounceparse.reasons.elements import EXACT, NUMBER, PREFIX, Element, Item
from bounceparse.reasons.phrases import Phrase

_PREFIX_KEY = 4  # letters of a prefix or word that it is filed under
_PREFIX_LENGTHS = range(1, _PREFIX_KEY + 1)
_MAX_LETTERS = 100_000  # of the words that are remembered
_MAX_PAIRS = 50_000
# Called phrases of which none is looked for twice. A reply calls for twelve, two of them again; a word repeated a
# thousand times calls for its own a thousand times, and looking for them each time took 0.4 s.
_MANY = 64
# Tenths of the phrases that are early. The last rules are the most general: in the open set the last tenth of the
# phrases are half of all that are called for, yet six replies of seven are decided before them.
_EARLY = 9

Tables = tuple[Any, ...]
_NONE: frozenset[int] = frozenset()
_NO_PREFIXES: dict[str, list[int]] = {}
_late = attrgetter("late")
_getitem = dict.__getitem__  # of a dictionary's own kind it costs 0.1 µs a reply less than operator.getitem


class Word(dict["Word", tuple[int, ...]]):
    """A word as the rules know it: the phrases that it calls for, by the word that follows it.

    It stands for itself in the memo of verdicts; all words that no rule knows are one, as are all numbers.
    """

    __slots__ = ("_index", "alone", "late", "left", "right", "vetoes")
    __hash__ = object.__hash__  # type: ignore[assignment]
    __eq__ = object.__eq__
    __ne__ = object.__ne__

    def __init__(self, index: PhraseIndex, word: str = "", numeric: bool = False) -> None:
        self._index = index
        self.late: dict[Word, tuple[int, ...]] = {}
        self.alone, self.left, self.right, self.vetoes = (table.numbers(word, numeric) for table in index.filed)

    def __missing__(self, following: Word) -> tuple[int, ...]:
        called = self.alone | (self.left & following.right)
        self._index.count_pair()
        first_late = self._index.first_late
        late = tuple([number for number in called if number >= first_late])
        if late:
            self.late[following] = late
            called = called.difference(late)
        early = self[following] = tuple(called)
        return early


class PhraseIndex:
    """The phrases filed under pairs of words and words, and the vetoes, filed under words."""

    def __init__(self) -> None:
        self.filed = tuple(_Table() for _ in range(4))  # alone, left, right, vetoes
        self.needs: list[tuple[str, ...]] = []
        self._known: set[str] = set()
        self._known_prefixes: dict[str, tuple[str, ...]] = {}
        self._prepare()

    def _prepare(self) -> None:
        self._pairs = self._letters = 0
        self._full = False
        self.first_late = len(self.needs) * _EARLY // 10
        self._unknown = Word(self)
        self._number = Word(self, "", numeric=True)
        self._words = _Words(self)
        self._vetoing: dict[str, frozenset[int]] = {}
        self._callers: dict[frozenset[int], set[str]] = {}

    def file(self, phrases: Sequence[Phrase], vetoes: Sequence[Phrase], samples: Iterable[Sequence[str]]) -> None:
        """File the phrases, numbered by their place, and the vetoes, numbered after them; to be called once.

        ``samples`` are the tokens of texts that tell how often words occur.
        """
        from bounceparse.reasons.keys import Keys  # not needed where the compiled rules were kept

        keys = Keys(samples)
        alone, left, right, veto = self.filed
        for number, phrase in enumerate(phrases):
            key = keys.of_phrase(phrase)
            self.needs.append(keys.need(phrase, key))
            for table, items in ((alone, key.alone), (left, key.left), (right, key.right)):
                for item in items:
                    table.file(item, number)
        for number, phrase in enumerate(vetoes, len(phrases)):
            for item in keys.of_veto(phrase):
                veto.file(item, number)
        prefixes: set[str] = set()
        for element in {id(element): element for phrase in (*phrases, *vetoes) for element in phrase.elements}.values():
            self._remember(element, prefixes)
        for prefix in sorted(prefixes):
            begun = prefix[:_PREFIX_KEY]
            self._known_prefixes[begun] = (*self._known_prefixes.get(begun, ()), prefix)
        self._prepare()

    def _remember(self, element: Element, prefixes: set[str]) -> None:
        self._known.update(element.starts)
        for word, kind in chain.from_iterable(element.alternatives) if not element.plain else ():
            if kind == EXACT:
                self._known.add(word)
            elif kind == PREFIX:
                prefixes.add(word)

    def tables(self) -> Tables:
        """Return what the index knows, made of built-in types only."""
        return (tuple(table.parts() for table in self.filed), self.needs, self._known, self._known_prefixes)

    @classmethod
    def from_tables(cls, tables: Tables) -> PhraseIndex:
        """Return the index that gave these tables; nothing can be filed in it any more."""
        index = cls()
        filed, index.needs, index._known, index._known_prefixes = tables
        index.filed = tuple(_Table(*parts) for parts in filed)
        index._prepare()
        return index

    def look_up(self, words: Sequence[str]) -> tuple[Word, ...]:
        """Return the words of a reply, of which the last is empty, as the rules know them."""
        if self._full:
            self._forget()
        if len(words) < 2:
            return (self._words[""],)
        known: tuple[Word, ...] = itemgetter(*words)(self._words)  # half as long as a map of __getitem__
        return known

    def called(self, known: tuple[Word, ...]) -> list[int]:
        """Return the early phrases that a reply of these words may hold, in order; a few more than once."""
        called: list[int] = []
        for numbers in filter(None, map(_getitem, known, known[1:])):  # chained they cost a fifth more
            called += numbers
        if len(called) > _MANY:
            called = list(set(called))
        called.sort()
        return called

    def called_late(self, known: tuple[Word, ...]) -> list[int]:
        """Return the late phrases that a reply of these words may hold, as :meth:`called` does the early ones."""
        called = list(chain.from_iterable(filter(None, map(dict.get, map(_late, known), known[1:]))))
        return sorted(set(called) if len(called) > _MANY else called)

    def vetoing(self, vetoes: frozenset[int]) -> set[str]:
        """Return the words met so far that call for some of a rule's vetoes; the set grows as more are met."""
        callers = self._callers.get(vetoes)
        if callers is None:
            callers = {text for text, called in self._vetoing.items() if not vetoes.isdisjoint(called)}
            self._callers[vetoes] = callers
        return callers

    def called_vetoes(self, words: Sequence[str], vetoes: frozenset[int]) -> frozenset[int]:
        """Return those of a rule's vetoes that a reply of these words, all looked up, may hold."""
        callers = self.vetoing(vetoes).intersection(words)
        return vetoes.intersection(chain.from_iterable(map(self._vetoing.__getitem__, callers)))

    def enter(self, text: str) -> Word:
        """Return a word that is met for the first time."""
        numeric = text.isdigit()
        known = self._is_known(text)
        word = Word(self, text, numeric) if known else self._number if numeric else self._unknown
        self._words[text] = word
        self._letters += len(text)
        if self._letters > _MAX_LETTERS:
            self._full = True
        if word.vetoes:
            self._vetoing[text] = word.vetoes
            for vetoes, callers in self._callers.items():
                if not vetoes.isdisjoint(word.vetoes):
                    callers.add(text)
        return word

    def count_pair(self) -> None:
        """Count one more pair that was met."""
        self._pairs += 1
        if self._pairs > _MAX_PAIRS:
            self._full = True

    def _forget(self) -> None:
        """Forget what was learnt, before the names and ids of much mail fill the memory; only between two replies."""
        self._full = False
        self._pairs = 0
        for word in (*self._words.values(), self._unknown, self._number):
            word.clear()
            word.late.clear()
        if self._letters > _MAX_LETTERS:
            self._letters = 0
            self._words.clear()
            self._vetoing.clear()
            for callers in self._callers.values():  # they themselves stay in use
                callers.clear()

    def _is_known(self, word: str) -> bool:
        if word in self._known:
            return True
        for length in _PREFIX_LENGTHS:  # with any() a new word costs 2.8 instead of 1.6 µs
            prefixes = self._known_prefixes.get(word[:length])
            if prefixes and word.startswith(prefixes):
                return True
        return False


class _Words(dict[str, Word]):
    """The words met so far, by their text."""

    def __init__(self, index: PhraseIndex) -> None:
        self._index = index

    def __missing__(self, text: str) -> Word:
        return self._index.enter(text)


class _Table:
    """Numbers filed under words, beginnings of words, or any number."""

    def __init__(
        self,
        words: dict[str, list[int]] | None = None,
        prefixes: dict[str, dict[str, list[int]]] | None = None,
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
            self._prefixes.setdefault(word[:_PREFIX_KEY], {}).setdefault(word, []).append(number)
        else:
            self._words.setdefault(word, []).append(number)

    def numbers(self, word: str, numeric: bool) -> frozenset[int]:
        """Return what is filed under a word, in each way that it can be filed."""
        found = [*self._words.get(word, ()), *(self._numeric if numeric else ())]
        for length in _PREFIX_LENGTHS:
            for prefix, numbers in self._prefixes.get(word[:length], _NO_PREFIXES).items():
                if word.startswith(prefix):
                    found += numbers
        return frozenset(found)
