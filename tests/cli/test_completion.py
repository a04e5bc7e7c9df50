"""The completion scripts: complete, and accepted by the shells themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bounceparse.cli.completion import SHELLS
from bounceparse.cli.main import COMMANDS, main


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_knows_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for command in COMMANDS:
        assert command in script
    assert "parquet" in script
    assert "quiet" in script


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["cl"], {"classify"}),
        (["process", "--ou"], {"--out"}),
        (["parse", "--format", ""], {"jsonl", "csv", "parquet"}),
        (["parse", "--format", "p"], {"parquet"}),
        (["completion", "f"], {"fish"}),
    ],
)
def test_bash_completes(
    words: list[str], expected: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    assert main(["completion", "bash"]) == 0
    line = " ".join(f"'{word}'" for word in ["bounceparse", *words])
    script = (
        f"{capsys.readouterr().out}\nCOMP_WORDS=({line})\nCOMP_CWORD={len(words)}\n"
        '_bounceparse\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert set(done.stdout.split()) == expected
