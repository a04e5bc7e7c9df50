"""HTML made plain: tags go, addresses that are written like tags stay."""

from __future__ import annotations

import random
import re

import pytest

from bounceparse.mime.html import _TAG, _without_tags, html_to_text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Mail to <anna@example.com> failed</p>", "Mail to <anna@example.com> failed\n"),
        ("<b>a</b><anna@example.com><i>b</i>", "a<anna@example.com>b"),
        ('<a title="x" href="https://example.com/?u=anna@example.com">here</a>', "here"),
        ("a <b and anna@example.com>, c > d", "a <b and anna@example.com>, c > d"),
        ("1 < 2, <3@example.com> and <!-- no --> more", "1 < 2, <3@example.com> and more"),
    ],
)
def test_tags_go_and_addresses_stay(source: str, text: str) -> None:
    assert html_to_text(source).lstrip() == text


def test_each_tag_is_judged_as_if_it_stood_alone() -> None:
    chance = random.Random(11)
    pieces = ["<", "</", ">", "a", "b@c.d", "=", "@", "!", " ", "<a href=x>", "<anna@example.com>", "<br>"]
    for _ in range(3000):
        source = "".join(chance.choices(pieces, k=chance.randrange(1, 16)))
        assert _without_tags(source) == re.sub(
            _TAG, lambda tag: tag.group() if "@" in tag.group() and "=" not in tag.group() else "", source
        )
