"""The forgery guard: genuine bounces are proven, forged ones of each kind are not."""

from __future__ import annotations

import sqlite3
import subprocess

import pytest

from bounceparse.proof import Key, ProofKind, ProofSettings, prove
from bounceparse.proof.settings import SentLogSettings
from bounceparse.proof.verp import find_verp, make_batv, make_header, make_verp
from bounceparse.record import Bounce, ConfigurationError, Kind, UsageError

from .keys import PRIVATE, PUBLIC

NOW = 1_790_000_000
DAY = 86_400
KEY = Key("k1", b"a secret of ours")
OLD = Key("k0", b"an older secret")
OTHER = Key("k1", b"somebody else's guess")
SENDER = "bounces@news.sender.example"


def bounce(recipient="jane@example.org", **more):
    return Bounce(source="x", position=0, event_id="e1", kind=Kind.FAILED, recipient=recipient, **more)


def report(*, to=SENDER, original=b"", extra=b""):
    return (
        b"From: MAILER-DAEMON@mx.example.org\nTo: %s\nSubject: Undelivered\nDate: Mon, 1 Sep 2026 10:00:00 +0000\n%s"
        b"MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=XX\n\n"
        b"--XX\nContent-Type: text/plain\n\nNo such user\n--XX\nContent-Type: message/delivery-status\n\n"
        b"Final-Recipient: rfc822; jane@example.org\nStatus: 5.1.1\nAction: failed\n\n"
        b"--XX\nContent-Type: message/rfc822\n\n%s\n--XX--\n" % (to.encode(), extra, original)
    )


def kind(raw, settings, record=None, **options):
    return prove(raw, record or bounce(), settings, now=options.pop("now", NOW), **options).kind


# ── tagged addresses and headers ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "recipient", ["jane@example.org", "Jane.Doe+tag@Example.ORG", "o'neil=x@sub.example.org", "j-_~!#$%&*/?^`{|}@a.b"]
)
def test_a_verp_address_comes_back_as_its_recipient(recipient):
    address = make_verp(recipient, SENDER, KEY, NOW)
    (tagged,) = find_verp(f"To: <{address}>\n".encode(), [KEY], NOW, 60)
    assert (tagged.recipient, tagged.key) == (recipient, "k1")
    (shouted,) = find_verp(f"To: <{address.upper()}>\n".encode(), [KEY], NOW, 60)
    assert shouted.recipient.casefold() == recipient.casefold()


def test_verp_proves_only_its_own_recipient():
    settings = ProofSettings(keys=(KEY,))
    assert kind(report(to=make_verp("jane@example.org", SENDER, KEY, NOW)), settings) is ProofKind.VERP
    stolen = report(to=make_verp("attacker@evil.example", SENDER, KEY, NOW))
    assert kind(stolen, settings) is ProofKind.NONE
    retold = make_verp("attacker@evil.example", SENDER, KEY, NOW).replace("attacker=evil.example", "jane=example.org")
    assert kind(report(to=retold), settings) is ProofKind.NONE
    assert kind(report(to=make_verp("jane@example.org", SENDER, OTHER, NOW)), settings) is ProofKind.NONE
    assert kind(report(to="bounces+jane=example.org@news.sender.example"), settings) is ProofKind.NONE


def test_verp_grows_old_and_keys_rotate():
    settings = ProofSettings(keys=(KEY, OLD), max_age_days=60)
    before = report(to=make_verp("jane@example.org", SENDER, OLD, NOW - 60 * DAY))
    assert kind(before, settings) is ProofKind.VERP
    assert kind(before, settings, now=NOW + DAY) is ProofKind.NONE
    assert kind(before, ProofSettings(keys=(KEY,))) is ProofKind.NONE
    ahead = report(to=make_verp("jane@example.org", SENDER, KEY, NOW + 5 * DAY))
    assert kind(ahead, settings) is ProofKind.NONE


def test_verp_refuses_what_is_no_address():
    with pytest.raises(UsageError):
        make_verp("jane", SENDER, KEY, NOW)
    with pytest.raises(UsageError):
        make_verp("jane@example.org", "bounces", KEY, NOW)


