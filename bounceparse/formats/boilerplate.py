"""What every notice of a program says alike: left out where a cause is looked for in its words."""

from __future__ import annotations

from bounceparse.formats.sieve import late

# Beginnings of paragraphs, in lower case, as the programs print them; none of them states a cause.
_BEGINNINGS = (
    "this message was created automatically",
    "a message that you sent could not be delivered",
    "a message that you have sent could not be delivered",
    "a message that you sent has not yet been delivered",
    "a message sent by",
    "this is the mail system at",
    "this is the postfix",
    "this is the mailer-daemon",
    "this is the dragonfly mail agent",
    "this is the mail delivery agent",
    "this is an automatically generated delivery status notification",
    "this is a mime-encapsulated message",
    "this is a delivery status notification",
    "i'm sorry to have to inform you",
    "i am sorry to have to inform you",
    "for further assistance",
    "if you do so, please include",
    "the mail system",
    "hi. this is the",
    "hi. the mta program",
    "hi!",
    "hello!",
    "an error has occurred while attempting to deliver",
    "below is a copy",
    "there was an error delivering your mail to",
    "the original message was received",
    "the original message follows",
    "your mail could not be delivered.",
    "no action is required on your part",
    "message from ",
    "we're sorry. there's a problem with the e-mail address",
    "please reply to ",
    "if you feel this message to be in error",
    "if your message was also sent to additional recipients",
    "delivery to the following recipient",
    "delivery has failed to these recipients",
    "the following organization rejected your message",
    "contact the recipient by some other means",
    "for more information and tips to fix this issue",
    "your message did not reach some or all of the intended recipients",
    "your message to the following recipients cannot be delivered",
    "the following address(es) failed",
    "это письмо создано автоматически",
    "рекомендуем вам проверить",
    "diese nachricht wurde automatisch",
    "eine nachricht, die sie gesendet haben",
)
_RULE = late(r"\n[ \t]*+[-=*_#|]{3}[^\n]*")  # led by the line end: measured, two fifths of what "^" costs
_PARAGRAPH = late(r"\n[ \t]*(?:\n[ \t]*)+")
_ADDRESS_ONLY = late(r"[<\"']?\S+@\S+[>\"']?:?")


def essence(text: str) -> str:
    """Return the paragraphs of a notice that may state a cause, as one line; all of it if none remains."""
    kept = []
    for paragraph in _PARAGRAPH.split(_RULE.sub("\n\n\n", f"\n{text}")):
        words = " ".join(paragraph.split())
        alone = " " not in words and _ADDRESS_ONLY.fullmatch(words)
        if words and not alone and not words.lower().startswith(_BEGINNINGS):
            kept.append(words)
    return " ".join(kept) or " ".join(text.split())
