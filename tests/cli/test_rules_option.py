"""Rules of the user's own go before the shipped ones, in every command that gives reasons."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

OWN = """
[[rule]]
id = "mine.coffee"
reason = "policy"
phrases = ["out of coffee"]
source = "the house rules"
samples = ["550 out of coffee"]
"""


def run(arguments: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "BOUNCEPARSE_RULES"}
    command = [sys.executable, "-m", "bounceparse", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return path


def test_classify_asks_them_first(own: Path) -> None:
    line = "550 5.1.1 <jo@example.com> is out of coffee\n"
    shipped = json.loads(run(["classify"], line).stdout)
    mine = json.loads(run(["classify", "--rules", str(own)], line).stdout)
    assert shipped["rule"] != "mine.coffee"
    assert (mine["rule"], mine["reason"], mine["decision"]) == ("mine.coffee", "policy", "review")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_parse_asks_them_first_in_worker_processes_too(own: Path, tmp_path: Path, jobs: str) -> None:
    message = (
        "From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered Mail Returned to Sender\n"
        "Message-ID: <{}@mx.example.net>\n"
        "\n<jo@example.com>: host mx.example.com[192.0.2.1] said: 550 5.1.1 out of coffee\n"
    )
    for number in range(4):
        (tmp_path / f"{number}.eml").write_text(message.format(number))
    done = run(["parse", "--jobs", jobs, "--rules", str(own), *(str(tmp_path / f"{n}.eml") for n in range(4))])
    assert [json.loads(line)["rule"] for line in done.stdout.splitlines()] == ["mine.coffee"] * 4


@pytest.mark.parametrize("content", ["not toml [", '[[rule]]\nid = "x"\nreason = "nonsense"\nphrases = ["y"]\n'])
def test_a_wrong_file_is_one_line_and_status_2(tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(content)
    done = run(["classify", "--rules", str(path)], "550 x\n")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "wrong.toml" in done.stderr
