"""From a reply and its circumstances to a verdict: the first rule that matches decides.

Codes, command and host settle before a word is read which rules can apply at all. Each phrase is
filed under its rarest words, so a reply, parted into tokens once, is compared only with the phrases
that its words call for, in the rules' order, each by a walk that cannot backtrack. A word that no
rule knows can only ever fill a gap, so a memo of verdicts is keyed on the reply with all such words
(names, hosts, ids, queue numbers) masked: the same answer by construction, whatever the memo holds.
A second memo before it knows whole texts: nearly half of the replies in the open set's messages
repeat another word by word, and then cost a thirtieth.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property, partial
from pathlib import Path

from bounceparse.reasons import loader, program
from bounceparse.reasons.context import Context
from bounceparse.reasons.index import PhraseIndex, Word
from bounceparse.reasons.loader import Rule, RuleFile
from bounceparse.reasons.phrases import Place
from bounceparse.reasons.program import Program
from bounceparse.reasons.text import normalise, span
from bounceparse.record import Reason, Verdict

_MAX_MEMO = 20_000
_MAX_TEXTS = 4_000
_MAX_TEXT_KEPT = 500
_MAX_SCOPES = 1_000

_NEVER = sys.maxsize
_NONE: frozenset[int] = frozenset()

Match = tuple[int, Place | None]
Finder = Callable[[list[str]], Place | None]

OWN_RULES = "BOUNCEPARSE_RULES"
"""The environment variable that names the user's rule files, as PATH names folders."""

EXPIRED_RULE = "engine.expired"
SENDER_RULE = "engine.before-recipient"
UNDECIDED_RULE = "engine.undecided"

_BEFORE_RECIPIENT = frozenset({"EHLO", "HELO", "MAIL"})
_OF_RECIPIENT = frozenset(
    {
        Reason.USER_UNKNOWN,
        Reason.MAILBOX_DISABLED,
        Reason.MAILBOX_MOVED,
        Reason.RECIPIENT_SYNTAX,
        Reason.DOMAIN_UNKNOWN,
    }
)


