"""``explain`` reads like a helpful letter, for a code, a reply and a bounce file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bounceparse.cli.main import main
from bounceparse.explainer import about_message, explain
from bounceparse.letters import lay_out
from bounceparse.record import SourceError, UsageError

LETTER_452 = """\
The server answered 452. In the words of the standard: Requested action not
taken: insufficient system storage.

What happened
  The receiving server has no room at this moment: its disk is full or it is
  short of resources. The same code also answers too many recipients in one
  message.

452, digit by digit
  4  Temporary failure, try again: nothing was done this time, but the same mail
     may pass later, unchanged.
  5  Mail system: a mailbox, its storage, or the mail itself.
  2  Exactly: Requested action not taken: insufficient system storage.

Whose fault it is
  The receiving server's; or nobody's, when the message just had too many
  recipients for one go.

What to do next
  Let your server try again later; nothing on your side needs to change. If the
  words say "too many recipients", the rest of them are sent in the next round.
  Mail servers try again by themselves for some days; you don't have to send the
  mail again.

Good to know
  RFC 5321 section 4.5.3.1.10 wants 452 for "too many recipients", and section
  4.5.3.1.9 for a disk that is full; many servers use it for one full mailbox,
  too (enhanced code 4.2.2).

Where this is written
  RFC 5321 sections 4.2.3 and 4.5.3.1.10."""

BOUNCE = b"""\
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
To: news@shop.example
Subject: Undelivered Mail Returned to Sender
Date: Mon, 2 Mar 2026 10:00:05 +0000
Message-Id: <20260302100005.1F2E3D@mail.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

<anna@customer.example>: host mx.customer.example[192.0.2.7] said: 550 5.1.1
    <anna@customer.example>: Recipient address rejected: User unknown

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Final-Recipient: rfc822; anna@customer.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.customer.example
Diagnostic-Code: smtp; 550 5.1.1 <anna@customer.example>: Recipient address
    rejected: User unknown

--b1
Content-Type: text/rfc822-headers

From: news@shop.example
To: anna@customer.example
Subject: Our spring letter
Date: Mon, 2 Mar 2026 10:00:00 +0000

