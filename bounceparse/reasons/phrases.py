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

import re
from collections.abc import Mapping, Sequence

from bounceparse.reasons.elements import (
    EXACT,
    NUMBER,
    PREFIX,
    Element,
    Item,
    Sequence_,
    all_ends,
    ends_of,
)
from bounceparse.reasons.text import SPECIAL_WORDS, phrase_tokens
from bounceparse.record import ConfigurationError

MAX_GAP = 4
MAX_ALTERNATIVES = 400
_MAX_DEPTH = 5
_MAX_BEGINS = 8  # places that a phrase is followed from one by one; with more of them all at once costs less

Classes = Mapping[str, Sequence[str]]
Place = tuple[int, int]
_NUMBER: Sequence_ = (("#", NUMBER),)
_MARKS = {" ": re.compile("[() ]"), "|": re.compile("[()|]")}


class Phrase:
    """A compiled phrase: its elements and how many words may stand before each (after the one before).

    ``plain`` is its text where it is words in a row and nothing else.
    """

    __slots__ = ("_parts", "elements", "gaps", "plain", "text")

    def __init__(self, text: str, elements: tuple[Element, ...], gaps: tuple[int, ...], plain: str | None) -> None:
        self.text, self.elements, self.gaps, self.plain = text, elements, gaps, plain
        steps = [
            (element, element.starts, element.open, element.plain, element.optional, gap + 1)
            for element, gap in zip(elements, gaps, strict=True)
        ]
        first, starts, opened, plain_first, *_ = steps.pop(0)
        row = []  # single words that follow the first element in a row, where that is one word too
        while steps and plain_first and steps[0][3:] == (True, False, 1):
            row.append(steps.pop(0)[1])
        # All that is asked of a phrase lies in one tuple: most phrases are no longer in the processor's cache.
        self._parts = starts, opened, first.prefixes, first.digits, plain_first, tuple(row), tuple(steps)

    def find(self, tokens: Sequence[str]) -> Place | None:
        """Return the first and last token (inclusive) of the leftmost place it stands at, or None."""
        return self.find_in([*tokens, ""])

    def find_in(self, tokens: list[str]) -> Place | None:
        """As :meth:`find`, in tokens that an empty one follows: no place needs to be compared with the end."""
        starts, opened, prefixes, digits, plain, row, steps = self._parts
        begun = 0
        for start, token in enumerate(tokens):
            if token not in starts and not (
                opened and (token.startswith(prefixes) or (digits and token.isdigit()))  # begins(), without its call
            ):
                continue
            if plain:
                end = start + 1
                for words in row:
                    if tokens[end] not in words:
                        end = 0
                        break
                    end += 1
                if steps and end:
                    ends = ends_of(tokens, [end], steps)
                    end = min(ends) if ends else 0
            elif steps:
                ends = ends_of(tokens, self.elements[0].ends(tokens, start), steps)
                end = min(ends) if ends else 0
            else:
                end = self.elements[0].nearest(tokens, start)
            if end:
                return start, end - 1
            begun += 1
            if begun == _MAX_BEGINS:
                return self._find_often(tokens)
        return None

    def _find_often(self, tokens: list[str]) -> Place | None:
        """As :meth:`find_in`, all beginnings at once: the work grows with the text, whatever it holds."""
        reached: dict[int, int] = {}
        for start in range(len(tokens)):
            for end in self.elements[0].ends(tokens, start):
                reached.setdefault(end, start)
        for element, gap in zip(self.elements[1:], self.gaps[1:], strict=True):
            reached = all_ends(element, gap, reached, tokens)
        if not reached:
            return None
        start, end = min((start, end) for end, start in reached.items())
        return start, end - 1


class Row:
    """A phrase of words in a row and nothing else."""

    __slots__ = ("_first", "_more", "_words")

    def __init__(self, plain: str) -> None:
        self._words = plain.split()
        self._first, self._more = self._words[0], len(self._words) - 1

    def find_in(self, tokens: list[str]) -> Place | None:
        """As :meth:`Phrase.find_in`, word by word as lists know to: half of what a search in the joined text costs."""
        start = -1
        try:
            while True:
                start = tokens.index(self._first, start + 1)
                end = start + self._more
                if tokens[start : end + 1] == self._words:
                    return start, end
        except ValueError:
            return None


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
                known = (Element(alternatives),)
            else:
                known = tuple(self._single(item) for sequence in alternatives for item in sequence)
            cache[written] = known
        return known

    def _single(self, item: Item) -> Element:
        """Return the element of one word; the parts of hyphened words are shared too."""
        name = f"{item[0]} {item[1]}"
        if name not in self._shared:
            self._shared[name] = (Element([(item,)]),)
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
        plain = _plain_words(text)
        if plain and depth < 2 * _MAX_DEPTH:
            return [plain]
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
        if gap or element.optional or not element.plain or len(element.starts) != 1:
            return None
        words.extend(element.starts)
    return f" {' '.join(words)} "


def _split(text: str, separator: str, phrase: str) -> list[str]:
    """Part a text at the separators outside parentheses."""
    if "(" not in text and ")" not in text:
        return text.split(separator)
    found, depth, begun = [], 0, 0
    for mark in _MARKS[separator].finditer(text):
        if mark[0] == separator:
            if not depth:
                found.append(text[begun : mark.start()])
                begun = mark.end()
            continue
        depth += 1 if mark[0] == "(" else -1
        if depth < 0 or depth > _MAX_DEPTH:
            raise ConfigurationError(f"the phrase {phrase!r} has unbalanced parentheses, or too many in each other")
    if depth:
        raise ConfigurationError(f"the phrase {phrase!r} has unbalanced parentheses")
    return [*found, text[begun:]]


def _elements(text: str) -> list[str]:
    return [element for element in _split(" ".join(text.split()), " ", text) if element]


def _bounded(sequences: list[Sequence_], phrase: str) -> list[Sequence_]:
    if len(sequences) > MAX_ALTERNATIVES:
        raise ConfigurationError(f"the phrase {phrase!r} has more than {MAX_ALTERNATIVES} alternatives")
    return sequences


def _plain_words(text: str) -> Sequence_:
    """Return words that are in normal form as they are written, as nearly all are; none if there may be others."""
    if text.isascii() and text.islower() and text.replace(" ", "").isalnum():
        return tuple([(SPECIAL_WORDS.get(word, word), EXACT) for word in text.split()])
    return ()


def _word(word: str, phrase: str) -> Sequence_:
    plain = _plain_words(word)
    if plain:
        return plain
    if word == "#":
        return _NUMBER
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
