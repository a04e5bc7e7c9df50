"""The normal form of replies: masks, scripts, original spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounceparse.reasons import text
from bounceparse.reasons.text import IPADDR, MAILADDR, MAX_TEXT, normalise, span, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User UNKNOWN", ["user", "unknown"]),
        ("It isn't here", ["it", "isn", "t", "here"]),
        ("<a.b@example.org>: unknown", [MAILADDR, "unknown"]),
        ("[192.0.2.1] and 2001:db8::1", [IPADDR, "and", IPADDR]),
        ("at 10:23:07 on 5.7.1", ["at", "10", "23", "07", "on", "5", "7", "1"]),
        ("gruß łódź søren", ["gruss", "lodz", "soren"]),
        ("Ｕｓｅｒ　unknown", ["user", "unknown"]),
        ("e\u0301t\u00e9", ["ete"]),
        ("用户 不存在", ["用", "户", "不", "存", "在"]),
        ("メール", ["メ", "ー", "ル"]),
        ("사용자를 찾을", ["사용자를", "찾을"]),
        ("", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "first", "last", "expected"),
    [
        ("The User <a@example.org> is UNKNOWN here", 1, 4, "User <a@example.org> is UNKNOWN"),
        ("Empfänger  nicht gefunden", 0, 1, "Empfänger nicht"),
        ("您的邮箱已满", 2, 5, "邮箱已满"),
        ("gone", 0, 0, "gone"),
    ],
)
def test_evidence_is_spelled_as_the_server_did(text: str, first: int, last: int, expected: str) -> None:
    assert span(text, normalise(text), first, last) == expected


@given(st.text(max_size=300))
def test_any_text_has_a_normal_form_and_spans(text: str) -> None:
    normal = normalise(text)
    words = normal.split()
    if words:
        assert isinstance(span(text, normal, 0, len(words) - 1), str)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=200))
def test_ascii_keeps_every_characters_place(text: str) -> None:
    assert len(normalise(text)) == len(text)


def test_long_text_is_cut() -> None:
    assert len(normalise("a" * 10 * MAX_TEXT)) == MAX_TEXT


PIECES = ("a", "B9", "@", ".", "/", "?", " ", "\t", "<", ">", ":", ",", "::", "192.0.2.1", "2001:db8::1", "x" * 130)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_addresses_are_masked_as_their_pattern_says(written: str) -> None:
    expected = text._ADDRESS.sub(lambda match: f" {MAILADDR}{' ' * (len(match[0]) - 2)}", written)
    assert text._mask_addresses(written) == expected


DOTTED = ("1", "22", ".", "192.0.2.1", "1.2.3.4.5", "256.1.1.1", "٣.٣.٣.٣", "a", "_", "-", " ", ":", "\x02")


@given(st.lists(st.sampled_from(DOTTED), max_size=9).map("".join))
def test_ipv4_addresses_are_masked_as_their_pattern_says(written: str) -> None:
    expected = text._IPV4.sub(lambda match: f"{IPADDR}{' ' * (len(match[0]) - 1)}", written)
    assert text._mask_ipv4(written) == expected


@given(st.text(st.characters(max_codepoint=127), max_size=60) | st.lists(st.sampled_from(PIECES)).map("".join))
def test_ascii_takes_a_shorter_way_to_the_same_form(written: str) -> None:
    assert normalise(written) == text.mask(written[:MAX_TEXT].lower()).translate(text._TABLE)
