"""Notices: bounces written for people, with or without a machine-readable part beside."""

from __future__ import annotations

import re

from bounceparse.formats import languages, sendmail, signs
from bounceparse.formats.addresses import find_addresses, is_address, verp_recipient
from bounceparse.formats.dialects import dialect_of
from bounceparse.formats.original import cut_original, original_headers, original_part, without_closing
from bounceparse.formats.prose import Passage, Sureness, read_passages
from bounceparse.formats.report import RecipientReport, Report
from bounceparse.formats.sieve import late
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message, Part
from bounceparse.record import Kind

_SUBJECT_END = late(
    r"(?:[:：(<,]|\b(?:to|for|an|à|a|para|für|pour|per|voor|do)\b)[ \t]*[<(]?\S+@\S+"
    r"(?:[ \t]+(?:denied|rejected|refused|failed|bounced|undeliverable|undelivered|delayed|deferred))?$",
    re.IGNORECASE,
)
_QUOTED_NAME = late(r"[ \t>*\-•]*[\"'][^\"'\n]{1,60}[\"']")
_WORDS = late(r"(?:\W*\w){8}")
_MORE_TIME = late(r"will be retried for \d+ more", re.IGNORECASE)  # Zoho, which speaks of fatal errors before
_FOR = late(r"\bfor <?([^\s<>;]+@[^\s<>;]+)>?\s*(?:;|$)")


class Notice:
    """A message's human text, without the returned original, and the original's headers.

    ``returned`` is what follows the notice in its own text: the original, or a whole bounce.
    """

    # Measured: subject and sender are asked for 13 times a notice, at a fifth of a microsecond in the header.
    __slots__ = ("_from_field", "_subject", "headers", "original", "returned", "text")

    def __init__(self, text: str, original: Headers | None, headers: Headers, returned: str = "") -> None:
        self.text = text
        self.original = original
        self.headers = headers
        self.returned = returned
        self._subject: str | None = None
        self._from_field: str | None = None

    def with_text(self, text: str) -> Notice:
        """Return a notice of the same message with another text."""
        return Notice(text, self.original, self.headers, self.returned)

    @property
    def subject(self) -> str:
        """The message's Subject, decoded."""
        known = self._subject
        if known is None:
            known = self._subject = self.headers.decoded(b"subject") or ""
        return known

    @property
    def from_field(self) -> str:
        """The message's From field, decoded."""
        known = self._from_field
        if known is None:
            known = self._from_field = self.headers.decoded(b"from") or ""
        return known

    @property
    def is_tagged(self) -> bool:
        """Whether it went to an address that may name a recipient (VERP)."""
        return "=" in (self.headers.text(b"to") or "")


def open_notice(message: Message, *, beside_status: bool = False) -> Notice:
    """Take the human text out of a message and find the returned original.

    ``beside_status`` says that the report has its machine-readable part: its original then stands in
    a part of its own, and need not be looked for in the text.
    """
    part = original_part(message)
    original = original_headers(part) if part is not None else None
    text = "\n".join([leaf.text() for leaf in _readable(message)])
    if original is not None and beside_status:
        return Notice(without_closing(text), original, message.headers)
    notice, inline = cut_original(text)
    return Notice(notice, original if original is not None else inline, message.headers, text[len(notice) :])


def _readable(message: Message) -> list[Part]:
    """Return the parts that hold the human text: plain ones, where none has any the HTML ones."""
    leaves = message.leaves
    plain = [leaf for leaf in leaves if leaf.content_type == "text/plain"]
    for leaf in plain:
        if leaf.body and not leaf.body.isspace():
            return plain[:6]
    return [leaf for leaf in leaves if leaf.content_type.startswith("text/html")][:6]


def kind_of_notice(notice: Notice) -> Kind:
    """Tell a failure from a delay and a success by the words of subject and notice."""
    text, subject = languages.plain(notice.text[:6000]), languages.plain(notice.subject)
    # Apart, since subjects repeat and are remembered, and the notice is asked for other lists' words as it is.
    success, delay, final = signs.of_subject(subject)
    success = success or (signs.is_success(text) and signs.is_success(_own_words(text)))
    if success and not (final or signs.GAVE_UP.search(text)):
        return Kind.DELIVERED
    delay = delay or _speaks_of_delay(text)
    if not delay and _may_be_late(subject, text):
        wrapped, text = text, _flowed(text)
        delay = text != wrapped and _speaks_of_delay(text)
    if delay and _MORE_TIME.search(text):
        return Kind.DELAYED
    if not delay or signs.GAVE_UP.search(without_promise(f"{subject}\n{text}")):
        return Kind.FAILED
    return Kind.DELAYED


