"""The command line itself: help, usage errors, exit statuses, quietness and start-up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bounceparse import __version__
from bounceparse.cli import main as main_module
from bounceparse.cli.main import COMMANDS, build_parser, main
from bounceparse.record import InterruptedRun, SourceError

HEAVY = {"pandas", "numpy", "pyarrow", "mailparser", "flufl", "sqlalchemy", "dask"}


def modules_after(arguments: list[str], stdin: bytes = b"") -> set[str]:
    """Run a command in an interpreter of its own and return the names of the top-level modules it loaded."""
    program = (
        "import sys, json\n"
        "from bounceparse.cli.main import main\n"
        f"status = main({arguments!r})\n"
        "sys.stdout.flush()\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
        "sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=stdin, capture_output=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"bounceparse {__version__}\n"


def test_help_lists_every_command_and_loads_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    page = capsys.readouterr().out
    for name, line in COMMANDS.items():
        assert name in page
        assert line[:40] in page
    loaded = modules_after(["--help"])
    assert not loaded & HEAVY
    assert not loaded & {"sqlite3", "email", "csv", "tomllib"}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_is_for_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"usage: bounceparse {name}")
    assert "example" in page.lower()
    assert f"bounceparse {name}" in page.partition("example")[2]


def test_small_commands_load_no_heavy_library(tmp_path: Path, bounce_mail: Any) -> None:
    mail = tmp_path / "bounce.eml"
    mail.write_bytes(bounce_mail())
    for arguments in (["parse", str(mail)], ["explain", "550"], ["process", str(mail), "--out", str(tmp_path / "out")]):
        assert not modules_after(arguments) & HEAVY, arguments
    assert not modules_after(["classify"], b"550 5.1.1 No such user\n") & HEAVY


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "bounceparse: name a command: process, parse"),
        (["frobnicate"], "frobnicate"),
        (["--frobnicate"], "bounceparse: "),
        (["parse"], "bounceparse parse: the following arguments are required: SOURCE"),
        (["parse", "x", "--format", "xml"], "xml"),
        (["process", "x"], "--out"),
        (["process", "x", "--out", "y", "--quiet", "--verbose"], "not allowed with"),
        (["completion", "tcsh"], "tcsh"),
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err
    assert err.endswith("--help)\n")


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (SourceError("no such\nfile: x"), 2, "bounceparse: no such file: x\n"),
        (InterruptedRun("disk full"), 3, "bounceparse: disk full\n"),
        (KeyboardInterrupt(), 3, "bounceparse: stopped before the end; it is safe to run again\n"),
        (BrokenPipeError(), 3, ""),
        (
            OSError(28, "No space left"),
            3,
            "bounceparse: stopped: [Errno 28] No space left; run again when that is mended\n",
        ),
    ],
)
def test_errors_are_one_line_and_a_status(
    error: BaseException, status: int, line: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("bounceparse.cli.classify.run", fail)
    monkeypatch.setattr(main_module, "silence_stdout", lambda: None)
    assert main(["classify"]) == status
    assert capfd.readouterr() == ("", line)


def test_a_fault_of_ours_is_told_as_one(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("bounceparse.cli.classify.run", lambda options: [][1])
    assert main(["classify"]) == 3
    err = capfd.readouterr().err
    assert "IndexError" in err
    assert err.endswith("\nbounceparse: stopped by a fault in bounceparse itself; please report the lines above\n")


def test_a_missing_source_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["parse", str(tmp_path / "none")],
        ["process", str(tmp_path / "none"), "--out", str(tmp_path / "o")],
    ):
        assert main(arguments) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert "none" in err
    assert not list((tmp_path / "o").glob("*"))


def test_a_folder_with_nothing_to_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_a_closed_pipe_is_quiet(tmp_path: Path, bounce_mail: Any) -> None:
    mailbox = tmp_path / "box.mbox"
    mailbox.write_bytes(b"".join(b"From MAILER-DAEMON Mon Mar  3 10:00:00 2025\n" + bounce_mail() for _ in range(500)))
    command = f"{sys.executable} -m bounceparse parse {mailbox} | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert json.loads(done.stdout)["recipient"] == "ann@example.org"
    assert done.stderr == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_one_line_and_leaves_nothing_half_written(number: signal.Signals, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "bounceparse", "process", "-", "--out", str(out), "--verbose"]

    def heed() -> None:  # a shell that starts the tests in the background has its children ignore SIGINT
        signal.signal(number, signal.SIG_DFL)

    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        mail = b"From a Mon Mar  3 10:00:00 2025\nSubject: x\n\nhello\n\n"
        for _ in range(20_000):  # more than every buffer on the way, so that reading has begun
            running.stdin.write(mail)
        running.stdin.flush()
        assert running.stderr.readline().startswith(b"reading")
        os.kill(running.pid, number)
        running.stdin.close()
        rest = running.stderr.read()
        assert running.wait() == 3
    assert rest == b"bounceparse: stopped before the end; it is safe to run again\n"
    assert {path.name for path in out.iterdir()} <= {"ledger.sqlite3", "ledger.sqlite3.lock"}


def test_the_help_of_a_command_matches_the_list() -> None:
    subparsers = next(a for a in build_parser()._actions if a.dest == "command")
    assert list(subparsers.choices or ()) == list(COMMANDS)


def test_closed_standard_streams_are_no_fault(tmp_path: Path, bounce_mail: Any) -> None:
    (tmp_path / "a.eml").write_bytes(bounce_mail())
    command = f"cd {tmp_path} && {sys.executable} -m bounceparse process -q a.eml --out out <&- >&-"
    environment = {**os.environ, "PYTHONPATH": str(Path(main_module.__file__).parents[2])}
    assert subprocess.run(["bash", "-c", command], env=environment, check=False).returncode == 0
    assert (tmp_path / "out" / "remove.csv").exists()
