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
from functools import cache, cached_property
from pathlib import Path

from bounceparse.reasons import loader, program
from bounceparse.reasons.context import Context
from bounceparse.reasons.index import PhraseIndex, Word
from bounceparse.reasons.loader import Rule, RuleFile
from bounceparse.reasons.phrases import Place, Row
from bounceparse.reasons.program import Program
from bounceparse.reasons.text import normalise, span
from bounceparse.record import Reason, Verdict

_MAX_MEMO = 20_000
_MAX_TEXTS = 4_000
_MAX_TEXT_KEPT = 500
_MAX_SCOPES = 1_000

_new_tuple = tuple.__new__  # half of the time of calling the class
_NEVER = sys.maxsize
_NONE: frozenset[int] = frozenset()

Match = tuple[int, Place | None]
Finder = Callable[[list[str]], Place | None]
Candidate = tuple[int, frozenset[str] | None, Finder | None, set[str] | None]
"""Of a phrase its rule and the words of which one must stand in the text; once it was looked for, what
finds it and the words met so far that may veto the rule."""

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
        self._owners = rules.owners
        self._candidates: list[Candidate | None] = [None] * len(rules.owners)
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
            if len(text) <= _MAX_TEXT_KEPT:
                scope.by_text[text] = verdict
                self._texts += 1
                if self._texts > _MAX_TEXTS:
                    self.forget(texts_only=True)
        if scope.before_recipient and not local:
            verdict = _about_sender(verdict)
        return _expired(verdict, permanent) if expired else verdict

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
        return _new_tuple(Verdict, (rule.reason, rule.id, evidence, rule.clear, rule.decision))

    def _match(self, words: list[str], known: tuple[Word, ...], scope: _Scope) -> Match:
        """Return the number of the rule that decides (-1 for none) and the tokens it matched."""
        return (
            self._first(self._index.called(known), words, scope)
            or self._first(self._index.called_late(known), words, scope)
            or (self._first_coded(words, scope, _NEVER), None)
        )

    def _first(self, called: list[int], words: list[str], scope: _Scope) -> Match | None:
        """Return the first match of some phrases that the words call for, or of a rule without phrases before it."""
        candidates, excluded = self._candidates, scope.excluded
        for number in called:
            owner, need, find, vetoing = candidates[number] or self._candidate(number)
            if owner in excluded or (need is not None and need.isdisjoint(words)):
                continue
            if find is None:
                find, vetoing = self._compile(number)
            place = find(words)
            if place is None:
                continue
            if scope.first_unworded < owner:
                coded = self._first_coded(words, scope, owner)
                if coded >= 0:
                    return coded, None
            if vetoing is None or vetoing.isdisjoint(words) or not self._vetoed(owner, words):
                return owner, place
            excluded = excluded.union((owner,))  # the rule's other phrases, which come next, are vetoed too
        return None

    def _first_coded(self, words: list[str], scope: _Scope, end: int) -> int:
        """Return the first rule without phrases, of those before a rule, that its vetoes let decide, or -1."""
        for number in scope.unworded:
            if number >= end:
                break
            if not (self._vetoes[number] and self._vetoed(number, words)):
                return number
        return -1

    def _candidate(self, number: int) -> Candidate:
        """Return what is known of a phrase that is called for; making sets for all would take 3 ms of every start."""
        need = self._index.needs[number]
        candidate = self._candidates[number] = self._owners[number], frozenset(need) if need else None, None, None
        return candidate

    def _compile(self, number: int) -> tuple[Finder, set[str] | None]:
        """Return what finds a phrase and the words that may veto its rule, worked out when first needed."""
        owner, need = self._candidate(number)[:2]
        find = self._finder(owner, number)
        vetoes = self._vetoes[owner]
        vetoing = self._index.vetoing(vetoes) if vetoes else None
        self._candidates[number] = owner, need, find, vetoing
        return find, vetoing

    def _finder(self, owner: int, number: int) -> Finder:
        """Return what finds a phrase or a veto of a rule."""
        finder = self._finders.get(number)
        if finder is None:
            plain, written = self._phrases[number]
            if plain is None:
                finder = self._compilers[self.rules[owner].file].compile(written).find_in
            else:
                finder = Row(plain).find_in
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


class _Scope:
    """What a reply's circumstances settle before a word of it is read.

    ``excluded`` are the rules whose conditions fail, ``unworded`` the rules without phrases whose
    conditions hold, ``codes`` the evidence of those. Verdicts are kept by text, and by the reply's
    words as the rules know them.
    """

    __slots__ = ("before_recipient", "by_text", "by_words", "codes", "excluded", "first_unworded", "unworded")

    def __init__(self, excluded: frozenset[int], unworded: tuple[int, ...], codes: str, before_recipient: bool) -> None:
        self.excluded, self.unworded, self.codes = excluded, unworded, codes
        self.first_unworded = unworded[0] if unworded else _NEVER
        self.before_recipient = before_recipient
        self.by_text: dict[str, Verdict] = {}
        self.by_words: dict[tuple[Word, ...], Match] = {}


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
