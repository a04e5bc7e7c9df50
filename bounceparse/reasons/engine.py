"""From a reply and its circumstances to a verdict: the first rule that matches decides.

Each phrase is filed under the words of its rarest element, so a reply, parted into tokens once,
is compared only with the phrases that one of its words calls for; the candidates are tried in
the rules' order, each by a walk that cannot backtrack. A word that no rule knows can only ever
fill a gap, so a memo of verdicts is keyed on the reply with all such words (names, hosts,
ids, queue numbers) masked: the same answer by construction, whatever the memo holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from bounceparse.reasons import loader
from bounceparse.reasons.context import Context
from bounceparse.reasons.loader import Rule, RuleFile
from bounceparse.reasons.phrases import EXACT, NUMBER, PREFIX, Item, Phrase, compile_phrase
from bounceparse.reasons.text import span, tokens
from bounceparse.record import ConfigurationError, Reason, Reply, Verdict

_PREFIX_KEY = 4  # letters of a prefix or word that it is filed under
_MAX_VOCABULARY = 50_000
_MAX_MEMO = 20_000
_UNKNOWN = "_"
_NUMERIC = "0"

EXPIRED_RULE = "engine.expired"
UNDECIDED_RULE = "engine.undecided"


class RuleSet:
    """An ordered set of rules, ready to judge replies. Build it with :meth:`load`."""

    def __init__(self, files: Sequence[RuleFile]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rule for file in files for rule in file.rules)
        self._classes = _scopes(files)
        self._phrases: list[tuple[int, Phrase | None]] = []
        self._vetoes = [tuple(self._compile(text, rule) for text in rule.unless) for rule in self.rules]
        self._status = [tuple(f"{status}." for status in rule.status) for rule in self.rules]
        self._words: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[int]] = {}
        self._numbers: list[int] = []
        self._unworded: list[int] = []
        self._file_phrases()
        self._known = _KnownWords(self._all_items())
        self._vocabulary: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._unworded_memo: dict[tuple[object, ...], tuple[int, ...]] = {}
        self._memo: dict[tuple[object, ...], tuple[int, tuple[int, int] | None]] = {}

    @classmethod
    def load(cls, files: Iterable[Path] | None = None) -> RuleSet:
        """Load the shipped rules, with the user's files (if any) before them."""
        own = loader.load_files(files or ())
        return cls([*own, *loader.load_files(loader.shipped_files())])

    def judge(self, context: Context) -> Verdict:
        """Return the verdict of the first rule that matches; of none, reason ``other``."""
        reply = context.reply
        words = tokens(reply.text)
        found, place = self._first(words, context)
        if found < 0:
            return _expired_or(context, Verdict(Reason.OTHER, UNDECIDED_RULE, reply.text[:200], clear=False))
        rule = self.rules[found]
        evidence = span(reply.text, *place) if place else _codes_of(reply, context)
        return _expired_or(context, Verdict(rule.reason, rule.id, evidence, rule.clear, rule.decision))

    def _first(self, words: list[str], context: Context) -> tuple[int, tuple[int, int] | None]:
        """Return the number of the rule that decides (-1 for none) and the tokens it matched."""
        candidates: set[int] = set()
        masked = []
        vocabulary = self._vocabulary
        for word in words:
            entry = vocabulary.get(word) or self._look_up(word)
            masked.append(entry[0])
            if entry[1]:
                candidates.update(entry[1])
        reply = context.reply
        status = reply.enhanced or context.status
        key = (" ".join(masked), reply.code, status, context.command, context.remote_host)
        known = self._memo.get(key)
        if known is None:
            known = self._match(words, candidates, context, status)
            if len(self._memo) >= _MAX_MEMO:
                self._memo.clear()
            self._memo[key] = known
        return known

    def _match(
        self, words: list[str], candidates: set[int], context: Context, status: str | None
    ) -> tuple[int, tuple[int, int] | None]:
        code = "" if context.reply.code is None else str(context.reply.code)
        dotted = f"{status}." if status else ""
        candidates.update(self._unworded_for(code, dotted))
        padded = ""
        for number in sorted(candidates):
            rule_number, phrase = self._phrases[number]
            place: tuple[int, int] | None = None
            if phrase is not None and phrase.plain is not None:
                padded = padded or f" {' '.join(words)} "
                if phrase.plain not in padded:
                    continue
            rule = self.rules[rule_number]
            if not self._applies(rule, rule_number, code, dotted, context):
                continue
            if phrase is not None:
                place = phrase.find(words)
                if place is None:
                    continue
            if any(veto.find(words) for veto in self._vetoes[rule_number]):
                continue
            return rule_number, place
        return -1, None

    def _applies(self, rule: Rule, number: int, code: str, dotted: str, context: Context) -> bool:
        if rule.codes and not code.startswith(rule.codes):
            return False
        if rule.status and not dotted.startswith(self._status[number]):
            return False
        if rule.commands and context.command not in rule.commands:
            return False
        return not rule.hosts or _under(context.remote_host, rule.hosts)

    def _look_up(self, word: str) -> tuple[str, tuple[int, ...]]:
        """Return what the memo calls a word, and the phrases filed under it."""
        numbers = set(self._words.get(word, ()))
        for length in range(2 if not word.isascii() else 3, _PREFIX_KEY + 1):
            numbers.update(self._prefixes.get(word[:length], ()))
        numeric = word.isdigit()
        if numeric:
            numbers.update(self._numbers)
        name = word if word in self._known else _NUMERIC if numeric else _UNKNOWN
        entry = (name, tuple(sorted(numbers)))
        if len(self._vocabulary) < _MAX_VOCABULARY and len(word) < 64:
            self._vocabulary[word] = entry
        return entry

    def _unworded_for(self, code: str, dotted: str) -> tuple[int, ...]:
        """Return the rules without phrases that a code and a status call for."""
        key = (code, dotted)
        found = self._unworded_memo.get(key)
        if found is None:
            found = tuple(
                number
                for number in self._unworded
                if _begins(self.rules[self._phrases[number][0]].codes, code)
                and _begins(self._status[self._phrases[number][0]], dotted)
            )
            if len(self._unworded_memo) < _MAX_MEMO:
                self._unworded_memo[key] = found
        return found

    def _compile(self, text: str, rule: Rule) -> Phrase:
        try:
            return compile_phrase(text, self._classes[rule.file])
        except ConfigurationError as error:
            raise ConfigurationError(f"{rule.file}: rule {rule.id!r}: {error}") from error

    def _file_phrases(self) -> None:
        """Number the phrases in the order of their rules; file each under its rarest element."""
        for number, rule in enumerate(self.rules):
            if not rule.phrases:
                self._unworded.append(len(self._phrases))
                self._phrases.append((number, None))
            for text in rule.phrases:
                self._phrases.append((number, self._compile(text, rule)))
        usage = Counter(
            _key(item)
            for _, phrase in self._phrases
            if phrase is not None
            for step in phrase.steps
            for item in step.firsts
        )
        for number, (_, phrase) in enumerate(self._phrases):
            if phrase is None:
                continue
            rarest = min(
                (step for step in phrase.steps if not step.optional),
                key=lambda step: sum(usage[_key(item)] for item in step.firsts),
            )
            for item in rarest.firsts:
                self._file(item, number)

    def _file(self, item: Item, number: int) -> None:
        word, kind = item
        if kind == NUMBER:
            self._numbers.append(number)
        elif kind == PREFIX:
            self._prefixes.setdefault(word[:_PREFIX_KEY], []).append(number)
        else:
            self._words.setdefault(word, []).append(number)

    def _all_items(self) -> Iterable[Item]:
        for _, phrase in self._phrases:
            for step in phrase.steps if phrase is not None else ():
                yield from step.items
        for vetoes in self._vetoes:
            for phrase in vetoes:
                for step in phrase.steps:
                    yield from step.items


