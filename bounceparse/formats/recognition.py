"""Is it a bounce at all? The signs are weighed, none of them decides alone.

A bounce comes from a mail system, with the empty return path, announces itself in its subject, says in
its words what happened, and returns the original or quotes the refusal. Mail that only speaks of bounces
(a list post, an answer, a newsletter, a postmaster who writes himself, a fraud that poses as one) has the
words, seldom the rest. Where the envelope is known and names a sender, more is asked for.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from bounceparse.formats import contents, impostors, languages, persons, signs
from bounceparse.formats.addresses import find_addresses
from bounceparse.formats.autoreply import has_automatic_subject, is_auto_reply
from bounceparse.formats.fields import Fields, fields_of
from bounceparse.formats.notice import Notice
from bounceparse.formats.prose import Sureness, read_passages
from bounceparse.formats.sieve import Guarded, late
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message

_ROBOT = late(
    r"(?:\A|[\s<\"'])(?:mailer[-_.]?daemon|mail[-_.]daemon|mdaemon|mail[-_.]delivery[-_.]system)@", re.IGNORECASE
)
_ANNOUNCES = Guarded(r"\b(?:will|may|might) (?:soon )?be\b|maintenance|\bpolicy:|wartung|richtlinie", re.IGNORECASE)
_OF_MACHINE = Guarded(
    r"\byour (?:e-?)?(?:mail|message)|this (?:is the|report|message)|original message|program|server", re.IGNORECASE
)
_QUOTED = late(r"[\"“„«「『][^\"”“»」』]{1,200}[\"”“»」』]")
_PATH_OF_SYSTEM = ("mailer-daemon", "double-bounce")
# Reports by machines that are about mail, but about no single one: DMARC (RFC 7489 section 7.2.1.1),
# TLS (RFC 8460 section 5.3), digests of logs, cron jobs and quarantines.
_OTHER_REPORT = Guarded(
    r"report[ -]domain:|^\W*cron[ <]|^logwatch|log ?summar|^(?:spam |mail )?quarantine|quarantine (?:digest|summary"
    r"|report|notification)|quarantän|quarantaine|cuarentena|quarantena|quarentena|карантин|隔離|隔离"
    r"|spam (?:digest|report)"
    r"|^\W*(?:(?:warning|notice|alert|action required)\W+)?your (?:mailbox|inbox|mail ?account"
    r"|(?:e-?mail |mailbox )?quota)\b"
    r"|^\W*ihr (?:postfach|speicherplatz)|^\W*(?:votre boîte|su buzón|tu buzón|sua caixa|la (?:tua|sua) casella)"
    r"|^your message to \S+ awaits|held for (?:moderation|approval)|subscription (?:confirmation|request)",
    re.IGNORECASE,
)


_RECEIPTS_OF_DELIVERY = frozenset(
    {"avvenuta-consegna", "errore-consegna", "preavviso-errore-consegna", "non-accettazione"}
)


class _Envelope(NamedTuple):
    """What sender and envelope betray."""

    daemon: bool  # the From field is a mail system's, by its address or its display name
    strong: bool  # by its address
    null_path: bool
    sent: bool  # a return path is known, and names a sender
    listed: bool
    answer: bool


@lru_cache(maxsize=8192)
def _speaks_of_others(subject: str) -> tuple[bool, bool]:
    """Tell whether a subject is that of a report about no single mail, and whether it announces what will be."""
    return _OTHER_REPORT.is_in(subject), _ANNOUNCES.is_in(subject)


def looks_like_notice(message: Message, notice: Notice) -> bool:
    """Weigh the signs of a bounce: who sent it, its subject, its words, what it returns."""
    headers = message.headers
    fields = fields_of(headers)
    if "x-failed-recipients" in fields.names or message.report_type == "delivery-status":
        return True
    written, returned = notice.subject, notice.original is not None
    if returned and written.startswith("Uncaught bounce notification"):
        return True  # Mailman hands on to the owner what it could not read
    if "x-ricevuta" in fields.names:  # Italy's certified mail: the ministry's technical rules of 2005, section 6.3
        return (headers.text(b"x-ricevuta") or "").lower() in _RECEIPTS_OF_DELIVERY
    envelope = _envelope(fields, notice)
    subject = signs.is_bounce_subject(written)
    if not (envelope.daemon or envelope.null_path or subject):
        return False
    if not envelope.daemon and has_automatic_subject(written):
        return False  # a person's automatic reply: measured first, for most mail with an empty path is one
    other, announces = _speaks_of_others(written)
    if other and not returned:
        return False
    if not returned and announces:
        if not contents.names_one(notice.text[: contents.MAX_LOOK]):
            return False  # a postmaster announces what will be
        subject = False
    if not returned and impostors.is_fraud(message, notice):
        return False
    if subject and _is_plain_daemon(notice, envelope):
        return True  # measured: nine notices of ten are known by now, and their words cost a tenth of the reading
    if not (envelope.strong and envelope.null_path) or persons.is_reply(written):
        if _speaks_for_people(headers, notice, envelope):
            return False
        own = persons.without_quotation(notice.text)
        if own is not notice.text:
            notice = notice.with_text(own)
        if envelope.daemon and not envelope.null_path and _begins_as_letter(notice):
            return False  # a postmaster who writes himself
    if _is_persons(notice, envelope, returned=returned):
        return False
    return _weigh(message, notice, envelope, subject=subject)


def _weigh(message: Message, notice: Notice, envelope: _Envelope, *, subject: bool) -> bool:
    """Weigh what is left when the plain cases are known: words, and who says them."""
    headers, returned, written = message.headers, notice.original is not None, notice.subject
    declared = fields_of(headers).declared
    answer = envelope.answer or persons.is_answer(written)
    answer = answer or (declared == "auto-replied" and not envelope.daemon)
    if envelope.null_path and not answer and contents.bears_fields(message, notice):
        return True
    if not returned and impostors.speaks_of_addressee_alone(headers, notice):
        return False
    words = contents.has_words(notice)
    if persons.is_reply(written):
        if not envelope.null_path and not _is_about_one_address(notice):
            return False
        subject = subject and not envelope.daemon  # what it names is what it answers
    if words and not (subject or returned) and contents.speaks_of_chance_alone(notice):
        return False
    if _is_robots(notice, words=words):
        return True
    if (envelope.listed or envelope.answer) and not (envelope.strong and envelope.null_path):
        # owners of lists get their bounces with the list's fields added on the way
        if not returned and persons.greets(notice.text) and not contents.is_about_delivery(notice):
            return False  # a postmaster who writes to his list
        return envelope.strong and words and (subject or returned) and not persons.is_answer(written)
    if envelope.daemon:
        if not envelope.null_path and not returned and _is_postmasters(headers, notice):
            return False
        if _from_daemon(notice, envelope, subject=subject, words=words):
            return True
        return subject and words and declared.startswith("auto-") and contents.is_about_delivery(notice)
    if envelope.null_path:
        return _from_nobody(message, notice, subject=subject, words=words)
    return subject and words and _from_somebody(notice, envelope, declared)


def _from_nobody(message: Message, notice: Notice, *, subject: bool, words: bool) -> bool:
    """Weigh what comes with an empty path, and no mail system's name."""
    if persons.is_answer(notice.subject) or not (
        words or (subject and contents.names_one(notice.text[: contents.MAX_LOOK]))
    ):
        return False
    if subject:
        return contents.is_concrete(notice) and not _names_own_alone(notice)
    if notice.original is None:
        return False
    # a person's automatic reply may return the mail too, and say that nobody will read it
    answers = "in-reply-to" in fields_of(message.headers).names or is_auto_reply(message, notice.subject)
    return not answers or contents.has_reply_code(notice.text[: contents.MAX_LOOK])


