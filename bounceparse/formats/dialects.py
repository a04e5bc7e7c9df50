"""Which program wrote a notice: the words by which each betrays itself.

The name goes into the record's ``format``. The reading is shared (:mod:`bounceparse.formats.prose`);
a program gets a module of its own only where its notices cannot be read like everybody else's.
Order matters where one program copies another's words: the copy stands first.
"""

from __future__ import annotations

from dataclasses import dataclass

from bounceparse.formats.literals import LITERALS


@dataclass(frozen=True, slots=True)
class Dialect:
    """A program's name and the lower-case words of which one stands in each of its notices."""

    name: str
    words: tuple[str, ...]


DIALECTS: tuple[Dialect, ...] = (
    Dialect("mailru", ("сервером mail.ru",)),
    Dialect("gmx", ("smtp error from remote server after", "smtp error from remote server for")),
    Dialect(
        "gmail",
        ("technical details of permanent failure", "technical details of temporary failure", "google tried to deliver"),
    ),
    Dialect("googlegroups", ("google groups", "groups.google.com")),
    Dialect("dma", ("dragonfly mail agent",)),
    Dialect("opensmtpd", ("this is the mailer-daemon, please do not reply to this email",)),
    Dialect("courier", ("running the courier mail server", "courier mail server")),
    Dialect("messagelabs", ("mail delivery agent at messagelabs",)),
    Dialect("yahoo", ("unable to deliver message to the following address(es)",)),
    Dialect("qmail", ("this is the qmail-send program", "--- below this line is a copy of")),
    Dialect("mdaemon", ("mdaemon", "--- session transcript ---")),
    Dialect(
        "exim",
        (
            "this message was created automatically by mail delivery software",
            "smtp error from remote mail",
            "after more than 24 hours on the queue",
        ),
    ),
    Dialect(
        "sendmail",
        (
            "----- the following addresses had",
            "----- transcript of session follows",
            "the original message was received at",
        ),
    ),
    Dialect("postfix", ("this is the mail system at host", "this is the postfix program", "postfix program")),
    Dialect("mailenable", ("mailenable:",)),
    Dialect("hmailserver", ("hmailserver",)),
    Dialect("interscan", ("interscan",)),
    Dialect(
        "exchange",
        (
            "did not reach the following recipient(s)",
            "msexch:",
            "mts-id",
            "diagnostic information for administrators",
            "generating server:",
        ),
    ),
    Dialect("domino", ("domino directory", "was not delivered to:")),
    Dialect("groupwise", ("groupwise",)),
    Dialect("imail", ("invalid final delivery userid", "user mailbox exceeds allowed size", "undeliverable to ")),
    Dialect("messagingserver", ("relates to a message you sent with the following header fields",)),
    Dialect("lsmtp", ("error-for:",)),
    Dialect("mfilter", ("m-filter",)),
    Dialect("haraka", ("haraka",)),
    Dialect("zonemta", ("zone-mta", "zonemta")),
    Dialect("kerio", ("kerio",)),
    Dialect("amazonses", ("amazon ses", "amazonses")),
    Dialect("fetchmail", ("fetchmail",)),
    Dialect("nullmailer", ("nullmailer",)),
    Dialect("chasquid", ("chasquid",)),
    Dialect("james", ("apache james", "james mail")),
    # words that qmail's forks keep, but that others' remote servers may say too
    Dialect("qmail", ("giving up on ", "does not like recipient", "remote host said:")),
)


_NAMES = {words: dialect.name for dialect in reversed(DIALECTS) for words in reversed(dialect.words)}
_WORDS = tuple(words for dialect in DIALECTS for words in dialect.words)
_PLACES = {number: place for place, number in reversed(list(enumerate(LITERALS.add(_WORDS))))}


def dialect_of(notice: str) -> str:
    """Return the name of the program that wrote the notice, ``generic`` where none betrays itself."""
    lower, present = LITERALS.look(notice[:6000])
    if present is None:
        found = next(filter(lower.__contains__, _WORDS), None)
        return "generic" if found is None else _NAMES[found]
    places = [_PLACES[number] for number in present if number in _PLACES]
    return _NAMES[_WORDS[min(places)]] if places else "generic"
