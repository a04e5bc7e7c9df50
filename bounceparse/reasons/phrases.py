"""The phrase language of the rules, and how a phrase is found in a list of tokens.

A phrase is a sequence of elements parted by spaces::

    word            this word (a hyphen or apostrophe parts words: "can't" is "can t")
    word*           a word that begins so
    a|b|c           one of these words
    (two words|x)   one of these sub-phrases; an empty one, as in (the|), makes the element optional
    #               a number
    ...             nought to four words of any kind
    $name           one of the class's words or sub-phrases, each written as words with alternatives

There are no regular expressions in it: a phrase is matched by walking a set of positions over the
tokens, so the work is at most (elements x tokens x gap) whatever the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bounceparse.reasons.text import phrase_tokens
from bounceparse.record import ConfigurationError

MAX_GAP = 4
MAX_ALTERNATIVES = 400
_MAX_DEPTH = 5

Item = tuple[str, int]
"""One word to compare: its text and whether it is exact, a prefix or any number."""
EXACT, PREFIX, NUMBER = 0, 1, 2
Sequence_ = tuple[Item, ...]
Classes = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One element: single-word alternatives as a set, longer ones filed under their first word.

    ``loose`` are the longer ones that begin with a prefix or a number; ``plain`` says that single
    exact words are all there is; ``optional`` that it may be left out. ``starts`` are all its exact
    first words; ``open`` says that it may begin otherwise too.
    """

    words: frozenset[str]
    prefixes: tuple[str, ...]
    number: bool
    tails: Mapping[str, tuple[Sequence_, ...]]
    loose: tuple[Sequence_, ...]
    optional: bool
    plain: bool
    starts: frozenset[str]
    open: bool

    def ends(self, tokens: Sequence[str], start: int) -> list[int]:
        """Return every place just after this element, if it stands at ``start``."""
        token = tokens[start]
        after = start + 1
        found = []
        if token in self.words or (
            self.open and ((self.prefixes and token.startswith(self.prefixes)) or (self.number and token.isdigit()))
        ):
            found.append(after)
        for tail in self.tails.get(token, ()):
            if _follows(tokens, after, tail):
                found.append(after + len(tail))  # noqa: PERF401, a loop costs less than extend with a generator
        for sequence in self.loose:
            if _follows(tokens, start, sequence):
                found.append(start + len(sequence))  # noqa: PERF401
        return found

    def firsts(self) -> list[Item]:
        """Return what the first word of this element may be."""
        exact = [(word, EXACT) for word in sorted(self.words | self.tails.keys())]
        numbers = [("#", NUMBER)] if self.number else []
        prefixes = [(prefix, PREFIX) for prefix in self.prefixes]
        return [*exact, *prefixes, *numbers, *(sequence[0] for sequence in self.loose)]

    def items(self) -> list[Item]:
        """Return every word this element can be made of."""
        tails = [item for tails in self.tails.values() for tail in tails for item in tail]
        return [*self.firsts(), *tails, *(item for sequence in self.loose for item in sequence)]


def _follows(tokens: Sequence[str], start: int, sequence: Sequence_) -> bool:
    if start + len(sequence) > len(tokens):
        return False
    for word, kind in sequence:
        token = tokens[start]
        if token != word and (kind == EXACT or (not token.isdigit() if kind == NUMBER else not token.startswith(word))):
            return False
        start += 1
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """A compiled phrase: its elements and how many words may stand before each (after the one before).

    ``plain`` is its text where it is words in a row and nothing else.
    """

    text: str
    elements: tuple[Element, ...]
    gaps: tuple[int, ...]
    plain: str | None

    def find(self, tokens: Sequence[str]) -> tuple[int, int] | None:
        """Return the first and last token (inclusive) of the leftmost place it stands at, or None."""
        count = len(tokens)
        first = self.elements[0]
        reached: dict[int, int] = {}
        starts, opened, plain = first.starts, first.open, first.plain
        for start, token in enumerate(tokens):
            if token in starts or opened:
                if plain:
                    reached[start + 1] = start
                    continue
                for end in first.ends(tokens, start):
                    reached.setdefault(end, start)
        for element, gap in zip(self.elements[1:], self.gaps[1:], strict=True):
            if not reached:
                return None
            reached = _advance(element, gap, reached, tokens, count)
        if not reached:
            return None
        start, end = min((start, end) for end, start in reached.items())
        return start, end - 1