class RuleSet:
    """An ordered set of rules, ready to judge replies. Build it with :meth:`load`."""

    def __init__(self, files: Sequence[RuleFile]) -> None:
        self._take(program.build(files))

    def _take(self, rules: Program) -> None:
        self.rules: tuple[Rule, ...] = rules.rules
        self._phrases = rules.phrases
        self._vetoes = rules.vetoes
        self._unworded = rules.unworded
        self._index = PhraseIndex.from_tables(rules.tables)
        self._conditions = _Conditions(rules.owners, self._index.needs)
        self._compilers = rules.compilers()
        self._finders: dict[int, Finder] = {}
        self._scopes: dict[tuple[object, ...], _Scope] = {}
        self._texts = self._kept = 0

    @classmethod
    def load(cls, files: Iterable[Path] | None = None) -> RuleSet:
        """Load the shipped rules, with the user's files (if any) before them."""
        own = loader.load_files(files or ())
        return cls([*own, *loader.load_files(loader.shipped_files())])

    @classmethod
    def shipped(cls) -> RuleSet:
        """Return the shipped rules from their kept form: quick, but without their sources and samples."""
        rules = cls.__new__(cls)
        rules._take(program.shipped())
        return rules

    def judge(self, context: Context) -> Verdict:
        """Return the verdict of the first rule that matches; of none, reason ``other``."""
        reply, command, host, status, permanent, expired, local = context
        code, enhanced, text = reply
        circumstances = code, enhanced or status, command, self._near(host) if host else _NONE
        scope = self._scopes.get(circumstances) or self._new_scope(*circumstances)
        verdict = scope.by_text.get(text)
        if verdict is None:
            verdict = self._judge(text, scope)
            self._keep(text, scope, verdict)
        if scope.before_recipient and not local:
            verdict = _about_sender(verdict)
        return _expired(verdict, permanent) if expired else verdict

    def _keep(self, text: str, scope: _Scope, verdict: Verdict) -> None:
        if len(text) <= _MAX_TEXT_KEPT:
            scope.by_text[text] = verdict
            self._texts += 1
            if self._texts > _MAX_TEXTS:
                self.forget(texts_only=True)

    def forget(self, texts_only: bool = False) -> None:
        """Empty the memos of verdicts, or that of whole texts alone; no answer depends on them."""
        for scope in self._scopes.values():
            scope.by_text.clear()
            if not texts_only:
                scope.by_words.clear()
        self._texts = 0
        if not texts_only:
            self._kept = 0

    def kept(self) -> int:
        """Return how many different replies, names aside, the memo holds."""
        return sum(len(scope.by_words) for scope in self._scopes.values())

    def _judge(self, text: str, scope: _Scope) -> Verdict:
        normal = normalise(text)
        words = normal.split()
        words.append("")
        known = self._index.look_up(words)
        match = scope.by_words.get(known)
        if match is None:
            match = self._match(words, known, scope)
            scope.by_words[known] = match
            self._kept += 1
            if self._kept > _MAX_MEMO:
                self.forget()
        found, place = match
        if found < 0:
            return Verdict(Reason.OTHER, UNDECIDED_RULE, text[:200], clear=False)
        rule = self.rules[found]
        evidence = span(text, normal, *place) if place else scope.codes
        return Verdict(rule.reason, rule.id, evidence, rule.clear, rule.decision)

    def _match(self, words: list[str], known: tuple[Word, ...], scope: _Scope) -> Match:
        """Return the number of the rule that decides (-1 for none) and the tokens it matched."""
        conditions, finders = self._conditions, self._finders
        vetoes, excluded = self._vetoes, scope.excluded
        coded = iter(scope.unworded)
        next_coded = next(coded, _NEVER)
        vetoed = -1  # the rule last vetoed: its other phrases, which come next, are too
        for number in self._index.called(known):
            owner, need = conditions[number]
            if owner == vetoed or owner in excluded or (need is not None and need.isdisjoint(words)):
                continue
            while next_coded < owner:
                if not (vetoes[next_coded] and self._vetoed(next_coded, words)):
                    return next_coded, None
                next_coded = next(coded, _NEVER)
            place = (finders.get(number) or self._finder(owner, number))(words)
            if place:
                if not (vetoes[owner] and self._vetoed(owner, words)):
                    return owner, place
                vetoed = owner
        while next_coded != _NEVER:
            if not (vetoes[next_coded] and self._vetoed(next_coded, words)):
                return next_coded, None
            next_coded = next(coded, _NEVER)
        return -1, None

    def _finder(self, owner: int, number: int) -> Finder:
        """Return what finds a phrase of a rule; it is compiled when it is first needed."""
        finder = self._finders.get(number)
        if finder is None:
            plain, written = self._phrases[number]
            if plain is None:
                finder = self._compilers[self.rules[owner].file].compile(written).find_in
            else:
                finder = partial(_find_plain, plain, plain.count(" ") - 2)
            self._finders[number] = finder
        return finder

    def _vetoed(self, owner: int, words: list[str]) -> bool:
        for number in self._index.called_vetoes(words, self._vetoes[owner]):
            if (self._finders.get(number) or self._finder(owner, number))(words):
                return True
        return False

    def _near(self, host: str) -> frozenset[int]:
        """Return the rules with conditions on the host that apply to a host: for nearly every host none."""
        name = host.rstrip(".").casefold()
        if not name.endswith(self._domains):
            return _NONE
        return frozenset(number for number, hosts in self._hosted if _under(name, hosts))

    def _new_scope(self, code: int | None, status: str | None, command: str | None, near: frozenset[int]) -> _Scope:
        digits = "" if code is None else str(code)
        dotted = f"{status}." if status else ""
        outside = frozenset(number for number, _ in self._hosted if number not in near)
        excluded = outside.union(
            number
            for number, codes, statuses, commands in self._conditional
            if (codes and not digits.startswith(codes))
            or (statuses and not dotted.startswith(statuses))
            or (commands and command not in commands)
        )
        unworded = tuple(number for number in self._unworded if number not in excluded)
        codes = " ".join(str(part) for part in (code, status) if part is not None)
        if len(self._scopes) >= _MAX_SCOPES:
            self._scopes.clear()
        scope = _Scope(excluded, unworded, codes, command in _BEFORE_RECIPIENT)
        self._scopes[code, status, command, near] = scope
        return scope

    @cached_property
    def _conditional(self) -> tuple[tuple[int, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]:
        """The rules with conditions on codes and command, each with them."""
        return tuple(
            (number, rule.codes, tuple(f"{status}." for status in rule.status), rule.commands)
            for number, rule in enumerate(self.rules)
            if rule.codes or rule.status or rule.commands
        )

    @cached_property
    def _hosted(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """The rules with conditions on the host, each with them."""
        return tuple((number, rule.hosts) for number, rule in enumerate(self.rules) if rule.hosts)

    @cached_property
    def _domains(self) -> tuple[str, ...]:
        """All domains that rules have conditions on."""
        return tuple(dict.fromkeys(domain for _, hosts in self._hosted for domain in hosts))


class _Conditions(dict[int, tuple[int, frozenset[str] | None]]):
    """Of each phrase that was asked for, its rule and the words of which one must stand in the text.

    Making sets of the words of all phrases would take 3 ms of every start.
    """

    def __init__(self, owners: Sequence[int], needs: Sequence[Sequence[str]]) -> None:
        self._owners, self._needs = owners, needs

    def __missing__(self, number: int) -> tuple[int, frozenset[str] | None]:
        need = self._needs[number]
        condition = self[number] = self._owners[number], frozenset(need) if need else None
        return condition


class _Scope:
    """What a reply's circumstances settle before a word of it is read.

    ``excluded`` are the rules whose conditions fail, ``unworded`` the rules without phrases whose
    conditions hold, ``codes`` the evidence of those. Verdicts are kept by text, and by the reply's
    words as the rules know them.
    """

    __slots__ = ("before_recipient", "by_text", "by_words", "codes", "excluded", "unworded")

    def __init__(self, excluded: frozenset[int], unworded: tuple[int, ...], codes: str, before_recipient: bool) -> None:
        self.excluded, self.unworded, self.codes = excluded, unworded, codes
        self.before_recipient = before_recipient
        self.by_text: dict[str, Verdict] = {}
        self.by_words: dict[tuple[Word, ...], Match] = {}


def _find_plain(plain: str, more: int, words: list[str]) -> Place | None:
    """Find words in a row: one search in the joined text costs less than a walk."""
    padded = f" {' '.join(words)} "
    found = padded.find(plain)
    if found < 0:
        return None
    first = padded.count(" ", 0, found)
    return first, first + more


def _under(name: str, suffixes: Sequence[str]) -> bool:
    """True if a host, its name in lower case, is one of the domains or under one."""
    return any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes)


def _about_sender(verdict: Verdict) -> Verdict:
    """Before RCPT no recipient has been named (RFC 5321 section 3.3): who is unknown then is the sender."""
    if verdict.reason in _OF_RECIPIENT:
        return Verdict(Reason.SENDER_REJECTED, SENDER_RULE, verdict.evidence, clear=False)
    return verdict


def _expired(verdict: Verdict, permanent: bool | None) -> Verdict:
    """A delivery given up keeps the cause that its last reply states; without one it has expired."""
    weak = not verdict.clear or verdict.reason in (Reason.OTHER, Reason.SYSTEM_ERROR)
    if weak and permanent is not True and verdict.reason is not None:
        if verdict.clear and verdict.reason is Reason.SYSTEM_ERROR:
            return verdict
        return Verdict(Reason.DELIVERY_EXPIRED, EXPIRED_RULE, verdict.evidence, clear=False)
    return verdict


@cache
def default_rules() -> RuleSet:
    """Return the shipped rule set, loaded when first asked for.

    The user's own files, where ``$BOUNCEPARSE_RULES`` names any, go before the shipped ones; the
    environment carries them to worker processes too.
    """
    own = [Path(name) for name in os.environ.get(OWN_RULES, "").split(os.pathsep) if name]
    return RuleSet.load(own) if own else RuleSet.shipped()


def judge(context: Context) -> Verdict:
    """Return the shipped rules' verdict on a reply; never raises on any text."""
    return default_rules().judge(context)
