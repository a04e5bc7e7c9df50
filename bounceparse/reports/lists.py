"""The lists that a mailing system takes over: one CSV file per decision, one row per address."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

from bounceparse.record import Decision, Kind, Reason
from bounceparse.reports.addresses import AddressSummary
from bounceparse.reports.rows import csv_cells

LIST_FILES: dict[Decision, str] = {
    Decision.REMOVE: "remove.csv",
    Decision.RETRY: "retry.csv",
    Decision.REVIEW: "review.csv",
    Decision.FIX_SENDER: "sender_issues.csv",
}
"""The file that each decision's addresses go to; ignored ones go to none."""

COLUMNS = (
    "address",
    "bounces",
    "permanent",
    "temporary",
    "first_seen",
    "last_seen",
    "reply_code",
    "enhanced_status",
    "reason",
    "explanation",
    "reply_text",
    "evidence",
    "rule",
    "remote_mta",
    "source",
    "position",
    "event_id",
    "note",
)
"""The columns of every list."""

COMPLAINT_EXPLANATION = "The recipient reported the mail as unwanted. Mailing them again harms the sender's standing."
Explain = Callable[[Reason, Decision | None], str]


class Folder(Protocol):
    """What takes the lists: an :class:`~bounceparse.reports.folder.OutputFolder`, or what stands for one."""

    def stage(self, name: str) -> BinaryIO: ...


def write_lists(folder: Folder, summaries: Iterable[AddressSummary], explain: Explain) -> dict[Decision, int]:
    """Stage all lists, the empty ones too, and return how many addresses each has.

    ``explain`` gives the plain words for a reason and the decision made; it is asked once for each pair.
    """
    texts = {
        decision: io.TextIOWrapper(folder.stage(name), "utf-8", newline="") for decision, name in LIST_FILES.items()
    }
    writers = {decision: csv.writer(text, lineterminator="\n") for decision, text in texts.items()}
    counts = dict.fromkeys(LIST_FILES, 0)
    explanations: dict[tuple[Reason, Decision], str] = {}
    for writer in writers.values():
        writer.writerow(COLUMNS)
    for summary in summaries:
        reason, words = summary.evidence.reason, ""
        if reason is not None:
            key = (reason, summary.decision)
            if key not in explanations:
                explanations[key] = " ".join(explain(*key).split())
            words = explanations[key]
        writers[summary.decision].writerow(csv_cells(_row(summary, words)))
        counts[summary.decision] += 1
    for text in texts.values():
        text.flush()
        text.detach()
    return counts


def _row(summary: AddressSummary, explanation: str) -> tuple[Any, ...]:
    evidence = summary.evidence
    if evidence.kind is Kind.COMPLAINT:
        explanation = COMPLAINT_EXPLANATION
    return (
        summary.address,
        summary.bounces,
        summary.permanent,
        summary.temporary,
        iso_time(summary.first_seen),
        iso_time(summary.last_seen),
        evidence.reply_code,
        evidence.enhanced_status,
        evidence.reason,
        explanation,
        evidence.reply_text,
        evidence.evidence,
        evidence.rule,
        evidence.remote_mta,
        evidence.source,
        evidence.position,
        evidence.event_id,
        summary.note,
    )


def iso_time(seconds: float | None) -> str | None:
    """Return seconds since 1970 as an ISO 8601 time in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
