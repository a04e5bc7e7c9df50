"""``explain``: a code, a reply or a whole bounce in plain words, as a letter that helps.

The letter is made of sections (a heading and paragraphs) and laid out at the end, so the command line can make
headings bold. A bare code needs the tables only; a reply needs the rules; a file needs the whole street.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bounceparse.letters import WIDTH, Section, capital, duration, lay_out, printable, sentence
from bounceparse.record import Decision, Kind, Reason, UsageError
from bounceparse.smtp.codes import digits, enhanced_code, reply_code

if TYPE_CHECKING:
    from bounceparse.record import Bounce, Classification

MOST_RECORDS = 5
"""Records of one file that are told in full; the rest are counted."""

_BARE_CODE = re.compile(r"[0-9]+")
_BARE_ENHANCED = re.compile(r"[#(\[]{0,2}([0-9]\.[0-9]+\.[0-9]+)[)\]]?")
_PATH_LIKE = re.compile(r"(?:[./~]|[A-Za-z]:\\)\S*|\S+\.(?:eml|msg|mbox|mbx|txt|gz|bz2|xz)", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"'\]]{4,200}")
_HOST = re.compile(r"(?<![\w@.\-])[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}(?![\w@])")
_HELP = "give a code (452, 5.1.1), a reply in quotes, or the path of a bounce message"

_DECISIONS = {
    Decision.REMOVE: "Take the address off your lists.",
    Decision.RETRY: "Keep the address and try again later.",
    Decision.FIX_SENDER: "Keep the address; the sender's side needs mending.",
    Decision.REVIEW: "Keep the address until a person has looked; on this evidence alone nothing is removed.",
    Decision.IGNORE: "Leave the address as it is.",
}


def explain(what: str | int | os.PathLike[str], width: int = WIDTH, bold: bool = False) -> str:
    """Return a letter about a code, a reply or a message file: what it means and what to do next.

    ``what`` is a reply code (``452``), an enhanced status code (``"5.1.1"``), the words of a reply, or a path.
    Raises UsageError where it is none of these, SourceError where the file can't be read.
    """
    return lay_out(letter(what), width, bold)


def letter(what: str | int | os.PathLike[str]) -> list[Section]:
    """Return the sections of the letter; see :func:`explain`."""
    if isinstance(what, os.PathLike):
        return _file(Path(what))
    text = str(what).strip()
    if not text:
        raise UsageError(f"nothing to explain: {_HELP}")
    if _BARE_CODE.fullmatch(text):
        return about_code(int(text) if len(text) == 3 else _no_code(text))
    enhanced = _BARE_ENHANCED.fullmatch(text)
    if enhanced:
        return about_status(enhanced[1])
    path = _existing(text)
    if path:
        return _file(path)
    if _PATH_LIKE.fullmatch(text):
        raise UsageError(f"there is no file {text!r}: {_HELP}")
    if not re.search(r"\w\W+\w", text):
        raise UsageError(f"{text!r} is neither a code nor a reply nor a file: {_HELP}")
    return about_reply(text)


# ------------------------------------------------------------------------------- codes and replies


def about_code(code: int) -> list[Section]:
    """Return the letter about a reply code alone; one that the tables don't list is read by its digits."""
    first, _, _ = digits(code)
    known = reply_code(code)
    sections = []
    if known:
        written = "In the words of the standard" if known.registered else "No standard has it, but servers send it for"
        opening = f"The server answered {code}. {written}: {sentence(known.name)}"
        sections.append(Section(None, (opening,)))
        sections.append(Section("What happened", (known.meaning,)))
    else:
        opening = f"{code} is in no standard and in no registry, but its digits can still be read: {first.meaning}."
        sections.append(Section(None, (opening,)))
    sections.append(_digits_section(code))
    if known:
        sections.append(Section("Whose fault it is", (capital(f"{known.whose}."),)))
        sections.append(Section("What to do next", (known.todo, *_pace(first.digit))))
        if known.note:
            sections.append(Section("Good to know", (known.note,)))
        sections.append(Section("Where this is written", (f"{known.source}.",)))
    else:
        todo = "Read the words that came after the code: they are all there is to go by. Keep the address meanwhile."
        sections.append(Section("What to do next", (todo, *_pace(first.digit))))
        sections.append(Section("Where this is written", (f"{first.source}, about the digits.",)))
    return sections


