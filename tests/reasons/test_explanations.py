"""Every reason and every kind is explained to people, and the pages made from it are up to date."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from bounceparse.policy.event import USUAL_DECISION
from bounceparse.reasons.explanations import advice, explanation, links, paragraph, provider_of, title
from bounceparse.record import Decision, Kind, Reason

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("about", [*Reason, *Kind, None])
def test_everything_is_explained_in_whole_sentences(about: Reason | Kind | None) -> None:
    told = explanation(about)
    assert told.title and not told.title.endswith(".")
    for sentence in (told.line, told.meaning, told.whose, told.todo, told.when):
        assert sentence[0].isupper() and sentence.endswith("."), sentence


@pytest.mark.parametrize("reason", Reason)
def test_advice_agrees_with_the_usual_decision(reason: Reason) -> None:
    told = explanation(reason)
    removal = "off your lists" in told.todo or "take the address off" in told.todo
    if USUAL_DECISION[reason] is Decision.REMOVE:
        assert removal
        assert told.when.startswith(("Not again", "Only with a corrected"))
    if USUAL_DECISION[reason] in (Decision.FIX_SENDER, Decision.RETRY):
        assert not removal
    if USUAL_DECISION[reason] is Decision.FIX_SENDER:
        assert told.whose.startswith(("Your move", "The message", "The sender"))
        assert "address is fine" in told.whose


def test_a_paragraph_says_what_whose_what_to_do_and_when() -> None:
    text = paragraph(Reason.MAILBOX_FULL)
    assert text.startswith("The address exists, but its owner has no room left.")
    assert "The recipient's move" in text
    assert "When to try again: in a day or so" in text
    assert title(Reason.MAILBOX_FULL) == "Mailbox full"


def test_no_reason_means_no_refusal() -> None:
    assert paragraph(None).startswith("This is no refusal")


def test_a_temporary_no_such_user_keeps_the_address_for_now() -> None:
    told = advice(Reason.USER_UNKNOWN, Decision.RETRY)
    assert told.todo.startswith("The server called it temporary, so keep the address for now.")
    assert "by itself" in told.when
    assert advice(Reason.USER_UNKNOWN, Decision.REMOVE).todo.startswith("Take the address off your lists now")
    assert "keep the address for now" in paragraph(Reason.USER_UNKNOWN, Decision.RETRY)


def test_thin_evidence_asks_a_person_first() -> None:
    assert "let a person look" in advice(Reason.MAILBOX_DISABLED, Decision.REVIEW).todo


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("gmail-smtp-in.l.google.com", "Google"),
        ("example-com.mail.protection.outlook.com", "Microsoft"),
        ("MTA7.AM0.YAHOODNS.NET.", "Yahoo and AOL"),
        ("mx01.mail.icloud.com", "Apple"),
        ("mx2h1.comcast.net", "Comcast"),
        ("smtp-in.orange.fr", "Orange"),
        ("mx00.emig.gmx.net", "GMX, WEB.DE and mail.com"),
        ("mxs.mail.ru", "Mail.ru"),
        ("mx.yandex.ru", "Yandex"),
        ("mx3.qq.com", "Tencent QQ Mail"),
        ("mx0a-00000001.pphosted.com", "Proofpoint"),
        ("eu-smtp-inbound-1.mimecast.com", "Mimecast"),
    ],
)
def test_a_provider_is_known_by_its_servers(host: str, name: str) -> None:
    provider = provider_of(host)
    assert provider is not None
    assert provider.name == name


@pytest.mark.parametrize("host", [None, "", "com", "mx.customer.example", "notgoogle.com", "google.com.evil.example"])
def test_other_hosts_are_nobodys(host: str | None) -> None:
    assert provider_of(host) is None


def test_the_providers_pages_come_before_the_reasons() -> None:
    found = [link.url for link in links(Reason.SENDER_REPUTATION, "aspmx.l.google.com")]
    assert found[0] == "https://support.google.com/a/answer/81126"
    assert found[-1] == "https://check.spamhaus.org/"
    assert links(Reason.USER_UNKNOWN) == ()


def test_links_are_https() -> None:
    for host in ("google.com", "outlook.com", "qq.com", "163.com"):
        assert all(link.url.startswith("https://") for link in links(None, host))


def test_the_pages_under_docs_say_what_the_tables_say() -> None:
    spec = importlib.util.spec_from_file_location("build_pages", DOCS / "build_pages.py")
    assert spec is not None and spec.loader is not None
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    pages: dict[str, str] = builder.pages()
    assert len(pages) == len(Reason) + 2
    stale = [name for name, text in pages.items() if (DOCS / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run: python docs/build_pages.py"
    assert {path.name for path in (DOCS / "reasons").iterdir()} == {Path(n).name for n in pages if "/" in n}
