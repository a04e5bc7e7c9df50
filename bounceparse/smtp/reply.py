"""The grammar of SMTP replies: from the words of a report to code, enhanced status and text.

RFC 5321 section 4.2::

    Reply-line  = *( Reply-code "-" [ textstring ] CRLF )
                  Reply-code [ SP textstring ] CRLF
    Reply-code  = %x32-35 %x30-35 %x30-39

RFC 2034 section 4 puts the enhanced status code (RFC 3463) first in the text. Real reports wrap
the lines, join them, quote them ("host said: ...") or move the status ("(#5.1.1)"). A number is a
reply code only where a reply can stand: an IP address, a date, a port, a queue id, a size or a line
number never is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bounceparse.record import Reply

MAX_REPLY = 4000  # characters looked at; real replies end within 1,000

# Second digits above 5 are outside RFC 5321 but in use (571, 577, 591): accepted for refusals only.
_CODE = r"(?:[23][0-5]\d|[45]\d\d)"
_ENHANCED = r"[245]\.\d{1,3}\.\d{1,3}"
_LEFT = r"(?<![\w.\-@=#/\[:])"  # what may not stand before a code: part of an id, address, date, port
_SEP = r"(?:[ \t]+|[ \t]*-[ \t]*|[ \t]*\n[ \t]+)"

_LEADING = re.compile(rf"[\s\"'(<\[#]{{0,4}}({_CODE})(?:(-)|(?=[\s:;,.>\])\"']|$))(?!\.\d)")
_WITH_ENHANCED = re.compile(
    rf"(?:{_LEFT}|(?<=[:;#\[]))(?P<code>[245]\d\d)(?P<sep>-|\s+-?\s*|\s*[:,]\s*)[#(\[]{{0,2}}(?P<enh>{_ENHANCED})(?![.\d])"
)
_SAID = re.compile(
    r"(?:\bsaid|\bsays|returned(?: error)?|respon(?:ded|se|d)(?: was| is| from[^:\n]{0,100})?|repl(?:ied|y)(?: was)?"
    r"|answer(?:ed)?|(?:error|remote|smtp|status|server)(?:[ _](?:message|code|text|response|server|host|error code))?|\bwith|(?:because|reason)(?: of)?|<<<)"
    rf"(?:[ \t]*(?:[:=]|-+>?)\s*|\s+)[\"'(\[<]?\s*(?P<code>{_CODE})(?=[\s\-:;,.\"')]|$)(?!\.\d|-\d|\s?%)",
    re.IGNORECASE,
)
_AT_PLACE = re.compile(
    rf"(?:(?<=:\n)[ \t>|*]*(?P<sure>)|(?<=\n)[ \t>|*]*|(?<=[\])>\w]:[ \t])(?P<named>)|(?<=[:;>][ \t])|(?<=[:;\"'(>])|(?<=<<< )|(?<=- ))"
    rf"\"?(?P<code>{_CODE})(?:-(?=[^\d\s])|(?=[ \t]+[^\d\s])|(?=[ \t](?!\d{{1,2}}[:.])\d{{4,}})|(?=:[ \t]*<)|(?=[ \t]*\n))"
)
_QUANTITY = re.compile(  # "550 messages", "450 KB": a number of things
    r"[ \t]+(?:[kKMG]?i?[bB](?:ytes?|its?)?|kilobytes|megabytes|octets|messages|mails|e-?mails|recipients|users|seconds|secs|minutes|mins|hours|days"
    r"|times|lines|connections|attempts|per|of|or|and|USD|EUR|dollars|people|bounces|Street|Road|Ave)\b"
)
_CANDIDATE = re.compile(r"(?<![\w.])[45]\d\d(?![\d.])")
_REACH = 60  # characters around a candidate that its patterns look at
_ANY_ENHANCED = re.compile(rf"(?<![\d.\w\-/]){_ENHANCED}(?![.\d]|-\d|/)")
_MARKED_ENHANCED = re.compile(rf"[(\[]?#\s?({_ENHANCED})(?![.\d])[)\]]?")
_TYPE = re.compile(r"\s*(?:smtp|x-?[\w-]{1,30}|lmtp|esmtp|dns)\s*;\s*", re.IGNORECASE)
_OCTAL = re.compile(r"(?:\\[0-3][0-7]{2})+")
_IN_REPLY = re.compile(r"\s*\(in reply to [^()]{0,80}\)\s*")
_SPACES = re.compile(r"\s+")
_LINE_MARK = re.compile(r"\n[ \t]*<<<[ \t]*")


def read_reply(text: str) -> Reply:
    """Read one reply line or Diagnostic-Code value, known to hold a reply if anything does.

    A leading code counts at once; elsewhere only at a place where a reply can stand (see
    :func:`find_reply`). ``code`` and ``enhanced`` are None where the text gives none.
    """
    text = unescape_octal(text[:MAX_REPLY])
    kind = _TYPE.match(text)
    if kind:
        text = text[kind.end() :]
    leading = _LEADING.match(text)
    if leading:
        return _compose(text, leading.start(1), leading.group(1))
    return find_reply(text) or Reply(None, enhanced_in(text), _tidy(text))


def find_reply(text: str) -> Reply | None:
    """Find the reply quoted in running text, or None where there is none.

    Tried in order of trust: a code with its enhanced status, a code after words that announce a
    reply ("said:", "<<<"), a code at the start of a line or after a colon.
    """
    text = text[:MAX_REPLY]
    # Measured: looking at the few three-digit numbers of a text costs a tenth of searching it by pattern.
    candidates = [match.start() for match in _CANDIDATE.finditer(text)]
    for pattern in (_WITH_ENHANCED, _SAID, _AT_PLACE):
        for at in candidates:
            match = pattern.search(text, max(0, at - _REACH), at + _REACH)
            while match and match.start("code") < at:
                match = pattern.search(text, match.end("code"), at + _REACH)
            if match is None or match.start("code") != at:
                continue
            if pattern is _WITH_ENHANCED or not _QUANTITY.match(text, match.end("code")):
                return _compose(text, at, match.group("code"))
    return None


def unescape_octal(text: str) -> str:
    r"""Undo the octal escapes (``\303\274``) with which Exim writes bytes beyond ASCII."""
    if "\\" not in text:
        return text

    def decode(match: re.Match[str]) -> str:
        raw = bytes(int(octal, 8) for octal in match.group().split("\\")[1:])
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")

    return _OCTAL.sub(decode, text)


def enhanced_in(text: str) -> str | None:
    """Return the enhanced status code that stands in the text: a marked ``(#5.1.1)`` first."""
    match = _MARKED_ENHANCED.search(text)
    if match:
        return match.group(1)
    match = _ANY_ENHANCED.search(text)
    return match.group() if match else None


@lru_cache(maxsize=1024)
def _continuation(code: str) -> re.Pattern[str]:
    """The marks that a joined multi-line reply leaves inside its text ("550-5.1.1 ")."""
    return re.compile(rf"(?:(?<=\s)|^){code}(?:-|[ \t]+(?={_ENHANCED}))(?:{_ENHANCED}(?=\s|$))?[ \t]*")


def _compose(text: str, start: int, code: str) -> Reply:
    rest = text[start + 3 :]
    multi_line = rest[:1] == "-"
    rest = rest[1:] if multi_line else rest
    rest = _IN_REPLY.sub(" ", rest)
    if multi_line or "\n" in rest:
        rest = _LINE_MARK.sub("\n", rest)
        rest = _join_lines(rest, code) if multi_line else rest
    enhanced, rest = _take_enhanced(rest)
    if multi_line or f"{code}-" in rest:
        rest = _continuation(code).sub("", rest)
    return Reply(int(code), enhanced or enhanced_in(rest), _tidy(rest))


def _join_lines(rest: str, code: str) -> str:
    """Cut what stands after the last line of a multi-line reply; keep folded lines."""
    last = re.search(rf"\n[ \t]*{code}(?: |$)[^\n]*", rest)
    if last is None:
        return rest
    folded = re.compile(r"(?:\n[ \t]+(?!\d{3}[ \-])[^\n]*)*").match(rest, last.end())
    body = rest[: folded.end() if folded else last.end()]
    return re.sub(rf"\n[ \t]*{code}[ \-]", "\n", body)


_LEADING_ENHANCED = re.compile(rf"[\s:;,\-]*[#(\[]{{0,2}}({_ENHANCED})(?![.\d])[)\]:]*[\s\-]*")


def _take_enhanced(rest: str) -> tuple[str | None, str]:
    match = _LEADING_ENHANCED.match(rest)
    if not match:
        return None, rest
    enhanced = match.group(1)
    tail = rest[match.end() :]
    if f"\n{enhanced}" in tail or f" {enhanced} " in tail:
        # every line of a multi-line reply repeats the status (RFC 2034 section 4)
        tail = re.sub(rf"\n[ \t]*{re.escape(enhanced)}(?=\s)", "\n", tail)
    return enhanced, tail


def _tidy(text: str) -> str:
    return _SPACES.sub(" ", text).strip(" \t\r\n:;,-")
