"""Every sample beside which its records stand gives just these, each named field exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bounceparse.parser import parse_message
from bounceparse.record import Decision, Kind

SAMPLES = Path(__file__).parents[2] / "samples"
FILES = sorted(path for path in SAMPLES.glob("*.eml") if path.with_suffix(".json").exists())


def _in_order(records: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps(record, sort_keys=True, ensure_ascii=False) for record in records)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sample_gives_its_records(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    fields = sorted({field for record in expected for field in record})
    found = [{field: getattr(bounce, field) for field in fields} for bounce in parse_message(path.read_bytes())]
    assert _in_order(found) == _in_order([{field: record.get(field) for field in fields} for record in expected])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_failures_and_complaints_remove(path: Path) -> None:
    for bounce in parse_message(path.read_bytes()):
        if bounce.kind not in (Kind.FAILED, Kind.COMPLAINT):
            assert bounce.decision is Decision.IGNORE
            assert bounce.reason is None or bounce.kind is Kind.DELAYED


def test_samples_cover_the_families_that_must_be_read() -> None:
    families = {path.stem.split("-")[0] for path in FILES}
    wanted = {
        *("gmail", "googlegroups", "m365", "exchange", "yahoo", "aol", "amazonses", "workmail", "sendgrid", "zoho"),
        *("yandex", "mailru", "qq", "netease", "webde", "docomo", "ezweb", "comcast", "naver", "daum", "powermta"),
        *("mailenable", "imail", "james", "messagingserver", "mdaemon", "hmailserver", "kerio", "domino", "groupwise"),
        *("mimecast", "messagelabs", "interscan", "surfcontrol", "mailmarshal", "mfilter", "ironport", "communigate"),
        *("shape", "prose", "language", "delay", "other", "challenge", "receipt"),
    }
    assert wanted <= families