def _speaks_of_delay(words: str) -> bool:
    """Tell whether a notice speaks of a delay in words of its own, not only in those of a reply that it quotes."""
    match = signs.DELAY.search(words)
    if match is None:
        return False
    quoted = any(reply.start() <= match.start() < reply.end() for reply in _QUOTED_REPLY.finditer(words))
    return not quoted or signs.DELAY.search(_own_words(words)) is not None


def _may_be_late(subject: str, text: str) -> bool:
    """Tell whether wrapped sentences are worth a second look (measured: it costs 20 µs)."""
    if signs.is_failures_subject(subject):
        return False
    lower = text.lower()
    return not text.isascii() or any(stem in lower for stem in _LATE)


def _own_words(text: str) -> str:
    """Drop the refusals that a notice quotes: one that speaks of delays or arrivals is a refusal all the same."""
    return _QUOTED_REPLY.sub("", text)


def _flowed(text: str) -> str:
    """Undo the wrapping of sentences: a phrase may go on in the next line, by a small letter."""
    flowed, done = "", 0
    for goes_on in _GOES_ON.finditer(text):
        start = goes_on.start()
        line = text[max(done, text.rfind("\n", 0, start) + 1) : start]
        words = line.rstrip(" \t")
        if words and (words[-1].isalnum() or words[-1] == "_"):
            flowed += text[done : start - len(line) + len(words)] + " "
            done = goes_on.end()
    return flowed + text[done:]


_QUOTED_REPLY = late(r"(?:said:\s{1,20}|^[ \t>]{0,20})[45]\d\d[ -][^\n]*(?:\n[ \t]+\S[^\n]*)*", re.MULTILINE)
_LATE = ("yet", "still", "continu", "retr", "queue", "pending", "delay", "defer", "keep", "will")
# Led by the line end: measured, a tenth of what it costs to look for the word before it.
_GOES_ON = late(r"\n[ \t]{0,16}(?=[^\W\d_A-Z])")

# Searched for in lower-cased text, each alternative led by a letter or a mark as it stands there: measured, 7 µs a
# warning, where the search in any case costs 45 µs.
_PROMISE_WORDS = (
    *("eventually", "if (?:the|your|it|this|delivery|we|an?|any)", "until", "when", "before", "after (?:that|this)"),
    *("unless", "should"),
)
_PROMISE_BREAKS = (r"\.\s++", r",\s++", r";\s++", r":\s++", r"!\s++", r"\n\s*+")
_AFTER_BREAK = (
    r"(?:wenn|falls|sollte|sobald|si|se|als|indien|mocht|jeśli|jeżeli|pokud|если|якщо|om|hvis|dersom|jos|eğer|ha)\b"
)
_PROMISED = "|".join(
    begins + r"[^.\n]*(?:\n[^.\n]+)?"
    for begins in (*_PROMISE_WORDS, *(mark + _AFTER_BREAK for mark in _PROMISE_BREAKS))
)
_PROMISE = late(_PROMISED)
_PROMISE_IN_ANY_CASE = late(_PROMISED, re.IGNORECASE)
_OTHER_CASE = late("[ıſ\u1c80-\u1c88]")  # small letters that stand for others where case is ignored
# What stands before the word belongs to the promise, or what stands behind it alone.
_EAST_PROMISE = ("場合", "ときは", "까지", "경우")
_EAST_IF = late("[若如]")
_EAST_SENTENCE = late(r"[^。\n]+")


