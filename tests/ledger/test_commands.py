"""The commands around the ledger: policy, ledger, delivered, verp; and the configuration file."""

from __future__ import annotations

import json

import pytest

from bounceparse import config
from bounceparse.cli.main import main
from bounceparse.policy.evidence import Evidence
from bounceparse.policy.settings import Track
from bounceparse.record import ConfigurationError

from .conftest import make_bounce
from .test_ledger import night

FULL = """
ledger = "state/ledger.sqlite3"
recipients = "list.txt"
night_hours = 6

[policy]
lapse_days = 20
never_remove = ["Boss@example.com", "@partner.example"]
never_remove_file = "protected.txt"
require_proof = true
mailbox_weak = { count = 3, span_days = 2 }
temporary = { count = 4, window_days = 10, quarantine_days = [1, 2] }

[policy.lists."News <news.example.org>"]
mailbox_clear = { count = 2, span_days = 1 }

[brake]
share = 0.1
count = 50

[proof]
domains = ["Sender.example"]
keys = [{ name = "k2", secret_env = "TEST_SECRET" }, { name = "k1", secret_file = "old.key" }]

[proof.sent_log]
csv = "sent.csv"
"""


def test_the_configuration_file_sets_everything(tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_SECRET", "0123456789")
    (tmp_path / "old.key").write_text("abcdefgh\n")
    (tmp_path / "protected.txt").write_text("# ours\nceo@example.com\n")
    (tmp_path / "b.toml").write_text(FULL)
    found = config.load(tmp_path / "b.toml")
    assert found.ledger == str(tmp_path / "state/ledger.sqlite3")
    assert found.recipients == tmp_path / "list.txt"
    assert found.policy.tracks[Evidence.MAILBOX_WEAK] == Track(3, span_days=2)
    assert found.policy.tracks[Evidence.TEMPORARY] == Track(4, window_days=10, quarantine_days=(1, 2))
    assert found.policy.tracks[Evidence.COMPLAINT] == Track(1)
    assert found.policy.never_remove == {"boss@example.com", "@partner.example", "ceo@example.com"}
    own = found.policy.for_list("news.example.org")
    assert own.tracks[Evidence.MAILBOX_CLEAR] == Track(2, span_days=1)
    assert own.tracks[Evidence.MAILBOX_WEAK] == Track(3, span_days=2)
    assert own.lapse_days == 20
    assert (found.brake.share, found.brake.count, found.brake.domain_minimum) == (0.1, 50, 100)
    assert [key.name for key in found.proof.keys] == ["k2", "k1"]
    assert found.proof.keys[1].secret == b"abcdefgh"
    assert "abcdefgh" not in repr(found)
    assert found.proof.domains == {"sender.example"}


def test_without_a_file_the_defaults_hold(monkeypatch):
    monkeypatch.delenv(config.VARIABLE, raising=False)
    assert config.load(None) == config.Config()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[polcy]", "polcy"),
        ("[policy]\nlapse = 3", "lapse"),
        ("[policy]\nlapse_days = 'x'", "lapse_days"),
        ("[policy]\nlapse_days = -1", "lapse_days"),
        ("[policy]\ntemporary = { count = true }", "count"),
        ("[policy]\ntemporary = { quarantine_days = 3 }", "quarantine_days"),
        ("[policy.lists.a.lists.b]", "lists"),
        ("[brake]\nshares = 1", "shares"),
        ("[[proof.keys]]\nname = 'a b'\nsecret = '12345678'", "letters and digits"),
        ("[[proof.keys]]\nname = 'a'\nsecret = 'short'", "at least 8"),
        ("[[proof.keys]]\nname = 'a'\nsecret_file = 'nowhere'", "nowhere"),
        ("[[proof.batv_keys]]\nname = 'a'\nsecret = '12345678'", "one digit"),
        ("not toml", "TOML"),
    ],
)
def test_a_wrong_file_is_one_clear_line(text, words, tmp_path, capsys):
    (tmp_path / "b.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        config.load(tmp_path / "b.toml")
    assert main(["policy", "--config", str(tmp_path / "b.toml")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_policy_prints_the_table_in_force(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv(config.VARIABLE, raising=False)
    assert main(["policy"]) == 0
    text = capsys.readouterr().out
    for words in (
        "complaint",
        "remove at 1",
        "remove at 2 distinct days, first and last at least 1 day apart",
        "remove at 3 distinct days, first and last at least 3 days apart",
        "quarantine 14 days, then 30 days, then 60 days; after each the same again, at last remove",
        "quarantine 30 days; after it one more, at last remove",
    ):
        assert words in text
    (tmp_path / "b.toml").write_text("[policy.lists.x]\nmailbox_weak = { count = 7 }\n")
    monkeypatch.setenv(config.VARIABLE, str(tmp_path / "b.toml"))
    assert main(["policy"]) == 0
    assert "list x:" in (text := capsys.readouterr().out)
    assert "remove at 7 distinct days" in text


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    night(folder / "ledger.sqlite3", folder, [make_bounce("a@example.com", "e1"), make_bounce("b@example.com", "e2")])
    return folder


def test_the_ledger_commands(out, tmp_path, capsys):
    def run(*words):
        status = main(["ledger", *words, "--ledger", str(out)])
        return status, capsys.readouterr()

    status, said = run("show", "A@example.com")
    assert (status, said.out.splitlines()[0]) == (0, "a@example.com: suppressed: no such mailbox, said clearly")
    assert run("show", "x@example.com")[0] == 2
    (tmp_path / "list.txt").write_text("A@Example.com\nc@example.com\n")
    assert run("check", str(tmp_path / "list.txt"))[1].out == "a@example.com\n"
    status, said = run("runs")
    assert said.out.split()[0] == "1"
    status, said = run("dump")
    assert json.loads(said.out.splitlines()[0])[:2] == ["events", "a@example.com"]
    assert run("forgive", "a@example.com", "--note", "typing error")[0] == 0
    assert run("check", str(tmp_path / "list.txt"))[1].out == ""
    assert "typing error" in run("show", "a@example.com")[1].out
    assert run("forgive", "1", "--note", "all of it")[0] == 0
    assert run("forgive", "99", "--note", "x")[0] == 2
    assert run("forget", "b@example.com", "--keep-suppressed")[0] == 0
    assert run("approve")[0] == 0


def test_delivered_tells_the_ledger(out, tmp_path, capsys):
    (tmp_path / "told.txt").write_text("a@example.com\nnew@example.com\n")
    assert main(["delivered", str(tmp_path / "told.txt"), "--ledger", str(out / "ledger.sqlite3")]) == 0
    assert "read 2 deliveries" in capsys.readouterr().out
    assert main(["ledger", "show", "a@example.com", "--ledger", str(out)]) == 0
    assert "took mail after that" in capsys.readouterr().out
    assert main(["delivered", str(tmp_path / "none"), "--ledger", str(out)]) == 2


def test_a_ledger_that_is_not_there_is_a_usage_error(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv(config.VARIABLE, raising=False)
    assert main(["ledger", "show", "a@example.com"]) == 2
    assert "--ledger" in capsys.readouterr().err
    assert main(["ledger", "show", "a@example.com", "--ledger", str(tmp_path / "none.sqlite3")]) == 2
    assert not (tmp_path / "none.sqlite3").exists()


def test_verp_makes_and_checks(tmp_path, capsys, monkeypatch):
    path = tmp_path / "b.toml"
    path.write_text(
        "[proof]\nkeys = [{ name = 'k1', secret = '0123456789' }]\n"
        "batv_keys = [{ name = '1', secret = '0123456789' }]\n"
    )
    monkeypatch.setenv(config.VARIABLE, str(path))
    assert main(["verp", "make", "jane@example.org", "--sender", "bounces@news.example.com"]) == 0
    address = capsys.readouterr().out.strip()
    assert address.startswith("bounces+jane=example.org+k1.")
    assert main(["verp", "check", address]) == 0
    assert "mail to jane@example.org" in capsys.readouterr().out
    assert main(["verp", "check", address.replace("jane", "joan")]) == 1
    assert main(["verp", "make", "--batv", "--sender", "bounces@news.example.com"]) == 0
    address = capsys.readouterr().out.strip()
    assert main(["verp", "check", address]) == 0
    assert main(["verp", "make", "jane@example.org", "--header", "<1@x.example>"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("X-Bounce-Proof: k1.")
    monkeypatch.delenv(config.VARIABLE)
    assert main(["verp", "make", "jane@example.org", "--sender", "bounces@news.example.com"]) == 2
    assert main(["verp", "make", "jane@example.org"]) == 2