def about_status(status: str) -> list[Section]:
    """Return the letter about an enhanced status code alone."""
    code = enhanced_code(status)
    opening = f"{code.status} is an enhanced status code. It stands for: {sentence(code.name)}"
    if code.level != "detail":
        opening = (
            f"The registry doesn't list {code.status}, but its parts can be read. {capital(code.class_meaning)}."
            " Large providers number causes of their own in this way; their pages or the words tell more."
        )
    sections = [Section(None, (opening,)), Section("What happened", (sentence(capital(code.meaning)),))]
    if code.level != "detail":
        sections.pop()
    sections.append(_status_section(status))
    if code.basic:
        sections.append(Section("It goes with", (f"Reply code {', '.join(code.basic)}.",)))
    if status[0] in "45":
        sections += _advice_on_status(status)
    if code.note:
        sections.append(Section("Good to know", (code.note,)))
    sections.append(Section("Where this is written", (f"{code.source}; IANA, SMTP Enhanced Status Codes.",)))
    return sections


def _advice_on_status(status: str) -> list[Section]:
    from bounceparse.classifier import classify
    from bounceparse.reasons.explanations import advice, explanation

    answer = classify(status)
    if answer.reason in (None, Reason.OTHER):
        todo = (
            "Read the words that came with the code. Keep the address unless they say that the mailbox doesn't exist."
        )
        return [Section("What to do next", (todo, *_pace(status[0])))]
    fitted = advice(answer.reason, answer.decision)
    return [
        Section("Whose move it is", (explanation(answer.reason).whose,)),
        Section("What to do next", (fitted.todo,)),
        Section("When to try again", (fitted.when,)),
        Section(
            "What this rests on", ("The code alone. Words that came with it may say otherwise, and then they win.",)
        ),
    ]


def about_reply(text: str) -> list[Section]:
    """Return the letter about one reply in the server's words."""
    from bounceparse.classifier import classify

    answer = classify(text)
    sections = [Section("The server said", (f"  {printable(text)}",))]
    return sections + _cause(answer, remote_host=None, text=text)


def _cause(answer: Classification | Bounce, remote_host: str | None, text: str) -> list[Section]:
    """Return the sections that a bare reply and a record of a bounce share: cause, advice, codes, evidence, pages."""
    from bounceparse.reasons.explanations import advice, explanation
    from bounceparse.reasons.hints import blocklist, retry_after

    told, fitted = explanation(answer.reason), advice(answer.reason, answer.decision)
    listed, seconds = blocklist(text), retry_after(text)
    blocked = (f"The blocklist named is {listed}.",) if listed else ()
    when = f"The server itself names a time: in {duration(seconds)}." if seconds else fitted.when
    sections = [
        Section("In short", (f"{told.title}. {_DECISIONS[answer.decision]}",)),
        Section("What happened", (told.meaning, *blocked)),
        Section("Whose move it is", (told.whose,)),
        Section("What to do next", (fitted.todo,)),
        Section("When to try again", (when,)),
    ]
    if answer.reply_code is not None and 100 <= answer.reply_code <= 599:
        sections.append(_digits_section(answer.reply_code))
    if (
        answer.enhanced_status
        and _BARE_ENHANCED.fullmatch(answer.enhanced_status)
        and answer.enhanced_status[0] in "245"
    ):
        sections.append(_status_section(answer.enhanced_status))
    evidence = _evidence(answer)
    if evidence:
        sections.append(Section("What this rests on", evidence))
    pages = tuple(_pages(answer.reason, remote_host, text, listed))
    if pages:
        sections.append(Section("Pages that help", pages))
    return sections


def _digits_section(code: int) -> Section:
    first, second, third = digits(code)
    group = (
        f"{second.meaning}: {second.plain}"
        if second
        else "a group that RFC 5321 doesn't have, so the digit says nothing"
    )
    return Section(
        f"{code}, digit by digit",
        (
            f"{first.digit}  {capital(first.meaning)}: {first.plain}.",
            f"{str(code)[1]}  {capital(group)}.",
            f"{third.digit}  {sentence(capital(third.plain))}",
        ),
    )


def _status_section(status: str) -> Section:
    code = enhanced_code(status)
    class_digit, subject, detail = code.status.split(".")
    about = code.subject_meaning or "a subject that the registry doesn't have"
    exactly = sentence(code.meaning) if code.level == "detail" else "A detail that the registry doesn't have."
    return Section(
        f"{code.status}, part by part",
        (f"{class_digit}  {capital(code.class_meaning)}.", f"{subject}  About {about}.", f"{detail}  {exactly}"),
    )


def _pace(first: str) -> tuple[str, ...]:
    if first == "4":
        return ("Mail servers try again by themselves for some days; you don't have to send the mail again.",)
    if first == "5":
        return ("Mail servers don't try again after a code that begins with 5: it is your turn.",)
    return ()


def _evidence(answer: Classification | Bounce) -> tuple[str, ...]:
    if not answer.rule:
        return ()
    words = f', on these words: "{printable(answer.evidence)}"' if answer.evidence else ""
    return (f"The rule {answer.rule} decided it{words}.",)


