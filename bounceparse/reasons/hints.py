"""Two hints that a refusal may carry: when to come back, and which blocklist it rests on.

Both run once per reply, so both look first for a short mark that must be there (most replies have none), and both
look at no more than 2,000 characters. The patterns are anchored at a number or a fixed word and repeat nothing without
a bound, so none can backtrack far. The words are data: ``retry_words.toml`` and ``blocklists.toml``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bounceparse.reasons.blocklists import MAX_TEXT, blocklist

__all__ = ["blocklist", "retry_after"]

_LONGEST = 30 * 86400  # seconds; a hint of more than a month is no hint
_WINDOW = 80  # characters looked at on each side of a duration

# The quick check: a number right before the start of a unit, or a unit that may follow a number in words.
_QUICK = re.compile(
    r"[0-9](?:\(s\))?[ \-]?(?:min|se[ckg]|ho[urd]|hr|st[ud]|heu|ore?\b|go|uu|tim|perc|da[kyg]|jo|t[au]|ph|gi|[smhd]\b"
    r"|:[0-5]|[^\x00-\x7f])|hour|minut|y[-_ ]after"
)
_FOREIGN = ("мин", "сек", "час", "分", "秒", "小时", "小時", "時", "분", "초", "시간", "день", "дн", "天")

_AND = re.compile(r"[ ,]{0,2}(?:(?:and|und|et|y|e|и)[ ])?")
_CLOCK = re.compile(r"(?<![\d:.\-/t])(\d{1,2}):([0-5]\d):([0-5]\d)(?![\d:.]|\s?(?:utc|gmt|z\b|am|pm|[+-]\d))")
_HEADER = re.compile(
    r"retry[-_ ]after(?:\s?[:=]\s?|(?<=[-_]after)\s)[\"']?(\d{1,7})(?![\d:./\-]|\s?[a-z])"
)  # as in HTTP (RFC 9110 section 10.2.3)
_WAIT_FOR = re.compile(
    r"(?<!\w)(?:wait(?:ing)?|gr[ea]y-?list(?:ed|ing)?|block(?:ed)?|banned|throttled"
    r"|temporarily (?:deferred|rejected|suspended)) (?:you |your ip |the ip |this ip )?"
    r"for (?:(?:the|next|at least|another|a further|a period of|about) ){0,3}$"
)
_CJK_WAIT = re.compile(r"(?:等待|稍等|等|稍后|稍後|请在|請在|请于|請於)\s?$")
_PAST = re.compile(r"\b(?:was|were|been|received|sent|vor|hace|il y a|há|accepted) $")
_LIMIT = re.compile(
    r"\d\s?(?:messages?|mails?|e-?mails?|recipients?|connections?|envois|nachrichten|mensajes|messaggi|писем)"
    r"|more than|exceed|超过|超過|limit"
)
_SPAN = re.compile(r"(?:in|wait|for|left:?) $")


@dataclass(frozen=True, slots=True)
class _Words:
    """What is compiled from the data, at the first text that passes the quick check."""

    seconds: dict[str, int]
    numbers: dict[str, float]
    duration: re.Pattern[str]
    more: re.Pattern[str]
    before: re.Pattern[str]
    coming: re.Pattern[str]
    clause_start: re.Pattern[str]
    cue_soon: re.Pattern[str]
    later: re.Pattern[str]
    ago: re.Pattern[str]


@cache
def _words() -> _Words:
    data = tomllib.loads(Path(__file__).with_name("retry_words.toml").read_text(encoding="utf-8"))
    latin = {name: int(size) for size, names in data["units"].items() for name in names}
    cjk = {name: int(size) for size, names in data["cjk_units"].items() for name in names}
    numbers = {word: float(value) for value, words in data["numbers"].items() for word in words}
    unit, cjk_unit = _any_of(latin), _any_of(cjk)
    digits = r"\d{1,6}(?:[.,]\d{1,2})?(?:\s?(?:-|–|to|bis|à|a|or)\s?\d{1,6})?"
    cjk_number = r"\d{1,6}|[一二两兩三四五六十半]{1,3}"
    cues, words = "|".join(data["words"]["cues"]), data["words"]
    return _Words(
        seconds=latin | cjk,
        numbers=numbers,
        # never the tail of an address, an id, a date or a time of day; Chinese puts no space before a number
        duration=re.compile(
            rf"(?<![\w.,:/\-+#])(?:(?P<number>{digits}|{_any_of(numbers)})[ \-]?(?P<unit>{unit})(?:\(s\)|(?![^\W\d]|@))"
            rf"|(?P<cjk_number>{cjk_number})\s?(?P<cjk_unit>{cjk_unit}))"
            rf"|(?<=[^\x00-\x7f])(?P<glued_number>{cjk_number})\s?(?P<glued_unit>{cjk_unit})"
        ),
        more=re.compile(rf"(?P<number>\d{{1,4}})[ \-]?(?P<unit>{unit})(?![\w@])"),
        before=re.compile(
            rf"(?<!\w)(?:{cues})(?:[ :,=(\[\-]{{1,3}}(?:{_any_of(words['fillers'])})(?!\w)){{0,7}}[\s:=(\[\-,]{{0,3}}$"
        ),
        coming=re.compile(rf"(?<!\w)(?:{_any_of(words['coming'])}) (?:(?:environ|circa|примерно|unos) )?$"),
        clause_start=re.compile(
            r"(?:^|[.,;:!?()\d] ?|please |bitte |veuillez |por favor |probeer het )"
            rf"(?:{_any_of(words['clause_start'])}) $"
        ),
        cue_soon=re.compile(rf"[ ,.;:]{{1,2}}(?:[^\s]{{1,15}} ){{0,4}}(?:{cues})(?!\w)"),
        later=re.compile(rf"(?:\(s\))? ?(?:{'|'.join(words['later'])})"),
        ago=re.compile(rf"(?:\(s\))? ?(?:{'|'.join(words['ago'])})"),
    )


def _any_of(words: dict[str, int] | dict[str, float] | list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def retry_after(text: str) -> int | None:
    """Return after how many seconds the text asks to come back, or None where it gives no time.

    Reads durations in the common languages ("in 5 minutes", "nach 300 Sekunden", "через 5 минут", "5分後"), clock spans
    ("retry in 00:05:00") and ``Retry-After: 120``. Limits ("100 messages in 10 minutes") and times gone by ("3 hours
    ago") are no hints. Of a range the longer time counts. Source of the forms: the stock texts of Postgrey, SQLgrey,
    milter-greylist, Exim and the large providers.
    """
    text = text[:MAX_TEXT].lower()
    if not _QUICK.search(text) and (text.isascii() or not any(map(text.__contains__, _FOREIGN))):
        return None
    header = _HEADER.search(text) if "after" in text else None
    if header:
        return _sensible(int(header.group(1)))
    words = _words()
    for match in words.duration.finditer(text):
        seconds, end = _length(match, text, words)
        if _asks_to_come_back(text[max(0, match.start() - _WINDOW) : match.start()], text[end : end + _WINDOW], words):
            return _sensible(seconds)
    return _clock_span(text, words)


def _asks_to_come_back(before: str, after: str, words: _Words) -> bool:
    if words.ago.match(after) or _PAST.search(before):
        return False
    if words.before.search(before) or _WAIT_FOR.search(before) or _CJK_WAIT.search(before):
        return True
    if _LIMIT.search(before[-40:]):
        return False
    if words.later.match(after) or words.coming.search(before):
        return True
    return bool(words.clause_start.search(before) and words.cue_soon.match(after))


def _length(match: re.Match[str], text: str, words: _Words) -> tuple[float, int]:
    """Return the seconds of a duration and where it ends, further parts ("1 hour 30 minutes") included."""
    number = match["number"] or match["cjk_number"] or match["glued_number"]
    unit = match["unit"] or match["cjk_unit"] or match["glued_unit"]
    total, end = _value(number, words.numbers) * words.seconds[unit], match.end()
    for _ in range(2):
        joint = _AND.match(text, end)
        more = words.more.match(text, joint.end() if joint else end)
        if not more:
            break
        total, end = total + int(more["number"]) * words.seconds[more["unit"]], more.end()
    return total, end


def _value(number: str, numbers: dict[str, float]) -> float:
    if number in numbers:
        return numbers[number]
    if number[0].isdecimal():
        return max(float(part.replace(",", ".")) for part in re.findall(r"\d{1,6}(?:[.,]\d{1,2})?", number))
    tens, ten, ones = number.partition("十")  # 二十五
    return numbers.get(tens, 1) * 10 + numbers.get(ones, 0) if ten else numbers.get(number[0], 0)


def _clock_span(text: str, words: _Words) -> int | None:
    """Read ``retry in 00:05:00``; "after 14:00:00" would be a time of day."""
    for match in _CLOCK.finditer(text):
        before = text[max(0, match.start() - _WINDOW) : match.start()]
        hours, minutes, seconds = (int(part) for part in match.groups())
        if words.before.search(before) and (hours == 0 or _SPAN.search(before)):
            return _sensible(hours * 3600 + minutes * 60 + seconds)
    return None


def _sensible(seconds: float) -> int | None:
    return round(seconds) if 0 < seconds <= _LONGEST else None
