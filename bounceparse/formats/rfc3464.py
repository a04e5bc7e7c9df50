"""Delivery status notifications: RFC 3464, and RFC 6533 for internationalised addresses.

Read wherever they stand: in ``multipart/report`` as they should, in ``multipart/mixed``, or as
lines of a text. Groups may come without the empty line between them, fields without their folding.
"""

from __future__ import annotations

import re
import textwrap
from functools import lru_cache

from bounceparse.formats import sendmail
from bounceparse.formats.addresses import is_address, typed_address, xtext
from bounceparse.formats.prose import alias_in, expansions, mentions_alias, passages_about
from bounceparse.formats.report import RecipientReport
from bounceparse.mime.message import Message, Part
from bounceparse.record import Kind

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status", "text/delivery-status"})
MAX_GROUPS = 500_000  # of a message of 50 MB; more is no report

_NAME = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,40})[ \t]*")
# Measured: a dozen spellings make up all reports, and a look-up costs a fifth of the pattern.
_NAMES: dict[str, str] = {}
MAX_NAMES = 1000
_PLAIN_STATUS = re.compile(
    r"^[ \t]*(?:Final-Recipient|Original-Recipient)[ \t]*:[ \t]*\S", re.IGNORECASE | re.MULTILINE
)
_PLAIN_ACTION = re.compile(r"^[ \t]*(?:Action|Status|Diagnostic-Code)[ \t]*:[ \t]*\S", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_CODE = re.compile(r"(?<!\d)[45]\d\d(?!\d)")
_UPSTREAM = re.compile(r"response from upstream server: (.*?)\s*\)?\s*$", re.DOTALL)
_RECIPIENT_FIELDS = ("original-recipient", "final-recipient")
_FIELDS_OF_RECIPIENT = frozenset(
    {"original-recipient", "final-recipient", "action", "status", "remote-mta", "diagnostic-code", "x-actual-recipient"}
)
_ACTIONS = {
    "failed": Kind.FAILED,
    "failure": Kind.FAILED,
    "fail": Kind.FAILED,
    "bounced": Kind.FAILED,
    "hard bounce": Kind.FAILED,
    "error": Kind.FAILED,
    "undeliverable": Kind.FAILED,
    "deferred": Kind.DELAYED,
    "delayed": Kind.DELAYED,
    "delivered": Kind.DELIVERED,
    "relayed": Kind.DELIVERED,
    "expanded": Kind.DELIVERED,
    "deliverable": Kind.DELIVERED,
    "delivery": Kind.DELIVERED,
}

Group = dict[str, str]
_new_tuple = tuple.__new__


def status_part(message: Message) -> Part | None:
    """Return the part with the delivery status fields, or None."""
    part = message.first(STATUS_TYPES)
    if part is not None:
        return part
    if message.report_type == "delivery-status":  # a gateway made it an attachment like any other
        for part in message.leaves[1:]:
            if part.content_type in ("application/octet-stream", "text/plain") and has_plain_fields(
                part.text()[:20_000]
            ):
                return part
    return None


def attached_fields(message: Message) -> str | None:
    """Return status fields that a gateway made an attachment of a multipart/mixed ("ATT00001.dat"), or None.

    Asked of what is known to be a notice only: people attach reports too.
    """
    for part in message.leaves[1:]:
        if part.content_type == "application/octet-stream" and len(part.body) < 60_000:
            text = part.text()[:20_000]
            if has_plain_fields(text):
                return text
    return None


def has_plain_fields(text: str) -> bool:
    """Tell whether running text holds delivery status fields on lines of their own."""
    return _PLAIN_STATUS.search(text) is not None and _PLAIN_ACTION.search(text) is not None


def read_groups(text: str) -> list[Group]:
    """Split delivery status fields into groups: field names in lower case, folded lines kept.

    The first field of a name wins within a group, so that a reply's own text, unfolded into the
    report by a careless server, cannot overrule the fields that stand above it.
    """
    groups: list[Group] = [{}]
    group = groups[0]
    last = ""
    if text[:1] in " \t\n" and text.lstrip("\n").startswith((" ", "\t")):
        text = textwrap.dedent(text)
    known = _NAMES.get
    for line in text.split("\n"):
        written, colon, value = line.partition(":")
        name = known(written)  # no known name begins with a blank
        if name is not None and colon and name not in group:
            group[name] = value.strip()
            last = name
            continue
        if name is None or not colon:
            name = None
            if not line.strip():
                if group:
                    group = {}
                    groups.append(group)
                last = ""
                continue
            # a folded line is never a field: chasquid folds a reply's empty lines too, and fields may be forged in them
            name = _field_name(written) if colon and line[0] not in " \t" else None
        if name is None:
            if last and len(group[last]) < 8000:
                group[last] += "\n " + line.strip()
            continue
        value = value.strip()
        if name not in group:
            group[name] = value
            last = name
        elif _begins_group(name, group):
            group = {name: value}
            groups.append(group)
            last = name
            if len(groups) >= MAX_GROUPS:
                break
        elif name == "diagnostic-code" and not _CODE.search(group[name]) and _CODE.search(value):
            group[name] = value  # the program's own words first, the server's reply second
            last = name
        else:
            last = "" if name != last else last
    return _rejoined([group for group in groups if group])


def _field_name(written: str) -> str | None:
    """Return the name that stands before a colon, in lower case; None where it is no name of a field."""
    match = _NAME.fullmatch(written)
    if match is None:
        return None
    name = match.group(1).lower()
    if len(_NAMES) < MAX_NAMES:
        _NAMES[written] = name
    return name


def _begins_group(name: str, group: Group) -> bool:
    """Tell whether a field that a group has already begins the next one, without an empty line between."""
    if name == "action":
        return "status" in group and _first_of(group) is not None  # the recipient is not named first
    return name in _RECIPIENT_FIELDS and "action" in group and _first_of(group) == name


def _rejoined(groups: list[Group]) -> list[Group]:
    """Put together a group that empty lines between its fields have torn."""
    if all(map(_names_recipient, groups[1:])):
        return groups  # measured: nearly all are whole, and to be sure of it costs a third of the steps below
    whole: list[Group] = []
    for group in groups:
        before = whole[-1] if whole else {}
        torn = (
            _first_of(before)
            and not _first_of(group)
            and not ("action" in before and "status" in before and "diagnostic-code" in before)
        )
        if torn and _FIELDS_OF_RECIPIENT & group.keys() and not before.keys() & group.keys():
            before.update(group)
        else:
            whole.append(group)
    return whole


def _names_recipient(group: Group) -> bool:
    return "final-recipient" in group or "original-recipient" in group


def _first_of(group: Group) -> str | None:
    for name in group:  # measured: half of what next() of a generator costs, as below
        if name in _RECIPIENT_FIELDS:
            return name
    return None


def kind_of(group: Group) -> Kind | None:
    """Return the kind that a group's Action, else its Status, gives."""
    kind = _kind_of_action(group.get("action", ""))
    if kind is None and group.get("status"):
        kind = {"2": Kind.DELIVERED, "4": Kind.FAILED, "5": Kind.FAILED}.get(group["status"].strip()[:1])
    if kind is None and ("diagnostic-code" in group or "final-recipient" in group):
        kind = Kind.FAILED  # Haraka names a recipient and says no more where it lost the reply
    return kind


@lru_cache(maxsize=256)
def _kind_of_action(action: str) -> Kind | None:
    action = action.split("(")[0].strip().lower().rstrip(".;")
    return _ACTIONS.get(action) or _ACTIONS.get(action.split(" ")[0] if action else "")


@lru_cache(maxsize=1024)
def status_of(value: str) -> str | None:
    """Return the enhanced status code of a Status field.

    Haraka's "5.1.2 (550 Tried all MXs example.com)" is none: it says so of hosts that it could not reach.
    """
    match = _STATUS.search(value)
    return match.group() if match and "Tried all MXs" not in value else None


def mta_name(value: str | None) -> str | None:
    """Return the host name of a ``dns; mx.example.com`` field (RFC 3464 section 2.2.2)."""
    if not value:
        return None
    words = (value.partition(";")[2] if ";" in value else value).split(None, 1)
    return words[0].strip("()[]<>") or None if words else None


def read_recipients(groups: list[Group], narrative: str) -> list[RecipientReport]:
    """Return one report per recipient group, each with the passage of the notice about it."""
    found = [group for group in groups if "action" in group or "status" in group or _names_recipient(group)]
    aliased = mentions_alias(narrative)
    transcript = sendmail.transcript_of(narrative)
    if len(found) == 1 and not aliased and transcript is None:
        return _read_only_one(found[0], narrative)
    addressed = [_addresses(group, narrative) for group in found]
    alone = len(found) == 1 or len({(final or "").casefold() for _, final in addressed}) == 1
    # A passage tells an alias that no field names, Sendmail's reason, or several recipients' causes apart; of one
    # recipient without these the whole notice is handed on. Measured: nine reports of ten are such, and their passages
    # cost 6 %.
    told_apart = (
        not alone
        or (aliased and not all("original-recipient" in group for group in found))
        or (transcript and not all(map(_has_diagnostic, found)))
    )
    passages = _passages(found, addressed, narrative, aliased=aliased) if told_apart else {}
    expanded = expansions(narrative) if aliased and any(sent == final for sent, final in addressed) else []
    reports: list[RecipientReport] = []
    for group, (recipient, final) in zip(found, addressed, strict=True):
        kind = kind_of(group)
        if kind is None:
            continue
        passage = _passage_of(passages, final, recipient) if passages else ""
        alias = alias_in(passage) if passage else None
        if alias and alias.casefold() != (final or "").casefold() and "original-recipient" not in group:
            recipient = alias
        elif expanded and final and recipient == final:
            final, passage = _behind(final, group, expanded, reports) or (final, passage)
        diagnostic = (
            group.get("diagnostic-code") or _remarked(group) or _transcribed(transcript, passage, final, recipient)
        )
        about = narrative if alone else f"{passage}\n{transcript}" if transcript else passage
        reports.append(_report(kind, recipient, final, diagnostic, about, group))
    return reports


def _read_only_one(group: Group, narrative: str) -> list[RecipientReport]:
    """As :func:`read_recipients`, of a report about one recipient whose notice has nothing to add: eight of ten."""
    kind = kind_of(group)
    if kind is None:
        return []
    recipient, final = _addresses(group, narrative)
    return [_report(kind, recipient, final, group.get("diagnostic-code") or _remarked(group), narrative, group)]


def _report(
    kind: Kind, recipient: str | None, final: str | None, diagnostic: str, narrative: str, group: Group
) -> RecipientReport:
    status = status_of(group["status"]) if "status" in group else None
    remote_mta = mta_name(group["remote-mta"]) if "remote-mta" in group else None
    # made as the tuple that it is, in the order of the fields: a third of the time of naming them
    return _new_tuple(RecipientReport, (kind, recipient, final, diagnostic, narrative, status, remote_mta, False))


def _has_diagnostic(group: Group) -> bool:
    return bool(group.get("diagnostic-code"))


def _passage_of(passages: dict[str, str], *addresses: str | None) -> str:
    return next((passages[a.casefold()] for a in addresses if a and a.casefold() in passages), "")


def _passages(
    groups: list[Group], addressed: list[tuple[str | None, str | None]], narrative: str, *, aliased: bool
) -> dict[str, str]:
    """Read the notice beside the groups, only where it can add to them.

    Measured: most reports give the reply in Diagnostic-Code, and the notice costs a third of the reading.
    """
    if not narrative or (
        all(_CODE.search(group.get("diagnostic-code", "")) for group in groups)
        and not aliased
        and (len(groups) == 1 or not ("in reply" in narrative or "server after " in narrative))
    ):
        return {}
    return passages_about(narrative, [address for pair in addressed for address in pair if address])


def _remarked(group: Group) -> str:
    """What a Status field's comment quotes: Haraka's "5.5.1 (550 Unrecognized response from upstream server: 550)"."""
    match = _UPSTREAM.search(group.get("status", ""))
    return match.group(1) if match else ""


def _transcribed(transcript: str | None, passage: str, *addresses: str | None) -> str:
    """What Sendmail's transcript says of a recipient whose group has no Diagnostic-Code."""
    if transcript is None:
        return ""
    said = sendmail.reason_in(passage)
    for address in addresses:
        said = said or (sendmail.said_about(address, transcript) if address else None)
    return said or ""


def _behind(
    alias: str, group: Group, expanded: list[tuple[str, str, str]], known: list[RecipientReport]
) -> tuple[str, str] | None:
    """The address that refused behind an alias, and the passage about it; Exim's report names the alias only.

    Where one alias failed at several hosts, the Remote-MTA tells which is meant: the notice has an order of its own.
    """
    taken = {report.final_recipient for report in known if report.recipient == alias}
    found = [e for e in expanded if e[1].casefold() == alias.casefold() and e[0] not in taken]
    host = (mta_name(group.get("remote-mta")) or "\0").casefold()
    found.sort(key=lambda expansion: host not in expansion[2].casefold())
    return (found[0][0], f"{found[0][0]}\n{found[0][2]}") if found else None


def _unencoded(address: str, narrative: str) -> str:
    """Undo xtext where the notice beside shows the address plain: amavis writes ``bob+2Bnews@`` for ``bob+news@``."""
    if address not in narrative:
        plain = xtext(address)
        if plain != address and plain in narrative:
            return plain
    return address


def _addresses(group: Group, narrative: str) -> tuple[str | None, str | None]:
    """Return (as the sender used it, as it refused) of a group."""
    original = typed_address(group["original-recipient"]) if "original-recipient" in group else None
    if original and "+" in original and ("+2B" in original or "+3D" in original):
        original = xtext(original)  # Exim hands ORCPT on as it came; no other characters of an address need xtext
    final = typed_address(group.get("final-recipient"))
    if final and "+" in final:
        final = _unencoded(final, narrative)
    actual = typed_address(group["x-actual-recipient"]) if "x-actual-recipient" in group else None
    if actual is not None and (
        not is_address(actual) or actual != group["x-actual-recipient"].partition(";")[2].strip().strip("<>")
    ):
        actual = None  # Sendmail writes the commands of an alias there too
    if final and "@" not in final and original and "@" in original:
        final = original
    recipient = original if original and "@" in original else final or original
    refused = actual or final
    return recipient, refused or recipient


def envelope_id(groups: list[Group]) -> str | None:
    """Return the envelope id that the sender gave (RFC 3461 section 4.4)."""
    value = _first_value(groups, "original-envelope-id")
    return xtext(value) if value else None


def reporting_mta(groups: list[Group]) -> str | None:
    """Return the name of the server that reports."""
    return mta_name(_first_value(groups, "reporting-mta"))


def _first_value(groups: list[Group], name: str) -> str | None:
    for group in groups:
        value = group.get(name)
        if value:
            return value
    return None
