"""Records as typed pandas frames, and the frames that sum them up. pandas is imported when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from bounceparse.record import Bounce, Kind, Severity
from bounceparse.reports.rows import FIELDS, record_values, scrub
from bounceparse.reports.tables import CLOSED_SETS, TIME_FIELDS, parse_time
from bounceparse.reports.tally import domain_of, typical_reply

if TYPE_CHECKING:
    import pandas as pd

BATCH_ROWS = 50_000
"""Records turned into one frame at a time; tuples of a million records would take a gigabyte."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Failures (kind ``failed``) counted in several ways; each frame is sorted, the largest count first.

    Columns: ``bounces`` (records), ``addresses`` (distinct recipients), ``share`` (of all failures, 0 to 1).
    ``by_kind`` counts all records; ``by_day`` is in order of time, with ``permanent`` and ``temporary``;
    ``top_replies`` has replies with addresses and ids masked.
    """

    by_kind: pd.DataFrame
    by_reason: pd.DataFrame
    by_severity: pd.DataFrame
    by_domain: pd.DataFrame
    by_server: pd.DataFrame
    by_day: pd.DataFrame
    top_replies: pd.DataFrame


def frame_of(bounces: Iterable[Bounce]) -> pd.DataFrame:
    """Return one row per record: closed sets as categories, codes as nullable integers, times in UTC."""
    import pandas as pd

    rest = iter(bounces)
    frames = [_typed(list(islice(rest, BATCH_ROWS)))]
    while batch := list(islice(rest, BATCH_ROWS)):
        frames.append(_typed(batch))
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _typed(bounces: list[Bounce]) -> pd.DataFrame:
    import pandas as pd

    rows = [record_values(bounce) for bounce in bounces]
    columns: dict[str, Any] = {}
    for index, name in enumerate(FIELDS):
        cells = [row[index] for row in rows]
        if name in CLOSED_SETS:
            words = [cell if cell is None else str(cell) for cell in cells]
            columns[name] = pd.Categorical(words, categories=CLOSED_SETS[name])
        elif name in TIME_FIELDS:
            columns[name] = pd.Series([parse_time(cell) for cell in cells], dtype="datetime64[us, UTC]")
        elif name == "position":
            columns[name] = pd.Series(cells, dtype="int64")
        elif name == "reply_code":
            columns[name] = pd.Series(cells, dtype="Int16")
        else:
            # A lone surrogate in a str column is an error once pyarrow is there.
            columns[name] = pd.Series([cell if cell is None else scrub(cell) for cell in cells], dtype="str")
    return pd.DataFrame(columns, columns=list(FIELDS))


def summarize(frame: pd.DataFrame) -> Summary:
    """Return the counts of a frame that ``read_bounces`` made; the same event read twice counts once."""
    frame = frame.drop_duplicates("event_id")
    failed = frame[frame["kind"] == Kind.FAILED.value]
    replies = zip(failed["reply_code"], failed["enhanced_status"], failed["reply_text"], strict=True)
    failed = failed.assign(
        domain=_strings(domain_of(_text(address)) for address in failed["recipient"]),
        server=failed["remote_mta"].str.lower(),
        day=failed["arrived_at"].dt.floor("D"),
        reply=_strings(typical_reply(_number(code), _text(status), _text(text)) for code, status, text in replies),
    )
    return Summary(
        by_kind=_counted(frame, "kind"),
        by_reason=_counted(failed, "reason"),
        by_severity=_counted(failed, "severity"),
        by_domain=_counted(failed, "domain"),
        by_server=_counted(failed, "server"),
        by_day=_by_day(failed),
        top_replies=_counted(failed, "reply"),
    )


def _strings(cells: Iterable[str | None]) -> Any:
    import pandas as pd

    return pd.array(list(cells), dtype="str")


def _text(cell: Any) -> str | None:
    return cell if isinstance(cell, str) else None


def _number(cell: Any) -> int | None:
    import pandas as pd

    return None if pd.isna(cell) else int(cell)


def _counted(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Count the values of a column, the frequent first, equals by name."""
    groups = frame.groupby(column, observed=True)
    counts = groups["event_id"].size().rename("bounces").to_frame()
    counts["addresses"] = groups["recipient"].nunique()
    counts["share"] = counts["bounces"] / max(len(frame), 1)
    counts.index = counts.index.astype("str")
    return counts.rename_axis(column).sort_index().sort_values("bounces", ascending=False, kind="stable")


def _by_day(failed: pd.DataFrame) -> pd.DataFrame:
    days = failed.groupby("day")
    counts = days["event_id"].size().rename("bounces").to_frame()
    for severity in Severity:
        counts[severity.value] = (failed["severity"] == severity.value).groupby(failed["day"]).sum()
    return counts.sort_index()