def _advance(element: Element, gap: int, reached: dict[int, int], tokens: Sequence[str], count: int) -> dict[int, int]:
    """Return the places reached after one more element, each with the leftmost start that leads to it."""
    following = dict(reached) if element.optional else {}
    starts, opened, plain = element.starts, element.open, element.plain
    for end, start in reached.items():
        for place in range(end, min(end + gap + 1, count)):
            if tokens[place] not in starts and not opened:
                continue
            for after in (place + 1,) if plain else element.ends(tokens, place):
                if following.get(after, count) > start:
                    following[after] = start
    return following


class Compiler:
    """Compiles phrases against one scope of classes; the same element is compiled once."""

    def __init__(self, classes: Classes, shared: dict[str, tuple[Element, ...]] | None = None) -> None:
        self._classes = classes
        self._elements: dict[str, tuple[Element, ...]] = {}
        self._shared = {} if shared is None else shared
        self._phrases: dict[str, Phrase] = {}
        self._members: dict[str, list[Sequence_]] = {}

    def compile(self, text: str) -> Phrase:
        """Compile one phrase; raises :class:`ConfigurationError` with the phrase in its words."""
        phrase = self._phrases.get(text)
        if phrase is None:
            phrase = self._phrases[text] = self._compile(text)
        return phrase

    def _compile(self, text: str) -> Phrase:
        elements: list[Element] = []
        gaps: list[int] = []
        gap = 0
        for written in _elements(text):
            if written == "...":
                gap += MAX_GAP
                continue
            for element in self._elements_of(written, text):
                if elements and elements[-1].optional:
                    gap = max(gap, gaps[-1])
                elements.append(element)
                gaps.append(gap)
                gap = 0
        if not elements:
            raise ConfigurationError(f"the phrase {text!r} has no words")
        if elements[0].optional or elements[-1].optional:
            raise ConfigurationError(f"the phrase {text!r} begins or ends with an optional element")
        if gap:
            raise ConfigurationError(f"the phrase {text!r} ends in a gap")
        return Phrase(text, tuple(elements), tuple(gaps), _plain(elements, gaps))

    def _elements_of(self, written: str, phrase: str) -> tuple[Element, ...]:
        """Return one element of alternatives, or, for a plain word with a hyphen, as many as it has parts."""
        cache = self._elements if "$" in written else self._shared
        known = cache.get(written)
        if known is None:
            alternatives = self._choices(written, phrase, 0)
            if not any(alternatives):
                raise ConfigurationError(f"the phrase {phrase!r} has an element without words: {written!r}")
            if any(mark in written for mark in "|$("):
                known = (_element(alternatives),)
            else:
                known = tuple(self._single(item) for sequence in alternatives for item in sequence)
            cache[written] = known
        return known

    def _single(self, item: Item) -> Element:
        """Return the element of one word; the parts of hyphened words are shared too."""
        name = f"{item[0]} {item[1]}"
        if name not in self._shared:
            self._shared[name] = (_element([(item,)]),)
        return self._shared[name][0]

    def _choices(self, written: str, phrase: str, depth: int) -> list[Sequence_]:
        """Return the alternatives of one element: words, groups and classes parted by bars."""
        if depth > 2 * _MAX_DEPTH:
            raise ConfigurationError(f"the phrase {phrase!r} nests classes too deeply")
        found: list[Sequence_] = []
        for choice in _split(written, "|", phrase):
            if choice.startswith("(") and choice.endswith(")"):
                for part in _split(choice[1:-1], "|", phrase):
                    found.extend(self._products(part, phrase, depth + 1))
            elif choice.startswith("$"):
                found.extend(self._class(choice[1:], phrase, depth))
            else:
                found.append(_word(choice, phrase))
        return _bounded(found, phrase)

    def _class(self, name: str, phrase: str, depth: int) -> list[Sequence_]:
        if name not in self._classes:
            raise ConfigurationError(f"the phrase {phrase!r} names the class ${name}, which no file defines")
        found = self._members.get(name)
        if found is None:
            found = []
            for member in self._classes[name]:
                found.extend(self._products(member, phrase, depth + 1))
            self._members[name] = found
        return found

    def _products(self, text: str, phrase: str, depth: int) -> list[Sequence_]:
        """Return every way to say a few words in a row of which each may have alternatives."""
        sequences: list[Sequence_] = [()]
        for written in _elements(text):
            ways = self._choices(written, phrase, depth + 1)
            sequences = _bounded([before + after for before in sequences for after in ways], phrase)
        return sequences