def without_promise(words: str) -> str:
    """Drop what a warning says will happen later ("eventually the software will give up")."""
    lower = words.lower()
    if len(lower) != len(words) or not (words.isascii() or _OTHER_CASE.search(words) is None):
        words = _PROMISE_IN_ANY_CASE.sub(" ", words)
    else:
        kept, end = "", 0
        for promise in _PROMISE.finditer(lower):
            kept += words[end : promise.start()] + " "
            end = promise.end()
        words = kept + words[end:]
    if words.isascii() or not (any(word in words for word in _EAST_PROMISE) or _EAST_IF.search(words)):
        return words
    return _EAST_SENTENCE.sub(_without_eastern, words)


def _without_eastern(sentence: re.Match[str]) -> str:
    words = sentence.group()
    if any(word in words for word in _EAST_PROMISE):
        return " "
    at = _EAST_IF.search(words)
    return f"{words[: at.start()]} " if at else words


def read_notice(message: Message, notice: Notice) -> Report:
    """Read a notice: every recipient it names, else the one the envelope or original betrays."""
    program = dialect_of(notice.text)  # first: recognition has just asked for the literals of this text
    kind = kind_of_notice(notice)
    headers, original = message.headers, notice.original
    passages = read_passages(notice.text, _Sender(headers, original))
    recipients = _recipients(kind, notice, passages, _failed_header(headers), headers)
    # in the order of the fields: by name they cost twice as much
    return Report(program, kind, tuple(recipients), _reporting(notice.from_field), None, original)


def _failed_header(headers: Headers) -> list[str]:
    found: list[str] = []
    for value in headers.all(b"x-failed-recipients"):
        found.extend(find_addresses(value))
    return list(dict.fromkeys(found))


def _recipients(
    kind: Kind, notice: Notice, passages: list[Passage], named: list[str], headers: Headers
) -> list[RecipientReport]:
    transcript = sendmail.transcript_of(notice.text)
    if transcript is not None and not named:
        found = _of_transcript(kind, passages, notice.text, transcript)
        if found:
            return found
    if named:
        return [_of_named(kind, notice, passages, address, alone=len(named) == 1) for address in named]
    if passages and passages[0].sureness <= Sureness.COMMAND:
        passages = _shared(passages)
        return [_of_passage(kind, notice, passage, alone=len(passages) == 1) for passage in passages]
    only = betrayed_recipient(headers, notice.original) or (None if passages else _in_subject(notice))
    if only:
        return [RecipientReport(kind, only, only, notice.text, notice.text)]
    if passages:
        return [_of_passage(kind, notice, passage, alone=len(passages) == 1) for passage in passages]
    return [RecipientReport(kind, None, None, notice.text, notice.text)]


def _of_transcript(kind: Kind, passages: list[Passage], notice: str, transcript: str) -> list[RecipientReport]:
    """Read Sendmail's notice: the addresses of its list, else those its transcript refuses."""
    programs = [
        RecipientReport(kind, alias, alias, f"x-unix; exit status {reason}")
        for alias, reason in sendmail.programs_of(notice)
    ]
    aliases = {report.recipient for report in programs}
    listed = [p for p in passages if p.sureness <= Sureness.LEADS_LINE and p.address not in aliases]
    if not listed and programs:
        return programs
    if not listed:
        addresses = sendmail.addresses_of(transcript)
        return [RecipientReport(kind, a, a, sendmail.said_about(a, transcript) or "") for a in addresses]
    alone = len(listed) == 1
    found = []
    for passage in listed:
        said = sendmail.reason_in(passage.text) or sendmail.said_about(passage.address, transcript)
        narrative = f"{passage.text}\n{transcript}" if said or alone else passage.text
        found.append(RecipientReport(kind, passage.alias or passage.address, passage.address, said or "", narrative))
    return found + programs


def names_recipient(message: Message, notice: Notice) -> bool:
    """Tell whether the notice itself says whose mail failed, by more than a mention."""
    if message.headers.has(b"x-failed-recipients"):
        return True
    passages = read_passages(notice.text, _Sender(message.headers, notice.original))
    return bool(passages) and passages[0].sureness <= Sureness.COMMAND


def _of_named(kind: Kind, notice: Notice, passages: list[Passage], address: str, *, alone: bool) -> RecipientReport:
    folded = address.casefold()
    for passage in passages:
        if folded in (passage.address.casefold(), (passage.alias or "").casefold()):
            return RecipientReport(
                kind, passage.alias or address, passage.address, passage.text, notice.text if alone else passage.text
            )
    return RecipientReport(kind, address, address, notice.text, notice.text)


