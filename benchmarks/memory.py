"""How much memory a run takes, all its processes together, whatever it reads.

    python benchmarks/memory.py [--messages 20000] [--jobs 2]

The yardstick is the limit of 300 MB at two workers, and the size of the mail itself: a run's memory must not follow it.
Inputs: a mailbox, the same compressed and through a pipe, a folder of single messages, a mailbox whose writer adds
Content-Length, one message of 300 MB, and one report with 30,000 recipients.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import mailbox
from benchmarks.watch import machine, watch

LIMIT = 300_000_000


def inputs(folder: Path, count: int) -> Iterator[tuple[str, list[str], Path | None, int]]:
    """Yield each input with the SOURCE to name, what goes to standard input, and its size in bytes."""
    plain = folder / "plain.mbox"
    size = mailbox.write(plain, count)
    yield "mailbox", [str(plain)], None, size
    yield "standard input", ["-"], plain, size
    packed = folder / "packed.mbox.gz"
    with plain.open("rb") as source, gzip.open(packed, "wb", 1) as target:
        shutil.copyfileobj(source, target)
    yield "mailbox, gzip", [str(packed)], None, packed.stat().st_size
    singles = folder / "singles"
    singles.mkdir()
    for number, message in enumerate(mailbox.generate(min(count, 20_000))):
        (singles / f"{number:06}.eml").write_bytes(message)
    yield "folder of messages", [str(singles)], None, sum(path.stat().st_size for path in singles.iterdir())
    lengths = folder / "lengths.mbox"
    with lengths.open("wb") as stream:
        for message in mailbox.generate(count, 2):
            head, _, body = message.partition(b"\n\n")
            stream.write(b"From a@b.example Mon Nov 23 10:00:00 2026\n" + head)
            stream.write(b"\nContent-Length: %d\n\n%s\n\n" % (len(body), body))
    yield "mailbox with Content-Length", [str(lengths)], None, lengths.stat().st_size
    large = folder / "large.eml"
    first = next(mailbox.generate(1))
    with large.open("wb") as stream:
        stream.write(first)
        for _ in range(300):
            stream.write(b"One line of a very long mail.  \n" * (1_000_000 // 32))
    yield "one message of 300 MB", [str(large)], None, large.stat().st_size
    many = folder / "many.eml"
    many.write_bytes(report(30_000))
    yield "a report of 30,000 recipients", [str(many)], None, many.stat().st_size


def report(recipients: int) -> bytes:
    """Return a delivery status notification (RFC 3464) about so many recipients."""
    groups = "\n\n".join(
        f"Final-Recipient: rfc822; person{number}@host{number % 997}.example\nAction: failed\nStatus: 5.1.1\n"
        f"Diagnostic-Code: smtp; 550 5.1.1 No such user {number}"
        for number in range(recipients)
    )
    return (
        "From: MAILER-DAEMON@acme.example\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <1@acme.example>\n"
        "Date: Mon, 23 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mail.acme.example\n\n{groups}\n\n--b--\n"
    ).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--jobs", default="2")
    options = parser.parse_args()
    print(machine())
    print(f"{'input':30} {'command':16} {'mail MB':>8} {'RSS MB':>7} {'PSS MB':>7} {'of 300 MB':>9} {'processes':>9}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, sources, stdin, size in inputs(folder, options.messages):
            for command in ("parse", "parse parquet", "process"):
                target = ["--format", "parquet"] if command == "parse parquet" else []
                place = folder / "out"
                out = (
                    ["--out", str(place), "--no-brake"]
                    if command == "process"
                    else ["--output", str(folder / "records")]
                )
                found = watch(
                    [command.split()[0], *sources, "--jobs", options.jobs, "--quiet", *target, *out], stdin=stdin
                )
                shutil.rmtree(place, ignore_errors=True)
                print(
                    f"{what:30} {command:16} {size / 1e6:8.0f} {found.rss / 1e6:7.0f} {found.pss / 1e6:7.0f}"
                    f" {found.rss / LIMIT:9.2f} {found.processes:9}"
                    + ("" if found.status in (0, 1, 4) else f"  exit status {found.status}"),
                    flush=True,
                )


if __name__ == "__main__":
    main()
