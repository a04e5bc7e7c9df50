"""The phrase language: each construct, its errors, and that matching never takes more than linear work."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounceparse.reasons import elements, phrases
from bounceparse.reasons.phrases import Row, compile_phrase
from bounceparse.reasons.text import phrase_tokens, tokens
from bounceparse.record import ConfigurationError

CLASSES = {"who": ["user|account", "mail box"], "gone": ["unknown", "not found"], "both": ["$who"]}


def found(phrase: str, text: str) -> str | None:
    words = tokens(text)
    place = compile_phrase(phrase, CLASSES).find(words)
    return None if place is None else " ".join(words[place[0] : place[1] + 1])


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("user unknown", "User unknown", "user unknown"),
        ("user unknown", "user is unknown", None),
        ("can't find", "we can’t find it", "can t find"),
        ("user|mailbox full", "the mailbox full", "mailbox full"),
        ("(no such|unknown) user", "no such user", "no such user"),
        ("(the|) user", "user", None),
        ("to (the|) user now", "to user now", "to user now"),
        ("to (the|) user now", "to the user now", "to the user now"),
        ("greylist*", "Greylisting is active", "greylisting"),
        ("after # days", "after 5 days", "after 5 days"),
        ("after # days", "after five days", None),
        ("user ... unknown", "user a b c d unknown", "user a b c d unknown"),
        ("user ... unknown", "user a b c d e unknown", None),
        ("user ... ... unknown", "user a b c d e unknown", "user a b c d e unknown"),
        ("$who $gone", "mail box not found", "mail box not found"),
        ("$both unknown", "account unknown", "account unknown"),
        ("((no|bad) (user|account)|x) here", "bad account here", "bad account here"),
        ("mailaddr unknown", "<someone@example.org> unknown", "\x01 unknown"),
        ("ipaddr listed", "[192.0.2.1] listed", "\x02 listed"),
        ("ipaddr listed", "2001:db8::1 listed", "\x02 listed"),
        ("邮箱已满", "您的邮箱已满。", "邮 箱 已 满"),
        ("사용자* 없습니다", "사용자가 없습니다", "사용자가 없습니다"),
        ("empfanger", "Empfänger", "empfanger"),
    ],
)
def test_constructs(phrase: str, text: str, expected: str | None) -> None:
    if phrase.startswith("(the|)"):
        with pytest.raises(ConfigurationError, match="optional"):
            compile_phrase(phrase, CLASSES)
        return
    assert found(phrase, text) == expected


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("", "no words"),
        ("user ...", "ends in a gap"),
        ("$nobody", "no file defines"),
        ("(user", "unbalanced"),
        ("user)", "unbalanced"),
        ("us(er)", "parentheses within a word"),
        ("a*", "prefix of one letter"),
        ("us*er", "elsewhere"),
        ("(user ... gone)", "gap within"),
        ("!!!", "without letters"),
        ("((((((((a))))))))", "unbalanced parentheses, or too many"),
    ],
)
def test_wrong_phrases_are_refused_with_their_words(phrase: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words.replace("(", r"\(")):
        compile_phrase(phrase, CLASSES)


def test_classes_that_name_each_other_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="too deeply"):
        compile_phrase("$a", {"a": ["$b"], "b": ["$a"]})


def test_too_many_alternatives_are_refused() -> None:
    many = {"many": [f"w{number}" for number in range(500)]}
    with pytest.raises(ConfigurationError, match="alternatives"):
        compile_phrase("$many $many", many)


class Counted(list[str]):
    """A list of tokens that counts how often it is looked into."""

    looks = 0

    def __getitem__(self, key: object) -> str:  # type: ignore[override]
        Counted.looks += len(range(*key.indices(len(self)))) if isinstance(key, slice) else 1
        return super().__getitem__(key)  # type: ignore[index, return-value]


@pytest.mark.parametrize(
    "phrase", ["a ... a ... a ... b", "(a|a a|a a a) ... (a|a a) ... b", "aa* ... aa* ... b", "# ... # ... # ... x"]
)
def test_work_is_linear_in_hostile_text(phrase: str) -> None:
    compiled = compile_phrase(phrase, {})
    looks = []
    for count in (200, 400, 800):
        Counted.looks = 0
        words = Counted(["a" if "a" in phrase and "aa" not in phrase else "aaa" if "aa" in phrase else "7"] * count)
        words.append("")
        compiled.find_in(words)
        assert Counted.looks >= count
        looks.append(Counted.looks)
    assert looks[1] <= 2.2 * looks[0] + 100
    assert looks[2] <= 2.2 * looks[1] + 100


@given(st.lists(st.sampled_from(["user", "unknown", "the", "mail", "box", "7"]), max_size=30))
def test_finds_what_a_naive_search_finds(words: list[str]) -> None:
    expected = any(words[start] == "user" and "unknown" in words[start + 1 : start + 6] for start in range(len(words)))
    assert (compile_phrase("user ... unknown", {}).find(words) is not None) == expected


ROWS = (
    "user unknown",
    "user|box ... unknown|the",
    "(mail box|box|user the) (the|) unknown",
    "us* ... (box 7|# un*|user) box",
    "# ... mail|(mail box) unknown",
    "(un* box|user #|# 7) ... the",
)


@given(
    st.sampled_from(ROWS),
    st.lists(st.sampled_from(["user", "unknown", "the", "mail", "box", "7", "", "unbox"]), max_size=40),
)
def test_both_ways_to_walk_find_the_same(phrase: str, words: list[str]) -> None:
    compiled = compile_phrase(phrase, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phrases, "_MAX_BEGINS", 1000)
        one_by_one = compiled.find(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phrases, "_MAX_BEGINS", 1)
        assert compiled.find(words) == one_by_one == compiled._find_often([*words, ""])


ELEMENTS = (
    "user|us*|#",
    "77*|(# user)|(un* #)|box",
    "(mail box)|(mail un*)|(7 user)|7",
    "(us* #|un*|unbox user)",
    "用*|(用 #)|#",
)


@given(
    st.sampled_from(ELEMENTS),
    st.lists(st.sampled_from(["user", "usher", "mail", "box", "7", "77", "7a", "²", "unbox", "用", ""]), max_size=12),
)
def test_an_element_ends_where_one_of_its_alternatives_does(written: str, words: list[str]) -> None:
    (element,) = compile_phrase(written, {}).elements
    tokens = [*words, ""]
    for start in range(len(tokens)):
        found = {
            start + len(sequence) for sequence in element.alternatives if elements._follows(tokens, start, sequence)
        }
        assert set(element.ends(tokens, start)) == found


@given(
    st.text("ab9Zßé-*#. ", max_size=8) | st.lists(st.sampled_from(["user", "ipaddr", "mailaddr", "7"])).map(" ".join)
)
def test_words_are_taken_as_written_only_where_that_is_their_normal_form(written: str) -> None:
    plain = phrases._plain_words(written)
    if plain:
        assert plain == tuple((token, elements.EXACT) for word in written.split() for token in phrase_tokens(word))
        assert not set("*#-.") & set(written)


@given(
    st.lists(st.sampled_from(["user", "un", "known"]), min_size=1, max_size=4).map(" ".join),
    st.lists(st.sampled_from(["user", "un", "known", "7"]), max_size=30),
)
def test_words_in_a_row_are_found_where_the_phrase_of_them_is(phrase: str, words: list[str]) -> None:
    assert Row(phrase).find_in([*words, ""]) == compile_phrase(phrase, {}).find(words)
