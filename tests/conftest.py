"""Mail that several tests need, written as a mail server would."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

MakeBounceMail = Callable[..., bytes]


def load_module(path: Path) -> ModuleType:
    """Return the module in a file that is on no path, the benchmarks' generator for one."""
    spec = importlib.util.spec_from_file_location(f"loaded_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def benchmark_mail() -> ModuleType:
    """The benchmarks' generator of mail."""
    return load_module(Path(__file__).parents[1] / "benchmarks" / "mailbox.py")


@pytest.fixture(scope="session")
def generate(benchmark_mail: ModuleType) -> Callable[..., Iterator[bytes]]:
    """The generator of messages of the benchmarks."""
    made: Callable[..., Iterator[bytes]] = benchmark_mail.generate
    return made


@pytest.fixture(scope="session")
def write_mailbox(benchmark_mail: ModuleType) -> Callable[..., int]:
    """The writer of mailboxes of the benchmarks."""
    made: Callable[..., int] = benchmark_mail.write
    return made


@pytest.fixture
def bounce_mail() -> MakeBounceMail:
    """Return a builder of delivery status notifications (RFC 3464) about one recipient each."""

    def build(
        recipient: str = "ann@example.org",
        reply: str = "550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown",
        day: int = 3,
        number: int = 1,
    ) -> bytes:
        status = next((word for word in reply.split() if word.count(".") == 2 and word[0] in "245"), f"{reply[0]}.0.0")
        return f"""\
Return-Path: <>
Received: by mail.sender.example (Postfix) id 4Zabc{number}; Mon, {day} Mar 2025 10:00:00 +0000 (UTC)
Date: Mon, {day} Mar 2025 10:00:00 +0000 (UTC)
From: MAILER-DAEMON@mail.sender.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: news@sender.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4Zabc{number}.1740996000/mail.sender.example"
Message-Id: <2025030310000{number}.4Zabc{number}@mail.sender.example>

--4Zabc{number}.1740996000/mail.sender.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.sender.example.

<{recipient}>: host mx.example.org[192.0.2.25] said: {reply} (in reply to RCPT TO command)

--4Zabc{number}.1740996000/mail.sender.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.sender.example
Arrival-Date: Mon, {day} Mar 2025 09:59:58 +0000 (UTC)

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: failed
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {reply}

--4Zabc{number}.1740996000/mail.sender.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: news@sender.example
To: {recipient}
Subject: Spring offers
Message-Id: <spring-{number}@sender.example>
Date: Mon, {day} Mar 2025 09:59:57 +0000

--4Zabc{number}.1740996000/mail.sender.example--
""".encode()

    return build
