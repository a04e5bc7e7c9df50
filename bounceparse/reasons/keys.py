"""Under which words a phrase is filed: those that stand in every text that holds it, and in few others.

How often words and pairs of words occur is counted in the samples of the rules, which are replies as
servers send them. All of this is done once, when rules are compiled; what comes of it is kept.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import attrgetter

from bounceparse.reasons.elements import EXACT, NUMBER, Element, Item, Sequence_
from bounceparse.reasons.phrases import Phrase

# What a word or a pair that no sample holds counts for: a phrase is written because it occurs somewhere.
_UNSEEN_WORD, _UNSEEN_PAIR = 0.1, 0.002


@dataclass(frozen=True, slots=True)
class Key:
    """What must stand in a text: one of the words ``alone``, or one of ``left`` right before one of ``right``."""

    weight: float
    elements: tuple[Element, ...]
    alone: Collection[Item] = ()
    left: Collection[Item] = ()
    right: Collection[Item] = ()


_WEIGHT = attrgetter("weight")


def _starts(element: Element) -> tuple[str, ...]:
    return tuple(sorted(element.starts))


class Keys:
    """Finds for each phrase the key that occurs least often in the samples."""

    def __init__(self, samples: Iterable[Sequence[str]]) -> None:
        self._words: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        for sample in samples:
            self._words.update(set(sample))
            self._pairs.update(set(pairwise(sample)))
        self._sorted = sorted(self._words)
        self._following: dict[str, list[tuple[str, int]]] = {}
        for (word, following), count in self._pairs.items():
            self._following.setdefault(word, []).append((following, count))
        self._meant = cache(self._meant_by)
        self._weight_of_item = cache(self._find_weight_of_item)
        self._weight_of_starts = cache(self._find_weight_of_starts)
        self._starts = cache(_starts)  # one tuple for each element is kept once
        # Elements are shared by many phrases, and hash by identity.
        self._of_element = cache(self._find_of_element)
        self._of_neighbours = cache(self._find_of_neighbours)

    def of_phrase(self, phrase: Phrase) -> Key:
        keys = []
        before: Element | None = None
        for element, gap in zip(phrase.elements, phrase.gaps, strict=True):
            if element.optional:
                before = None
                continue
            keys.append(self._of_element(element))
            if before and not gap:
                keys.append(self._of_neighbours(before, element))
            before = element
        return min(keys, key=_WEIGHT)

    def need(self, phrase: Phrase, key: Key) -> tuple[str, ...]:
        """Return the words of which one must stand in a text too: those of its rarest element not in the key."""
        others = [
            element
            for element in phrase.elements
            if not (element.optional or element.open or any(element is part for part in key.elements))
        ]
        return self._starts(min(others, key=self._weight_of_starts)) if others else ()

    def of_veto(self, phrase: Phrase) -> frozenset[Item]:
        """Return words of which one must stand in a text that holds the veto: the rarest of each alternative."""
        needed = (element for element in phrase.elements if not element.optional)
        return min((frozenset(map(self._rarest_word, element.alternatives)) for element in needed), key=self._weight)

    def _rarest_word(self, sequence: Sequence_) -> Item:
        return min(sequence, key=lambda item: self._weight((item,)))

    def _find_of_neighbours(self, before: Element, element: Element) -> Key:
        """Return the key of two elements that nothing may part."""
        if len(before.alternatives) == len(element.alternatives) == 1:
            last, first = before.alternatives[0][-1:], element.alternatives[0][:1]
            return Key(self._weight_of_pair(last, first), (before, element), left=last, right=first)
        left = frozenset([sequence[-1] for sequence in before.alternatives])
        right = frozenset([sequence[0] for sequence in element.alternatives])
        return Key(self._weight_of_pair(left, right), (before, element), left=left, right=right)

    def _find_of_element(self, element: Element) -> Key:
        """Return the key of one element: its single words, and of each longer alternative the rarest two words."""
        if element.plain and len(element.alternatives) == 1:
            return Key(self._weight_of_item(element.alternatives[0][0]), (element,), element.alternatives[0])
        alone = frozenset([sequence[0] for sequence in element.alternatives if len(sequence) == 1])
        pairs = [self._rarest(sequence) for sequence in element.alternatives if len(sequence) > 1]
        left, right = frozenset([pair[0] for pair in pairs]), frozenset([pair[1] for pair in pairs])
        weight = self._weight(alone) + (self._weight_of_pair(left, right) if pairs else 0)
        return Key(weight, (element,), alone, left, right)

    def _rarest(self, sequence: Sequence_) -> tuple[Item, Item]:
        return min(pairwise(sequence), key=lambda pair: self._weight_of_pair(pair[:1], pair[1:]))

    def _weight(self, items: Iterable[Item]) -> float:
        return sum(map(self._weight_of_item, items))

    def _find_weight_of_item(self, item: Item) -> float:
        return _UNSEEN_WORD + sum(map(self._words.__getitem__, self._meant(item)))

    def _find_weight_of_starts(self, element: Element) -> float:
        return sum(_UNSEEN_WORD + self._words[word] for word in element.starts)

    def _weight_of_pair(self, left: Collection[Item], right: Collection[Item]) -> float:
        if len(left) == len(right) == 1:
            ((word, kind),), ((following, other),) = left, right
            if kind == other == EXACT:  # most pairs
                return self._pairs[word, following] + _UNSEEN_PAIR
        firsts = [word for item in left for word in self._meant(item)]
        seconds = {word for item in right for word in self._meant(item)}
        seen = sum(
            count for word in firsts for following, count in self._following.get(word, ()) if following in seconds
        )
        return seen + _UNSEEN_PAIR * len(firsts) * len(seconds)

    def _meant_by(self, item: Item) -> list[str]:
        """Return the words of the samples that an item stands for; an exact word in any case."""
        word, kind = item
        if kind == EXACT:
            return [word]
        if kind == NUMBER:
            return [known for known in self._sorted if known.isdigit()]
        first = bisect_left(self._sorted, word)
        found = []
        while first < len(self._sorted) and self._sorted[first].startswith(word):
            found.append(self._sorted[first])
            first += 1
        return found
