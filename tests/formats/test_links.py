"""Links are taken out of a text as their pattern would, wherever they stand."""

from __future__ import annotations

import random

from bounceparse.formats.impostors import _LINK, _without_links


def test_links_go_as_their_pattern_takes_them() -> None:
    chance = random.Random(5)
    pieces = [
        "http://",
        "://",
        "ftp",
        "a",
        "abc",
        "https",
        " ",
        "\n",
        "<",
        '"',
        "x@y.z",
        "é",
        "_",
        "ab://",
        "S://",
        "/",
        "1",
    ]
    taken = 0
    for _ in range(5000):
        text = "".join(chance.choices(pieces, k=chance.randrange(1, 20)))
        assert _without_links(text) == _LINK.sub(" ", text)
        taken += _without_links(text) != text
    assert taken > 1000
