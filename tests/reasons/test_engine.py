"""The engine: order, conditions, vetoes, context, memo, and what must hold of any reply."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounceparse.policy.event import decide
from bounceparse.reasons import engine, index, loader, program
from bounceparse.reasons.context import Context
from bounceparse.reasons.engine import EXPIRED_RULE, UNDECIDED_RULE, RuleSet, judge
from bounceparse.reasons.text import MAX_TEXT, tokens
from bounceparse.record import Decision, Kind, Reason, Reply, Severity, Verdict
from bounceparse.smtp.reply import read_reply


def rules(text: str) -> RuleSet:
    return RuleSet([loader.parse_file(text.encode(), "test.toml")])


def context(text: str, **more: object) -> Context:
    return Context(read_reply(text), **more)  # type: ignore[arg-type]


FIRST = """
[[rule]]
id = "a"
reason = "policy"
phrases = ["red fox"]
commands = ["MAIL"]
[[rule]]
id = "b"
reason = "filtered"
phrases = ["red fox"]
codes = ["55"]
status = ["5.1"]
hosts = ["example.org"]
[[rule]]
id = "c"
reason = "spam_detected"
phrases = ["red fox", "blue hen"]
unless = ["green"]
[[rule]]
id = "d"
reason = "none"
codes = ["2"]
"""


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("550 5.1.1 red fox", {"command": "MAIL"}, "a"),
        ("550 5.1.1 red fox", {"remote_host": "mx1.Example.org."}, "b"),
        ("550 5.10.1 red fox", {"remote_host": "mx1.example.org"}, "c"),
        ("550 5.1.1 red fox", {"remote_host": "notexample.org"}, "c"),
        ("550 red fox", {"remote_host": "example.org", "status": "5.1.9"}, "b"),
        ("550 5.2.1 red fox", {"remote_host": "example.org", "status": "5.1.9"}, "c"),
        ("550 5.1.1 Blue-Hen", {}, "c"),
        ("550 5.1.1 blue hen and green", {}, UNDECIDED_RULE),
        ("250 fine", {}, "d"),
    ],
)
def test_the_first_rule_whose_conditions_all_hold_decides(text: str, more: dict[str, object], expected: str) -> None:
    assert rules(FIRST).judge(context(text, **more)).rule == expected


@pytest.mark.parametrize("host", ["Example.ORG", "mx.example.org.", "example.org", "a.b.example.org"])
@pytest.mark.parametrize("other", [None, "", ".", "badexample.org", "example.org.example", "mx.example.com"])
def test_hosts_are_told_apart_by_the_domains_that_rules_name(host: str, other: str | None) -> None:
    ruleset = rules(FIRST)
    for asked, expected in ((host, "b"), (other, "c"), (host, "b")):
        assert ruleset.judge(context("550 5.1.1 red fox", remote_host=asked)).rule == expected


def test_no_rule_leaves_the_reply_undecided() -> None:
    assert rules(FIRST).judge(context("550 something")) == Verdict(
        Reason.OTHER, UNDECIDED_RULE, "something", clear=False
    )


def test_an_expired_delivery_keeps_its_stated_cause() -> None:
    full = judge(context("452 4.2.2 mailbox full", expired=True, permanent=False))
    silent = judge(context("451 qwerty", expired=True, permanent=False))
    assert full.reason is Reason.MAILBOX_FULL
    assert (silent.reason, silent.rule) == (Reason.DELIVERY_EXPIRED, EXPIRED_RULE)


@pytest.mark.parametrize("text", ["550 usuario inexistente", "550 5.1.1 Adresse existiert nicht", "550 用户不存在"])
def test_before_rcpt_who_is_unknown_is_the_sender(text: str) -> None:
    refused = judge(context(text, command="MAIL", permanent=True))
    assert refused.reason is Reason.SENDER_REJECTED
    assert decide(Kind.FAILED, refused, Severity.PERMANENT) is Decision.FIX_SENDER
    assert judge(context(text, command="RCPT", permanent=True)).reason is Reason.USER_UNKNOWN


def test_the_memo_changes_no_answer() -> None:
    ruleset = rules(FIRST)
    texts = ["550 5.1.1 red fox", "550 5.1.1 red hen", "550 5.1.1 old fox", "550 5.1.1 blue hen ab", "550 blue hen cd"]
    cold = [rules(FIRST).judge(context(text)) for text in texts]
    assert [ruleset.judge(context(text)) for text in texts * 2] == cold * 2


VOCABULARY = (
    "user mailbox unknown not found sender ip blocked spam full quota later try again disabled rate limit exceeded "
    "recipient address rejected policy domain host your the message 5 1 no such is relay denied invalid"
)
WORDS = st.sampled_from(VOCABULARY.split())


class Naive:
    """The rules without index, memo or anything else that is there for speed."""

    def __init__(self, files: list[loader.RuleFile]) -> None:
        self.rules = [rule for file in files for rule in file.rules]
        compilers = RuleSet(files)._compilers
        self._phrases = {
            (rule.file, written): compilers[rule.file].compile(written)
            for rule in self.rules
            for written in (*rule.phrases, *rule.unless)
        }

    def rule(self, asked: Context) -> tuple[str, str]:
        """Return the rule that decides and the words that it matched."""
        words = tokens(asked.reply.text)
        code, status = str(asked.reply.code or ""), asked.reply.enhanced or asked.status
        for rule in self.rules:
            if (
                (rule.codes and not code.startswith(rule.codes))
                or (rule.status and not f"{status}.".startswith(tuple(f"{begin}." for begin in rule.status)))
                or (rule.commands and asked.command not in rule.commands)
                or rule.hosts
            ):
                continue
            places = [self._phrases[rule.file, written].find(words) for written in rule.phrases]
            held = next((place for place in places if place), None)
            if (held or not places) and not any(
                self._phrases[rule.file, written].find(words) for written in rule.unless
            ):
                return rule.id, "".join(words[held[0] : held[1] + 1]) if held else ""
        return UNDECIDED_RULE, ""


@pytest.fixture(scope="module")
def naive() -> Naive:
    return Naive(loader.load_files(loader.shipped_files()))


def agree(naive: Naive, ruleset: RuleSet, text: str) -> None:
    asked = context(text, command="RCPT")
    verdict = ruleset.judge(asked)
    rule, words = naive.rule(asked)
    assert verdict.rule == rule, text
    if words and words.isascii() and words.isalnum() and verdict.evidence.isascii():
        assert "".join(tokens(verdict.evidence)) == words


def test_the_index_changes_no_answer(naive: Naive) -> None:
    ruleset = RuleSet.shipped()
    samples = [sample for rule in naive.rules[::12] for sample in rule.samples[:1]]
    assert len(samples) > 100
    for sample in samples:
        agree(naive, ruleset, sample.text)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_index_changes_no_answer_on_any_words(naive: Naive, data: st.DataObject) -> None:
    samples = st.sampled_from([sample.text for rule in naive.rules for sample in rule.samples])
    one, other = data.draw(samples).split(), data.draw(samples).split()
    cut = data.draw(st.integers(0, 12))
    extra = data.draw(st.lists(WORDS, max_size=3))
    agree(naive, engine.default_rules(), " ".join([*one[:cut], *extra, *other[cut // 2 :]]))


def test_what_is_learnt_may_be_forgotten_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset = RuleSet.shipped()
    texts = [sample.text for rule in RuleSet.load().rules[::9] for sample in rule.samples]
    expected = [RuleSet.shipped().judge(context(text)) for text in texts[:5]]
    expected += [ruleset.judge(context(text)) for text in texts[5:]]
    monkeypatch.setattr(index, "_MAX_LETTERS", 100)
    monkeypatch.setattr(index, "_MAX_PAIRS", 10)
    for name in ("_MAX_MEMO", "_MAX_TEXTS", "_MAX_SCOPES"):
        monkeypatch.setattr(engine, name, 3)
    ruleset = RuleSet.shipped()
    assert [ruleset.judge(context(text)) for text in texts * 2] == expected * 2
    assert ruleset.kept() <= 3 + 1
    assert ruleset._index._letters < 100 + MAX_TEXT


@pytest.mark.parametrize("words", ["a", "no", "no user", "recipient address rejected"])
def test_no_phrase_is_looked_for_again_and_again_where_words_recur(words: str) -> None:
    learnt = RuleSet.shipped()._index
    for called in (learnt.called, learnt.called_late):
        known = [learnt.look_up([*words.split() * times, ""]) for times in (3, 300)]
        few, many = (called(found) for found in known)
        assert set(many) == set(few)
        assert len(many) <= max(len(set(many)), index._MANY)
        assert many == sorted(many)


def test_user_rules_go_first(tmp_path: Path) -> None:
    own = tmp_path / "my.toml"
    own.write_text('[[rule]]\nid = "mine"\nreason = "policy"\nphrases = ["user unknown"]\n')
    assert RuleSet.load([own]).judge(context("550 5.1.1 user unknown")).rule == "mine"


def test_kept_rules_answer_as_fresh_ones() -> None:
    fresh, first, second = RuleSet.load(), RuleSet.shipped(), RuleSet.shipped()
    for text in ("550 5.1.1 User unknown", "552 mailbox full", "421 try later", "550 blocked by spamhaus", "250 ok"):
        verdict = fresh.judge(context(text))
        assert first.judge(context(text)) == verdict == second.judge(context(text))


def test_rules_are_kept_in_the_users_cache_where_the_package_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = loader.shipped_files()[:2]
    expected = len(RuleSet.load(files).rules) - len(RuleSet.load().rules)
    folder = tmp_path / "package"
    folder.write_text("a file where a folder should be: not even root can write below it")
    monkeypatch.setattr(loader, "RULES_FOLDER", folder)
    monkeypatch.setattr(loader, "shipped_files", lambda: files)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert len(program.shipped().rules) == expected
    (kept,) = (tmp_path / "cache" / "bounceparse").iterdir()
    with monkeypatch.context() as patched:
        patched.setattr(program, "build", lambda files: pytest.fail("the kept form was not used"))
        assert len(program.shipped().rules) == expected
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept))  # a file, too: nothing can be kept anywhere
    assert len(program.shipped().rules) == expected


def test_a_damaged_kept_form_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in loader.shipped_files()[:2]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(loader, "RULES_FOLDER", tmp_path)
    expected = len(program.shipped().rules)
    (kept,) = (tmp_path / "__pycache__").iterdir()
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) // 2])
    assert len(program.shipped().rules) == expected
    kept.write_bytes(b"")
    assert len(program.shipped().rules) == expected


REMOVING = {
    Reason.USER_UNKNOWN,
    Reason.MAILBOX_DISABLED,
    Reason.MAILBOX_MOVED,
    Reason.RECIPIENT_SYNTAX,
    Reason.DOMAIN_UNKNOWN,
}
RECIPIENT_WORDS = ["user unknown", "no such mailbox", "mailbox disabled", "recipient not found", "account is closed"]
DOUBTS = [
    "your IP is listed at bl.example.org",
    "your server has a poor reputation",
    "sender verify failed",
    "sender address rejected",
    "SPF check failed",
    "message identified as spam",
    "rate limit exceeded",
    "try again later",
    "greylisted",
]


@pytest.mark.parametrize("doubt", DOUBTS)
@pytest.mark.parametrize("words", RECIPIENT_WORDS)
@pytest.mark.parametrize("code", ["550", "550 5.1.1", "554 5.7.1", "550 5.2.1"])
def test_doubtful_words_never_remove(code: str, words: str, doubt: str) -> None:
    for text in (f"{code} {words}: {doubt}", f"{code} {doubt}; {words}"):
        verdict = judge(context(text))
        assert decide(Kind.FAILED, verdict, Severity.PERMANENT) is not Decision.REMOVE, (text, verdict)


@pytest.mark.parametrize("words", RECIPIENT_WORDS)
@pytest.mark.parametrize("code", ["550", "550 5.1.1", "553", "554", "5.1.1"])
def test_clear_words_remove(code: str, words: str) -> None:
    verdict = judge(context(f"{code} {words}"))
    assert verdict.reason in REMOVING
    assert decide(Kind.FAILED, verdict, Severity.PERMANENT) is Decision.REMOVE


@pytest.mark.parametrize("words", ["user unknown", "unknown domain", "mailbox not found", "address does not exist"])
def test_at_mail_the_sender_is_meant(words: str) -> None:
    assert judge(context(f"550 {words}", command="MAIL")).reason is Reason.SENDER_REJECTED


@given(st.text(max_size=400), st.sampled_from([None, 250, 421, 450, 501, 550, 552, 554]))
@settings(max_examples=200, deadline=None)
def test_any_reply_gets_the_same_verdict_twice(text: str, code: int | None) -> None:
    asked = Context(Reply(code, None, text))
    assert judge(asked) == judge(asked)


@given(st.lists(WORDS, max_size=25).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_evidence_is_words_of_the_reply(text: str) -> None:
    verdict = judge(Context(Reply(550, None, text)))
    assert verdict.evidence in text or verdict.evidence == "550"


def test_hash_seeds_change_nothing() -> None:
    script = (
        "from bounceparse.reasons.engine import RuleSet\n"
        "from bounceparse.reasons.context import Context\n"
        "from bounceparse.reasons.loader import shipped_files, load_files\n"
        "from bounceparse.smtp.reply import read_reply\n"
        "files = load_files(shipped_files())\n"
        "rules = RuleSet(files)\n"
        "for rule in rules.rules[::7]:\n"
        "    for sample in rule.samples:\n"
        "        print(rules.judge(sample.context(read_reply(sample.text))))\n"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "42")
    }
    assert len(answers) == 1
    assert len(answers.pop().splitlines()) > 100
