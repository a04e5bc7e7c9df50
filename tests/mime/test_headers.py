"""Header fields: found, unfolded, decoded."""

from __future__ import annotations

import pytest

from bounceparse.mime.dates import iso_date
from bounceparse.mime.headers import Headers, decode_words

BLOCK = Headers(
    b"Received: from a\n\tby b;\n  Mon, 1 Jan 2024 00:00:00 +0000\n"
    b"SUBJECT : folded\n subject\nX-Empty:\nReceived: second\nTo: <a@example.com>"
)


def test_fields_are_found_whatever_their_case_and_folding() -> None:
    assert BLOCK.text(b"received") == "from a by b; Mon, 1 Jan 2024 00:00:00 +0000"
    assert BLOCK.text(b"subject") == "folded subject"
    assert BLOCK.text(b"to") == "<a@example.com>"
    assert BLOCK.text(b"x-empty") is None
    assert BLOCK.has(b"x-empty")
    assert BLOCK.text(b"cc") is None
    assert list(BLOCK.all(b"received")) == ["from a by b; Mon, 1 Jan 2024 00:00:00 +0000", "second"]


@pytest.mark.parametrize(
    ("coded", "plain"),
    [
        ("=?utf-8?Q?J=C3=BCrgen_Gro=C3=9F?= <j@example.com>", "Jürgen Groß <j@example.com>"),
        ("=?utf-8?B?w7xi?= =?utf-8?B?ZXI=?=", "über"),
        ("=?iso-2022-jp?B?GyRCJSglaSE8GyhC?=", "エラー"),
        ("=?unknown-9?Q?abc?=", "abc"),
        ("=?utf-8?B?***?=", ""),
        ("no words", "no words"),
    ],
)
def test_encoded_words(coded: str, plain: str) -> None:
    assert decode_words(coded) == plain


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("Mon, 23 Nov 2026 12:52:22 +0100", "2026-11-23T12:52:22+01:00"),
        ("3 Oct 2010 15:49 -0700 (PDT)", "2010-10-03T15:49:00-07:00"),
        ("Wed, 20 Nov 2002 19:58:47 EST", "2002-11-20T19:58:47-05:00"),
        ("29 Apr 2018 00:00:00", "2018-04-29T00:00:00+00:00"),
        ("Thu, 31 Feb 2018 00:00:00 +0000", None),
        ("no date", None),
        (None, None),
    ],
)
def test_dates(value: str | None, iso: str | None) -> None:
    assert iso_date(value) == iso
