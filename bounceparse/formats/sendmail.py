"""Sendmail, modern, without MIME and version 5: the session transcript and who said what in it.

The report keeps only the first line of a reply, or none; the transcript has all of it::

    ... while talking to mx.example.net.:
    >>> DATA
    <<< 550-5.1.1 No such user
    <<< 550 5.1.1 here
    550 5.1.1 <user@example.net>... User unknown
    <<< 554 5.5.1 Error: no valid recipients

Replies to pipelined commands stand under the command sent last. Lines without a mark are
Sendmail's own.
"""

from __future__ import annotations

import re

from bounceparse.formats.sieve import late

# Led by the line end it follows: measured, a quarter of what a search for "^" costs.
_TRANSCRIPT = late(r"\n[ \t]*-{3,} ?Transcript of (?:the )?session follows ?-*", re.IGNORECASE)
_REASON = late(r"\(reason: (.{3,}?)\)[ \t]*$", re.MULTILINE | re.DOTALL)
_TALKING = late(r"^\W*while talking to ", re.IGNORECASE)
_LOCAL = late(r"^[ \t]*[45]\d\d[ \-].{0,400}$")
_OWN_REPLY = late(r"\.\.\. ?(?:Deferred: )?([45]\d\d .*)$")


# Sendmail gives its own words a reply code where no server replied (deliver.c, usersmtp.c, domain.c)
_OWN_WORDS = late(
    r"reply: read error from |Connection (?:reset|refused|timed out|closed)\b[^:]{0,20} (?:by|with|from) \S+\.$"
    r"|Host does not accept mail: MX 0|unknown mailer error \d|Deferred: (?:Connection|Name server|Operation|No route) "
)


def is_own(words: str) -> bool:
    """Tell whether the words of a reply are Sendmail's about a server that gave none."""
    return _OWN_WORDS.match(words) is not None


def transcript_of(notice: str) -> str | None:
    """Return the session transcript of a notice, or None."""
    if "ranscript" not in notice and "RANSCRIPT" not in notice:  # measured: the pattern costs ten times as much
        return None
    match = _TRANSCRIPT.search(f"\n{notice}")
    return notice[match.end() - 1 :] if match else None


def reason_in(passage: str) -> str | None:
    """Return the reply that Sendmail repeats beside an address: "(reason: 550 ...)"."""
    match = _REASON.search(passage[:4000])
    return match.group(1) if match else None


def said_about(address: str, transcript: str) -> str | None:
    """Return what the transcript says of one address: the remote reply, else Sendmail's own line."""
    folded = address.casefold()
    received: list[str] = []  # the command sent last, and what refused it
    sent = ""
    asked = False
    for line in transcript.split("\n"):
        bare = line.strip()
        if _TALKING.match(line):
            received, asked, sent = [], False, ""
        elif bare.startswith(">>>"):
            sent = bare
            asked = folded in bare.casefold()
            received = [] if asked else received
        elif bare.startswith("<<<"):
            if bare[3:].strip()[:1] in ("4", "5"):
                received += [bare] if received or not sent else [sent, bare]
                if asked and bare[3:].strip()[3:4] != "-":
                    return "\n".join(received)
        elif _LOCAL.match(line) or bare.casefold().startswith(f"<{folded}>..."):
            if f"<{folded}>" in bare.casefold() or bare.casefold()[4:].startswith((folded, f"5.1.1 {folded}")):
                if received:
                    return "\n".join(received)
                own = _OWN_REPLY.search(bare)
                return own.group(1) if own else bare
            if "<" in bare and "@" in bare:
                received = []
    return None


_PROGRAM = late(
    r"^\"?(?:\||/|:include:)[^\n]{1,300}\n(?:[ \t]+\(reason: (?P<reason>[^\n]*)\)\n)?"
    r"[ \t]+\(expanded from: <?(?P<alias>[^\s<>]+@[^\s<>)]+)>?\)",
    re.MULTILINE,
)


def programs_of(notice: str) -> list[tuple[str, str]]:
    """Return (alias, reason) of each alias whose program, file or list failed: they stand like addresses."""
    return [(match.group("alias"), match.group("reason") or "") for match in _PROGRAM.finditer(notice)]


def addresses_of(transcript: str) -> list[str]:
    """Return the addresses that Sendmail's own lines refuse ("550 <user@example.net>... User unknown")."""
    found = re.findall(r"^[ \t]*[45]\d\d (?:[45]\.\d\.\d+ )?<([^<>\s]+@[^<>\s]+)>\.\.\.", transcript, re.MULTILINE)
    return list(dict.fromkeys(found))
