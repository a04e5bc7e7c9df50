"""From a reply and its circumstances to a verdict: the first rule that matches decides.

Each phrase is filed under the words of its rarest element, so a reply, parted into tokens once,
is compared only with the phrases that one of its words calls for; the candidates are tried in
the rules' order, each by a walk that cannot backtrack. A word that no rule knows can only ever
fill a gap, so a memo of verdicts is keyed on the reply with all such words (names, hosts,
ids, queue numbers) masked: the same answer by construction, whatever the memo holds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path

from bounceparse.reasons import loader, program
from bounceparse.reasons.context import Context
from bounceparse.reasons.index import Entry, PhraseIndex
from bounceparse.reasons.loader import Rule, RuleFile
from bounceparse.reasons.program import Program
from bounceparse.reasons.text import normalise, span
from bounceparse.record import Reason, Reply, Verdict

_MAX_MEMO = 20_000

_NAME = itemgetter(0)
_NEVER = sys.maxsize

Match = tuple[int, tuple[int, int] | None]

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
        self._owners = rules.owners
        self._worded = (1 << len(rules.owners)) - 1
        self._vetoes = rules.vetoes
        self._unworded = rules.unworded
        self._index = PhraseIndex.from_tables(rules.tables)
        self._compilers = rules.compilers()
        self._status = [tuple(f"{status}." for status in rule.status) for rule in self.rules]
        self._by_code_memo: dict[tuple[str, str], tuple[int, ...]] = {}
        self._memo: dict[tuple[object, ...], Match] = {}

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
        reply = context.reply
        normal = normalise(reply.text)
        found, place = self._first(normal.split(), context)
        if found < 0:
            return _expired_or(context, Verdict(Reason.OTHER, UNDECIDED_RULE, reply.text[:200], clear=False))
        rule = self.rules[found]
        evidence = span(reply.text, normal, *place) if place else _codes_of(reply, context)
        verdict = Verdict(rule.reason, rule.id, evidence, rule.clear, rule.decision)
        return _expired_or(context, _about_sender(context, verdict))

    def forget(self) -> None:
        """Empty the memo of verdicts; no answer depends on it."""
        self._memo.clear()

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
        status = context.reply.enhanced or context.status
        code = "" if context.reply.code is None else str(context.reply.code)
        dotted = f"{status}." if status else ""
        padded = f" {' '.join(words)} "
        called = self._index.called(entries)
        by_code = iter(self._by_code(code, dotted))
        next_by_code = next(by_code, _NEVER)
        candidates = called & self._worded
        while candidates or next_by_code != _NEVER:
            lowest = candidates & -candidates
            number = lowest.bit_length() - 1
            owner = self._owners[number] if candidates else _NEVER
            if next_by_code < owner:
                owner, next_by_code, number = next_by_code, next(by_code, _NEVER), -1
            else:
                candidates ^= lowest
            rule = self.rules[owner]
            if not self._applies(rule, owner, code, dotted, context):
                continue
            place = self._place(rule, number, padded, words) if number >= 0 else None
            if number >= 0 and place is None:
                continue
            if not self._vetoed(rule, called & self._vetoes[owner], padded, words):
                return owner, place
        return -1, None

    def _place(self, rule: Rule, number: int, padded: str, words: list[str]) -> tuple[int, int] | None:
        """Return where a phrase of the rule stands, if it does; it is compiled when it is first needed."""
        plain, written = self._phrases[number]
        if plain is None:
            return self._compilers[rule.file].compile(written).find(words)
        found = padded.find(plain)
        if found < 0:
            return None
        first = padded.count(" ", 0, found)
        return first, first + plain.count(" ") - 2

    def _vetoed(self, rule: Rule, vetoes: int, padded: str, words: list[str]) -> bool:
        while vetoes:
            lowest = vetoes & -vetoes
            vetoes ^= lowest
            if self._place(rule, lowest.bit_length() - 1, padded, words) is not None:
                return True
        return False

    def _applies(self, rule: Rule, number: int, code: str, dotted: str, context: Context) -> bool:
        if rule.codes and not code.startswith(rule.codes):
            return False
        if rule.status and not dotted.startswith(self._status[number]):
            return False
        if rule.commands and context.command not in rule.commands:
            return False
        return not rule.hosts or _under(context.remote_host, rule.hosts)

    def _by_code(self, code: str, dotted: str) -> tuple[int, ...]:
        """Return the numbers of the rules without phrases that a code and a status call for."""
        found = self._by_code_memo.get((code, dotted))
        if found is None:
            found = tuple(
                number
                for number in self._unworded
                if _begins(self.rules[number].codes, code) and _begins(self._status[number], dotted)
            )
            if len(self._by_code_memo) < _MAX_MEMO:
                self._by_code_memo[code, dotted] = found
        return found


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


def _about_sender(context: Context, verdict: Verdict) -> Verdict:
    """Before RCPT no recipient has been named (RFC 5321 section 3.3): who is unknown then is the sender."""
    if context.command in _BEFORE_RECIPIENT and not context.local and verdict.reason in _OF_RECIPIENT:
        return Verdict(Reason.SENDER_REJECTED, SENDER_RULE, verdict.evidence, clear=False)
    return verdict


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
    """Return the shipped rule set, loaded when first asked for.

    The user's own files, where ``$BOUNCEPARSE_RULES`` names any, go before the shipped ones; the
    environment carries them to worker processes too.
    """
    own = [Path(name) for name in os.environ.get(OWN_RULES, "").split(os.pathsep) if name]
    return RuleSet.load(own) if own else RuleSet.shipped()


def judge(context: Context) -> Verdict:
    """Return the shipped rules' verdict on a reply; never raises on any text."""
    return default_rules().judge(context)
