"""Real bounces of real mail servers against a scripted server, so that the truth of each is known.

Beside each message stand the records it must give: what the scripted server answered to which recipient,
not what a parser once read. (qmail's are put together from the words of qmail-send.c and qmail-remote.c,
ZoneMTA's are made by its own code from the answers its client got.) Where that server wrote no enhanced
status, the report's own Status counts.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bounceparse.parser import parse_message

SAMPLES = Path(__file__).parents[2] / "samples"
SERVERS = (
    "amavis",
    "chasquid",
    "dovecot",
    "exim",
    "fetchmail",
    "haraka",
    "nullmailer",
    "opensmtpd",
    "postfix",
    "qmail",
    "sendmail",
    "slimta",
    "zonemta",
)
FILES = sorted(path for server in SERVERS for path in SAMPLES.glob(f"{server}-*.eml"))


def _read(data: bytes, fields: list[str]) -> list[dict[str, object]]:
    return [{field: getattr(bounce, field) for field in fields} for bounce in parse_message(data)]


def _in_order(records: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps(record, sort_keys=True, ensure_ascii=False) for record in records)


def test_every_server_has_samples() -> None:
    assert {path.name.split("-")[0] for path in FILES} == set(SERVERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bounce_is_read_as_the_server_answered(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert expected
    assert _in_order(_read(path.read_bytes(), list(expected[0]))) == _in_order(expected)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_line_ends_make_no_difference(path: Path, newline: bytes) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    data = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", newline)
    assert _in_order(_read(data, list(expected[0]))) == _in_order(expected)