def _of_passage(kind: Kind, notice: Notice, passage: Passage, *, alone: bool) -> RecipientReport:
    narrative = notice.text if alone else passage.text
    bare = alone and _is_bare(passage)  # an address under the sentence that tells what happened to it
    diagnostic = notice.text if bare else passage.text
    return RecipientReport(kind, passage.alias or passage.address, passage.address, diagnostic, narrative)


def _shared(passages: list[Passage]) -> list[Passage]:
    """Give each address of a list what is said below the list about all of them."""
    if len(passages) < 2 or not any(map(_is_bare, passages[:-1])):
        return passages
    shared: list[Passage] = []
    said = ""
    for passage in reversed(passages):
        first, _, rest = passage.text.partition("\n")
        if _is_bare(passage):
            passage = passage._replace(text=f"{first}\n{said}") if said else passage
        else:
            said = rest if _is_bare(passage._replace(text=first)) else ""
        shared.append(passage)
    return shared[::-1]


def _in_subject(notice: Notice) -> str | None:
    """Return the one address with which a subject ends ("Undeliverable: user@example.com")."""
    found = find_addresses(notice.subject)
    original = (notice.original.decoded(b"subject") or "") if notice.original is not None else ""
    if len(found) != 1 or found[0] in original or not _SUBJECT_END.search(notice.subject):
        return None
    return found[0]


def _is_bare(passage: Passage) -> bool:
    """Tell whether a passage holds nothing but its address."""
    rest = passage.text.replace(passage.address, "", 1)
    name = _QUOTED_NAME.match(rest)
    return _WORDS.match(rest, name.end() if name else 0) is None


_ADDRESSED = (b"to", b"delivered-to", b"x-original-to", b"envelope-to")


def betrayed_recipient(headers: Headers, original: Headers | None) -> str | None:
    """Find the one recipient of a bounce that names none: VERP, "for <...>", the original's only To.

    Nothing is guessed among several (RFC 3461 and the habits of list software).
    """
    for name in _ADDRESSED if headers.contains("-to:") else _ADDRESSED[:1]:
        value = headers.text(name)
        for address in find_addresses(value)[:1] if value and "=" in value else ():
            verp = verp_recipient(address)
            if verp:
                return verp
    if original is None:
        return None
    verp = verp_recipient((original.text(b"return-path") or "").strip("<> "))
    if verp:
        return verp
    for received in original.all(b"received"):
        match = _FOR.search(received)
        if match and is_address(match.group(1)):
            return match.group(1)
    addressed = find_addresses(original.text(b"to") or "") + find_addresses(original.text(b"cc") or "")
    if len(addressed) != 1:
        return None
    # mail to oneself and hidden others, or a bounce forwarded: whoever failed, it was not the one who is told
    own = map(str.casefold, find_addresses(headers.text(b"to") or ""))
    return None if addressed[0].casefold() in own else addressed[0]


class _Sender:
    """The addresses, case folded, that belong to the sender of the bounced mail.

    Measured: taking them all out of their fields costs 20 µs a message; few notices name one at all.
    """

    __slots__ = ("_addresses", "_fields", "_headers", "_original")

    def __init__(self, headers: Headers, original: Headers | None) -> None:
        self._headers = headers
        self._original = original
        self._fields: str | None = None
        self._addresses: frozenset[str] | None = None

    def __contains__(self, address: object) -> bool:
        fields = self._fields
        if fields is None:
            fields = self._fields = self._read()
        if not isinstance(address, str) or address not in fields:
            return False
        if self._addresses is None:
            self._addresses = frozenset(map(str.casefold, find_addresses(fields)))
        return address in self._addresses

    def _read(self) -> str:
        own, returned = self._headers.text, self._original
        fields = [own(b"to"), own(b"delivered-to"), own(b"from")]
        if returned is not None:
            its = returned.text
            fields += its(b"from"), its(b"return-path"), its(b"sender"), its(b"reply-to")
        return "\n".join([field for field in fields if field]).casefold()


def _reporting(from_field: str) -> str | None:
    found = find_addresses(from_field)
    return found[-1].rpartition("@")[2] if found else None
