"""Replies of no known server, in plain words: who is dead, and who must be kept although the words look alike."""

from __future__ import annotations

import pytest

from bounceparse import classify

DEAD = [
    "550 Verification failed for recipient: no such user",
    "550-Callback setup failed while verifying recipient 550 no such mailbox",
    "550 5.7.1 User unknown, message rejected by policy of this host",
    "550 the recipient's email address does not exist. Please inform the sender",
    "550 Your email cannot be delivered because the mailbox was deactivated",
    "554 5.7.1 No such user - rejected at the border",
    "550 unknown or illegal user: someone@example.net",
    "550 We don't know this person",
    "550 mailbox <someone> is not available on this system",
    "550 The email account you are trying to reach is disabled",
    "550 someone is not with our company any longer",
    "553 5.3.0 This account has been permanently shut",
    "550 5.4.4 no A, AAAA or MX for example.invalid",
    "553 5.1.3 Invalid recipient address",
]

LIVE = [
    "550 Mailbox unavailable: message looks like junk",
    "550 5.2.3 Recipient does not accept messages this large",
    "550 5.1.1 192.0.2.7 does not exist in our list of trusted mail servers",
    "501 Invalid RCPT parameter",
    "550 5.1.7 Address rejected someone@example.org",
    "501 5.5.4 Invalid domain name",
    "525 5.7.13 User Account Disabled",
    "550 5.2.1 account inactive because mailbox is over its limit",
    "550 5.1.1 Sender's mailbox could not be verified: user unknown",
    "550 5.1.1 sender mailbox disabled",
    "550 user someone not found: SMTP AUTH failed",
    "550 5.1.1 Sender unknown yet, greylisting in effect, come back in 5 minutes",
    "550 5.2.1 mailbox accepts mail from its own domain only",
    "550 5.1.1 The recipient rejected the message",
    "550 5.1.1 This address does not accept replies",
    "554 5.7.1 <someone@example.net>: Recipient address rejected: Restricted recipient",
    "554 mailing loop: recipient unknown to final host",
    "Message rejected. Original error from backend: 421 4.3.2 backend offline user unknown? no: policy",
    "521 5.2.1 This host takes no mail from you: blocked",
    "550 5.7.1 I do not want your newsletter, error 550 5.1.1 user unknown is what you get",
]

ANSWERS = [
    ("421 4.7.1 Intrusion prevention active for [192.0.2.7]", "sender_reputation", "fix_sender"),
    ("550 we are currently not accepting mail from your provider because of spam", "sender_reputation", "fix_sender"),
    ("550 5.7.1 Unwanted contents of the HELO command", "rdns_or_helo", "fix_sender"),
    ("550 5.7.1 HTML scripts inside header", "content_rejected", "fix_sender"),
    ("550 5.7.1 Encryption too weak", "tls_required", "fix_sender"),
    ("450 Error running virus scanner", "system_error", "retry"),
    ("450 Requested mail action not taken: mailbox unavailable", "mailbox_disabled", "retry"),
    ("550 5.7.1 Command rejected: XGEMAIL_0009", "filtered", "review"),
    ("550 Your message is too large for us: 35 MB, limit 25 MB", "message_too_big", "fix_sender"),
    ("421 You already have 5 connections open", "too_many_connections", "retry"),
]


@pytest.mark.parametrize("reply", DEAD)
def test_what_is_said_plainly_of_the_recipient_removes(reply: str) -> None:
    assert classify(reply).decision == "remove"


@pytest.mark.parametrize("reply", LIVE)
def test_a_like_sounding_cause_elsewhere_removes_nobody(reply: str) -> None:
    assert classify(reply).decision != "remove"


@pytest.mark.parametrize(("reply", "reason", "decision"), ANSWERS)
def test_what_a_refusal_names_decides(reply: str, reason: str, decision: str) -> None:
    answer = classify(reply)
    assert (answer.reason, answer.decision) == (reason, decision)
