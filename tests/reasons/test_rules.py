"""The shipped rules, file by file, and the commands that prove a rule file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bounceparse.cli.main import main
from bounceparse.reasons import checker, loader
from bounceparse.reasons.engine import RuleSet
from bounceparse.record import ConfigurationError

FILES = loader.shipped_files()
GOOD = """[[rule]]
id = "x.a"
reason = "policy"
phrases = ["purple zebra"]
source = "a page"
samples = ["550 Purple zebra"]
"""


@cache
def all_rules() -> RuleSet:
    return RuleSet.load()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_sample_reaches_its_own_rule(path: Path) -> None:
    assert checker.test_rules(all_rules(), {path.name}) == []


def test_the_shipped_files_are_in_order() -> None:
    assert checker.check_files(FILES) == []
    assert [path.name for path in FILES] == sorted(path.name for path in FILES)


def test_there_are_as_many_rules_as_promised() -> None:
    assert len(all_rules().rules) >= 600


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace("policy", "weather"), "unknown reason 'weather'"),
        (GOOD.replace('id = "x.a"\n', ""), "rule 1 has no id"),
        (GOOD + 'colour = "red"\n', "unknown field 'colour'"),
        (GOOD + 'codes = ["5x"]\n', "not a reply code"),
        (GOOD + 'status = ["3.1"]\n', "not an enhanced status code"),
        (GOOD + 'commands = ["SEND"]\n', "not one of"),
        (GOOD + 'decision = "burn"\n', "unknown decision"),
        (GOOD + 'clear = "yes"\n', "clear is true or false"),
        (GOOD.replace('phrases = ["purple zebra"]\n', ""), "matches everything"),
        (GOOD.replace('["purple zebra"]', '"purple zebra"'), "must be a list of non-empty strings"),
        (GOOD.replace('["550 Purple zebra"]', "[5]"), "a sample is a string or a table"),
        (GOOD.replace('["550 Purple zebra"]', '[{ text = "a", colour = "b" }]'), "only"),
        ("rule = 5", "write [classes] once"),
        ("[rules]", "unknown table"),
        ("[[rule]", "not valid TOML"),
    ],
)
def test_wrong_files_are_named_with_what_is_wrong(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loader.parse_file(text.encode(), "my.toml")
    assert problem in str(caught.value)
    assert "my.toml" in str(caught.value)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["rules", *arguments])
    return status, capsys.readouterr().out


def test_a_good_file_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "my.toml"
    path.write_text(GOOD)
    assert run(capsys, "check", str(path)) == (0, "1 rules in 1 files: no problems\n")
    assert run(capsys, "test", str(path)) == (0, "1 rules in 1 files: no problems\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace('source = "a page"\n', ""), "no source"),
        (GOOD.replace('samples = ["550 Purple zebra"]\n', ""), "no sample"),
        (GOOD + GOOD, "used 2 times"),
        (GOOD.replace("x.a", "words.user-unknown"), "used 2 times"),
        (GOOD.replace("purple zebra", "purple ..."), "ends in a gap"),
        (GOOD.replace("purple zebra", "$nowhere"), "no file defines"),
    ],
)
def test_problems_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str) -> None:
    path = tmp_path / "my.toml"
    path.write_text(text)
    status, out = run(capsys, "check", str(path))
    assert status == 1
    assert problem in out


def test_a_shadowed_rule_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "my.toml"
    path.write_text(GOOD + GOOD.replace("x.a", "x.b").replace("purple zebra", "zebra"))
    status, out = run(capsys, "test", str(path))
    assert status == 1
    assert "x.b: the sample '550 Purple zebra' went to x.a" in out


def test_a_missing_file_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out = run(capsys, "check", str(tmp_path / "none.toml"))
    assert status == 1
    assert "cannot read the rule file" in out
