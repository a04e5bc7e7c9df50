"""Addresses as reports write them: typed, escaped, wrapped in sentences, hidden in envelopes."""

from __future__ import annotations

import pytest

from bounceparse.formats.addresses import find_addresses, typed_address, verp_recipient


@pytest.mark.parametrize(
    ("envelope", "recipient"),
    [
        ("list-bounces+anna=example.com@lists.example", "anna@example.com"),
        ("list-bounces+anna+news=example.com@lists.example", "anna+news@example.com"),
        ("bounces+1234567-ab12-anna=example.com@em.example", "anna@example.com"),
        ("bounce+0a1b2c.3d4e-anna=example.com@mg.example", "anna@example.com"),
        ("bounce+anna==a==example.com==team@lists.example", "anna@example.com"),
        ("list-return-123-anna=example.com@lists.example", "anna@example.com"),
        ("bounce-77-anna-maria=example.com@news.example", "anna-maria@example.com"),
        ("news-anna=example.com@news.example", "anna@example.com"),
        ("bounces+jane=example.org+k1.4xz.q3v7k2m5n4a2@news.example.com", "jane@example.org"),
        ("my-news-anna=example.com@news.example", None),  # "anna" or "news-anna": not to be told
        ("anna=example.com@news.example", None),
        ("prvs=0123456789=news@acme.example", None),
        ("SRS0=ab=cd=example.com=anna@relay.example", None),
        ("anna@example.com", None),
    ],
)
def test_recipient_of_an_envelope(envelope: str, recipient: str | None) -> None:
    assert verp_recipient(envelope) == recipient


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("rfc822; anna@example.com", "anna@example.com"),
        ("RFC822;<anna@example.com>", "anna@example.com"),
        ("anna@example.com", "anna@example.com"),
        ("utf-8; jörg@exämple.de", "jörg@exämple.de"),
        (r"utf-8; j\x{F6}rg@ex\x{E4}mple.de", "jörg@exämple.de"),
        ("utf-8; j+5Cx{F6}rg@ex+5Cx{E4}mple.de", "jörg@exämple.de"),
        ("utf-8; anna+2025@example.de", "anna+2025@example.de"),
        ("X-Notes; CN=Anna Muster/O=Example@Example", None),
        ("rfc822; undisclosed-recipients", None),
    ],
)
def test_address_of_a_field(field: str, address: str | None) -> None:
    assert typed_address(field) == address


@pytest.mark.parametrize(
    "sentence",
    [
        "您的邮件无法送达anna@example.com，因为该地址不存在。",
        "アドレスが見つからないため、anna@example.comに配信できませんでした。",
        "anna@example.com에 메일이 전송되지 않았습니다.",
        "收件人：anna@example.com",
        "（anna@example.com）不存在",
        "Die Adresse »anna@example.com« gibt es nicht.",
        "mailto:anna@example.com",
    ],
)
def test_address_in_a_sentence(sentence: str) -> None:
    assert find_addresses(sentence) == ["anna@example.com"]


def test_an_international_address_stays_whole() -> None:
    assert find_addresses("<用户@例子.公司>: 550 5.1.1") == ["用户@例子.公司"]