def _from_somebody(notice: Notice, envelope: _Envelope, declared: str) -> bool:
    """Weigh a bounce's subject and words under a sender's own name."""
    automatic = declared.startswith("auto-")
    if "?" in notice.subject or not signs.is_bounce_subject(_QUOTED.sub(" ", notice.subject)):
        return False  # a question, or a title that is quoted
    if not automatic and _is_somebodys(notice):
        return False
    if persons.is_answer(notice.subject):
        return persons.is_reply(notice.subject) and _is_about_one_address(notice)
    return (
        (notice.original is not None and (automatic or contents.begins_as_notice(notice.text)))
        or (automatic and not (envelope.sent and "://" in notice.text) and contents.is_about_delivery(notice))
        or _is_about_one_address(notice)
        or (declared.startswith("auto-replied") and _names_at_once(notice))
        or (not envelope.sent and _is_terse_refusal(notice))
    )


def _names_at_once(notice: Notice) -> bool:
    """Tell an answer that begins with what happened, and says to whom."""
    return contents.begins_as_notice(notice.text) and contents.names_one(notice.text[: contents.MAX_LOOK])


def _names_own_alone(notice: Notice) -> bool:
    """Tell a text that names but the address it comes from, for the reader to ask."""
    if notice.original is not None:
        return False
    named = find_addresses(notice.text[: contents.MAX_LOOK])
    own = notice.from_field.casefold()
    return (
        bool(named)
        and not contents.has_refusal(notice.text[: contents.MAX_LOOK])
        and all(a.casefold() in own for a in named)
    )


