"""One bare SMTP reply: the street grammar -> reasons -> policy -> plain words, without any mail around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from bounceparse.policy.event import USUAL_DECISION, decide
from bounceparse.reasons.context import Context
from bounceparse.reasons.engine import RuleSet, default_rules
from bounceparse.reasons.phrases import Phrase, compile_phrase
from bounceparse.reasons.text import tokens
from bounceparse.record import Classification, Decision, Kind, Reason, Reply, Severity, Verdict
from bounceparse.smtp.reply import read_reply

MAX_LINE = 4000
"""Characters of a line that are looked at."""

# Postfix and others note which command a reply answered: "(in reply to end of DATA command)".
_IN_REPLY = re.compile(r"\bin reply to (?:the )?([a-z ]{4,20}?) command", re.IGNORECASE)
_COMMANDS = {
    "initial server greeting": "CONNECT",
    "helo": "EHLO",
    "ehlo": "EHLO",
    "starttls": "STARTTLS",
    "auth": "AUTH",
    "mail from": "MAIL",
    "mail": "MAIL",
    "rcpt to": "RCPT",
    "rcpt": "RCPT",
    "data": "DATA",
    "end of data": "EOM",
}

_SEVERITIES = {"4": Severity.TEMPORARY, "5": Severity.PERMANENT}
_TEMPORARY_WORDS = (
    "try|retry|come|send|resend ... again|later",
    "temporar*",
    "transient*",
    "deferred|greylist*|graylist*|delayed",
    "(timed out|time out|timeout|connection refused|connection lost|lost connection|did not complete)",
    "(still|will) ... (retry|be retried|keep trying|try again)",
)


def classify(text: str, rules: RuleSet | None = None) -> Classification:
    """Say what one SMTP reply means; ``rules`` replace the shipped ones. Never raises on any text."""
    line = text[:MAX_LINE]
    if not line.strip():
        return _answer(Reply(None, None, ""), Verdict(None, "", ""), None)
    reply = read_reply(line)
    known = severity_of(reply)
    context = Context(
        reply,
        command=command_of(line),
        permanent=None if known is None else known is Severity.PERMANENT,
    )
    verdict = (rules or default_rules()).judge(context)
    severity = known or severity_by_words(reply, verdict)
    return _answer(reply, verdict, severity)


def severity_of(reply: Reply) -> Severity | None:
    """Return the severity that the codes state: the reply code's first digit, else the enhanced status's."""
    digit = str(reply.code)[0] if reply.code is not None else (reply.enhanced or "")[:1]
    return _SEVERITIES.get(digit)


def severity_by_words(reply: Reply, verdict: Verdict) -> Severity | None:
    """Return the severity of words that no server gave a code with: as they say, else as the reason implies."""
    if verdict.reason is None:
        return None
    words = tokens(reply.text)
    if any(phrase.find(words) for phrase in _temporary_phrases()):
        return Severity.TEMPORARY
    return Severity.TEMPORARY if USUAL_DECISION[verdict.reason] is Decision.RETRY else Severity.PERMANENT


def command_of(line: str) -> str | None:
    """Return the SMTP command that the sending server notes beside the reply, if it does."""
    match = _IN_REPLY.search(line) if "reply to" in line.lower() else None
    return _COMMANDS.get(" ".join(match[1].lower().split())) if match else None


def _answer(reply: Reply, verdict: Verdict, severity: Severity | None) -> Classification:
    retry_after, blocklist = _hints()
    decision = decide(Kind.FAILED, verdict, severity)
    return Classification(
        reply_code=reply.code,
        enhanced_status=reply.enhanced,
        reply_text=reply.text or None,
        severity=severity,
        reason=verdict.reason,
        decision=decision,
        rule=verdict.rule or None,
        evidence=verdict.evidence or None,
        retry_after=retry_after(reply.text),
        blocklist=blocklist(reply.text),
        explanation=_explanation(verdict.reason, decision),
    )


@cache
def _hints() -> tuple[Callable[[str], int | None], Callable[[str], str | None]]:
    """Return the readers of hints, whose tables only this command needs."""
    from bounceparse.reasons.hints import blocklist, retry_after

    return retry_after, blocklist


@cache
def _explanation(reason: Reason | None, decision: Decision) -> str:
    from bounceparse.reasons.explanations import paragraph

    return paragraph(reason, decision)


@cache
def _temporary_phrases() -> tuple[Phrase, ...]:
    return tuple(compile_phrase(text, {}) for text in _TEMPORARY_WORDS)


__all__ = ["MAX_LINE", "classify", "command_of", "severity_by_words", "severity_of"]
