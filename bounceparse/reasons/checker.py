"""Proofs about rule files: that they are valid and that every sample reaches its own rule.

A rule that some earlier rule shadows shows itself in this: its sample goes elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bounceparse.reasons import loader
from bounceparse.reasons.engine import RuleSet
from bounceparse.reasons.loader import Rule, RuleFile
from bounceparse.record import ConfigurationError
from bounceparse.smtp.reply import read_reply


def check_files(paths: Sequence[Path]) -> list[str]:
    """Return what is wrong with each file by itself, one line a problem; empty when all is well."""
    problems: list[str] = []
    files: list[RuleFile] = []
    for path in paths:
        try:
            files.append(loader.load_file(path))
        except ConfigurationError as error:
            problems.append(str(error))
    if problems:
        return problems
    shipped = [loader.load_file(path) for path in loader.shipped_files() if not _among(path, paths)]
    problems += _fields(files)
    problems += _unique([*files, *shipped], {file.name for file in files})
    try:
        RuleSet([*files, *shipped])
    except ConfigurationError as error:
        problems.append(str(error))
    return problems


def test_rules(rules: RuleSet, names: set[str] | None = None) -> list[str]:
    """Return the samples that do not reach their own rule through the whole set.

    ``names`` limits the proof to the rules of those files.
    """
    problems = []
    for rule in rules.rules:
        if names is not None and rule.file not in names:
            continue
        for sample in rule.samples:
            verdict = rules.judge(sample.context(read_reply(sample.text)))
            if verdict.rule != rule.id:
                problems.append(
                    f"{rule.file}: {rule.id}: the sample {sample.text!r} went to {verdict.rule} "
                    f"({verdict.reason or 'none'}) on {verdict.evidence!r}"
                )
    return problems


def load_set(paths: Sequence[Path]) -> tuple[RuleSet, set[str]]:
    """Return the shipped set with the files given, in place of their namesakes or before all others."""
    shipped = loader.shipped_files()
    own = [path for path in paths if not _among(path, shipped)]
    names = {path.name for path in paths} or {path.name for path in shipped}
    return RuleSet.load(own), names


def _among(path: Path, paths: Sequence[Path]) -> bool:
    return any(path.resolve() == other.resolve() for other in paths)


def _fields(files: Sequence[RuleFile]) -> list[str]:
    problems = []
    for file in files:
        for rule in file.rules:
            where = f"{file.name}: {rule.id}"
            if not rule.source.strip():
                problems.append(f"{where}: no source; say where the fact is from")
            if not rule.samples:
                problems.append(f"{where}: no sample; give at least one reply that must reach this rule")
    return problems


def _unique(files: Sequence[RuleFile], names: set[str]) -> list[str]:
    counts = Counter(rule.id for file in files for rule in file.rules)
    return sorted(
        {
            f"{rule.file}: {rule.id}: the id is used {counts[rule.id]} times"
            for rule in _rules(files)
            if counts[rule.id] > 1 and rule.file in names
        }
    )


def _rules(files: Sequence[RuleFile]) -> list[Rule]:
    return [rule for file in files for rule in file.rules]
