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
from collections.abc import Iterable, Mapping, Sequence

from bounceparse.reasons.text import SPECIAL_WORDS, phrase_tokens
from bounceparse.record import ConfigurationError

MAX_GAP = 4
MAX_ALTERNATIVES = 400
_MAX_DEPTH = 5
_MAX_BEGINS = 8  # places that a phrase is followed from one by one; with more of them all at once costs less

Item = tuple[str, int]
"""One word to compare: its text and whether it is exact, a prefix or any number."""
EXACT, PREFIX, NUMBER = 0, 1, 2
Sequence_ = tuple[Item, ...]
Classes = Mapping[str, Sequence[str]]
Place = tuple[int, int]
Tree = dict[str | None, "Tree"]
_NUMBER: Sequence_ = (("#", NUMBER),)
_MARKS = {" ": re.compile("[() ]"), "|": re.compile("[()|]")}


class Element:
    """One element: its alternatives, and what finds them quickly.

    ``plain`` says that single exact words are all there is; ``optional`` that it may be left out.
    ``starts`` are all its exact first words; ``open`` says that it may begin otherwise too: with a word
    that one of ``letters`` begins or, if ``digits``, a number.
    """

    __slots__ = ("_others", "_tree", "alternatives", "digits", "letters", "open", "optional", "plain", "starts")

    def __init__(self, alternatives: Iterable[Sequence_]) -> None:
        given = dict.fromkeys(alternatives)
        self.optional = () in given
        given.pop((), None)
        self.alternatives = tuple(given)
        firsts = [sequence[0] for sequence in given]
        self.starts = frozenset([word for word, kind in firsts if kind == EXACT])
        self.letters = frozenset([word[0] for word, kind in firsts if kind == PREFIX])
        self.digits = ("#", NUMBER) in firsts
        self.open = bool(self.letters) or self.digits
        self.plain = not self.open and max(map(len, given)) == 1
        self._tree: Tree | None = None
        self._others: dict[str, list[Sequence_]] = {}

    def ends(self, tokens: Sequence[str], start: int) -> list[int]:
        """Return every place just after this element, if it stands at ``start``; ``tokens`` end with an empty one."""
        found = []
        node = (self._tree or self._grow()).get(tokens[start])
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

    def _grow(self) -> Tree:
        """Make a tree of the alternatives of exact words, word after word, with None where one ends.

        Of the tens of thousands of words in all elements, few are ever asked for.
        """
        tree: Tree = {None: {}}
        others: dict[str, list[Sequence_]] = {}
        for sequence in self.alternatives:
            if any(kind != EXACT for _, kind in sequence):
                others.setdefault(_letter(sequence[0][0]), []).append(sequence)
                continue
            node = tree
            for word, _ in sequence:
                node = node.setdefault(word, {})
            node[None] = {}
        self._tree, self._others = tree, others
        return tree


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


class Phrase:
    """A compiled phrase: its elements and how many words may stand before each (after the one before).

    ``plain`` is its text where it is words in a row and nothing else.
    """

    __slots__ = ("_row", "_steps", "elements", "gaps", "plain", "text")

    def __init__(self, text: str, elements: tuple[Element, ...], gaps: tuple[int, ...], plain: str | None) -> None:
        self.text, self.elements, self.gaps, self.plain = text, elements, gaps, plain
        steps = list(zip(elements[1:], gaps[1:], strict=True))
        row = []  # single words that follow the first element in a row, where that is one word too
        while steps and elements[0].plain and steps[0][0].plain and not (steps[0][1] or steps[0][0].optional):
            row.append(steps.pop(0)[0].starts)
        self._row = tuple(row)
        self._steps = tuple((element, element.starts, element.open, gap + 1) for element, gap in steps)

    def find(self, tokens: Sequence[str]) -> Place | None:
        """Return the first and last token (inclusive) of the leftmost place it stands at, or None."""
        return self.find_in([*tokens, ""])

    def find_in(self, tokens: list[str]) -> Place | None:
        """As :meth:`find`, in tokens that an empty one follows: no place needs to be compared with the end."""
        first = self.elements[0]
        starts, plain, opened, letters = first.starts, first.plain, first.open, first.letters
        begun = 0
        for start, token in enumerate(tokens):
            if token not in starts and not (opened and (token[:1] in letters or (first.digits and token.isdigit()))):
                continue
            if plain:
                end = start + 1
                for words in self._row:
                    if tokens[end] not in words:
                        break
                    end += 1
                else:
                    if not self._steps:
                        return start, end - 1
                    ends = self._ends(tokens, [end])
                    if ends:
                        return start, min(ends) - 1
            else:
                ends = self._ends(tokens, first.ends(tokens, start))
                if ends:
                    return start, min(ends) - 1
            begun += 1
            if begun == _MAX_BEGINS:
                return self._find_often(tokens)
        return None

    def _ends(self, tokens: list[str], reached: list[int]) -> list[int]:
        """Return every place just after the phrase, of which so much is found as ends at the places reached."""
        for element, starts, opened, width in self._steps:
            following = list(reached) if element.optional else []
            for end in reached:
                place = end
                for token in tokens[end : end + width] if width > 1 else (tokens[end],):
                    if token in starts:
                        if element.plain:
                            following.append(place + 1)
                        else:
                            following += element.ends(tokens, place)
                    elif opened and (token[:1] in element.letters or (element.digits and token.isdigit())):
                        following += element.ends(tokens, place)
                    place += 1
            if not following:
                return following
            reached = list(set(following)) if len(following) > 1 else following
        return reached

    def _find_often(self, tokens: list[str]) -> Place | None:
        """As :meth:`find_in`, all beginnings at once: the work grows with the text, whatever it holds."""
        reached: dict[int, int] = {}
        for start in range(len(tokens)):
            for end in self.elements[0].ends(tokens, start):
                reached.setdefault(end, start)
        for element, gap in zip(self.elements[1:], self.gaps[1:], strict=True):
            reached = _advance(element, gap, reached, tokens)
        if not reached:
            return None
        start, end = min((start, end) for end, start in reached.items())
        return start, end - 1


def _advance(element: Element, gap: int, reached: dict[int, int], tokens: list[str]) -> dict[int, int]:
    """Return the places reached after one more element, each with the leftmost start that leads to it."""
    following = dict(reached) if element.optional else {}
    for end, start in reached.items():
        for place in range(end, min(end + gap + 1, len(tokens))):
            for after in element.ends(tokens, place):
                if after not in following or following[after] > start:
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