def compile_phrase(text: str, classes: Classes) -> Phrase:
    """Compile one phrase by itself."""
    return Compiler(classes).compile(text)


def _plain(elements: Sequence[Element], gaps: Sequence[int]) -> str | None:
    words: list[str] = []
    for element, gap in zip(elements, gaps, strict=True):
        if gap or element.optional or not element.plain or len(element.words) != 1:
            return None
        words.extend(element.words)
    return f" {' '.join(words)} "


def _split(text: str, separator: str, phrase: str) -> list[str]:
    """Part a text at the separators outside parentheses."""
    if "(" not in text and ")" not in text:
        return text.split(separator)
    found, depth, current = [], 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0 or depth > _MAX_DEPTH:
            raise ConfigurationError(f"the phrase {phrase!r} has unbalanced parentheses, or too many in each other")
        if character == separator and not depth:
            found.append(current)
            current = ""
        else:
            current += character
    if depth:
        raise ConfigurationError(f"the phrase {phrase!r} has unbalanced parentheses")
    return [*found, current]


def _elements(text: str) -> list[str]:
    return [element for element in _split(" ".join(text.split()), " ", text) if element]


def _bounded(sequences: list[Sequence_], phrase: str) -> list[Sequence_]:
    if len(sequences) > MAX_ALTERNATIVES:
        raise ConfigurationError(f"the phrase {phrase!r} has more than {MAX_ALTERNATIVES} alternatives")
    return sequences


def _word(word: str, phrase: str) -> Sequence_:
    if word == "#":
        return (("#", NUMBER),)
    if "(" in word or ")" in word:
        raise ConfigurationError(f"the phrase {phrase!r} has parentheses within a word")
    if word == "...":
        raise ConfigurationError(f"the phrase {phrase!r} has a gap within an alternative")
    prefix = word.endswith("*")
    if "*" in word[:-1]:
        raise ConfigurationError(f"the phrase {phrase!r} has * elsewhere than at a word's end")
    items = [(token, EXACT) for token in phrase_tokens(word.rstrip("*"))]
    if not items:
        raise ConfigurationError(f"the phrase {phrase!r} has an element without letters or digits: {word!r}")
    if prefix:
        if len(items[-1][0]) < 2 and items[-1][0].isascii():
            raise ConfigurationError(f"the phrase {phrase!r} has a prefix of one letter")
        items[-1] = (items[-1][0], PREFIX)
    return tuple(items)


def _element(alternatives: Sequence[Sequence_]) -> Element:
    words: set[str] = set()
    prefixes: set[str] = set()
    tails: dict[str, dict[Sequence_, None]] = {}
    loose: dict[Sequence_, None] = {}
    number = optional = False
    for sequence in alternatives:
        if not sequence:
            optional = True
            continue
        word, kind = sequence[0]
        if len(sequence) > 1 and kind == EXACT:
            tails.setdefault(word, {})[sequence[1:]] = None
        elif len(sequence) > 1:
            loose[sequence] = None
        elif kind == EXACT:
            words.add(word)
        elif kind == PREFIX:
            prefixes.add(word)
        else:
            number = True
    return Element(
        words=frozenset(words),
        prefixes=tuple(sorted(prefixes)),
        number=number,
        tails={word: tuple(found) for word, found in tails.items()},
        loose=tuple(loose),
        optional=optional,
        plain=not (prefixes or number or tails or loose),
        starts=frozenset(words) | tails.keys(),
        open=bool(prefixes or number or loose),
    )
