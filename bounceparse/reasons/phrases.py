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


@dataclass(frozen=True, slots=True)
class Step:
    """One element: its single-word alternatives as sets, its longer ones as sequences.

    ``gap`` is how many words may stand between this element and the one before it.
    """

    gap: int
    words: frozenset[str]
    prefixes: tuple[str, ...]
    number: bool
    sequences: tuple[Sequence_, ...]
    optional: bool = False

    def ends(self, tokens: Sequence[str], start: int) -> list[int]:
        """Return every place just after this element, if it stands at ``start``."""
        token = tokens[start]
        found = []
        if (
            token in self.words
            or (self.prefixes and token.startswith(self.prefixes))
            or (self.number and token.isdigit())
        ):
            found.append(start + 1)
        for sequence in self.sequences:
            end = start + len(sequence)
            if end <= len(tokens) and all(_same(tokens[start + offset], item) for offset, item in enumerate(sequence)):
                found.append(end)
        return found

    @property
    def firsts(self) -> list[Item]:
        """Return what the first word of this element may be."""
        items = [(word, EXACT) for word in sorted(self.words)] + [(prefix, PREFIX) for prefix in self.prefixes]
        if self.number:
            items.append(("#", NUMBER))
        return items + [sequence[0] for sequence in self.sequences]

    @property
    def items(self) -> list[Item]:
        """Return every word this element can be made of."""
        return self.firsts + [item for sequence in self.sequences for item in sequence[1:]]


def _same(token: str, item: Item) -> bool:
    word, kind = item
    if kind == EXACT:
        return token == word
    if kind == PREFIX:
        return token.startswith(word)
    return token.isdigit()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A compiled phrase. ``plain`` is its text where it is words in a row and nothing else."""

    text: str
    steps: tuple[Step, ...]
    plain: str | None

    def find(self, tokens: Sequence[str]) -> tuple[int, int] | None:
        """Return the first and last token (inclusive) of the leftmost place it stands at, or None."""
        first, rest = self.steps[0], self.steps[1:]
        count = len(tokens)
        reached: dict[int, int] = {}
        for start in range(count):
            for end in first.ends(tokens, start):
                reached.setdefault(end, start)
        for step in rest:
            following: dict[int, int] = dict(reached) if step.optional else {}
            for end, start in reached.items():
                for place in range(end, min(end + step.gap + 1, count)):
                    for after in step.ends(tokens, place):
                        if following.get(after, count) > start:
                            following[after] = start
            reached = following
            if not reached:
                return None
        if not reached:
            return None
        start, end = min((start, end) for end, start in reached.items())
        return start, end - 1


def compile_phrase(text: str, classes: Mapping[str, Sequence[str]]) -> Phrase:
    """Compile one phrase; raises :class:`ConfigurationError` with the phrase in its words."""
    steps: list[Step] = []
    gap = 0
    for element in _elements(text):
        if element == "...":
            gap += MAX_GAP
            continue
        for alternatives in _steps_of(element, classes, text):
            if steps and steps[-1].optional:
                gap = max(gap, steps[-1].gap)
            steps.append(_step(alternatives, gap))
            gap = 0
    if not steps:
        raise ConfigurationError(f"the phrase {text!r} has no words")
    if steps[0].optional or steps[-1].optional:
        raise ConfigurationError(f"the phrase {text!r} begins or ends with an optional element")
    if gap:
        raise ConfigurationError(f"the phrase {text!r} ends in a gap")
    return Phrase(text, tuple(steps), _plain(steps))


def _plain(steps: Sequence[Step]) -> str | None:
    words: list[str] = []
    for step in steps:
        if step.gap or step.prefixes or step.number or step.sequences or step.optional or len(step.words) != 1:
            return None
        words.extend(step.words)
    return f" {' '.join(words)} "


def _split(text: str, separator: str, phrase: str) -> list[str]:
    """Part a text at the separators outside parentheses."""
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


def _steps_of(element: str, classes: Mapping[str, Sequence[str]], phrase: str) -> list[list[Sequence_]]:
    """Return the element as one step of alternatives, or, for a plain word with a hyphen, as several."""
    alternatives = _choices(element, classes, phrase, 0)
    if not any(alternatives):
        raise ConfigurationError(f"the phrase {phrase!r} has an element without words: {element!r}")
    if not any(mark in element for mark in "|$("):
        return [[(item,)] for sequence in alternatives for item in sequence]
    return [alternatives]


def _choices(element: str, classes: Mapping[str, Sequence[str]], phrase: str, depth: int) -> list[Sequence_]:
    """Return the alternatives of one element: words, groups and classes parted by bars."""
    if depth > 2 * _MAX_DEPTH:
        raise ConfigurationError(f"the phrase {phrase!r} nests classes too deeply")
    found: list[Sequence_] = []
    for choice in _split(element, "|", phrase):
        if choice.startswith("(") and choice.endswith(")"):
            for part in _split(choice[1:-1], "|", phrase):
                found.extend(_products(part, classes, phrase, depth + 1))
        elif choice.startswith("$"):
            if choice[1:] not in classes:
                raise ConfigurationError(f"the phrase {phrase!r} names the class {choice}, which no file defines")
            for member in classes[choice[1:]]:
                found.extend(_products(member, classes, phrase, depth + 1))
        else:
            found.append(_word(choice, phrase))
    return _bounded(found, phrase)


def _products(text: str, classes: Mapping[str, Sequence[str]], phrase: str, depth: int) -> list[Sequence_]:
    """Return every way to say a few words in a row of which each may have alternatives."""
    sequences: list[Sequence_] = [()]
    for element in _elements(text):
        ways = _choices(element, classes, phrase, depth + 1)
        sequences = _bounded([before + after for before in sequences for after in ways], phrase)
    return sequences


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


def _step(alternatives: Sequence[Sequence_], gap: int) -> Step:
    words, prefixes, sequences, number = set(), set(), [], False
    optional = False
    for sequence in alternatives:
        if not sequence:
            optional = True
            continue
        if len(sequence) > 1:
            sequences.append(sequence)
            continue
        word, kind = sequence[0]
        if kind == EXACT:
            words.add(word)
        elif kind == PREFIX:
            prefixes.add(word)
        else:
            number = True
    return Step(gap, frozenset(words), tuple(sorted(prefixes)), number, tuple(dict.fromkeys(sequences)), optional)
