"""The street from bytes to records: pure, never raising, the same on every run."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounceparse.parser import needs_care, parse_message
from bounceparse.record import Bounce, Decision, Kind, Severity

SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.eml"))
DSN = b"""Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: list-bounces+user=example.net@lists.example.org
Subject: Undelivered Mail Returned to Sender
Date: Tue, 14 Oct 2025 18:00:00 +0200
Message-ID: <b1@mx.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

<forwarded@inner.example>: host mx.inner.example[192.0.2.9] said: 550 5.1.1 no such
    user (in reply to RCPT TO command)
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Original-Envelope-Id: job+3D7

Final-Recipient: rfc822; forwarded@inner.example
Action: failed
Status: 5.0.0
Remote-MTA: dns; mx.inner.example
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

From: "News" <news@lists.example.org>
To: user@example.net
Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
Date: Tue, 14 Oct 2025 17:59:00 +0200
Message-ID: <n7@lists.example.org>
List-Id: <news.lists.example.org>

--b--
"""


def test_one_report_field_by_field() -> None:
    (bounce,) = parse_message(DSN, source="box", position=3)
    assert (bounce.source, bounce.position, bounce.kind) == ("box", 3, Kind.FAILED)
    assert bounce.recipient == "user@example.net"  # as the sender used it, by VERP
    assert bounce.final_recipient == "forwarded@inner.example"
    assert (bounce.reply_code, bounce.enhanced_status, bounce.reply_text) == (550, "5.1.1", "no such user")
    assert bounce.severity is Severity.PERMANENT
    assert bounce.command == "RCPT"
    assert bounce.format == "rfc3464"
    assert (bounce.reporting_mta, bounce.remote_mta) == ("mx.example.org", "mx.inner.example")
    assert (bounce.message_id, bounce.arrived_at) == ("<b1@mx.example.org>", "2025-10-14T18:00:00+02:00")
    assert bounce.original_subject == "Grüße"
    assert bounce.original_from == '"News" <news@lists.example.org>'
    assert bounce.original_message_id == "<n7@lists.example.org>"
    assert bounce.original_date == "2025-10-14T17:59:00+02:00"
    assert bounce.list_id == "<news.lists.example.org>"
    assert bounce.envelope_id == "job=7"


def test_the_event_id_is_of_the_bounce_not_of_its_way() -> None:
    (first,) = parse_message(DSN, source="a.mbox", position=0)
    (second,) = parse_message(b"Received: from x\n\tby y\n" + DSN.replace(b"\n", b"\r\n"), source="b.eml", position=7)
    assert first.event_id == second.event_id
    (other,) = parse_message(DSN.replace(b"<b1@", b"<b2@"))
    assert other.event_id != first.event_id


def test_the_same_ids_with_any_hash_seed() -> None:
    program = (
        "import sys; from pathlib import Path; from bounceparse.parser import parse_message\n"
        "for name in sys.argv[1:]:\n"
        "    print([(b.event_id, b.recipient, str(b.reason), b.rule) for b in parse_message(Path(name).read_bytes())])"
    )
    names = [str(path) for path in SAMPLES[:40]]
    runs = {
        subprocess.run(
            [sys.executable, "-c", program, *names],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent.parent,
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("0", "1", "4215")
    }
    assert len(runs) == 1
    assert runs.pop().count(b"\n") == len(names)


@given(st.binary(max_size=600))
def test_any_bytes_give_records(data: bytes) -> None:
    records = parse_message(data)
    assert records
    assert all(isinstance(record, Bounce) for record in records)
    assert all(
        record.decision is not Decision.REMOVE or record.kind in (Kind.FAILED, Kind.COMPLAINT) for record in records
    )


@settings(max_examples=60)
@given(st.data())
def test_cut_and_torn_bounces_give_records(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(SAMPLES))
    raw = bytearray(path.read_bytes())
    cut = data.draw(st.integers(0, len(raw)))
    for at in data.draw(st.lists(st.integers(0, max(0, cut - 1)), max_size=8)):
        raw[at : at + 1] = data.draw(st.binary(min_size=0, max_size=3))
    for record in parse_message(bytes(raw[:cut])):
        assert record.event_id


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\x00\x01\x02" * 50, bytes(range(256)), b"%PDF-1.7\n\x00\x80\x81", b"\xff" * 30]
)
def test_what_is_no_mail_is_unreadable(data: bytes) -> None:
    (record,) = parse_message(data)
    assert record.kind is Kind.UNREADABLE
    assert record.decision is Decision.IGNORE


def test_nothing_empty_is_written() -> None:
    for path in SAMPLES:
        for record in parse_message(path.read_bytes()):
            for name in Bounce.__dataclass_fields__:
                assert getattr(record, name) != "", (path.name, name)


@pytest.mark.parametrize("path", SAMPLES[::10], ids=lambda path: path.stem)
def test_every_record_is_a_whole_bounce(path: Path) -> None:
    """Records are filled field by field for speed: none may be left out, none may be added."""
    for bounce in parse_message(path.read_bytes(), source="s", position=3):
        assert type(bounce) is Bounce
        assert Bounce(**dataclasses.asdict(bounce)) == bounce
        assert (bounce.source, bounce.position) == ("s", 3)
        with pytest.raises(dataclasses.FrozenInstanceError):
            bounce.position = 4  # type: ignore[misc]


def test_a_recipient_named_twice_counts_once() -> None:
    group = DSN[DSN.index(b"Final-Recipient") : DSN.index(b"--b\nContent-Type: text/rfc822")]
    assert len(parse_message(DSN.replace(group, group + group + group))) == 1


def test_the_careful_lane_is_left_alone_by_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from bounceparse import parser

    asked = []
    monkeypatch.setattr(parser, "_with_care", lambda message, report: asked.append(report) or report)
    parse_message(DSN)
    assert asked == []
    nameless = b"From: MAILER-DAEMON@example.org\nSubject: Undeliverable\n\nYour message could not be delivered.\n"
    parse_message(nameless)
    assert len(asked) == 1
    assert needs_care(asked[0])


def test_the_careful_lane_is_left_alone_where_only_the_returned_mail_names_somebody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bounceparse import parser

    asked = []
    monkeypatch.setattr(parser, "_with_care", lambda message, report: asked.append(report) or report)
    data = next(path for path in SAMPLES if path.stem == "prose-names-nobody").read_bytes()
    parse_message(data)
    assert asked == []
    said = b"Your message could not be delivered.\n"
    for elsewhere in (
        data.replace(said, said + b"\nIf you need help, write to the postmaster@example.net.\n"),
        data.replace(said, b"(&#64; stands for an at sign.)\n"),
        data.replace(b"MIME-Version", b"X-Failed-Recipients: anna\nMIME-Version", 1),
        data.replace(b"\n\n" + said, b"\nContent-Transfer-Encoding: quoted-printable\n\nanna=40example.com failed.\n"),
        data.replace(b"message/rfc822\n\n", b"message/rfc822\n\nanna failed.\n\n"),
        data[: data.index(b"--=_b1\nContent-Type: message/rfc822")],
    ):
        asked.clear()
        assert parse_message(elsewhere)[0].recipient or len(asked) == 1, elsewhere


@pytest.mark.parametrize("between", ["\n", ""])
def test_no_recipient_of_a_long_report_is_lost(between: str) -> None:
    group = (
        "Final-Recipient: rfc822; user{0}@example.net\n"
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no\n"
    )
    groups = between.join(group.format(number) for number in range(4000))
    start, _, end = DSN.partition(b"Final-Recipient: ")
    rest = end[end.index(b"--b\nContent-Type: text/rfc822") :]
    records = parse_message(start + groups.encode() + b"\n" + rest)
    assert [record.recipient for record in records] == [f"user{number}@example.net" for number in range(4000)]
