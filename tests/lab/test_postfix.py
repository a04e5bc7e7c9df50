"""A real Postfix on loopback sends to a scripted server, and the bounces it makes are read.

Needs Postfix and root, since Postfix starts for root only; skipped without them, but not where CI=true.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bounceparse.parser import parse_message
from bounceparse.record import Bounce, Kind, Severity

if TYPE_CHECKING:
    from conftest import ScriptedServer

WAIT = 60  # seconds for one bounce; it comes within one
SERVICES = """\
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
anvil     unix - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""
SETTINGS = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = sender.example
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:none
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{port}
smtp_host_lookup = native
disable_dns_lookups = yes
smtp_tls_security_level = none
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
"""


@pytest.fixture(scope="module")
def postfix(scripted_server: ScriptedServer) -> Iterator[Path]:
    """Start a Postfix of our own; yield its configuration directory."""
    missing = "Postfix is not installed" if shutil.which("postfix") is None else ""
    if os.name != "posix" or (not missing and os.geteuid() != 0):
        missing = "Postfix starts for root only"
    if missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing}: install the package postfix and run as root")
        pytest.skip(missing)
    # a short path of its own: Unix sockets allow some hundred characters, and user postfix must get in
    home = Path(tempfile.mkdtemp(prefix="bp-postfix-"))
    home.chmod(0o755)
    etc = home / "etc"
    for folder in (etc, home / "queue", home / "data"):
        folder.mkdir(mode=0o755)
    shutil.chown(home / "data", "postfix")
    (etc / "main.cf").write_text(SETTINGS.format(home=home, port=scripted_server.port), encoding="utf-8")
    (etc / "master.cf").write_text(SERVICES, encoding="utf-8")
    started = subprocess.run(["postfix", "-c", etc, "start"], capture_output=True, text=True, timeout=60, check=False)
    try:
        assert started.returncode == 0, started.stderr + started.stdout
        yield etc
    finally:
        subprocess.run(["postfix", "-c", etc, "stop"], capture_output=True, timeout=60, check=False)
        shutil.rmtree(home, ignore_errors=True)


def _bounces_of(server: ScriptedServer, etc: Path, recipients: list[str]) -> dict[str | None, Bounce]:
    """Send one message through Postfix; return the records of its bounce by recipient."""
    fields = (
        b"From: News <news@sender.example>\nSubject: error 550 5.1.1 user unknown\nMessage-ID: <n1@sender.example>\n"
    )
    message = fields + b"\nHello\n"
    command = ["sendmail", "-C", str(etc), "-f", "news@sender.example", "--", *recipients]
    subprocess.run(command, input=message, timeout=60, check=True)
    records = parse_message(server.bounces.get(timeout=WAIT))
    return {record.recipient: record for record in records}


def test_refusals_are_read_as_the_server_gave_them(scripted_server: ScriptedServer, postfix: Path) -> None:
    gone, full, posing = "gone@mx.example", "full@mx.example", "posing@mx.example"
    scripted_server.replies = {
        gone: ["550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found"],
        full: ["552-5.2.2 The mailbox is over quota. Please direct", "552 5.2.2 the recipient to the help pages"],
        posing: ["550-Action: delayed", "550-Final-Recipient: rfc822; victim@innocent.example", "550 Status: 4.4.1"],
    }
    found = _bounces_of(scripted_server, postfix, [gone, full, posing, "well@mx.example"])
    assert {record.kind for record in found.values()} == {Kind.FAILED}
    assert {address: (record.reply_code, record.command) for address, record in found.items()} == {
        gone: (550, "RCPT"),
        full: (552, "RCPT"),
        posing: (550, "RCPT"),
    }
    assert (found[gone].enhanced_status, found[full].enhanced_status) == ("5.1.10", "5.2.2")
    assert found[full].reply_text == "The mailbox is over quota. Please direct the recipient to the help pages"
    assert found[gone].original_message_id == "<n1@sender.example>"
    assert found[gone].reporting_mta == "sender.example"


def test_giving_up_on_a_temporary_refusal(scripted_server: ScriptedServer, postfix: Path) -> None:
    later = "later@mx.example"
    scripted_server.replies = {later: ["451 4.7.1 Greylisted, come back in 5 minutes"]}
    record = _bounces_of(scripted_server, postfix, [later])[later]
    assert (record.kind, record.severity) == (Kind.FAILED, Severity.TEMPORARY)
    assert (record.reply_code, record.enhanced_status) == (451, "4.7.1")
