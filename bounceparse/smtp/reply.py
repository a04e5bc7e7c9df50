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
MAX_KNOWN = 500  # characters of a reply that is remembered

# Second digits above 5 are outside RFC 5321 but in use (571, 577, 591): accepted for refusals only.
_CODE = r"(?:[23][0-5]\d|[45]\d\d)"
_ENHANCED = r"[245]\.\d{1,3}\.\d{1,3}"

_LEADING = re.compile(rf"[\s\"'(<\[#]{{0,4}}({_CODE})(?:(-)|(?=[\s:;,.>\])\"']|$))(?!\.\d)")
# What may stand behind a code: its enhanced status; after "said:" nearly anything; elsewhere words.
_RIGHT_ENHANCED = re.compile(rf"(?:-|\s+-?\s*|\s*[:,]\s*)[#(\['\"]{{0,2}}{_ENHANCED}(?![.\d])")
_RIGHT_SAID = re.compile(r"(?=[\s\-:;,.\"')]|$)(?!\.\d|-\d|\s?%)")
_RIGHT_PLACE = re.compile(
    r"-(?=[^\d\s])|[ \t]+(?=[^\d\s])|[ \t](?!\d{1,2}[:.])\d{4,}|:[ \t]*(?=[<\w])|[ \t]*\n"
    r"|[ \t](?=\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|[0-9a-f]{1,4}:[0-9a-f:]{2,40}\s|[45]\d\d[ \t])"  # an address, a code
)
_INNER = re.compile(r"(?:\A|[^\w.])[45]\d\d[ \t]\Z")  # "451 550 5.1.1 unknown user, try later": the first answers
# Words that announce a reply; chasquid's stages of a session ("MAIL+RCPT", "DATA closing") are among them.
_ANNOUNCING = (
    "said", "says", "returned", "returned error", "responded", "responds", "response", "response was",
    "response is", "replied", "reply", "reply was", "answer", "answered", "error", "remote", "smtp", "status",
    "server", "error message", "error_message", "error code", "error_code", "response code", "responsecode",
    "return code", "status code", "smtp code", "smtp error code", "error text", "remote host", "server response",
    "with", "because", "because of", "reason", "reason of", "<<<", "mail+rcpt", "data", "data closing",
    "data writing", "creating client", "saying hello",
)  # fmt: skip
# "5.1.1 550 user unknown" (Openwave), Exchange's "(000B09B6) 550": the code stands behind a number of the server
_PRECEDED = re.compile(rf"(?:(?<![\d.]){_ENHANCED}|\([0-9A-F]{{8}}\))[ \t]$")
_RESPONSE_FROM = re.compile(r"(?:respon\w+|repl\w+) from [^:\n]{0,100}$", re.IGNORECASE)
# "suppressed: previous response was 550", "605 Not delivering to previously bounced address: 550" (Mailgun): what
# an earlier mail was told is no reply to this one
_OF_ANOTHER = re.compile(
    r"\bprevious(?:ly)? (?:response|reply|bounce|error|rejection|failure|refusal|delivery)[^.\n]{0,30}$", re.IGNORECASE
)
_QUANTITY = re.compile(  # "550 messages", "450 KB": a number of things
    r"[ \t]+(?:[kKMG]?i?[bB](?:ytes?|its?)?|kilobytes|megabytes|octets|messages|mails|e-?mails|recipients|users"
    r"|seconds|secs|minutes|mins|hours|days"
    r"|times|lines|connections|attempts|per|of|or|and|USD|EUR|dollars|people|bounces|Street|Road|Ave)\b"
    r"|[ \t]*[<>]=?[ \t]*\d"  # "550 > 400 KB"
)
# The first digit goes before what may not stand before it: a search for one of three characters takes a
# sixth of the time of a search for a place that nothing stands before; two searches for one each, a third of that.
_CANDIDATES = tuple(re.compile(rf"{digit}(?<![\w.]{digit})\d\d(?![\d.])") for digit in "45")
_ANY_ENHANCED = re.compile(r"[245](?<![.\w\-/][245])\.\d{1,3}\.\d{1,3}(?![.\d]|-\d|/)")
_URL = re.compile(r"\w+://\S+")
_MARKED_ENHANCED = re.compile(rf"[(\[]?#\s?({_ENHANCED})(?![.\d])[)\]]?")
_TYPE = re.compile(r"\s*(?:smtp|x-?[\w-]{1,30}|lmtp|esmtp|dns)\s*;\s*", re.IGNORECASE)
USUAL_TYPES = ("smtp;", "SMTP;")
_UNDERLINED = re.compile(rf"(?<!\S){_CODE}_(?=[A-Za-z245])\S+")
_ADDRESS_LINE = re.compile(r"(?:\A|\n)[ \t<]{0,8}[^\s@<>]{1,64}@[\w.\-]{1,255}\Z")
_OCTAL = re.compile(r"(?:\\[0-3][0-7]{2})+")
_IN_REPLY = re.compile(r"\s*\(in reply to [^()]{0,80}\)\s*")
_LINE_MARK = re.compile(r"\n[ \t]*<<<[ \t]*")