--b1--
"""


def parts(letter: str) -> dict[str, str]:
    """Return the body of each section, joined to one line, by its heading; the opening under ''."""
    found = {}
    for block in letter.split("\n\n"):
        lines = block.split("\n")
        headed = len(lines) > 1 and lines[1].startswith("  ")
        found[lines[0] if headed else ""] = " ".join(line.strip() for line in (lines[1:] if headed else lines))
    return found


def test_the_letter_about_452() -> None:
    assert explain("452") == LETTER_452
    assert explain(452) == LETTER_452


def test_a_code_outside_the_tables_is_read_by_its_digits() -> None:
    letter = parts(explain("459")), parts(explain("559"))
    assert "Node not allowed" in letter[0][""]
    assert "559 is in no standard" in letter[1][""]
    assert letter[1]["559, digit by digit"].startswith("5 Permanent failure".replace("5 P", "5  P"))
    assert "Keep the address meanwhile" in letter[1]["What to do next"]


def test_old_tables_are_put_right() -> None:
    assert "Old tables" in parts(explain("551"))["Good to know"]
    assert '"lost connection"' in parts(explain("554"))["Good to know"]


def test_the_letter_about_an_enhanced_code() -> None:
    letter = parts(explain("#5.1.1"))
    assert "Bad destination mailbox address" in letter[""]
    assert "the part before the @ doesn't exist" in letter["What happened"]
    assert "1  About an address, the recipient's or the sender's." in letter["5.1.1, part by part"]
    assert "RFC 3463 section 3.2" in letter["Where this is written"]
    assert letter["It goes with"] == "Reply code 451, 550."


def test_an_enhanced_code_that_the_registry_lacks_is_told_honestly() -> None:
    letter = parts(explain("5.7.606"))
    assert "The registry doesn't list 5.7.606" in letter[""]
    assert "security or policy" in letter["5.7.606, part by part"]


def test_the_letter_about_a_reply() -> None:
    letter = parts(
        explain(
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org;"
            " https://www.spamhaus.org/query/ip/192.0.2.1"
        )
    )
    assert list(letter) == [
        "The server said",
        "In short",
        "What happened",
        "Whose move it is",
        "What to do next",
        "When to try again",
        "554, digit by digit",
        "5.7.1, part by part",
        "What this rests on",
        "Pages that help",
    ]
    assert letter["In short"] == "Sender listed or distrusted. Keep the address; the sender's side needs mending."
    assert letter["What happened"].endswith("The blocklist named is Spamhaus ZEN.")
    assert "https://www.spamhaus.org/query/ip/192.0.2.1" in letter["Pages that help"]
    assert "https://check.spamhaus.org/" in letter["Pages that help"]
    assert letter["What this rests on"].startswith("The rule ")


def test_the_provider_is_known_by_the_words_too() -> None:
    letter = parts(
        explain("421 4.7.28 Unusual rate of mail. Please visit https://support.google.com/mail/?p=Unsolicited")
    )
    assert "The server's own: https://support.google.com/mail/?p=Unsolicited" in letter["Pages that help"]
    assert "Postmaster Tools: https://postmaster.google.com/" in letter["Pages that help"]
    assert "Pages that help" not in parts(explain("550 5.1.1 <anna@gmail.com>: user unknown"))


def test_the_time_that_the_server_names_is_told() -> None:
    letter = parts(explain("451 4.7.1 Greylisted, please try again in 300 seconds"))
    assert letter["When to try again"] == "The server itself names a time: in 5 minutes."


def test_a_temporary_no_such_user_is_not_taken_off_at_once() -> None:
    letter = parts(explain("450 4.1.1 <a@b.example>: Recipient address rejected: User unknown"))
    assert letter["In short"] == "No such mailbox. Keep the address and try again later."
    assert letter["What to do next"].startswith("The server called it temporary, so keep the address for now.")


def test_the_letter_about_a_bounce_file(tmp_path: Path) -> None:
    path = tmp_path / "returned.eml"
    path.write_bytes(BOUNCE)
    letter = parts(explain(path))
    assert (
        letter[""]
        .replace(str(path), "FILE")
        .endswith('is a bounce from mail.example.net about your mail "Our spring letter" of 2026-03-02.')
    )
    assert letter["anna@customer.example"] == "The mail was not delivered. mx.customer.example refused it."
    assert letter["In short"] == "No such mailbox. Take the address off your lists."
    assert "User unknown" in letter["The server said"]
    assert "User unknown" in letter["What this rests on"]
    assert explain(str(path)) == explain(path)


def test_a_message_that_is_no_failure() -> None:
    letter = lay_out(about_message(b"From: a@b.example\nTo: c@d.example\nSubject: Hello\n\nHow are you?\n"))
    assert "This message is ordinary mail." in letter
    assert "Not a bounce" in letter


def test_terminal_control_characters_never_come_through() -> None:
    letter = explain("550 5.1.1 No such user \x1b]0;owned\x07 \x1b[31m")
    assert "\x1b" not in letter
    assert "\x07" not in letter


@pytest.mark.parametrize("width", [20, 50, 80, 200])
def test_lines_fit_the_width(width: int) -> None:
    lines = explain("552 5.2.2 Mailbox full", width).split("\n")
    assert max(len(line) for line in lines) <= max(40, min(width, 80))


def test_headings_are_bold_only_on_request() -> None:
    assert "\x1b[1mWhat happened\x1b[0m" in explain("550", bold=True)
    assert "\x1b" not in explain("550")


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("", "nothing to explain"),
        ("   ", "nothing to explain"),
        ("999", "three digits"),
        ("5500", "no reply code"),
        ("3.1.1", "no enhanced status code"),
        ("/no/such/file.eml", "there is no file"),
        ("missing.eml", "there is no file"),
        ("nonsense", "neither a code nor a reply nor a file"),
        ("\0", "neither"),
    ],
)
def test_nonsense_gets_one_line_that_says_what_to_do(what: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        explain(what)
    assert "\n" not in str(caught.value)


def test_a_folder_is_sent_to_the_right_command(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bounceparse process"):
        explain(str(tmp_path))


def test_a_missing_path_object_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        explain(tmp_path / "missing.eml")


def test_the_command_joins_words_to_one_reply(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "552", "5.2.2", "Mailbox", "full"]) == 0
    assert "Mailbox full. Keep the address and try again later." in capsys.readouterr().out


def test_the_command_refuses_nonsense_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "nonsense"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_a_bare_code_needs_no_heavy_imports() -> None:
    program = (
        "import sys; from bounceparse.cli.main import main; main(['explain', '550']);"
        "print([m for m in ('pandas', 'mailparser', 'flufl.bounce', 'bounceparse.reasons.engine') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
