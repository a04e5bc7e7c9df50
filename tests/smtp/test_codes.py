"""The tables of reply codes and enhanced status codes hold what the RFCs and the registry say."""

from __future__ import annotations

import re

import pytest

from bounceparse.record import UsageError
from bounceparse.smtp.codes import digits, enhanced_code, enhanced_details, reply_code, reply_codes

RFC_5321 = (211, 214, 220, 221, 250, 251, 252, 354, 421, 450, 451, 452, 455, 500, 501, 502, 503, 504)
RFC_5321 += (550, 551, 552, 553, 554, 555)
LATER = {
    235: "RFC 4954", 334: "RFC 4954", 432: "RFC 4954", 454: "RFC 3207", 521: "RFC 7504", 523: "RFC 5248",
    525: "RFC 5248", 530: "RFC 3207", 534: "RFC 4954", 535: "RFC 4954", 538: "RFC 4954", 556: "RFC 7504",
    253: "RFC 1985", 453: "RFC 2645", 458: "RFC 1985", 459: "RFC 1985",
}  # fmt: skip
REGISTERED = {  # the highest detail of each subject in the registry
    "0": 0, "1": 10, "2": 4, "3": 6, "4": 7, "5": 6, "6": 10, "7": 30,
}  # fmt: skip


@pytest.mark.parametrize("code", RFC_5321)
def test_every_code_of_rfc_5321_is_listed_with_its_section(code: int) -> None:
    entry = reply_code(code)
    assert entry is not None
    assert entry.registered
    assert re.search(r"RFC 5321 sections? [\d., and]*4\.2\.3", entry.source)


@pytest.mark.parametrize(("code", "rfc"), LATER.items())
def test_later_codes_name_the_rfc_that_brought_them(code: int, rfc: str) -> None:
    entry = reply_code(code)
    assert entry is not None
    assert rfc in entry.source


@pytest.mark.parametrize("code", [422, 430, 524, 533, 541, 557])
def test_codes_without_an_rfc_of_their_own_say_so(code: int) -> None:
    entry = reply_code(code)
    assert entry is not None
    assert "no RFC" in entry.source or "registry" in entry.source


def test_codes_stand_in_order_and_every_field_has_words() -> None:
    codes = reply_codes()
    assert [entry.code for entry in codes] == sorted({entry.code for entry in codes})
    for entry in codes:
        assert all((entry.name, entry.meaning, entry.whose, entry.todo, entry.source)), entry.code


def test_551_is_a_redirection_not_a_relay_refusal() -> None:
    entry = reply_code(551)
    assert entry is not None
    assert entry.name == "User not local; please try <forward-path>"
    assert entry.note is not None and "Old tables" in entry.note


def test_554_is_a_failed_transaction_not_a_lost_connection() -> None:
    entry = reply_code(554)
    assert entry is not None
    assert entry.name.startswith("Transaction failed")
    assert entry.note is not None and '"lost connection"' in entry.note
    assert "3.1" in entry.source


@pytest.mark.parametrize(
    ("code", "first", "second"),
    [
        (150, "accepted, awaiting confirmation", "mail system"),
        (250, "done", "mail system"),
        (354, "more information needed", "mail system"),
        (421, "temporary failure, try again", "connections"),
        (211, "done", "information"),
        (535, "permanent failure", "unspecified"),
        (541, "permanent failure", "unspecified"),
        (500, "permanent failure", "syntax"),
    ],
)
def test_first_and_second_digit(code: int, first: str, second: str) -> None:
    one, two, _ = digits(code)
    assert (one.meaning, two.meaning if two else None) == (first, second)


def test_third_digit_is_the_codes_own_meaning() -> None:
    assert digits(452)[2].meaning == "Requested action not taken: insufficient system storage"
    assert digits(459)[2].source.startswith("RFC 1985")
    assert digits(559)[2].meaning == "not defined"


def test_a_second_digit_beyond_the_rfc_is_none() -> None:
    assert digits(571)[1] is None
    assert reply_code(571) is not None


@pytest.mark.parametrize("number", [0, 99, 600, 999, 5500])
def test_a_number_that_is_no_reply_code_is_refused(number: int) -> None:
    with pytest.raises(UsageError, match="three digits"):
        digits(number)


def test_the_whole_registry_is_there() -> None:
    listed = set(enhanced_details())
    wanted = {f"{subject}.{n}" for subject, last in REGISTERED.items() for n in range(last + 1)}
    assert listed == wanted
    assert len(listed) == 81


@pytest.mark.parametrize("pair", enhanced_details())
def test_every_detail_has_a_meaning_and_its_rfc(pair: str) -> None:
    entry = enhanced_code(f"5.{pair}")
    assert entry.level == "detail"
    assert entry.name and entry.meaning
    assert "RFC" in entry.source
    assert all(re.fullmatch(r"[245]\d\d|[45]xx|any", code) for code in entry.basic)


@pytest.mark.parametrize(
    ("status", "name", "basic", "rfc"),
    [
        ("5.1.1", "Bad destination mailbox address", ("451", "550"), "RFC 3463 section 3.2"),
        ("5.1.10", "Recipient address has null MX", ("556",), "RFC 7505"),
        ("4.2.2", "Mailbox full", ("552",), "RFC 3463 section 3.3"),
        ("5.7.8", "Authentication credentials invalid", ("535", "554"), "RFC 4954"),
        ("5.7.13", "User account disabled", ("525",), "RFC 5248"),
        ("5.7.17", "Mailbox owner has changed", ("5xx",), "RFC 7293"),
        ("5.7.23", "SPF validation failed", ("550",), "RFC 7372"),
        ("5.7.27", "Sender address has null MX", ("550",), "RFC 7505"),
        ("5.7.29", "ARC validation failure", ("550",), "RFC 8617"),
        ("5.7.30", "REQUIRETLS support required", ("550",), "RFC 8689"),
        ("5.6.6", "Message content not available", ("554",), "RFC 4468"),
        ("5.6.7", "Non-ASCII addresses not permitted for that sender/recipient", ("550", "553"), "RFC 6531"),
        ("2.3.6", "Requested priority was changed", ("250", "251"), "RFC 6710"),
        ("2.1.9", "Message relayed to non-compliant mailer", (), "RFC 3886"),
    ],
)
def test_details_by_name(status: str, name: str, basic: tuple[str, ...], rfc: str) -> None:
    entry = enhanced_code(status)
    assert (entry.name, entry.basic) == (name, basic)
    assert rfc in entry.source


def test_an_unknown_detail_falls_back_to_its_subject() -> None:
    entry = enhanced_code("5.7.606")
    assert (entry.level, entry.name) == ("subject", "Security or policy status")
    assert entry.status == "5.7.606"
    assert entry.source == "RFC 3463 section 3.8"


def test_an_unknown_subject_falls_back_to_its_class() -> None:
    entry = enhanced_code("4.16.4")
    assert (entry.level, entry.name, entry.subject_name) == ("class", "Persistent transient failure", None)


@pytest.mark.parametrize("text", ["", "3.1.1", "5.1", "5.1.1.1", "5.1.1000", "abc"])
def test_what_is_no_enhanced_code_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no enhanced status code"):
        enhanced_code(text)
