"""The job: nothing lost, nothing counted twice, nothing half written."""

from __future__ import annotations

import csv
import errno
import io
from pathlib import Path
from typing import Any

import pytest

import bounceparse
from bounceparse import job
from bounceparse.record import Decision, InterruptedRun, Kind, Reason, SourceError


def settings(out: Path, *sources: Path | str) -> job.Settings:
    return job.Settings([str(source) for source in sources], out)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture
def mails(tmp_path: Path, bounce_mail: Any) -> Path:
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.eml").write_bytes(bounce_mail())
    (folder / "b.eml").write_bytes(bounce_mail("bob@example.org", "452 4.2.2 Mailbox full", number=2))
    (folder / "c.eml").write_bytes(b"From: ann@example.org\nSubject: Lunch?\nMessage-ID: <1@x>\n\nAt noon?\n")
    return folder


def test_the_same_bounce_twice_counts_once(tmp_path: Path, mails: Path) -> None:
    out = tmp_path / "out"
    once = job.run(settings(out, mails))
    lists = {path.name: path.read_bytes() for path in out.iterdir()}
    twice = job.run(settings(out, mails, mails))
    assert once.tally.repeated == 0
    assert twice.tally.repeated == once.tally.records == twice.tally.records == 3
    assert twice.tally.kinds == once.tally.kinds
    assert {path.name: path.read_bytes() for path in out.iterdir()} == lists


def test_every_message_has_a_row(tmp_path: Path, mails: Path) -> None:
    outcome = job.run(settings(tmp_path / "out", mails))
    assert [row["kind"] for row in rows(tmp_path / "out" / "bounces.csv")] == ["failed", "failed", "not_bounce"]
    assert outcome.lists == {Decision.REMOVE: 1, Decision.RETRY: 1, Decision.REVIEW: 0, Decision.FIX_SENDER: 0}


def test_what_came_through_a_pipe_and_could_not_be_read_is_kept(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 20
    outcome = job.run(settings(tmp_path / "out", "-"), stdin=io.BytesIO(noise))
    (row,) = rows(tmp_path / "out" / "unreadable.csv")
    assert (tmp_path / "out" / row["copy"]).read_bytes() == noise
    assert outcome.tally.unreadable == 1
    assert len(outcome.unreadable) == 1


def test_only_the_first_unreadable_messages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "NAMED_UNREADABLE", 2)
    for number in range(5):
        (tmp_path / f"{number}.eml").write_bytes(bytes(range(256)) * 20 + bytes([number]))
    outcome = job.run(settings(tmp_path / "out", *sorted(tmp_path.glob("*.eml"))))
    assert len(outcome.unreadable) == 2
    assert len(rows(tmp_path / "out" / "unreadable.csv")) == 5


def test_a_full_disk_changes_nothing(tmp_path: Path, mails: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    job.run(settings(out, mails / "a.eml"))
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("bounceparse.reports.folder.os.fsync", full)
    with pytest.raises(InterruptedRun, match=r"No space left on device; nothing in .* was changed"):
        job.run(settings(out, mails))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_missing_source_stops_before_anything_is_written(tmp_path: Path, mails: Path) -> None:
    with pytest.raises(SourceError):
        job.run(settings(tmp_path / "out", mails, tmp_path / "none"))
    assert list((tmp_path / "out").iterdir()) == []


def test_the_python_verbs(mails: Path) -> None:
    records = bounceparse.parse(mails / "a.eml")
    assert [record.reason for record in records] == [Reason.USER_UNKNOWN]
    (same,) = bounceparse.parse((mails / "a.eml").read_bytes())
    assert (same.recipient, same.event_id, same.source) == ("ann@example.org", records[0].event_id, None)
    for _ in range(2):  # a submodule of the same name must not take the function's place
        assert bounceparse.classify("452 4.2.2 Mailbox full").reason is Reason.MAILBOX_FULL
        assert "452" in bounceparse.explain(452)
        assert "ann@example.org" in bounceparse.explain(mails / "a.eml")


def test_frames(mails: Path) -> None:
    frame = bounceparse.read_bounces(mails)
    assert frame["kind"].tolist() == ["failed", "failed", "not_bounce"]
    assert frame["reply_code"].tolist()[:2] == [550, 452]
    summary = bounceparse.summarize(bounceparse.read_bounces([mails / "a.eml", str(mails)]))
    assert summary.by_reason["bounces"].to_dict() == {"mailbox_full": 1, "user_unknown": 1}
    assert summary.by_kind["bounces"].to_dict() == {"failed": 2, "not_bounce": 1}


def test_a_message_cut_short_is_read_as_far_as_it_goes(bounce_mail: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bounceparse.sources import RawMessage

    whole = RawMessage("box", 0, bounce_mail(), "longer than 32 MiB, read as far as that")
    lost = RawMessage("box", 1, b"", "damaged compression")
    monkeypatch.setattr("bounceparse.sources.read_sources", lambda paths, stdin=None: iter([whole, lost]))
    records = [bounce for _, bounces in job.read_records(["box"]) for bounce in bounces]
    assert [(record.kind, record.evidence) for record in records][1] == (Kind.UNREADABLE, "damaged compression")
    assert records[0].reason is Reason.USER_UNKNOWN


def test_no_module_has_the_name_of_a_verb() -> None:
    """Importing ``bounceparse.classify`` would put the module in the function's place."""
    modules = {path.stem for path in Path(bounceparse.__file__).parent.iterdir()}
    assert not modules & set(bounceparse.__all__)