def read_reply(text: str) -> Reply:
    """Read one reply line or Diagnostic-Code value, known to hold a reply if anything does.

    A leading code counts at once; elsewhere only at a place where a reply can stand (see
    :func:`find_reply`). ``code`` and ``enhanced`` are None where the text gives none.
    """
    return _known_reply(text) if len(text) <= MAX_KNOWN else _read_reply(text)


def _read_reply(text: str) -> Reply:
    # Each pattern runs only where a literal that it needs stands in the text: a look costs a tenth of a search.
    text = without_type(unescape_octal(text[:MAX_REPLY]))
    if "_" in text:
        text = _spaced(text)
    leading = _LEADING.match(text)
    if leading:
        return _compose(text, leading.start(1), leading.group(1))
    found = find_reply(text)
    if found is None and "(in reply to " in text:  # the sending server's note, not the words of the other
        text = _IN_REPLY.sub(" ", text)
    return found or Reply(None, enhanced_in(text), _tidy(text))


# Measured: six replies of ten in a mailbox of 5,000 repeat another word by word, and reading one costs 10 µs.
_known_reply = lru_cache(maxsize=2048)(_read_reply)


def without_type(text: str) -> str:
    """Return a Diagnostic-Code's words without its type: "smtp; 550 ..." (RFC 3464 section 2.3.6)."""
    if text.startswith(USUAL_TYPES):  # measured: half of what the pattern costs
        return text[5:].lstrip()
    kind = _TYPE.match(text) if ";" in text else None
    return text[kind.end() :] if kind else text


def _spaced(text: str) -> str:
    """Undo the underlines that Comcast and BorderWare write for spaces: "550_5.1.1_Not_our_Customer"."""
    at = text.find("_")
    while at >= 0:
        if text[max(0, at - 3) : at].isdigit():  # measured: most underlines stand elsewhere
            return _UNDERLINED.sub(lambda match: match.group().replace("_", " "), text)
        at = text.find("_", at + 1)
    return text


def find_reply(text: str) -> Reply | None:
    """Find the reply quoted in running text, or None where there is none.

    The most trusted number counts, the first of its kind: see :func:`_trust`.
    """
    text = text[:MAX_REPLY]
    if "_" in text:
        text = _spaced(text)
    best, found = 0, -1
    # Measured: weighing the few three-digit numbers of a text costs a tenth of searching it by pattern.
    for at in sorted([candidate.start() for pattern in _CANDIDATES for candidate in pattern.finditer(text)]):
        trust = _trust(text, at)
        if trust > best:
            best, found = trust, at
            if trust == 3:
                break
    if not best:
        return None
    end = text.find("\n\n", found)  # no reply holds an empty line: what follows is the notice again
    return _compose(text if end < 0 else text[:end], found, text[found : found + 3])


def _trust(text: str, at: int) -> int:
    """Weigh the number at a place: 3 with its enhanced status behind it, 2 after words that announce a
    reply ("said:", "<<<"), 1 at the start of a line or after a colon, 0 where no reply can stand.
    """
    before = text[at - 1 : at]
    if before == ":" and text[at + 3 : at + 4] == ":":  # a port: "connect to mx.example.net:550: refused"
        return 0
    if before in ("-", "@", "=", "/") and text[at - 2 : at] not in ("--", " -"):
        return 0
    if before in (" ", "\t") and _INNER.search(text, max(0, at - 6), at):
        return 0
    if "revious" in text[max(0, at - 60) : at] and _OF_ANOTHER.search(text, max(0, at - 60), at):
        return 0
    if _RIGHT_ENHANCED.match(text, at + 3):
        return 3
    if _QUANTITY.match(text, at + 3):
        return 0
    if before == "#" and "##" in text[at : at + 1000]:  # Exchange: "mx.example.net #550 mailbox unavailable ##"
        return 2
    if _PRECEDED.search(text, max(0, at - 12), at):
        return 2
    left = text[max(0, at - 120) : at].rstrip(" \t\n\"'([<")
    if left.endswith("<<"):  # the mark of a received line was stripped to its middle
        left += "<"
    announced = left.rstrip(":=-> \t\n")
    if len(left) < min(at, 120) or announced != left:
        lower = announced.lower()
        if (
            lower.endswith(_ANNOUNCING) or ("from" in lower and _RESPONSE_FROM.search(announced))
        ) and _RIGHT_SAID.match(text, at + 3):
            return 2
    if text[at + 3 : at + 5] in ("-'", '-"') and before == " ":  # IronPort quotes: "Unknown address error 550-'...'"
        return 2
    return 1 if _stands_alone(text, at) and _RIGHT_PLACE.match(text, at + 3) else 0


