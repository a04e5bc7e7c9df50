"""Files, folders, Maildirs, compressed files and standard input, and what is said of those that cannot be read."""

from __future__ import annotations

import base64
import bz2
import errno
import gzip
import io
import lzma
import os
import random
import socket
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from bounceparse.record import SourceError
from bounceparse.sources import SourceKind, describe, detect, find_files, read_file, read_sources, streams

DATE = b"From MAILER-DAEMON Thu Apr 29 23:34:45 2021\n"
ONE = b"From: a@example.com\nSubject: one\n\nfirst\n"
TWO = b"From: b@example.com\nSubject: two\n\nsecond\n"
BOX = DATE + ONE + b"\n" + DATE + TWO + b"\n"


def put(path: Path, content: bytes = ONE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(*paths: Path | str) -> list[tuple[str, int, bytes]]:
    messages = list(read_sources([str(path) for path in paths]))
    assert all(message.problem is None for message in messages)
    return [(message.source, message.position, message.data) for message in messages]


def test_folder_is_walked_in_sorted_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "in" / "b.eml")
    put(tmp_path / "in" / "a" / "z.txt", TWO)
    put(tmp_path / "in" / "c.mbox", BOX)
    put(tmp_path / "in" / "7", ONE)
    put(tmp_path / "in" / "Inbox", BOX)
    put(tmp_path / "in" / ".hidden.eml")
    put(tmp_path / "in" / ".git" / "x.eml")
    monkeypatch.chdir(tmp_path)
    wanted = [
        ("7", 0, ONE), ("Inbox", 0, ONE), ("Inbox", 1, TWO), ("a/z.txt", 0, TWO), ("b.eml", 0, ONE), ("c.mbox", 0, ONE),
        ("c.mbox", 1, TWO),
    ]  # fmt: skip
    for name in ("in", "in/", "./in"):
        assert read(name) == [(f"{name.rstrip('/')}/{source}", n, data) for source, n, data in wanted]


def test_what_is_no_mail_is_left_out_but_mail_under_a_wrong_name_is_read(tmp_path: Path) -> None:
    put(tmp_path / "a.eml")
    put(tmp_path / "a.json", b'{"kind": "failed"}')
    put(tmp_path / "a.csv", b"address,reason\n")
    put(tmp_path / "rules.toml", b'id = "x"\n')
    put(tmp_path / "README.md", b"# Samples\n\nNote: hello\n")
    put(tmp_path / "README", b"Read this\n")
    put(tmp_path / "Inbox.msf", b"// <!-- <mdb:mork:z")
    put(tmp_path / "report.pdf", b"%PDF-1.4")
    put(tmp_path / "bounce.html", TWO)
    put(tmp_path / "old.dat.gz", gzip.compress(BOX))
    put(tmp_path / "unknown", b"\x00\x01\x02")
    assert [Path(source).name for source, _, _ in read(tmp_path)] == [
        "a.eml",
        "bounce.html",
        "old.dat.gz",
        "old.dat.gz",
        "unknown",
    ]


def test_what_is_no_mail_is_still_a_message_when_named(tmp_path: Path) -> None:
    for name, content in (("x.pdf", b"%PDF-1.4\n\x00\xff"), ("x.json", b"{}"), ("x.bin", bytes(range(256)))):
        assert read(put(tmp_path / name, content)) == [(str(tmp_path / name), 0, content)]


def test_maildir(tmp_path: Path) -> None:
    maildir = tmp_path / "Maildir"
    put(maildir / "new" / "3.M1.host", ONE)
    put(maildir / "cur" / "2.M1.host:2,S", BOX)
    put(maildir / "cur" / "1.M1.host:2,", TWO)
    put(maildir / "tmp" / "4.M1.host", b"half")
    put(maildir / "dovecot-uidlist", b"3 V1\n")
    put(maildir / "cur" / ".hidden", b"x")
    put(maildir / ".Sub" / "cur" / "5.M1.host:2,RS", ONE)
    (maildir / ".Sub" / "new").mkdir()
    put(maildir / ".notes" / "x.eml", ONE)
    wanted = [("1.M1.host", TWO), ("2.M1.host", BOX.removeprefix(DATE)), ("3.M1.host", ONE), (".Sub/5.M1.host", ONE)]
    assert read(maildir) == [(str(maildir / name), 0, data) for name, data in wanted]
    (maildir / "new" / "3.M1.host").rename(maildir / "cur" / "3.M1.host:2,FS")
    assert read(maildir) == [(str(maildir / name), 0, data) for name, data in wanted]
    assert detect(str(maildir)) is SourceKind.MAILDIR


def test_empty_mailboxes_are_no_error(tmp_path: Path) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    assert read(tmp_path / "Maildir", put(tmp_path / "inbox", b""), put(tmp_path / "blank", b"\n\n")) == []
    assert read(put(tmp_path / "x.eml", b"")) == [(str(tmp_path / "x.eml"), 0, b"")]


