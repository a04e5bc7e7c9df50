"""Rule files: read, checked field by field, and handed on as :class:`Rule` objects.

The shipped files lie in ``rules/`` and are read in sorted order of their names, so the number in
front of a name is its layer: classes, what is no refusal, vetoes, providers, servers, languages,
general words, enhanced codes, reply codes. Reading TOML in pure Python takes some 0.2 s for all of
them, so what was read is kept in a file beside them (as Python keeps byte code), which is used
only while it names exactly the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bounceparse.reasons.context import Context
from bounceparse.record import ConfigurationError, Decision, Reason, Reply

RULES_FOLDER = Path(__file__).with_name("rules")
COMMANDS = ("CONNECT", "BANNER", "EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "EOM", "QUIT", "VRFY")
_LISTS = ("phrases", "codes", "status", "commands", "hosts", "unless")
_FIELDS = frozenset({"id", "reason", *_LISTS, "decision", "clear", "source", "samples"})
_CONDITIONS = ("phrases", "codes", "status", "commands", "hosts")


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample reply as a server sends it, and the circumstances it is sent in."""

    text: str
    command: str | None = None
    host: str | None = None
    expired: bool = False
    local: bool = False

    def context(self, reply: Reply) -> Context:
        """Return the context of the sample, its reply as the SMTP grammar read it."""
        permanent = None if reply.code is None else reply.code >= 500
        return Context(
            reply,
            command=self.command,
            remote_host=self.host,
            permanent=permanent,
            expired=self.expired,
            local=self.local,
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as written. ``reason`` None means that the text is no refusal."""

    id: str
    reason: Reason | None
    phrases: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    decision: Decision | None = None
    clear: bool = True
    source: str = ""
    samples: tuple[Sample, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The classes and rules of one file, in order of appearance."""

    name: str
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()


def shipped_files() -> list[Path]:
    """Return the rule files of the package, in the order in which they apply."""
    return sorted(RULES_FOLDER.glob("*.toml"))


def load_file(path: Path) -> RuleFile:
    """Read one rule file; raises :class:`ConfigurationError` saying file, rule and what is wrong."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read the rule file {path}: {error.strerror}") from error
    return parse_file(content, path.name)


def load_files(paths: Iterable[Path]) -> list[RuleFile]:
    """Read rule files in the order given."""
    return [load_file(path) for path in paths]


def parse_file(content: bytes, name: str) -> RuleFile:
    """Read the bytes of a rule file."""
    import tomllib  # 20 ms that a run with kept rules need not pay

    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name} is not valid TOML: {error}") from error
    unknown = set(table) - {"classes", "rule"}
    if unknown:
        raise ConfigurationError(
            f"{name}: unknown table {sorted(unknown)[0]!r}; a rule file has [classes] and [[rule]]"
        )
    classes = table.get("classes", {})
    for key, members in classes.items() if isinstance(classes, dict) else ():
        _strings(members, f"{name}: class {key!r}")
    rules = table.get("rule", [])
    if not isinstance(classes, dict) or not isinstance(rules, list):
        raise ConfigurationError(f"{name}: write [classes] once and [[rule]] before each rule")
    return RuleFile(name, classes, tuple(_rule(entry, name, place) for place, entry in enumerate(rules, 1)))


def _rule(entry: Mapping[str, Any], file: str, place: int) -> Rule:
    rule_id = entry.get("id")
    if not isinstance(rule_id, str) or not rule_id:
        raise ConfigurationError(f"{file}: rule {place} has no id")
    where = f"{file}: rule {rule_id!r}"
    unknown = set(entry) - _FIELDS
    if unknown:
        raise ConfigurationError(f"{where} has an unknown field {sorted(unknown)[0]!r}")
    lists = {name: _strings(entry.get(name, []), f"{where}: {name}") for name in _LISTS}
    if not any(lists[name] for name in _CONDITIONS):
        raise ConfigurationError(f"{where} matches everything: give phrases, codes, status, commands or hosts")
    for code in lists["codes"]:
        if not (code.isdigit() and len(code) <= 3):
            raise ConfigurationError(f"{where}: {code!r} is not a reply code or the beginning of one")
    for status in lists["status"]:
        if not all(part.isdigit() for part in status.split(".")) or status[0] not in "245":
            raise ConfigurationError(f"{where}: {status!r} is not an enhanced status code or the beginning of one")
    for command in lists["commands"]:
        if command not in COMMANDS:
            raise ConfigurationError(f"{where}: {command!r} is not one of {', '.join(COMMANDS)}")
    clear = entry.get("clear", True)
    source = entry.get("source", "")
    if not isinstance(clear, bool) or not isinstance(source, str):
        raise ConfigurationError(f"{where}: clear is true or false, source is a string")
    return Rule(
        id=rule_id,
        reason=_reason(entry.get("reason"), where),
        decision=_decision(entry.get("decision"), where),
        clear=clear,
        source=source,
        samples=tuple(_sample(sample, where) for sample in entry.get("samples", [])),
        file=file,
        **lists,
    )


def _strings(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise ConfigurationError(f"{where} must be a list of non-empty strings")
    return tuple(value)


def _reason(value: object, where: str) -> Reason | None:
    if value == "none":
        return None
    try:
        return Reason(value)  # type: ignore[arg-type]
    except ValueError:
        raise ConfigurationError(
            f"{where}: unknown reason {value!r}; the reasons are {', '.join(Reason)} or none"
        ) from None


def _decision(value: object, where: str) -> Decision | None:
    if value is None:
        return None
    try:
        return Decision(value)  # type: ignore[arg-type]
    except ValueError:
        raise ConfigurationError(f"{where}: unknown decision {value!r}; write one of {', '.join(Decision)}") from None


def _sample(value: object, where: str) -> Sample:
    if isinstance(value, str):
        return Sample(value)
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise ConfigurationError(f"{where}: a sample is a string or a table with text")
    try:
        return Sample(**value)
    except TypeError:
        raise ConfigurationError(f"{where}: a sample has text, command, host, expired and local only") from None
