"""``bounceparse classify``: exactly one answer per line, whatever the lines are."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from bounceparse.cli.classify import classify_lines
from bounceparse.record import Classification


def answers(data: bytes, table: str = "jsonl") -> list[str]:
    out = io.BytesIO()
    classify_lines(io.BytesIO(data), out, table)
    return out.getvalue().decode().split("\n")[:-1]


def test_an_answer_has_every_field_in_order() -> None:
    (line,) = answers(b"550 5.1.1 <ann@example.org>: User unknown\n")
    answer = json.loads(line)
    assert list(answer) == [field.name for field in fields(Classification)]
    assert (answer["reply_code"], answer["enhanced_status"]) == (550, "5.1.1")
    assert (answer["severity"], answer["reason"], answer["decision"]) == ("permanent", "user_unknown", "remove")
    assert answer["retry_after"] is None
    assert answer["explanation"]


def test_lines_that_are_empty_or_odd_have_their_answer() -> None:
    lines = answers(b"\n  \r\n\xff\xfe\x00\n550 5.1.1 a\x0bb\xe2\x80\xa8c\xc2\x85d\x1ce\n452 4.2.2 full")
    found = [json.loads(line) for line in lines]
    assert [answer["reply_code"] for answer in found] == [None, None, None, 550, 452]
    assert found[0]["reply_text"] is None
    assert found[0]["decision"] != "remove"
    assert all(len(line.splitlines()) == 1 for line in lines)


def test_nothing_in_nothing_out() -> None:
    assert answers(b"") == []


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b" "))))
def test_one_answer_per_line(lines: list[bytes]) -> None:
    assert len(answers(b"".join(line + b"\n" for line in lines))) == len(lines)


def test_csv_has_a_header() -> None:
    header, row = answers(b"550 5.1.1 No such user\n", "csv")
    assert header.startswith("reply_code,enhanced_status,reply_text,severity,reason,decision,rule,evidence")
    assert row.startswith("550,5.1.1,")


def test_the_command_reads_standard_input() -> None:
    command = [sys.executable, "-m", "bounceparse", "classify", "--format", "jsonl"]
    done = subprocess.run(command, input=b"550 5.1.1 No such user\n\n", capture_output=True, check=True)
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == b""