def _speaks_for_people(headers: Headers, notice: Notice, envelope: _Envelope) -> bool:
    """Tell a ticket, a carrier's news, or a person's mail by the program that wrote it."""
    if notice.original is None:
        if persons.is_ticket(notice.subject):
            return True
        if not envelope.daemon and impostors.is_carriers(notice):
            return True
    return not envelope.null_path and not _is_robot(notice.from_field) and persons.by_client(headers)


def _is_somebodys(notice: Notice) -> bool:
    """Tell a mail by its sender's name, by what he says of himself, or by a list's tag before its subject."""
    tag, closed, _ = notice.subject.lstrip().partition("]")
    if closed and tag.startswith("[") and not signs.is_bounce_subject(tag):
        return True
    return persons.bears_name(notice.from_field) or persons.speaks_for_himself(notice.text)


def is_attached_by_person(message: Message, notice: Notice) -> bool:
    """Tell a report's fields that a person attached to a mail of his own, to ask about them."""
    headers = message.headers
    if message.report_type == "delivery-status":
        return False
    fields = fields_of(headers)
    if fields.has_null_path or signs.is_daemon(notice.from_field):
        return False
    return persons.by_client(headers) or "list-post" in fields.names or persons.is_letter(notice.text)


def _is_plain_daemon(notice: Notice, envelope: _Envelope) -> bool:
    """Tell a mail system whose subject is enough: with an empty path, or with no path and its own address."""
    if not envelope.daemon or notice.from_field.strip() in ("<>", ""):
        return False
    if (envelope.listed or envelope.answer) and not (envelope.strong and envelope.null_path):
        return False
    if envelope.null_path:
        return _may_be_plain(notice) and not persons.is_reply(notice.subject)
    # a postmaster may be a person, where no envelope says otherwise
    if not envelope.strong or envelope.sent:
        return False
    if notice.original is not None and not persons.is_answer(notice.subject) and "\n>" not in notice.text:
        return True
    return _is_robot(notice.from_field)


def _may_be_plain(notice: Notice) -> bool:
    """Tell a notice that names somebody, or leaves it all to its subject, from a machine's other complaints."""
    return (
        "@" in notice.text
        or notice.original is not None
        or notice.is_tagged
        or _is_robot(notice.from_field)
        or not notice.text.strip()
    )


def _envelope(fields: Fields, notice: Notice) -> _Envelope:
    from_field, path, names = notice.from_field, fields.path, fields.names
    daemon = bool(from_field) and signs.is_daemon(from_field)
    null_path = fields.has_null_path or (path is not None and any(mark in path.lower() for mark in _PATH_OF_SYSTEM))
    return _Envelope(
        daemon=daemon,
        strong=daemon and _is_daemon_address(from_field),
        null_path=null_path,
        sent=path is not None and not null_path,
        listed=fields.is_of_list or "list-unsubscribe" in names,
        answer="in-reply-to" in names and not null_path,
    )


@lru_cache(maxsize=8192)
def _is_robot(from_field: str) -> bool:
    """Tell whether a From field is a mailer daemon's, under the name that no person bears."""
    return _ROBOT.search(from_field) is not None


@lru_cache(maxsize=8192)
def _is_daemon_address(from_field: str) -> bool:
    """Tell a mail system's address from a display name that anybody can write beside his own."""
    found = find_addresses(from_field)
    return not found or signs.is_daemon(f"<{found[-1].rpartition('@')[0]}@")


