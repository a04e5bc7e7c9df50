"""Charsets: declared, wrongly declared, undeclared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounceparse.mime.charsets import decode_bytes


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("メールエラー", "iso2022_jp", "iso-2022-jp"),
        ("メールエラー", "iso2022_jp", None),
        ("メールエラー", "cp932", "shift_jis"),
        ("收件人不存在", "gb18030", "gb2312"),
        ("收件人不存在", "big5", "big5"),
        ("사용자 없음", "cp949", "ks_c_5601-1987"),
        ("пользователь", "koi8-r", "koi8-r"),
        ("für", "cp1252", "iso-8859-1"),
        ("für", "cp1252", None),
        ("für", "utf-8", None),
        ("für", "utf-8", "us-ascii"),
        ("für", "utf-8", "x-nonsense"),
        ("bericht", "utf-16", "utf-16"),
        ("bericht", "utf-16", None),
    ],
)
def test_text_survives(text: str, codec: str, declared: str | None) -> None:
    assert decode_bytes(text.encode(codec), declared) == text


@given(
    st.binary(max_size=300), st.sampled_from([None, "utf-8", "gb2312", "hex", "utf-16", "iso-2022-kr", "\x00", "idna"])
)
def test_never_raises(data: bytes, charset: str | None) -> None:
    assert isinstance(decode_bytes(data, charset), str)