def _stands_alone(text: str, at: int) -> bool:
    """Tell whether a place is the start of a line, or follows a colon, a quote or a mark."""
    left = text[max(0, at - 60) : at]
    if left.endswith('"'):
        left = left[:-1]
    line = left.rstrip(" \t>|*")
    if len(line) < len(left) and "@" in line and (at < 60 or "\n" in line) and _ADDRESS_LINE.search(line):
        return True  # a table: the address, then its code
    if not line or line.endswith("\n"):
        return bool(line) or at < 60
    return left.endswith((": ", "：", "； ", "\xa0: ", "; ", "> ", ":\t", ":", ";", "'", '"', "(", ">", "<<< ", "- "))


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
    match = _MARKED_ENHANCED.search(text) if "#" in text else None
    if match:
        return match.group(1)
    if "://" in text:
        text = _URL.sub(" ", text)  # a help page's address may hold the look of a status
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
    if "(in reply to " in rest:
        rest = _IN_REPLY.sub(" ", rest)
    if multi_line or "\n" in rest:
        rest = _LINE_MARK.sub("\n", rest)
        rest = _join_lines(rest, code) if multi_line else rest
    enhanced, rest = _take_enhanced(rest, code)
    enhanced = enhanced or _within(rest, code) or _ahead(text, start, code)
    if multi_line or f"{code}-" in rest:
        rest = _continuation(code).sub("", rest)
    return Reply(int(code), enhanced, _tidy(rest))


def _within(rest: str, code: str) -> str | None:
    """The enhanced status within a reply's words: marked, or of the code's own class."""
    match = _MARKED_ENHANCED.search(rest) if "#" in rest else None
    if match:
        return match.group(1)
    if f"{code[0]}." not in rest:
        return None  # measured: most replies without one in its place, and the pattern costs ten times the look
    match = (
        re.search(rf"(?:^|\s){code}-({code[0]}\.\d{{1,3}}\.\d{{1,3}})(?=\s|$)", rest) if f"{code}-" in rest else None
    )
    if match:
        return match.group(1)
    words = _URL.sub(" ", rest) if "://" in rest else rest
    return next((found for found in _ANY_ENHANCED.findall(words) if found[0] == code[0]), None)


def _ahead(text: str, start: int, code: str) -> str | None:
    """The enhanced status that a server's log line puts before the code ("5.1.1 550 user unknown")."""
    if start < 6:
        return None
    match = re.search(rf"(?<![\d.])({code[0]}\.\d{{1,3}}\.\d{{1,3}})[ \t]$", text[max(0, start - 12) : start])
    return match.group(1) if match else None


def _join_lines(rest: str, code: str) -> str:
    """Cut what stands after the last line of a multi-line reply; keep folded lines."""
    last = re.search(rf"\n[ \t]*{code}(?: |$)[^\n]*", rest)
    if last is None:
        return rest
    folded = re.compile(r"(?:\n[ \t]+(?!\d{3}[ \-])[^\n]*)*").match(rest, last.end())
    body = rest[: folded.end() if folded else last.end()]
    return re.sub(rf"\n[ \t]*{code}[ \-]", "\n", body)


_LEADING_ENHANCED = re.compile(rf"[\s:;,\-]*[#(\['\"]{{0,2}}({_ENHANCED})(?![.\d])[)\]:]*[\s\-]*")


def _take_enhanced(rest: str, code: str) -> tuple[str | None, str]:
    match = _LEADING_ENHANCED.match(rest)
    if not match:
        return None, rest
    enhanced = match.group(1)
    tail = rest[match.end() :]
    if f"\n{enhanced}" in tail or f" {enhanced} " in tail:
        # every line of a multi-line reply repeats the status (RFC 2034 section 4)
        tail = re.sub(rf"(?:\s{code})?\n[ \t]*{re.escape(enhanced)}(?=\s)", "\n", tail)
    return enhanced, tail


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" :;,-")