@pytest.mark.parametrize("flags", [":2,S", ":2,", ":2,FRS"])
def test_maildir_files_that_move_or_vanish_meanwhile(tmp_path: Path, flags: str) -> None:
    for number in range(4):
        put(tmp_path / "new" / f"{number}.host", b"Subject: %d\n\n" % number)
    (tmp_path / "cur").mkdir()
    messages = read_sources([str(tmp_path)])
    next(messages)
    (tmp_path / "new" / "1.host").unlink()
    (tmp_path / "new" / "2.host").rename(tmp_path / "cur" / f"2.host{flags}")
    assert [Path(m.source).name for m in messages] == ["2.host", "3.host"]


def test_a_file_that_vanishes_from_a_folder_is_no_error(tmp_path: Path) -> None:
    put(tmp_path / "a.eml")
    gone = put(tmp_path / "b.eml")
    messages = read_sources([str(tmp_path)])
    next(messages)
    gone.unlink()
    assert list(messages) == []


COMPRESSORS: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress]


@pytest.mark.parametrize("compress", COMPRESSORS, ids=["gzip", "bzip2", "xz"])
def test_compressed_files(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    assert [data for *_, data in read(put(tmp_path / "x", compress(BOX)))] == [ONE, TWO]
    assert [data for *_, data in read(put(tmp_path / "x.eml.gz", compress(BOX)))] == [BOX.removeprefix(DATE)]
    assert [data for *_, data in read(put(tmp_path / "m", compress(BOX) + compress(BOX)))] == [ONE, TWO] * 2
    assert [data for *_, data in read(put(tmp_path / "p", compress(BOX) + bytes(1024)))] == [ONE, TWO]
    assert [data for *_, data in read(put(tmp_path / "e", compress(b"")))] == []
    assert describe(str(tmp_path / "x")).startswith("a mailbox in mbox form, ")


def many(count: int) -> list[bytes]:
    rng = random.Random(7)
    return [b"Subject: %d\n\n%s\n" % (n, rng.randbytes(2000).hex().encode()) for n in range(count)]


@pytest.mark.parametrize("compress", COMPRESSORS, ids=["gzip", "bzip2", "xz"])
def test_truncated_compressed_mailbox_gives_what_was_before(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    messages = many(1000)
    whole = compress(b"".join(DATE + message + b"\n" for message in messages))
    got = list(read_sources([str(put(tmp_path / "box", whole[: len(whole) * 9 // 10]))]))
    assert 400 < len(got) < 1000
    assert [m.data for m in got[:-1]] == messages[: len(got) - 1]
    assert all(m.problem is None for m in got[:-1])
    assert got[-1].problem is not None and "breaks off" in got[-1].problem
    assert messages[len(got) - 1].startswith(got[-1].data)


def test_damage_in_the_middle_of_a_gzip_file(tmp_path: Path) -> None:
    messages = many(1000)
    whole = bytearray(gzip.compress(b"".join(DATE + message + b"\n" for message in messages)))
    whole[len(whole) // 2 : len(whole) // 2 + 50] = b"\xff" * 50
    got = list(read_sources([str(put(tmp_path / "box", bytes(whole)))]))
    assert got[-1].problem is not None and got[-1].problem.startswith("damaged gzip file")
    assert len(got) > 400 and [m.data for m in got[:400]] == messages[:400]


def test_a_file_that_only_begins_like_gzip(tmp_path: Path) -> None:
    put(tmp_path / "bad", b"\x1f\x8bnothing of the kind")
    put(tmp_path / "good.eml")
    bad, good = read_sources([str(tmp_path)])
    assert bad.problem is not None and bad.data == b"" and good.data == ONE


def test_zstd_is_read_or_named(tmp_path: Path) -> None:
    content = bytes.fromhex("28b52ffd0458") + b"not a frame"
    put(tmp_path / "good.eml")
    message = next(read_sources([str(put(tmp_path / "bad.zst", content)), str(tmp_path / "good.eml")]))
    assert message.problem is not None and "zstd" in message.problem


def test_archives_are_named(tmp_path: Path) -> None:
    path = put(tmp_path / "mail.zip", b"PK\x03\x04rest")
    with pytest.raises(SourceError, match=r"mail\.zip: is a zip archive: unpack it"):
        list(read_sources([str(path)]))
    put(tmp_path / "a.tar", b"x" * 257 + b"ustar\x0000" + bytes(600))
    put(tmp_path / "z.eml")
    assert [bool(m.problem) for m in read_sources([str(tmp_path)])] == [True, True, False]


def test_standard_input() -> None:
    def stdin(content: bytes) -> list[tuple[str, int, bytes]]:
        return [(m.source, m.position, m.data) for m in read_sources(["-"], stdin=io.BytesIO(content))]

    assert stdin(ONE) == [("-", 0, ONE)]
    assert stdin(BOX) == [("-", 0, ONE), ("-", 1, TWO)]
    assert stdin(gzip.compress(BOX)) == [("-", 0, ONE), ("-", 1, TWO)]
    assert stdin(b"") == []


def test_missing_paths_are_told_before_anything_is_read(tmp_path: Path) -> None:
    put(tmp_path / "a.eml")
    with pytest.raises(SourceError, match=r"^no such file or folder: .*nowhere$"):
        read_sources([str(tmp_path / "a.eml"), str(tmp_path / "nowhere")])
    with pytest.raises(SourceError, match="no such file"):
        detect(str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match="no such file"):
        read_sources([""])


def test_folder_with_nothing_to_read(tmp_path: Path) -> None:
    put(tmp_path / "notes.md", b"# x")
    with pytest.raises(SourceError, match="no mail found in"):
        list(read_sources([str(tmp_path)]))


def deny(monkeypatch: pytest.MonkeyPatch, *names: str, code: int = errno.EACCES) -> None:
    class Denying(io.FileIO):
        def __init__(self, path: str) -> None:
            if Path(path).name in names:
                raise OSError(code, os.strerror(code), path)
            super().__init__(path)

    monkeypatch.setattr(streams, "FileIO", Denying)


def test_unreadable_file_in_a_folder_leaves_the_rest_unharmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.eml", "b.eml", "c.eml"):
        put(tmp_path / name)
    deny(monkeypatch, "b.eml")
    assert [(m.data, m.problem) for m in read_sources([str(tmp_path)])] == [
        (ONE, None), (b"", "cannot be read: permission denied"), (ONE, None),
    ]  # fmt: skip


def test_named_path_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    denied, good = str(put(tmp_path / "a.eml")), str(put(tmp_path / "b.eml"))
    deny(monkeypatch, "a.eml")
    with pytest.raises(SourceError, match=r"a\.eml: cannot be read: permission denied"):
        list(read_sources([denied]))
    for order in ([denied, good], [good, denied]):
        assert [m.problem is None for m in read_sources(order)] == [path == good for path in order]
    empty = str(put(tmp_path / "inbox", b""))
    assert [bool(m.problem) for m in read_sources([denied, empty])] == [True]


def test_disk_error_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.FileIO):
        left = 400_000

        def read(self, size: int | None = -1, /) -> bytes | None:
            if self.left <= 0:
                raise OSError(errno.EIO, "Input/output error")
            block = super().read(size)
            self.left -= len(block or b"")
            return block

    messages = many(200)
    path = put(tmp_path / "box", b"".join(DATE + message + b"\n" for message in messages))
    monkeypatch.setattr(streams, "FileIO", Failing)
    got = list(read_sources([str(path)]))
    assert 100 < len(got) < 200 and [m.data for m in got[:-1]] == messages[: len(got) - 1]
    assert got[-1].problem == "cannot be read on: input/output error"


def test_pipes_sockets_and_link_loops_in_folders_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "in" / "sub" / "a.eml")
    os.mkfifo(tmp_path / "in" / "pipe")
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in" / "sub")
    (tmp_path / "in" / "self").symlink_to(tmp_path / "in" / "self")
    (tmp_path / "in" / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / "in" / "linked.eml").symlink_to(tmp_path / "in" / "sub" / "a.eml")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("in/socket")
        assert [source for source, *_ in read("in")] == ["in/again/a.eml", "in/linked.eml"]
        with pytest.raises(SourceError, match="neither a file nor a folder"):
            read_sources(["in/socket"])


def test_names_that_are_no_utf8_can_be_printed(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/b\xfcro.eml"
    with open(name, "wb") as handle:  # noqa: PTH123
        handle.write(ONE)
    (message,) = read_sources([str(tmp_path)])
    assert message.data == ONE and message.source.endswith("b\\xfcro.eml")


def test_files_can_be_listed_and_read_one_by_one(tmp_path: Path) -> None:
    put(tmp_path / "a.eml")
    put(tmp_path / "b", BOX)
    files = list(find_files([str(tmp_path)]))
    assert [m for file in files for m in read_file(file)] == list(read_sources([str(tmp_path)]))


def test_detect_and_describe(tmp_path: Path) -> None:
    assert detect(str(put(tmp_path / "a.eml"))) is SourceKind.MESSAGE
    assert detect(str(put(tmp_path / "box", BOX))) is SourceKind.MBOX
    assert detect(str(tmp_path)) is SourceKind.FOLDER
    assert detect("-") is SourceKind.STDIN
    assert describe(str(put(tmp_path / "b.gz", gzip.compress(ONE)))) == "one message, gzip-compressed"


@pytest.mark.parametrize("packed", [False, True])
def test_memory_does_not_grow_with_the_mailbox(tmp_path: Path, packed: bool) -> None:
    # random text: what packs to nothing would leave the buffer for packed bytes half empty in the small mailbox alone
    pick = random.Random(1)

    def message() -> bytes:
        return DATE + ONE.replace(b"first\n", base64.encodebytes(pick.randbytes(1600))) + b"\n"

    def peak(count: int) -> int:
        content = b"".join(message() for _ in range(count))
        path = put(tmp_path / f"box{count}", gzip.compress(content, 1) if packed else content)
        del content
        tracemalloc.start()
        try:
            assert sum(1 for _ in read_sources([str(path)])) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)  # what is imported and kept once is no mail
    assert peak(10_000) < 1.1 * peak(1000)