def test_batv_is_ours_and_lasts_a_week():
    key = Key("3", b"batv secret")
    settings = ProofSettings(batv_keys=(key,))
    raw = report(to=make_batv(SENDER, key, NOW))
    assert kind(raw, settings) is ProofKind.BATV
    assert kind(raw, settings, now=NOW + 7 * DAY) is ProofKind.BATV
    assert kind(raw, settings, now=NOW + 8 * DAY) is ProofKind.NONE
    assert kind(report(to=make_batv(SENDER, Key("3", b"guess"), NOW)), settings) is ProofKind.NONE
    assert kind(report(to=make_batv("other@x.example", key, NOW).replace("other@x.example", SENDER)), settings) is (
        ProofKind.NONE
    )
    with pytest.raises(UsageError, match="one digit"):
        make_batv(SENDER, KEY, NOW)


def test_the_batv_hash_is_the_drafts():
    """HMAC-SHA-1 over K, DDD and the address, the first three bytes, counted with another tool."""
    key = Key("0", b"secret")
    made = make_batv("user@example.com", key, 0)
    assert made.startswith("prvs=0007")
    command = ["openssl", "dgst", "-sha1", "-hmac", "secret"]
    try:
        told = subprocess.run(command, input=b"0007user@example.com", capture_output=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no openssl to compare with")
    assert made[9:15] == told.split()[-1][:6].decode()


def test_our_header_in_the_returned_original_proves_its_own_mail():
    settings = ProofSettings(keys=(KEY,))
    value = make_header("jane@example.org", "<1@sender.example>", KEY, NOW).encode()
    original = b"Message-ID: <1@sender.example>\nX-Bounce-Proof: %s\n\nhello\n" % value
    record = bounce(original_message_id="1@sender.example")
    assert kind(report(original=original), settings, record) is ProofKind.HEADER
    assert kind(report(original=original), settings, bounce(original_message_id="2@sender.example")) is ProofKind.NONE
    victim = bounce("victim@example.org", original_message_id="1@sender.example")
    assert kind(report(original=original), settings, victim) is ProofKind.NONE


# ── the sent log ─────────────────────────────────────────────────────────────────────────────────────────


def sqlite_log(tmp_path):
    connection = sqlite3.connect(tmp_path / "sent.db")
    connection.execute("CREATE TABLE IF NOT EXISTS sent (message_id TEXT, recipient TEXT)")
    connection.execute("INSERT INTO sent VALUES ('1@sender.example', 'Jane@example.org'), ('2@sender.example', NULL)")
    connection.commit()
    connection.close()
    return SentLogSettings(sqlite=tmp_path / "sent.db", query="SELECT recipient FROM sent WHERE message_id = ?")


def csv_log(tmp_path):
    path = tmp_path / "sent.csv"
    path.write_text("message_id,envelope_id,recipient\n<1@sender.example>,env-1,Jane@example.org\n2@sender.example,,\n")
    return SentLogSettings(csv=path)


@pytest.mark.parametrize("make", [sqlite_log, csv_log])
def test_the_sent_log_proves_what_it_holds(make, tmp_path):
    settings = ProofSettings(sent_log=make(tmp_path))
    assert kind(report(), settings, bounce(original_message_id="<1@sender.example>")) is ProofKind.SENT_LOG
    assert kind(report(), settings, bounce(original_message_id="9@sender.example")) is ProofKind.NONE
    assert kind(report(), settings, bounce()) is ProofKind.NONE
    known_to_all = bounce("victim@example.org", original_message_id="1@sender.example")
    assert kind(report(), settings, known_to_all) is ProofKind.NONE
    untold = bounce(original_message_id="2@sender.example")
    assert kind(report(), settings, untold) is ProofKind.NONE
    trusting = ProofSettings(sent_log=make(tmp_path), any_recipient=True)
    assert kind(report(), trusting, untold) is ProofKind.SENT_LOG


def test_the_envelope_id_is_looked_up_too(tmp_path):
    settings = ProofSettings(sent_log=csv_log(tmp_path))
    assert kind(report(), settings, bounce(envelope_id="env-1")) is ProofKind.SENT_LOG


def test_a_wrong_sent_log_is_a_configuration_error(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    for wrong in (
        SentLogSettings(),
        SentLogSettings(csv=tmp_path / "none.csv"),
        SentLogSettings(csv=tmp_path / "x.csv"),
        SentLogSettings(sqlite=tmp_path / "none.db", query="SELECT 1 WHERE ? = 1"),
        SentLogSettings(sqlite=tmp_path / "none.db", query="SELECT 1"),
    ):
        with pytest.raises(ConfigurationError):
            prove(report(), bounce(), ProofSettings(sent_log=wrong), now=NOW)


# ── DKIM and ARC, with keys of our own and no network ────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def key_pair():
    pytest.importorskip("dkim")
    return PRIVATE, PUBLIC


def dns_for(public):
    def dns(name, timeout=5):
        ours = (b"s1._domainkey.sender.example.", b"s1._domainkey.provider.example.")
        return b"v=DKIM1; k=rsa; p=" + public if name in ours else None

    return dns


def signed(pem, domain, message):
    import dkim

    fields = [b"from", b"to", b"subject"]
    signature = dkim.sign(message, b"s1", domain, pem, include_headers=fields, canonicalize=(b"relaxed", b"relaxed"))
    return signature.replace(b"\r\n", b"\n") + message


ORIGINAL = (
    b"From: news@sender.example\nTo: Jane <jane@example.org>\nSubject: News\nMessage-ID: <1@sender.example>\n\nHello\n"
)


def test_our_dkim_signature_on_the_returned_original_proves_it(key_pair):
    pem, public = key_pair
    dns = dns_for(public)
    settings = ProofSettings(domains=frozenset({"sender.example"}))
    original = signed(pem, b"sender.example", ORIGINAL)
    assert kind(report(original=original), settings, dns=dns) is ProofKind.DKIM
    altered = original.replace(b"Hello", b"Goodbye")
    assert kind(report(original=altered), settings, dns=dns) is ProofKind.NONE
    redirected = original.replace(b"jane@example.org", b"victim@example.org")
    assert kind(report(original=redirected), settings, bounce("victim@example.org"), dns=dns) is ProofKind.NONE
    assert kind(report(original=original), settings, bounce("victim@example.org"), dns=dns) is ProofKind.NONE
    foreign = signed(pem, b"provider.example", ORIGINAL)
    assert kind(report(original=foreign), settings, dns=dns) is ProofKind.NONE
    assert kind(report(original=ORIGINAL), settings, dns=dns) is ProofKind.NONE


def test_a_report_signed_by_a_believed_reporter_is_proven(key_pair):
    pem, public = key_pair
    dns = dns_for(public)
    raw = signed(pem, b"provider.example", report())
    believed = ProofSettings(reporters=frozenset({"provider.example"}))
    assert kind(raw, believed, dns=dns) is ProofKind.REPORTER
    assert kind(raw, ProofSettings(reporters=frozenset({"other.example"})), dns=dns) is ProofKind.NONE
    assert kind(raw.replace(b"No such user", b"No such luck"), believed, dns=dns) is ProofKind.NONE
    assert kind(report(), believed, dns=dns) is ProofKind.NONE


def test_a_seal_of_a_believed_forwarder_is_proven(key_pair):
    dkim = pytest.importorskip("dkim")
    pytest.importorskip("authres")  # dkimpy signs ARC only with it
    pem, public = key_pair
    dns = dns_for(public)
    raw = report(extra=b"Authentication-Results: provider.example; none\n")
    arc = dkim.arc_sign(
        raw, b"s1", b"provider.example", pem, b"provider.example", include_headers=[b"from", b"to", b"subject"]
    )
    sealed = b"".join(arc).replace(b"\r\n", b"\n") + raw
    believed = ProofSettings(reporters=frozenset({"provider.example"}))
    assert kind(sealed, believed, dns=dns) is ProofKind.ARC
    assert kind(sealed.replace(b"No such user", b"No such luck"), believed, dns=dns) is ProofKind.NONE
    assert kind(sealed, ProofSettings(reporters=frozenset({"other.example"})), dns=dns) is ProofKind.NONE


@pytest.mark.parametrize("raw", [b"", b"\0", b"DKIM-Signature: v=1\n\n", b"ARC-Seal: i=1\nDKIM-Signature: \xff\n\n"])
def test_damage_proves_nothing(raw):
    settings = ProofSettings(
        keys=(KEY,), batv_keys=(Key("1", b"x"),), domains=frozenset({"a.example"}), reporters=frozenset({"b.example"})
    )
    pytest.importorskip("dkim")
    assert kind(raw, settings, dns=lambda name, timeout=5: None) is ProofKind.NONE


def test_without_configuration_nothing_is_proven():
    assert kind(report(), ProofSettings()) is ProofKind.NONE
