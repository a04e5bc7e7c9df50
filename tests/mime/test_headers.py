"""Header fields: found, unfolded, decoded."""

from __future__ import annotations

import pytest

from bounceparse.mime import dates
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


def test_a_blank_before_the_colon_is_obsolete_and_read() -> None:
    headers = Headers(b"Topic: t\nTo : a@example.com\nTo: b@example.com\nX-Original-To :  c@example.com\n d\nCc  : e")
    assert headers.text(b"to") == "a@example.com"
    assert list(headers.all(b"to")) == ["a@example.com", "b@example.com"]
    assert headers.raw(b"x-original-to") == b"c@example.com d"
    assert headers.contains("-to:") and not headers.contains("from:")
    assert not headers.has(b"cc"), "two blanks are no syntax of any time"
    assert not headers.has(b"top")


@pytest.mark.parametrize("fold", ["\n ", "\n\t ", " \n  \t", "\n \n ", "\n  \n\t\n "])
def test_folds_become_one_blank(fold: str) -> None:
    headers = Headers(f"Subject: one{fold}two{fold}three\nDate: x{fold}".encode())
    blanks = " " * (1 + fold.index("\n"))
    assert headers.latin(b"subject") == f"one{blanks}two{blanks}three"
    assert headers.text(b"date") == "x"
    once = Headers(f"Subject: one{fold}two".encode())
    assert once.text(b"subject") == f"one{blanks}two"


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


@pytest.mark.parametrize("again", [1, 2])
@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("Mon, 23 Nov 2026 12:52:22 +0100", "2026-11-23T12:52:22+01:00"),
        ("Mon, 23 Nov 2026 12:52:22 +01000", None),
        ("Mon, 23 Nov 2026 12:52:22 +0100x", None),
        ("Mon, 23 Nov 2026 12:52:22 +0100 (CET)", "2026-11-23T12:52:22+01:00"),
        ("Mon, 31 Nov 2026 12:52:22 +0100", None),
        ("Mon, 23 Nov 2026 12:52:60 +0100", None),
        ("Mon, 23 Nov 2026 24:52:22 +0100", None),
        ("Mon, 23 Nov 2026 12:52:22\t+0100", "2026-11-23T12:52:22+01:00"),
        ("Mon, 3 Nov 2026 12:52:22 +0100", "2026-11-03T12:52:22+01:00"),
    ],
)
def test_what_is_remembered_of_dates_changes_none(value: str, iso: str | None, again: int) -> None:
    iso_date("Mon, 23 Nov 2026 12:52:22 +0100")
    for _ in range(again):
        found = iso_date(value)
    if iso is not None:
        assert found == iso
    fresh = [dates._KNOWN_DAYS, dates._KNOWN_TIMES, dates._KNOWN_ENDS]
    for known in fresh:
        known.clear()
    assert iso_date(value) == found
