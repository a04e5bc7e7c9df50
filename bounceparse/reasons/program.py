"""Rule files made ready to run, and kept beside them as Python keeps byte code.

Reading and compiling all rules takes a large part of a second; what comes of it is marshalled into
``rules/__pycache__`` under a name that the content of the rule files and of this package's compiler
decides, so it can never be out of date. Where that folder cannot be written (installed by root, run by
somebody else), the user's own cache folder takes its place, and where there is none, nothing is kept.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import source_hash
from pathlib import Path
from typing import Any

from bounceparse.reasons import loader, text
from bounceparse.reasons.elements import Element
from bounceparse.reasons.index import PhraseIndex, Tables
from bounceparse.reasons.loader import Rule, RuleFile
from bounceparse.reasons.phrases import Compiler, Phrase
from bounceparse.record import ConfigurationError, Decision, Reason

_MODULES = ("elements", "phrases", "keys", "index", "text", "loader", "program")
"""The modules that the kept form depends on."""

Written = tuple[str | None, str]
"""A phrase: its text where it is plain words in a row (else None), and as it is written."""


@dataclass(frozen=True, slots=True)
class Program:
    """Rules ready to run.

    ``phrases`` holds first the phrases that rules match on, in the order in which they are tried,
    then the vetoes, each once a file; ``owners`` the rule number of each of the former; ``vetoes``
    for each rule the numbers of its vetoes; ``unworded`` the numbers of the rules without phrases.
    """

    rules: tuple[Rule, ...]
    phrases: Sequence[Written]
    owners: Sequence[int]
    vetoes: Sequence[frozenset[int]]
    unworded: Sequence[int]
    classes: Mapping[str, Mapping[str, Sequence[str]]]
    tables: Tables

    def compilers(self) -> dict[str, Compiler]:
        """Return a compiler for each rule file; files that define no classes share one."""
        words: dict[str, tuple[Element, ...]] = {}
        common = Compiler(self.classes[""], words)
        own = {name: Compiler(classes, words) for name, classes in self.classes.items() if name}
        return {rule.file: own.get(rule.file, common) for rule in self.rules}


def build(files: Sequence[RuleFile]) -> Program:
    """Compile rule files; raises :class:`ConfigurationError` naming the file and the rule."""
    return _Builder(files).program()


def shipped() -> Program:
    """Return the shipped rules, as kept if the kept form is of exactly these files."""
    paths = loader.shipped_files()
    contents = [(path.name, path.read_bytes()) for path in paths]
    key = _key(contents)
    for kept in _places():
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            content = kept.read_bytes()
            if content.startswith(key):
                return _restore(marshal.loads(content[len(key) :]))
    program = build([loader.parse_file(content, name) for name, content in contents])
    content = key + marshal.dumps(_plain(program))
    any(_keep(place, content) for place in _places())  # in the first that takes it
    return program


def _places() -> list[Path]:
    """Return where the kept form may lie, best first."""
    name = f"rules.{sys.implementation.cache_tag}.bin"
    places = [loader.RULES_FOLDER / "__pycache__" / name]
    with contextlib.suppress(RuntimeError):  # no home
        cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        if cache.is_absolute():
            places.append(cache / "bounceparse" / name)
    return places


def _key(contents: Iterable[tuple[str, bytes]]) -> bytes:
    folder = Path(__file__).parent
    code = b"".join(folder.joinpath(f"{name}.py").read_bytes() for name in _MODULES)
    return source_hash(code + b"".join(name.encode() + b"\0" + content for name, content in contents))


def _keep(path: Path, content: bytes) -> bool:
    """Write the kept form whole or not at all; several processes may do so at once. Tell whether it was written."""
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(content)
        staged.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            staged.unlink()
        return False
    return True


def _plain(program: Program) -> tuple[Any, ...]:
    rules = [
        (
            rule.id,
            rule.reason and rule.reason.value,
            bool(rule.phrases),
            rule.codes,
            rule.status,
            rule.commands,
            rule.hosts,
            rule.decision and rule.decision.value,
            rule.clear,
            rule.file,
        )
        for rule in program.rules
    ]
    classes = {name: {key: list(members) for key, members in scope.items()} for name, scope in program.classes.items()}
    return rules, program.phrases, program.owners, program.vetoes, program.unworded, classes, program.tables


def _restore(kept: tuple[Any, ...]) -> Program:
    """Return the program of a kept form; its rules know what they match on, but not their samples and sources."""
    rules = tuple(
        Rule(
            id=name,
            reason=reason and Reason(reason),
            phrases=("",) if worded else (),
            codes=codes,
            status=status,
            commands=commands,
            hosts=hosts,
            decision=decision and Decision(decision),
            clear=clear,
            file=file,
        )
        for name, reason, worded, codes, status, commands, hosts, decision, clear, file in kept[0]
    )
    return Program(rules, *kept[1:])


class _Builder:
    """Compiles each phrase once, numbers the phrases in the order of their rules and files them."""

    def __init__(self, files: Sequence[RuleFile]) -> None:
        self._rules = tuple(rule for file in files for rule in file.rules)
        self._classes = _scopes(files)
        self._compilers = Program(self._rules, (), (), (), (), self._classes, ()).compilers()
        self._phrases: list[Phrase] = []
        self._vetoes: dict[Phrase, int] = {}

    def program(self) -> Program:
        owners: list[int] = []
        unworded: list[int] = []
        for number, rule in enumerate(self._rules):
            if not rule.phrases:
                unworded.append(number)
            for written in rule.phrases:
                self._phrases.append(_compile(self._compilers, rule, written))
                owners.append(number)
        vetoes = [self._numbers(rule) for rule in self._rules]
        index = PhraseIndex()
        samples = (text.tokens(sample.text) for rule in self._rules for sample in rule.samples)
        index.file(self._phrases, tuple(self._vetoes), samples)
        return Program(
            rules=self._rules,
            phrases=[(phrase.plain, phrase.text) for phrase in (*self._phrases, *self._vetoes)],
            owners=owners,
            vetoes=vetoes,
            unworded=unworded,
            classes=self._classes,
            tables=index.tables(),
        )

    def _numbers(self, rule: Rule) -> frozenset[int]:
        """Return the numbers of the rule's vetoes; one that several rules of a file share has one number."""
        vetoes = (_compile(self._compilers, rule, written) for written in rule.unless)
        return frozenset(self._vetoes.setdefault(veto, len(self._phrases) + len(self._vetoes)) for veto in vetoes)


def _compile(compilers: Mapping[str, Compiler], rule: Rule, written: str) -> Phrase:
    try:
        return compilers[rule.file].compile(written)
    except ConfigurationError as error:
        raise ConfigurationError(f"{rule.file}: rule {rule.id!r}: {error}") from error


def _scopes(files: Sequence[RuleFile]) -> dict[str, Mapping[str, Sequence[str]]]:
    """Return the classes that each file sees ("" for files without any): its own before those of all the others."""
    common: dict[str, Sequence[str]] = {}
    for file in files:
        for name, members in file.classes.items():
            common.setdefault(name, members)
    scopes: dict[str, Mapping[str, Sequence[str]]] = {"": common}
    for file in files:
        if any(common[name] is not members for name, members in file.classes.items()):
            scopes[file.name] = {**common, **file.classes}
    return scopes