def _pages(reason: Reason | None, remote_host: str | None, text: str, listed: str | None) -> Iterator[str]:
    from bounceparse.reasons.blocklists import blocklists
    from bounceparse.reasons.explanations import links

    seen = set()
    for match in _URL.finditer(text[:2000]):
        seen.add(match.group().rstrip(".,;:)"))
        yield f"  The server's own: {match.group().rstrip('.,;:)')}"
    for entry in blocklists() if listed else ():
        if entry.name == listed and entry.lookup and entry.lookup not in seen:
            seen.add(entry.lookup)
            yield f"  {entry.name}: {entry.lookup}"
    for link in links(reason, remote_host or _host_of_provider(text)):
        if link.url not in seen:
            yield f"  {link.title}: {link.url}"


def _host_of_provider(text: str) -> str | None:
    """Return the first host name in the server's words that belongs to a known provider; addresses don't count."""
    from bounceparse.reasons.explanations import provider_of

    return next((host for host in _HOST.findall(text[:2000]) if provider_of(host)), None)


# ------------------------------------------------------------------------------------------- files


def _existing(text: str) -> Path | None:
    try:
        path = Path(text).expanduser()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL inside, no home: no path
        return None


def _file(path: Path) -> list[Section]:
    from bounceparse.reading import read_records

    if path.is_dir():
        raise UsageError(
            f"{path} is a folder: use 'bounceparse process' or 'bounceparse parse' for more than one message"
        )
    bounces = [bounce for _, found in read_records([str(path)]) for bounce in found]
    return about_records(bounces, printable(str(path)))


def about_message(data: bytes, name: str = "This message") -> list[Section]:
    """Return the letter about one message given as bytes."""
    from bounceparse.parser import parse_message

    return about_records(parse_message(data), name)


def about_records(bounces: list[Bounce], name: str) -> list[Section]:
    """Return the letter about the records of one file."""
    if not bounces:
        raise UsageError(f"{name} holds no message: {_HELP}")
    sections = [Section(None, (_greeting(bounces, name),))]
    for bounce in bounces[:MOST_RECORDS]:
        sections += _about_record(bounce)
    left = len(bounces) - MOST_RECORDS
    if left > 0:
        more = (
            f"{left} more {'record' if left == 1 else 'records'} in this file: see them all with 'bounceparse parse'."
        )
        sections.append(Section("And", (more,)))
    return sections


_NOUNS = {
    Kind.FAILED: "a bounce",
    Kind.DELAYED: "a warning about a delay",
    Kind.DELIVERED: "a success report",
    Kind.AUTO_REPLY: "an automatic reply",
    Kind.COMPLAINT: "a complaint",
    Kind.DISPOSITION: "a read receipt",
    Kind.CHALLENGE: "a request to confirm",
    Kind.NOT_BOUNCE: "ordinary mail",
    Kind.UNREADABLE: "unreadable",
}


def _greeting(bounces: list[Bounce], name: str) -> str:
    first = bounces[0]
    words = [f"{name} is {_NOUNS[first.kind]}"]
    if first.reporting_mta:
        words.append(f"from {printable(first.reporting_mta)}")
    if first.original_subject:
        words.append(f'about your mail "{printable(first.original_subject)}"')
        if first.original_date:
            words.append(f"of {printable(first.original_date[:10])}")
    return " ".join(words) + "."


def _about_record(bounce: Bounce) -> list[Section]:
    from bounceparse.reasons.explanations import explanation

    heading = printable(bounce.recipient or "No recipient is named")
    if bounce.kind is not Kind.FAILED:
        told = explanation(bounce.kind)
        decided = (_DECISIONS[bounce.decision],) if bounce.kind is Kind.COMPLAINT else ()
        return [
            Section(heading, (f"{told.title}. {told.line}", told.meaning)),
            Section("Whose move it is", (told.whose,)),
            Section("What to do next", (*decided, told.todo)),
            Section("When to try again", (told.when,)),
        ]
    opening = "The mail was not delivered."
    if bounce.remote_mta:
        opening += f" {printable(bounce.remote_mta)} refused it."
    if bounce.final_recipient and bounce.final_recipient != bounce.recipient:
        opening += f" It had been passed on to {printable(bounce.final_recipient)}."
    text = _reply_words(bounce)
    speaker = "The server said" if bounce.reply_code else "The report says"
    said_by_server = (Section(speaker, (f"  {text}",)),) if text else ()
    return [Section(heading, (opening,)), *said_by_server, *_cause(bounce, bounce.remote_mta, text)]


def _reply_words(bounce: Bounce) -> str:
    parts = (bounce.reply_code, bounce.enhanced_status if bounce.reply_code else None, bounce.reply_text)
    return printable(" ".join(str(part) for part in parts if part))


def _no_code(text: str) -> int:
    raise UsageError(f"{text[:20]} is no reply code, which has three digits: {_HELP}")
