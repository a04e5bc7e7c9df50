"""Makes a mailbox of any size from the messages under ``samples/``.

    python benchmarks/mailbox.py 20000 bounces.mbox [--seed 1]

Each message is a sample with new addresses, hosts, IP addresses, ids, boundaries and dates, the same token of a
message being replaced by the same one everywhere in it, so that reports stay coherent and no two are the same. Real
bounces have crossed several servers and bring back a mail of some length: trace and signature fields are put on top,
and text of varying length into the returned mail, up to a mean of about 4.4 kB, that of 20,000 real bounces.

Boundaries matter more than they seem to. The standard library's parser compiles a pattern for each, and the module
``re`` remembers 512 of them: where a few hundred boundaries come again and again, as this generator let them once, it
takes 135 µs a message instead of 207 µs. In the mail of six real servers 729 boundaries stood in 751 messages.

The kinds come in the proportions of ``MIX``. Among the bounces ``BY_STANDARD`` of them are reports by the standard
(RFC 3464), the others prose: the samples hold one message of each program that ever wrote prose, and one of each case
of a server of today, so that drawing from them evenly would make a mailbox of twenty years ago. The share is that of
the servers of today that were made to bounce for this project.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bounceparse.formats.notice import open_notice
from bounceparse.formats.rfc3464 import status_part
from bounceparse.mime.message import Message

LONGEST = 5200  # bytes of text put into a returned mail
SAMPLES = Path(__file__).parents[1] / "samples"
MIX = {
    "failed": 0.78,
    "delayed": 0.08,
    "auto_reply": 0.07,
    "not_bounce": 0.04,
    "complaint": 0.015,
    "delivered": 0.01,
    "disposition": 0.0025,
    "challenge": 0.0025,
}
"""The share of each kind in a mailbox that bounces come back to."""
BY_STANDARD = 0.83
"""The share of reports by the standard among failures and delays."""

_TOKEN = re.compile(
    rb"(?P<address>(?<![\w.+=-])[A-Za-z0-9][A-Za-z0-9._+-]{0,60}(?=@[a-z0-9.-]+\.example))"
    rb"|(?P<domain>(?<![\w.-])(?:[a-z0-9-]+\.){1,3}example(?![\w-]))"
    rb"|(?P<ip>(?<![\d.])(?:192\.0\.2|198\.51\.100|203\.0\.113|10\.\d{1,3}\.\d{1,3})\.\d{1,3}(?![\d.]))"
    rb"|(?P<id>(?<![\w/+=.-])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{9,24}(?![\w/+=.]))"
    rb"|(?P<clock>(?<= )\d\d:\d\d:\d\d(?= [+-]\d{4}))"
)
_BOUNDARY = re.compile(rb'boundary="?([^"\s;]+)', re.IGNORECASE)
CONSTANT_BOUNDARIES = frozenset({b"=_courier_0"})
"""Courier gives all its messages one boundary; all others take a new one for each."""
_WORDS = tuple(
    word
    for line in (
        "account offer order invoice delivery weekly letter news update summer winter garden meeting report season",
        "price member event ticket travel book music health family school market question answer thank kind regards",
        "please visit our site for more about this and other items we have chosen with care",
    )
    for word in line.split()
)
_SYLLABLES = ("ba", "lo", "mi", "ra", "ten", "sol", "ka", "ver", "no", "di", "fen", "gar", "hu", "li", "mo", "pel")
_HEX = "0123456789abcdef"
_UPPER = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class _Sample:
    """A sample cut at its tokens, ready to be put together again with other ones."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes().replace(b"\r\n", b"\n")
        self.kind = json.loads(path.with_suffix(".json").read_text())[0]["kind"]
        self.pieces: list[bytes] = []
        self.tokens: list[tuple[str, bytes]] = []
        tokens = _tokens(data)
        at = 0
        for found in tokens.finditer(data):
            self.pieces.append(data[at : found.start()])
            self.tokens.append((found.lastgroup or "", found[0]))
            at = found.end()
        self.pieces.append(data[at:])
        # The returned mail is the last part: what is put before the last boundary line is text of it.
        last = data.rstrip().rsplit(b"\n", 1)[-1]
        self.in_part = last.startswith(b"--") and last.endswith(b"--") and b"message/rfc822" in data
        message = Message(data)
        # Prose brings it back in its own text, whole where something follows the header.
        notice = open_notice(message)
        self.at_end = message.boundary is None and "\n\n" in notice.returned.strip()
        self.by_standard = status_part(message) is not None

    def render(self, pick: random.Random) -> bytes:
        known: dict[bytes, bytes] = {}
        out: list[bytes] = []
        for piece, (kind, token) in zip(self.pieces, self.tokens, strict=False):
            new = known.get(token)
            if new is None:
                new = known[token] = _replacement(kind, token, pick, known)
            out += (piece, new)
        out.append(self.pieces[-1])
        data = b"".join(out)
        if self.in_part:
            body, _, end = data.rstrip().rpartition(b"\n")
            data = body + _filler(pick, pick.randrange(0, LONGEST)) + b"\n" + end + b"\n"
        elif self.at_end:
            data = data.rstrip() + _filler(pick, pick.randrange(0, LONGEST)) + b"\n"
        return _trace(pick) + data


def _name(pick: random.Random) -> str:
    return "".join(pick.choices(_SYLLABLES, k=pick.randint(2, 4)))


