"""Text whose charset nobody declared: its bytes betray it, or it is read as Western."""

from __future__ import annotations

import pytest

from bounceparse.mime.charsets import betrayed_charset, decode_bytes

TEXTS = {
    "gb18030": "您的邮件无法投递给以下收件人：\n\n  anna@example.com\n\n原因：用户不存在",
    "big5": "您的郵件無法傳遞給以下收件者：\n\n  anna@example.com\n\n原因：使用者不存在",
    "cp932": "以下の宛先にメールをお届けできませんでした。\n\n  anna@example.com\n\n理由: ユーザーが存在しません",
    "euc_jp": "以下の宛先にメールをお届けできませんでした。\n\n  anna@example.com\n\n理由: ユーザーが存在しません",
    "cp949": "다음 수신자에게 메일을 전송하지 못했습니다.\n\n  anna@example.com\n\n사유: 존재하지 않는 사용자",
    "koi8-u": "Ваше сообщение не удалось доставить следующему получателю:\n\n  anna@example.com",
    "cp1251": "Письмо не может быть доставлено адресату:\n\n  anna@example.com\n\nПричина: пользователь не найден",
    "cp1252": "Ihre Nachricht konnte an folgenden Empfänger nicht übermittelt werden: Störung, « café à l’été »",
}


@pytest.mark.parametrize("charset", TEXTS)
def test_text_is_read_without_a_declared_charset(charset: str) -> None:
    text = TEXTS[charset]
    assert decode_bytes(text.encode(charset), None) == text
    assert betrayed_charset(text.encode(charset)) == charset


@pytest.mark.parametrize("word", ["für", "Zürich", "naïve café", "¡Señor!", "price £10 ½ µm", "ÄÖÜ"])
def test_western_words_stay_western(word: str) -> None:
    assert decode_bytes(word.encode("cp1252"), None) == word


def test_one_damaged_byte_leaves_the_rest_utf_8() -> None:
    text = "Größe und Fläche in Zürich, Café und Señor übermäßig schön — früher wäre das so geblieben"
    assert decode_bytes(text.encode() + b"\xff", None) == text + "\ufffd"