def _from_daemon(notice: Notice, envelope: _Envelope, *, subject: bool, words: bool) -> bool:
    if notice.from_field.strip() in ("<>", ""):
        return subject and words and contents.is_concrete(notice)
    returned = notice.original is not None
    if envelope.null_path:
        return (
            (subject and (words or _may_be_plain(notice)))
            or (words and contents.is_concrete(notice))
            or contents.quotes_refusal(notice)
            or signs.is_success(languages.plain(notice.text[:3000]))
        )
    if not envelope.sent:
        return (subject or words) if envelope.strong else subject and words and (returned or "@" in notice.text)
    if not envelope.strong:
        return returned and subject and words
    return (subject and (words or contents.quotes_refusal(notice)) and contents.is_concrete(notice)) or (
        returned and (subject or words)
    )


def _is_postmasters(headers: Headers, notice: Notice) -> bool:
    """Tell a postmaster who writes himself, to one or to all, from his machine."""
    if persons.greets(notice.text) and not contents.names_one(notice.text[: contents.MAX_LOOK]):
        return _names_own_alone(notice) or not fields_of(headers).declared.startswith("auto-")
    if persons.speaks_for_himself(notice.text):
        return "?" in notice.text or _by_person(headers, notice)
    return persons.is_letter(notice.text) and _by_person(headers, notice)


def _by_person(headers: Headers, notice: Notice) -> bool:
    """Tell whether a mail's own author is its envelope's sender, as with people's mail."""
    path = find_addresses(headers.text(b"return-path") or "")
    return bool(path) and path[0].casefold() in (address.casefold() for address in find_addresses(notice.from_field))


def _is_robots(notice: Notice, *, words: bool) -> bool:
    """Tell a mailer daemon's notice, whatever lists and relays have done to it: no person writes under that name."""
    if not _is_robot(notice.from_field) or persons.is_answer(notice.subject):
        return False
    return (words or contents.quotes_refusal(notice)) and contents.is_about_refusal(notice)


def _is_persons(notice: Notice, envelope: _Envelope, *, returned: bool) -> bool:
    """Tell a person's mail by its automatic reply's subject, or as a letter that quotes no refusal."""
    if envelope.daemon:  # a postmaster goes on holiday too
        return (
            not _is_robot(notice.from_field)
            and has_automatic_subject(notice.subject)
            and not contents.quotes_refusal(notice)
        )
    return has_automatic_subject(notice.subject) or (
        persons.is_letter(notice.text) and not returned and not contents.quotes_refusal(notice)
    )


def _begins_as_letter(notice: Notice) -> bool:
    """Tell whether the first paragraph is whole sentences about something else, not by a robot's hand."""
    if _is_robot(notice.from_field) or (notice.original is not None and not notice.returned.strip()):
        return False  # nor by one who hands on a report as an attachment
    first, _, rest = notice.text[: contents.MAX_LOOK].strip().partition("\n\n")
    if len(first) < 60 and persons.greets(first):
        first = rest.lstrip().partition("\n\n")[0]
    if (
        len(first) < 8
        or not first.endswith((".", "?", "!", "。", "？", "！"))
        or contents.has_reply_code(first)
        or "@" in first
    ):
        return False
    return not _OF_MACHINE.is_in(first) and not contents.begins_as_notice(first)


def _is_terse_refusal(notice: Notice) -> bool:
    """Tell a few lines by a machine that name who failed and the code, and link nowhere."""
    text = notice.text
    if len(text) > 600 or "?" in text or "://" in text or not contents.has_code(text):
        return False
    passages = read_passages(text)
    return len(passages) == 1 and passages[0].sureness <= Sureness.NAMED


def _is_about_one_address(notice: Notice) -> bool:
    """Tell a bare notice, all of it about an address on a line of its own, from mail that talks.

    It says what happened before it names the address, and asks nothing.
    """
    if len(notice.text) > 1500 or "?" in notice.text or persons.greets(notice.text):
        return False
    passages = read_passages(notice.text)
    if not passages or passages[0].sureness is not Sureness.OWN_LINE:
        return False
    before = languages.plain(notice.text.partition(passages[0].address)[0])
    if not contents.begins_as_notice(notice.text):
        return False
    several = any(passage.address.casefold() != passages[0].address.casefold() for passage in passages)
    return not several and contents.speaks_of_delivery(before)