def _tokens(data: bytes) -> re.Pattern[bytes]:
    """Return what finds the tokens of a message: its boundaries, the longest first, and the rest."""
    boundaries = sorted({*_BOUNDARY.findall(data)}, key=len, reverse=True)
    if not boundaries:
        return _TOKEN
    stands = rb"(?:(?<=^--)|(?i:(?<=boundary=)|(?<=boundary=\")))"
    found = rb"%s(?P<boundary>%s)|%s" % (stands, b"|".join(map(re.escape, boundaries)), _TOKEN.pattern)
    return re.compile(found, re.MULTILINE)


def _new_boundary(token: bytes, pick: random.Random, known: dict[bytes, bytes]) -> bytes:
    """Return another boundary of the same make: with other digits where they tell the time or an id, or with an id."""
    if token in CONSTANT_BOUNDARIES:
        return token
    for old, new in known.items():
        if len(old) >= 20 and token.startswith(old):  # Haraka names its parts within parts so
            return new + token[len(old) :]
    if sum(byte in b"0123456789" for byte in token) < 5:
        return token + b"%08x" % pick.getrandbits(32)
    return re.sub(rb"\d", lambda _: b"%d" % pick.randrange(10), token)


def _replacement(kind: str, token: bytes, pick: random.Random, known: dict[bytes, bytes]) -> bytes:
    if kind == "boundary":
        return _new_boundary(token, pick, known)
    if kind == "address":
        if token.lower() in (b"mailer-daemon", b"postmaster", b"abuse"):
            return token
        return f"{_name(pick)}.{_name(pick)}{pick.randrange(1000)}".encode()
    if kind == "domain":
        labels = token.split(b".")
        labels[-2] = f"{_name(pick)}{pick.randrange(10_000)}".encode()
        return b".".join(labels)
    if kind == "ip":
        return token.rsplit(b".", 1)[0] + b".%d" % pick.randrange(1, 255)
    if kind == "clock":
        return b"%02d:%02d:%02d" % (pick.randrange(24), pick.randrange(60), pick.randrange(60))
    return bytes(
        pick.choice(b"0123456789")
        if byte in b"0123456789"
        else pick.choice(b"ABCDEFGHJKLMNPQRSTUVWXYZ" if byte < 97 else b"abcdefghijkmnopqrstuvwxyz")
        for byte in token
    )


def _filler(pick: random.Random, size: int) -> bytes:
    lines, have = [b""], 0
    while have < size:
        line = " ".join(pick.choices(_WORDS, k=11)).encode()
        lines.append(line)
        have += len(line) + 1
    return b"\n".join(lines)


def _code(pick: random.Random, letters: str, size: int) -> str:
    return "".join(pick.choices(letters, k=size))


def _trace(pick: random.Random) -> bytes:
    """Return what three servers on the way put on top of a message."""
    day = (
        f"{pick.randint(1, 28)} Nov 2026 {pick.randrange(24):02}:{pick.randrange(60):02}:{pick.randrange(60):02} +0000"
    )
    lines = ["X-Spam-Status: No, score=-0.1 required=5.0 tests=DKIM_SIGNED,DKIM_VALID,SPF_PASS"]
    for _ in range(3):
        host = f"{_name(pick)}{pick.randrange(1000)}.example"
        lines.append(
            f"Received: from mail-{pick.randrange(1000)}.{host} (mail.{host} [203.0.113.{pick.randrange(1, 255)}])\n"
            f"\tby in{pick.randrange(20)}.acme.example (Postfix) with ESMTPS id {_code(pick, _UPPER, 10)}\n"
            f"\tfor <bounces@acme.example>; {day}"
        )
    host = f"{_name(pick)}.example"
    signature = "\n\t".join(_code(pick, _HEX + "+/ghijklmnopqrstuvwxyzABCDEFGHIJ", 70) for _ in range(4))
    lines.append(
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=s{pick.randrange(100)};\n"
        f"\th=from:to:subject:date:message-id; bh={_code(pick, _HEX, 43)}=;\n\tb={signature}=="
    )
    return "\n".join(lines).encode() + b"\n"


def generate(count: int, seed: int = 1) -> Iterator[bytes]:
    """Yield so many messages, the same ones for the same seed."""
    samples = [_Sample(path) for path in sorted(SAMPLES.glob("*.eml"))]
    groups = []
    for kind, share in MIX.items():
        of_kind = [sample for sample in samples if sample.kind == kind]
        standard = [sample for sample in of_kind if sample.by_standard]
        prose = [sample for sample in of_kind if not sample.by_standard]
        if kind in ("failed", "delayed"):
            groups += [(standard, share * BY_STANDARD), (prose, share * (1 - BY_STANDARD))]
        elif of_kind:
            groups.append((of_kind, share))
    pick = random.Random(seed)
    for group in pick.choices([group for group, _ in groups], [share for _, share in groups], k=count):
        yield pick.choice(group).render(pick)


def write(path: Path, count: int, seed: int = 1) -> int:
    """Write a mailbox of so many messages and return its size in bytes."""
    with path.open("wb", buffering=1 << 20) as stream:
        for message in generate(count, seed):
            stream.write(b"From MAILER-DAEMON Mon Nov 23 10:00:00 2026\n")
            stream.write(message.replace(b"\nFrom ", b"\n>From "))
            stream.write(b"\n" if message.endswith(b"\n") else b"\n\n")
        return stream.tell()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    size = write(options.path, options.count, options.seed)
    sys.stdout.write(f"{options.count:,} messages, {size:,} bytes, {size / options.count:,.0f} bytes a message\n")


if __name__ == "__main__":
    main()
