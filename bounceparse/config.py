"""The configuration file: one TOML file with the ledger, the policy, the brake and the proofs.

Every table and key is optional; an unknown one is an error, since a misspelt number would silently be the default.
Paths are relative to the file. See docs/policy.md and docs/proof.md for every key.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bounceparse.policy.brake import BrakeSettings
from bounceparse.policy.evidence import TRACKS, Evidence
from bounceparse.policy.settings import Settings, Track, list_key
from bounceparse.proof.settings import Key, ProofSettings, SentLogSettings
from bounceparse.record import ConfigurationError

VARIABLE = "BOUNCEPARSE_CONFIG"
"""The environment variable that names the file where no option does."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be configured. ``ledger`` is a path or a ``postgresql://`` URL.

    ``recipients`` is a file of the addresses mail is sent to, one a line; events of others are ignored. A run
    within ``night_hours`` of the night's first one belongs to the same night; ``wait_seconds`` is how long a
    run waits for another one on the same ledger.
    """

    ledger: str | None = None
    recipients: Path | None = None
    night_hours: float = 12
    wait_seconds: float = 3600
    policy: Settings = field(default_factory=Settings)
    brake: BrakeSettings = field(default_factory=BrakeSettings)
    proof: ProofSettings = field(default_factory=ProofSettings)


def load(path: Path | None) -> Config:
    """Read the file, or the one that ``BOUNCEPARSE_CONFIG`` names; without either, the defaults.

    Raises ConfigurationError, which names the file and the key.
    """
    if path is None:
        named = os.environ.get(VARIABLE)
        if not named:
            return Config()
        path = Path(named)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read the configuration {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from None
    return _Reader(path).config(data)


class _Reader:
    """Turns tables into settings, naming the place of whatever is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _wrong(self, where: str, what: str) -> ConfigurationError:
        return ConfigurationError(f"{self._path}: {where} {what}")

    def config(self, data: Mapping[str, Any]) -> Config:
        self._known(
            data, "the file", ("ledger", "recipients", "night_hours", "wait_seconds", "policy", "brake", "proof")
        )
        ledger = self._typed(data, "ledger", str, None)
        return Config(
            ledger=ledger if ledger is None or "://" in ledger else str(self._file(ledger)),
            recipients=self._path_of(data, "recipients"),
            night_hours=self._number(data, "night_hours", 12),
            wait_seconds=self._number(data, "wait_seconds", 3600),
            policy=self._policy(self._table(data, "policy"), Settings(), "policy"),
            brake=self._brake(self._table(data, "brake")),
            proof=self._proof(self._table(data, "proof")),
        )

    # ── the policy ───────────────────────────────────────────────────────────────────────────────────────

    def _policy(self, table: Mapping[str, Any], base: Settings, where: str) -> Settings:
        tracks = tuple(evidence.value for evidence in TRACKS)
        own = ("lapse_days", "retry_days", "roles", "never_remove", "never_remove_file", "require_proof")
        top = where == "policy"
        self._known(table, f"[{where}]", (*own, *tracks, *(("lists",) if top else ())))
        protected = set(base.never_remove) | self._words(table, "never_remove", where)
        if "never_remove_file" in table:
            protected |= self._lines(self._file(self._typed(table, "never_remove_file", str, "")))
        settings = replace(
            base,
            tracks={
                **base.tracks,
                **{
                    Evidence(name): self._track(
                        self._table(table, name), base.tracks[Evidence(name)], f"{where}.{name}"
                    )
                    for name in tracks
                    if name in table
                },
            },
            lapse_days=self._number(table, "lapse_days", base.lapse_days),
            retry_days=self._number(table, "retry_days", base.retry_days),
            roles=frozenset(self._words(table, "roles", where)) if "roles" in table else base.roles,
            never_remove=frozenset(protected),
            require_proof=self._typed(table, "require_proof", bool, base.require_proof),
        )
        lists = self._table(table, "lists") if top else {}
        own_lists = {
            list_key(name): self._policy(self._table(lists, name), settings, f'policy.lists."{name}"') for name in lists
        }
        return replace(settings, lists=MappingProxyType(own_lists))

    def _track(self, table: Mapping[str, Any], base: Track, where: str) -> Track:
        self._known(table, f"[{where}]", [one.name for one in fields(Track)])
        quarantine = table.get("quarantine_days", list(base.quarantine_days))
        if not isinstance(quarantine, list) or not all(_is_number(days) and days > 0 for days in quarantine):
            raise self._wrong(f"[{where}] quarantine_days", "must be a list of numbers of days")
        count = self._typed(table, "count", int, base.count)
        again = self._typed(table, "again", int, base.again)
        if count < 0 or (again is not None and again < 1):
            raise self._wrong(f"[{where}]", "counts cannot be negative; count = 0 switches the row off")
        window = self._number(table, "window_days", base.window_days) if "window_days" in table else base.window_days
        return Track(count, self._number(table, "span_days", base.span_days), window, tuple(quarantine), again)

    # ── the brake and the proofs ─────────────────────────────────────────────────────────────────────────

    def _brake(self, table: Mapping[str, Any]) -> BrakeSettings:
        known = {one.name: getattr(BrakeSettings(), one.name) for one in fields(BrakeSettings)}
        self._known(table, "[brake]", known)
        values: dict[str, Any] = {}
        for name, default in known.items():
            if isinstance(default, bool | int):
                values[name] = self._typed(table, name, type(default), default)
            else:
                values[name] = self._number(table, name, default)
        return BrakeSettings(**values)

    def _proof(self, table: Mapping[str, Any]) -> ProofSettings:
        self._known(table, "[proof]", [one.name for one in fields(ProofSettings)])
        base = ProofSettings()
        sent_log = self._table(table, "sent_log")
        self._known(sent_log, "[proof.sent_log]", [one.name for one in fields(SentLogSettings)])
        return ProofSettings(
            keys=self._keys(table, "keys"),
            batv_keys=self._keys(table, "batv_keys"),
            max_age_days=self._typed(table, "max_age_days", int, base.max_age_days),
            header=self._typed(table, "header", str, base.header),
            sent_log=SentLogSettings(
                csv=self._path_of(sent_log, "csv"),
                sqlite=self._path_of(sent_log, "sqlite"),
                url=self._typed(sent_log, "url", str, None),
                query=self._typed(sent_log, "query", str, None),
            )
            if sent_log
            else None,
            domains=frozenset(self._words(table, "domains", "proof")),
            reporters=frozenset(self._words(table, "reporters", "proof")),
            any_recipient=self._typed(table, "any_recipient", bool, False),
        )

    def _keys(self, table: Mapping[str, Any], name: str) -> tuple[Key, ...]:
        keys = []
        for number, entry in enumerate(self._typed(table, name, list, []), 1):
            where = f"[[proof.{name}]] number {number}"
            if not isinstance(entry, dict):
                raise self._wrong(where, "must be a table with name and secret")
            self._known(entry, where, ("name", "secret", "secret_file", "secret_env"))
            key_name = self._typed(entry, "name", str, "")
            if not (key_name.isalnum() and key_name.isascii() and len(key_name) <= 16):
                raise self._wrong(where, "needs a name of up to 16 letters and digits")
            if name == "batv_keys" and not (len(key_name) == 1 and key_name.isdigit()):
                raise self._wrong(where, "needs a name of one digit")
            secret = self._secret(entry, where)
            if len(secret) < 8:
                raise self._wrong(where, "needs a secret of at least 8 bytes, in secret, secret_file or secret_env")
            keys.append(Key(key_name, secret))
        return tuple(keys)

    def _secret(self, entry: Mapping[str, Any], where: str) -> bytes:
        if "secret_file" in entry:
            file = self._file(self._typed(entry, "secret_file", str, ""))
            try:
                return file.read_bytes().strip()
            except OSError as error:
                raise self._wrong(where, f"secret_file {file}: {error.strerror}") from None
        if "secret_env" in entry:
            return os.environ.get(str(self._typed(entry, "secret_env", str, "")), "").encode()
        return str(self._typed(entry, "secret", str, "")).encode()

    # ── single values ────────────────────────────────────────────────────────────────────────────────────

    def _known(self, table: Mapping[str, Any], where: str, names: Any) -> None:
        for name in table:
            if name not in names:
                raise self._wrong(where, f"has no key {name!r}; it knows {', '.join(names)}")

    def _table(self, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = data.get(name, {})
        if not isinstance(table, dict):
            raise self._wrong(name, "must be a table")
        return table

    def _typed(self, table: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
        value = table.get(name, default)
        if value is default:
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self._wrong(name, f"must be {_KINDS[kind]}, not {value!r}")
        return value

    def _number(self, table: Mapping[str, Any], name: str, default: Any) -> Any:
        value = table.get(name, default)
        if value is not None and not (_is_number(value) and value >= 0):
            raise self._wrong(name, f"must be a number that is not negative, not {value!r}")
        return value

    def _words(self, table: Mapping[str, Any], name: str, where: str) -> set[str]:
        words = self._typed(table, name, list, [])
        if not all(isinstance(word, str) for word in words):
            raise self._wrong(f"[{where}] {name}", "must be a list of strings")
        return {word.strip().casefold() for word in words}

    def _file(self, text: str) -> Path:
        return self._path.parent / Path(text).expanduser()

    def _path_of(self, table: Mapping[str, Any], name: str) -> Path | None:
        text = self._typed(table, name, str, None)
        return None if text is None else self._file(text)

    def _lines(self, path: Path) -> set[str]:
        try:
            return read_addresses(path)
        except OSError as error:
            raise ConfigurationError(f"{self._path}: cannot read {path}: {error.strerror}") from None


_KINDS = {str: "a string", int: "a whole number", bool: "true or false", list: "a list"}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_addresses(path: Path) -> set[str]:
    """Return the addresses of a file in lower case: one a line, or first in a CSV row; ``#`` begins a comment."""
    found = set()
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for line in lines:
            word = line.partition("#")[0].split(",", 1)[0].strip().strip('"').casefold()
            if "@" in word:
                found.add(word)
    return found
