"""Two hints in a reply: when to come back, and the blocklist named."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from bounceparse.reasons.blocklists import Blocklist, blocklists
from bounceparse.reasons.hints import blocklist, retry_after

TIMES = [
    ("450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted, please try again in 5 minutes", 300),
    ("Please retry 1 hour later", 3600),
    ("451 come back after 3600 seconds", 3600),
    ("please wait 300s before retrying", 300),
    ("Try again in 2 hours", 7200),
    ("retry in 00:05:00", 300),
    ("451 4.7.1 Greylisting in action, please come back in 00:04:59", 299),
    ("450 Greylisted for 300 seconds (see http://isg.ee.ethz.ch/tools/postgrey/)", 300),
    ("Recipient address rejected: Greylisted for 5 minutes (1)", 300),
    ("421 4.7.0 Retry-After: 120", 120),
    ("retry after 600 seconds", 600),
    ("Your IP is temporarily blocked for the next 24 hours", 86400),
    ("Try again in an hour", 3600),
    ("try again in half an hour", 1800),
    ("try again in about 5 minute(s)", 300),
    ("Please wait 15-30 minutes", 1800),
    ("wait 1h30m", 5400),
    ("please retry 1 hour 30 minutes later", 5400),
    ("In 5 minutes, please try again", 300),
    ("Bitte in 5 Minuten erneut versuchen", 300),
    ("Versuchen Sie es in 10 Minuten wieder", 600),
    ("Bitte versuchen Sie es nach 300 Sekunden noch einmal", 300),
    ("Veuillez réessayer dans 5 minutes", 300),
    ("Merci de patienter 10 minutes", 600),
    ("Inténtelo de nuevo en 15 minutos", 900),
    ("Riprovare tra 5 minuti", 300),
    ("Tente novamente em 5 minutos", 300),
    ("Probeer het over 5 minuten opnieuw", 300),
    ("Spróbuj ponownie za 5 minut", 300),
    ("Zkuste to znovu za 5 minut", 300),
    ("Försök igen om 5 minuter", 300),
    ("5 dakika sonra tekrar deneyin", 300),
    ("5 perc múlva próbálja újra", 300),
    ("Повторите попытку через 5 минут", 300),
    ("Попробуйте через час, через 1 час", 3600),
    ("请在两分钟后重试", 120),
    ("請於 10 分鐘後再試", 600),
    ("请等待15分钟", 900),
    ("5分後に再送してください", 300),
    ("5분 후에 다시 시도", 300),
    ("请稍后5分钟再试", 300),
    ("454 4.7.0 Temporary authentication failure, next attempt in 10s", 10),
    ("Your limit will be reset in 3600 seconds", 3600),
    ("Delivery will be retried in 10 minutes", 600),
    ("try again in 4 minutes 30 seconds", 270),
    ("Retry no sooner than 15 minutes from now", 900),
    ("10分以上経ってから再送してください", 600),
]
NO_TIMES = [
    "",
    "450 4.2.0 Greylisted, please try again later",
    "421 too many connections from 192.0.2.1",
    "you sent more than 100 messages in 10 minutes",
    "exceeded 100 messages in 10 minutes, try again later",
    "100 mails in 5 minutes, please try again",
    "Try again later (limit: 100 messages per 1 hour)",
    "too many connections in 60 seconds",
    "rate limit 30 per 1 minute",
    "message was received 3 hours ago",
    "Message was received 5 minutes ago, try again",
    "Your message has been delayed for 4 hours",
    "message has been on the queue for more than 24 hours",
    "retry timeout exceeded after 4 days",
    "will keep trying for 5 days",
    "try again after 12:30:00",
    "try again within 10 minutes",
    "try again in 90 days",
    "try again after 2026-11-24 12:00:00",
    "retry next hour",
    "2 login attempts in 10 minutes",
    "message still undelivered after 4 hours, will keep trying until message is 5 days old",
    "发信人在15分钟内的发信数量超过限制",
    "550 5.1.1 user unknown h12si3 (2 in reply to RCPT)",
    "try again in 0 seconds",
]


@pytest.mark.parametrize(("text", "seconds"), TIMES)
def test_a_time_to_come_back_is_read(text: str, seconds: int) -> None:
    assert retry_after(text) == seconds


@pytest.mark.parametrize("text", NO_TIMES)
def test_limits_and_times_gone_by_are_no_hint(text: str) -> None:
    assert retry_after(text) is None


@pytest.mark.parametrize("entry", blocklists(), ids=lambda entry: entry.name)
def test_each_list_is_known_by_its_samples_and_names(entry: Blocklist) -> None:
    assert entry.samples and entry.source.startswith("http")
    for sample in entry.samples:
        assert blocklist(sample) == entry.name
    for name in (*entry.domains, *entry.words):
        assert name == name.lower()
        assert blocklist(f"554 5.7.1 Client host [192.0.2.1] blocked using {name.upper()}; sorry") == entry.name


def test_names_of_lists_are_said_once() -> None:
    names = [entry.name for entry in blocklists()]
    needles = [needle for entry in blocklists() for needle in (*entry.domains, *entry.words)]
    assert len(names) == len(set(names))
    assert len(needles) == len(set(needles))


def test_the_lists_asked_for_are_there() -> None:
    wanted = {
        *("Spamhaus SBL", "Spamhaus XBL", "Spamhaus PBL", "Spamhaus ZEN", "Spamhaus DBL", "Spamhaus CSS", "SpamCop"),
        *("SORBS", "Barracuda", "UCEPROTECT Level 1", "UCEPROTECT Level 2", "UCEPROTECT Level 3", "PSBL", "Truncate"),
        *("Invaluement", "NiX Spam", "Proofpoint", "Cloudmark CSI", "SURBL", "URIBL", "Abusix", "Hostkarma", "0spam"),
        *("SpamRATS", "Mailspike", "SenderScore", "Trend Micro ERS", "DroneBL", "SPFBL", "Backscatterer", "WPBL"),
        *("Cobion", "Lashback"),
    }
    assert wanted <= {entry.name for entry in blocklists()}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Listed by Spamhaus, see https://www.spamhaus.org/pbl/query", "Spamhaus PBL"),
        ("found on blocklists SURBL and Spamhaus DBL", "SURBL"),
        ("使用spamcop列表", "SpamCop"),
        ("550 5.1.1 user unknown", None),
        ("550 5.7.1 this looks like spam", None),
        ("550 mail from myspamhaus.example refused", None),
        ("", None),
    ],
)
def test_which_list_is_named(text: str, name: str | None) -> None:
    assert blocklist(text) == name


def test_only_the_first_2000_characters_count() -> None:
    far = "x " * 1000
    assert retry_after(f"{far}try again in 5 minutes") is None
    assert blocklist(f"{far}bl.spamcop.net") is None


@pytest.mark.parametrize(
    "piece",
    ["1", "1 minutes ", "try ", "try again in ", "5 ", "again again ", "1-", "(", "12:34:56 ", "spamhaus ", "十"],
)
def test_hostile_text_is_read_like_its_beginning(piece: str) -> None:
    """A pattern that runs away on one of these would never end."""
    text = piece * (200_000 // len(piece))
    assert retry_after(text) == retry_after(text[:2000])
    assert blocklist(text) == blocklist(text[:2000])


def test_the_words_are_lower_case_and_hold_no_open_repeats() -> None:
    data = tomllib.loads((files("bounceparse.reasons") / "retry_words.toml").read_text(encoding="utf-8"))
    for group in data["words"].values():
        for word in group:
            assert not set("*+{") & set(word), word
            assert word.replace("\\b", "") == word.replace("\\b", "").lower()
