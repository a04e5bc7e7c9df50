"""What is said of a key, a server or a connection is not said of the recipient, whatever stands before it."""

from __future__ import annotations

import pytest

from bounceparse import classify
from bounceparse.record import Decision

THINGS = (
    "message",
    "connection",
    "session",
    "host key",
    "certificate",
    "rule",
    "filter",
    "mail server",
    "route",
    "database",
    "header",
    "attachment",
    "command",
    "selector",
    "TXT record",
    "list owner",
    "ticket",
    "reply token",
    "virus scanner",
    "password",
)
FAULTS = (
    "not found",
    "does not exist",
    "is unknown",
    "is disabled",
    "has been closed",
    "no longer exists",
    "expired",
    "invalid",
    "could not be resolved",
)
SENDERS = (
    "sender",
    "sender address",
    "return path",
    "envelope sender",
    "your domain",
    "your account",
    "your mailbox",
    "originating user",
    "client host",
    "connecting host",
    "sending server",
    "submitter",
    "proxy user",
    "SMTP AUTH user",
    "HELO domain",
    "author domain",
)
RECIPIENTS = (
    "user",
    "mailbox",
    "recipient",
    "account",
    "addressee",
    "email address",
    "inbox",
    "alias",
    "local user",
    "subscriber",
    "user account",
    "address someone@example.org",
    "<someone@example.org>",
)
BEFORE = (
    "550 {}",
    "550 5.1.1 {}",
    "550 5.2.1 {}",
    "554 <someone@example.org>: {}",
    "550 Delivery to <someone@example.org> failed: {}",
)


@pytest.mark.parametrize("thing", THINGS)
def test_another_subject_removes_nobody(thing: str) -> None:
    replies = [before.format(f"{thing} {fault}") for before in BEFORE for fault in FAULTS]
    assert [reply for reply in replies if classify(reply).decision is Decision.REMOVE] == []


@pytest.mark.parametrize("sender", SENDERS)
def test_what_is_said_of_the_sender_removes_nobody(sender: str) -> None:
    heads = ("550 {}", "554 5.7.1 {}", "554 <someone@example.org>: {}")
    replies = [head.format(f"{sender} {fault}") for head in heads for fault in FAULTS]
    replies += [f"550 {word} {sender}" for word in ("unknown", "no such", "invalid", "disabled", "cannot find")]
    assert [reply for reply in replies if classify(reply).decision is Decision.REMOVE] == []


@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_what_is_said_of_the_recipient_removes(recipient: str) -> None:
    faults = [fault for fault in FAULTS if fault != "expired"]
    replies = [head.format(f"{recipient} {fault}") for head in ("550 {}", "550 5.1.1 {}", "{}") for fault in faults]
    replies += [f"550 {word} {recipient}" for word in ("unknown", "no such", "invalid", "cannot find")]
    assert [reply for reply in replies if classify(reply).decision is not Decision.REMOVE] == []


@pytest.mark.parametrize(
    "reply",
    [
        "550 <someone@example.org>: no valid certificate presented",
        "550 <someone@example.org>: unknown protocol",
        "550 <someone@example.org>: moved to quarantine",
        "554 <someone@example.org>: host mx.example.org said: unknown error",
        "550 Zustellung an <someone@example.org> fehlgeschlagen: Verbindung geschlossen",
        "550 <someone@example.org>: unbekanntes Protokoll",
        "550 <someone@example.org>: comando desconocido",
        "550 <someone@example.org>: cabeçalho inválido",
        "550 Consegna a <someone@example.org> fallita: comando sconosciuto",
        "550 <someone@example.org>: verbinding gesloten",
        "550 <someone@example.org>: nieprawidłowy nagłówek",
        "550 <someone@example.org>: соединение закрыто",
        "550 <someone@example.org>: bağlantı kapatıldı",
        "550 <someone@example.org>: érvénytelen tanúsítvány",
    ],
)
def test_an_adjective_belongs_to_the_noun_beside_it(reply: str) -> None:
    assert classify(reply).decision is not Decision.REMOVE


@pytest.mark.parametrize(
    "reply",
    [
        "550 <someone@example.org>: not found",
        "550 <someone@example.org>: unknown",
        "550 <someone@example.org>: user not found in table",
        "550 Delivery to <someone@example.org> failed: mailbox does not exist",
        "550 5.1.1 message refused: no such user",
        "550 <someone@example.org>: unbekannter Empfänger",
        "550 <someone@example.org>: cuenta no válida",
    ],
)
def test_the_recipient_may_still_be_the_subject(reply: str) -> None:
    assert classify(reply).decision is Decision.REMOVE
