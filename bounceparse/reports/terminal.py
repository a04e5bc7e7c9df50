"""The summary that a run prints: plain text, aligned, as wide as the terminal and no wider."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bounceparse.record import Decision, Kind, Severity
from bounceparse.reports.lists import LIST_FILES
from bounceparse.reports.rows import scrub
from bounceparse.reports.tally import Tally

TOP = 10
TOP_REASONS = 15
TOP_REPLIES = 5
LAST_DAYS = 14
BAR_CELLS = 24

ADVICE: dict[Decision, str] = {
    Decision.REMOVE: "take these off your lists",
    Decision.RETRY: "leave these on; the failure was temporary",
    Decision.REVIEW: "look at these yourself",
    Decision.FIX_SENDER: "leave these on; the fault is on the sending side",
}

STANDING: dict[str, str] = {
    "quarantine.csv": "mail these again after their date",
    "suppressed.csv": "off your lists for good, of all nights",
    "restored.csv": "forgiven: back on your lists",
}
"""The lists that a run with a ledger writes besides, and what to do with them."""

_KIND_WORDS: dict[Kind, str] = {
    Kind.FAILED: "delivery failed",
    Kind.DELAYED: "delayed, still being tried",
    Kind.DELIVERED: "delivered",
    Kind.AUTO_REPLY: "automatic reply",
    Kind.COMPLAINT: "complaint",
    Kind.DISPOSITION: "disposition notification",
    Kind.CHALLENGE: "challenge to confirm",
    Kind.NOT_BOUNCE: "not a bounce",
    Kind.UNREADABLE: "could not be read",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


def render_summary(
    tally: Tally,
    lists: Mapping[Decision, int],
    folder: Path | str,
    table: str,
    *,
    standing: Mapping[str, int] | None = None,
    never_mailed: int = 0,
    width: int = 100,
    unicode: bool = True,
) -> str:
    """Return the summary of a run as text that ends with a line end.

    ``lists`` counts the addresses per list, ``standing`` those of the lists that span all nights, by file name;
    ``table`` names the file with all records, ``never_mailed`` counts those of addresses that are not among the
    recipients. ``unicode`` says whether the terminal can show block characters; without it bars are drawn with ``#``.
    """
    page = _Page(width, unicode)
    page.line(_headline(tally, never_mailed))
    kinds = Counter({_KIND_WORDS[Kind(kind)]: count for kind, count in tally.kinds.items()})
    page.counts(
        _Section("What they are", kinds, len(Kind)),
        _Section("Why they failed", tally.reasons, TOP_REASONS),
        _Section("For good or for now", tally.severities, len(Severity)),
        _Section("Recipient domains", tally.domains, TOP),
        _Section("Servers that refused", tally.servers, TOP),
        _Section("Days (UTC)", tally.days, LAST_DAYS, by_key=True),
    )
    page.texts("What the servers said", tally.replies.most_common(TOP_REPLIES))
    rows = [(name, lists.get(word, 0), ADVICE[word]) for word, name in LIST_FILES.items()]
    rows += [(name, (standing or {})[name], advice) for name, advice in STANDING.items() if name in (standing or {})]
    page.files(folder, rows, table, tally)
    return page.text()


def _headline(tally: Tally, never_mailed: int) -> str:
    parts = [_plural(tally.messages, "message") + " read", _plural(tally.records, "record")]
    if tally.repeated:
        parts.append(f"{tally.repeated:,} seen before and counted once")
    if tally.unreadable:
        parts.append(f"{tally.unreadable:,} unreadable")
    if never_mailed:
        parts.append(f"{never_mailed:,} of addresses never mailed, ignored")
    return ", ".join(parts)


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")


@dataclass(frozen=True, slots=True)
class _Section:
    """A count to show: its largest entries, or with ``by_key`` the last ones in order."""

    title: str
    counts: Counter[str]
    top: int
    by_key: bool = False

    def shown(self) -> list[tuple[str, int]]:
        if self.by_key:
            return sorted(self.counts.items())[-self.top :]
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[: self.top]


class _Page:
    """Lines of text and the few ways to add to them."""

    def __init__(self, width: int, unicode: bool) -> None:
        self._width = max(width, 40)
        self._block, self._ellipsis = ("█", "…") if unicode else ("#", "...")
        self._lines: list[str] = []

    def line(self, text: str = "") -> None:
        self._lines.append(text.rstrip())

    def counts(self, *sections: _Section) -> None:
        """Add tables of words, counts, shares and bars, with their columns one under the other."""
        sections = tuple(section for section in sections if section.counts)
        if not sections:
            return
        numbers = max(len(f"{section.counts.total():,}") for section in sections)
        longest = max(_cells(str(word)) for section in sections for word, _ in section.shown())
        # Two spaces, the label, two, the number, two, five for the share, " %", two, then the bar.
        labels = max(min(longest, self._width - numbers - 15 - BAR_CELLS), 18)
        bars = min(BAR_CELLS, self._width - labels - numbers - 15)
        for section in sections:
            self._section(section, labels, numbers, bars)

    def _section(self, section: _Section, labels: int, numbers: int, bars: int) -> None:
        self._title(section.title)
        shown, total, largest = section.shown(), section.counts.total(), max(section.counts.values())
        for word, count in shown:
            bar = self._block * max(round(bars * count / largest), 1) if bars > 3 else ""
            self.line(f"  {self._fit(word, labels)}  {count:{numbers},}  {100 * count / total:5.1f} %  {bar}")
        rest = total - sum(count for _, count in shown)
        if rest:
            more = f"and {len(section.counts) - len(shown):,} {'earlier' if section.by_key else 'more'}"
            self.line(f"  {more:{labels}}  {rest:{numbers},}  {100 * rest / total:5.1f} %")

    def texts(self, title: str, counts: Iterable[tuple[str, int]]) -> None:
        """Add long texts, each behind its count and cut at the page's width."""
        rows = list(counts)
        if not rows:
            return
        self._title(title)
        number_width = max(len(f"{count:,}") for _, count in rows)
        for text, count in rows:
            self.line(f"  {count:{number_width},}  {self._fit(text, self._width - number_width - 4)}")

    def files(self, folder: Path | str, lists: list[tuple[str, int, str]], table: str, tally: Tally) -> None:
        """Add what was written, and what to do with each file."""
        rows = [(name, f"{count:,}", advice) for name, count, advice in lists]
        nameless = f"; {tally.nameless:,} of them name no recipient" if tally.nameless else ""
        rows.append((table, f"{tally.records:,}", f"every record{nameless}"))
        if tally.unreadable:
            rows.append(("unreadable.csv", f"{tally.unreadable:,}", "messages that could not be read"))
        self._title(f"Written to {folder}/")
        name_width, number_width = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
        for name, count, advice in rows:
            self.line(f"  {name:{name_width}}  {count:>{number_width}}  {advice}")

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def _title(self, title: str) -> None:
        self.line()
        self.line(title)

    def _fit(self, text: str, width: int) -> str:
        """Return the text made safe for a terminal and padded or cut to so many terminal cells."""
        text = _CONTROL.sub(" ", scrub(str(text)))
        if _cells(text) > width:
            while _cells(text) > width - len(self._ellipsis):
                text = text[:-1]
            text += self._ellipsis
        return text + " " * (width - _cells(text))


def _cells(text: str) -> int:
    """Return how many columns of a terminal the text takes: East Asian wide characters take two, marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
