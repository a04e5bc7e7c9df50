"""From a reply and its circumstances to a verdict: the first rule that matches decides.

Each phrase is filed under the words of its rarest element, so a reply, parted into tokens once,
is compared only with the phrases that one of its words calls for; the candidates are tried in
the rules' order, each by a walk that cannot backtrack. A word that no rule knows can only ever
fill a gap, so a memo of verdicts is keyed on the reply with all such words (names, hosts,
ids, queue numbers) masked: the same answer by construction, whatever the memo holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path

from bounceparse.reasons import loader
from bounceparse.reasons.context import Context
from bounceparse.reasons.index import Entry, PhraseIndex
from bounceparse.reasons.loader import Rule, RuleFile
from bounceparse.reasons.phrases import Compiler, Element, Phrase
from bounceparse.reasons.text import normalise, span
from bounceparse.record import ConfigurationError, Reason, Reply, Verdict

_MAX_MEMO = 20_000

_NAME = itemgetter(0)

Match = tuple[int, tuple[int, int] | None]

EXPIRED_RULE = "engine.expired"
UNDECIDED_RULE = "engine.undecided"


class RuleSet:
    """An ordered set of rules, ready to judge replies. Build it with :meth:`load`."""

    def __init__(self, files: Sequence[RuleFile]) -> None:
        self.rules: tuple[Rule, ...] = tuple(rule for file in files for rule in file.rules)
        self._compilers = _compilers(files)
        self._index = PhraseIndex()
        self._phrases: list[tuple[int, Phrase | None, int]] = []
        self._vetoes: list[tuple[tuple[int, Phrase], ...]] = []
        self._veto_firsts: list[int] = []
        self._status = [tuple(f"{status}." for status in rule.status) for rule in self.rules]
        self._unworded: list[int] = []
        self._add_rules()
        self._unworded_memo: dict[tuple[str, str], tuple[int, ...]] = {}
        self._memo: dict[tuple[object, ...], Match] = {}

    @classmethod
    def load(cls, files: Iterable[Path] | None = None) -> RuleSet:
        """Load the shipped rules, with the user's files (if any) before them."""
        own = loader.load_files(files or ())
        return cls([*own, *loader.load_files(loader.shipped_files())])

    def judge(self, context: Context) -> Verdict:
        """Return the verdict of the first rule that matches; of none, reason ``other``."""
        reply = context.reply
        normal = normalise(reply.text)
        found, place = self._first(normal.split(), context)
        if found < 0:
            return _expired_or(context, Verdict(Reason.OTHER, UNDECIDED_RULE, reply.text[:200], clear=False))
        rule = self.rules[found]
        evidence = span(reply.text, normal, *place) if place else _codes_of(reply, context)
        return _expired_or(context, Verdict(rule.reason, rule.id, evidence, rule.clear, rule.decision))

    def _first(self, words: list[str], context: Context) -> Match:
        """Return the number of the rule that decides (-1 for none) and the tokens it matched."""
        entries = self._index.look_up(words)
        reply = context.reply
        names = tuple(map(_NAME, entries))
        key = (names, reply.code, reply.enhanced or context.status, context.command, context.remote_host)
        known = self._memo.get(key)
        if known is None:
            known = self._match(words, entries, context)
            if len(self._memo) >= _MAX_MEMO:
                self._memo.clear()
            self._memo[key] = known
        return known

    def _match(self, words: list[str], entries: list[Entry], context: Context) -> Match:
        candidates: set[int] = set()
        present = 0
        for _, numbers, elements in entries:
            if numbers:
                candidates.update(numbers)
            if elements:
                present |= elements
        status = context.reply.enhanced or context.status
        code = "" if context.reply.code is None else str(context.reply.code)
        dotted = f"{status}." if status else ""
        padded = f" {' '.join(words)} "
        candidates.update(self._unworded_for(code, dotted))
        for number in sorted(candidates):
            rule_number, phrase, needed = self._phrases[number]
            place: tuple[int, int] | None = None
            if phrase is not None and (
                needed & present != needed or (phrase.plain is not None and phrase.plain not in padded)
            ):
                continue
            if not self._applies(self.rules[rule_number], rule_number, code, dotted, context):
                continue
            if phrase is not None:
                place = phrase.find(words)
                if place is None:
                    continue
            if self._vetoed(rule_number, present, words):
                continue
            return rule_number, place
        return -1, None

    def _vetoed(self, number: int, present: int, words: list[str]) -> bool:
        if not self._veto_firsts[number] & present:
            return False
        return any(needed & present == needed and veto.find(words) for needed, veto in self._vetoes[number])

    def _applies(self, rule: Rule, number: int, code: str, dotted: str, context: Context) -> bool:
        if rule.codes and not code.startswith(rule.codes):
            return False
        if rule.status and not dotted.startswith(self._status[number]):
            return False
        if rule.commands and context.command not in rule.commands:
            return False
        return not rule.hosts or _under(context.remote_host, rule.hosts)

    def _unworded_for(self, code: str, dotted: str) -> tuple[int, ...]:
        """Return the rules without phrases that a code and a status call for."""
        found = self._unworded_memo.get((code, dotted))
        if found is None:
            found = tuple(
                number
                for number in self._unworded
                if _begins(self.rules[self._phrases[number][0]].codes, code)
                and _begins(self._status[self._phrases[number][0]], dotted)
            )
            if len(self._unworded_memo) < _MAX_MEMO:
                self._unworded_memo[code, dotted] = found
        return found

    def _add_rules(self) -> None:
        """Number the phrases in the order of their rules and file each under its rarest element."""
        index = self._index
        for number, rule in enumerate(self.rules):
            if not rule.phrases:
                self._unworded.append(len(self._phrases))
                self._phrases.append((number, None, 0))
            for text in rule.phrases:
                phrase = self._compile(text, rule)
                self._phrases.append((number, phrase, index.needed(phrase)))
            vetoes = [self._compile(text, rule) for text in rule.unless]
            self._vetoes.append(tuple((index.needed(veto), veto) for veto in vetoes))
            self._veto_firsts.append(index.any_of(veto.elements[0] for veto in vetoes))
        index.file((number, phrase) for number, (_, phrase, _) in enumerate(self._phrases) if phrase is not None)

    def _compile(self, text: str, rule: Rule) -> Phrase:
        try:
            return self._compilers[rule.file].compile(text)
        except ConfigurationError as error:
            raise ConfigurationError(f"{rule.file}: rule {rule.id!r}: {error}") from error


def _compilers(files: Sequence[RuleFile]) -> dict[str, Compiler]:
    """Return a compiler for each file; one that defines classes sees its own before those of all the others."""
    classes: dict[str, Sequence[str]] = {}
    for file in files:
        for name, members in file.classes.items():
            classes.setdefault(name, members)
    words: dict[str, tuple[Element, ...]] = {}
    common = Compiler(classes, words)
    return {
        file.name: Compiler({**classes, **file.classes}, words) if _overrides(file, classes) else common
        for file in files
    }


def _overrides(file: RuleFile, classes: Mapping[str, Sequence[str]]) -> bool:
    return any(classes[name] is not members for name, members in file.classes.items())


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
