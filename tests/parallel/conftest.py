"""Mail for several processes: one folder with a mailbox, a compressed one, a Maildir and single messages."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bounceparse.parallel import shares


@pytest.fixture(scope="session")
def mail(
    tmp_path_factory: pytest.TempPathFactory,
    generate: Callable[..., Iterator[bytes]],
    write_mailbox: Callable[..., int],
) -> Path:
    """A folder of mail in every form, some of it unreadable."""
    folder = tmp_path_factory.mktemp("mail")
    write_mailbox(folder / "a.mbox", 600, 1)
    write_mailbox(folder / "packed", 150, 2)
    packed = (folder / "packed").read_bytes()
    (folder / "b.mbox.gz").write_bytes(gzip.compress(packed, 1))
    (folder / "c-broken.mbox.gz").write_bytes(gzip.compress(packed, 1)[:20_000])
    (folder / "packed").unlink()
    new = folder / "d" / "new"
    for name in ("cur", "new", "tmp"):
        (folder / "d" / name).mkdir(parents=True)
    singles = folder / "e"
    singles.mkdir()
    for number, message in enumerate(generate(60, 3)):
        path = new / f"1700000000.{number:04}.host" if number % 2 else singles / f"{number:04}.eml"
        path.write_bytes(message)
    (singles / "noise.eml").write_bytes(bytes(range(256)) * 40)
    (folder / "f-empty.mbox").write_bytes(b"")
    return folder


@pytest.fixture
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shares so small that little mail makes many."""
    monkeypatch.setattr(shares, "RANGE_BYTES", 100_000)
    monkeypatch.setattr(shares, "GROUP_FILES", 7)
    monkeypatch.setattr(shares, "BATCH_MESSAGES", 30)
