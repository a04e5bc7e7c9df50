"""The verbs of the command line for Python: parse, classify, explain, read_bounces, summarize.

Each imports what it needs when it is called, so ``import bounceparse`` costs next to nothing. No module of the
package may have the name of a verb: importing ``bounceparse.parse`` would put the module in the function's place.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from bounceparse.record import Bounce, Classification
    from bounceparse.reports.frames import Summary

Source = str | os.PathLike[str]


def parse(path_or_bytes: Source | bytes) -> list[Bounce]:
    """Return the records of one message given as bytes, or of every message that a path leads to.

    A path may be an ``.eml`` file, an mbox file, a Maildir or a folder of such. Bad mail gives a
    record of kind ``unreadable``; a path that cannot be opened raises SourceError.
    """
    if isinstance(path_or_bytes, bytes | bytearray | memoryview):
        from bounceparse.parser import parse_message

        return parse_message(bytes(path_or_bytes))
    from bounceparse.reading import read_records

    return [bounce for _, bounces in read_records([os.fspath(path_or_bytes)]) for bounce in bounces]


def classify(text: str) -> Classification:
    """Return what one bare SMTP reply means and what to do, for example ``550 5.1.1 No such user``."""
    from bounceparse.classifier import classify as answer

    return answer(text)


def explain(code_text_or_path: str | int | Source) -> str:
    """Return in plain words what a code, a reply or a whole bounce file means, and what to do next."""
    from bounceparse.explainer import explain as answer

    return answer(str(code_text_or_path))


def read_bounces(sources: Source | Iterable[Source]) -> pd.DataFrame:
    """Return the records of all messages of these sources as a typed frame, one row per (message, recipient).

    ``kind``, ``severity``, ``reason`` and ``decision`` are categories, ``reply_code`` is a nullable
    integer, ``arrived_at`` and ``original_date`` are times in UTC.
    """
    from bounceparse.reading import read_records
    from bounceparse.reports.frames import frame_of

    paths = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
    records = read_records([os.fspath(path) for path in paths])
    return frame_of(bounce for _, bounces in records for bounce in bounces)


def summarize(frame: pd.DataFrame) -> Summary:
    """Return frames that count the failures by reason, severity, domain, server, day and reply."""
    from bounceparse.reports.frames import summarize as counts

    return counts(frame)