def _scopes(files: Sequence[RuleFile]) -> dict[str, dict[str, Sequence[str]]]:
    """Return the classes that each file sees: its own before those of all the others."""
    shared: dict[str, Sequence[str]] = {}
    for file in files:
        for name, members in file.classes.items():
            shared.setdefault(name, members)
    return {file.name: {**shared, **file.classes} for file in files}


class _KnownWords:
    """The words that at least one phrase can match."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._words: set[str] = set()
        self._prefixes: dict[str, set[str]] = {}
        for word, kind in items:
            if kind == EXACT:
                self._words.add(word)
            elif kind == PREFIX:
                self._prefixes.setdefault(word[:_PREFIX_KEY], set()).add(word)

    def __contains__(self, word: str) -> bool:
        return word in self._words or any(
            word.startswith(prefix)
            for length in range(2, _PREFIX_KEY + 1)
            for prefix in self._prefixes.get(word[:length], ())
        )


def _key(item: Item) -> str:
    word, kind = item
    return word[:_PREFIX_KEY] + "*" if kind == PREFIX else word


def _begins(beginnings: tuple[str, ...], text: str) -> bool:
    return not beginnings or text.startswith(beginnings)


def _under(host: str | None, suffixes: Sequence[str]) -> bool:
    """True if the host is one of the domains or under one."""
    name = (host or "").rstrip(".").casefold()
    return any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes)


def _codes_of(reply: Reply, context: Context) -> str:
    """The evidence of a rule that rests on codes alone."""
    status = reply.enhanced or context.status
    return " ".join(str(part) for part in (reply.code, status) if part is not None)


def _expired_or(context: Context, verdict: Verdict) -> Verdict:
    """A delivery given up keeps the cause that its last reply states; without one it has expired."""
    weak = not verdict.clear or verdict.reason in (Reason.OTHER, Reason.SYSTEM_ERROR)
    if context.expired and weak and context.permanent is not True and verdict.reason is not None:
        if verdict.clear and verdict.reason is Reason.SYSTEM_ERROR:
            return verdict
        return Verdict(Reason.DELIVERY_EXPIRED, EXPIRED_RULE, verdict.evidence, clear=False)
    return verdict


@cache
def default_rules() -> RuleSet:
    """Return the shipped rule set, loaded when first asked for."""
    return RuleSet.load()


def judge(context: Context) -> Verdict:
    """Return the shipped rules' verdict on a reply; never raises on any text."""
    return default_rules().judge(context)
