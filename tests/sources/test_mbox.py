"""Mailboxes in mbox form: what separates, what is quoted, and that byte ranges agree with the whole."""

from __future__ import annotations

import io
import mailbox
from collections.abc import Iterator
from email.message import Message
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounceparse.sources import RawMessage, mbox, read_range, read_sources, split_ranges, splitter
from bounceparse.sources.files import read_stream

DATE = b"From MAILER-DAEMON Thu Apr 29 23:34:45 2021\n"
ONE = b"From: a@example.com\nSubject: one\n\nfirst\n"
TWO = b"From: b@example.com\nSubject: two\n\nsecond\n"


def read(content: bytes) -> list[bytes]:
    messages = list(read_stream(io.BytesIO(content).read, "box"))
    assert [m.position for m in messages] == list(range(len(messages)))
    assert all(m.problem is None for m in messages)
    return [m.data for m in messages]


def box(*messages: bytes, separator: bytes = DATE) -> bytes:
    return b"".join(separator + message + b"\n" for message in messages)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize(
    "separator",
    [
        b"From MAILER-DAEMON Thu Apr 29 23:34:45 2021\n",
        b"From bounce@example.com  Sat Oct  4 08:00:07 2025\n",
        b"From 1698@xxx Thu Apr 29 23:34:45 +0000 2021\n",
        b"From a@example.com Thu Apr 29 23:34:45 CEST 2021\n",
        b"From a@example.com Thu Apr 29 23:34 2021\n",
        b"From a@example.com Thu, 29 Apr 2021 23:34:45 +0200\n",
        b"From a@example.com 2021-04-29T23:34:45Z\n",
        b"From a b <a@example.com> Thu Apr 29 23:34:45 2021\n",
        b"From uucp Thu Apr 29 23:34:45 2021 remote from host\n",
        b"From ???@??? Thu Apr 29 23:34:45 2021\n",
        b"From a@example.com jeu. avr. 29 23:34:45 2021\n",
        b"From a@example.com\n",
        b"From - \n",
    ],
)
def test_separators_in_all_line_ends(separator: bytes, newline: bytes) -> None:
    content = box(ONE, TWO, ONE, separator=separator).replace(b"\n", newline)
    assert read(content) == [m.replace(b"\n", newline) for m in (ONE, TWO, ONE)]


@pytest.mark.parametrize(
    "line",
    [
        b"\nFrom here on all is well: really\nNote: the end\n",
        b"\nFrom now on this is fixed.\nx\n",
        b"\nFrom bob@example.com I heard nothing\nSubject: none\n",
        b"\nFrom a@example.com\nno field follows\n",
        b"text\nFrom a@example.com\nSubject: no blank line before\n",
        b"text\nFrom a@example.com Thu Apr 29 23:34:45 2021\nno field follows\n",
        b"\nFromage: x\nFrom: y\n",
        b"\nFrom " + b"x" * 600 + b" Thu Apr 29 23:34:45 2021\nSubject: x\n",
    ],
)
def test_body_lines_do_not_split(line: bytes) -> None:
    assert read(box(ONE + line, TWO)) == [ONE + line, TWO]


def test_separator_without_blank_line_before() -> None:
    assert read(DATE + ONE + DATE + TWO) == [ONE, TWO]


def test_messages_without_header_or_text() -> None:
    assert read(DATE + b"\n" + DATE + b"\n" + box(ONE)) == [b"", b"", ONE]
    assert read(DATE) == [b""]
    assert read(DATE.rstrip()) == [b""]


@pytest.mark.parametrize("preamble", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n\n", b"   \n\t\n"])
def test_what_may_stand_before_the_first_separator(preamble: bytes) -> None:
    assert read(preamble + box(ONE, TWO)) == [ONE, TWO]


def test_one_greater_than_sign_is_taken_off() -> None:
    quoted = b"Subject: x\n\n>From one\n>>From two\n> From three\n >From four\nx>From five\n"
    assert read(box(quoted)) == [b"Subject: x\n\nFrom one\n>From two\n> From three\n >From four\nx>From five\n"]
    assert read(box(quoted, ONE).replace(b"\n", b"\r\n"))[0].count(b"\r\nFrom one\r\n>From two") == 1
    assert read(box(quoted, ONE).replace(b"\n", b"\r"))[0].count(b"\rFrom one\r>From two") == 1


def with_length(text: bytes, length: int | None = None) -> bytes:
    return b"Subject: x\nContent-Length: %d\n\n" % (len(text) if length is None else length) + text


def test_content_length_covers_an_unquoted_separator() -> None:
    inner = b"see below\n\n" + DATE + b"Subject: inner\n\n>From kept\n"
    assert read(box(with_length(inner), ONE)) == [with_length(inner), ONE]
    assert read(box(ONE.replace(b"one\n", b"one\nContent-Length: 6\n"), with_length(inner)))[1:] == [with_length(inner)]


@pytest.mark.parametrize("wrong", [0, 5, 25, 10_000, 999_999_999])
def test_a_content_length_that_lands_nowhere_is_not_believed(wrong: int) -> None:
    inner = b"see below, a longer text than the length says\n"
    assert read(box(with_length(inner, wrong), ONE, TWO)) == [with_length(inner, wrong), ONE, TWO]


def test_content_length_of_a_part_is_not_that_of_the_message() -> None:
    first = b"Content-Length: 6\nSubject: x\n\nfirst\n"
    part = b"Subject: x\n\n--b\nContent-Length: 100\n\ntext\n"
    assert len(read(box(first, part, ONE, TWO))) == 4


def test_unquoted_mailbox_is_not_unquoted_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "returned.eml"
    content = b"Subject: returned\n\n" + DATE + ONE
    path.write_bytes(content)
    assert [m.data for m in read_sources([str(path)])] == [content]
    path.write_bytes(DATE + content)
    assert [m.data for m in read_sources([str(path)])] == [content]


def test_a_mailbox_by_its_name_may_begin_in_the_middle_of_a_message(tmp_path: Path) -> None:
    path = tmp_path / "rest.mbox"
    path.write_bytes(b"the end of something\n\n" + box(ONE, TWO))
    assert [m.data for m in read_sources([str(path)])] == [b"the end of something\n", ONE, TWO]


def test_a_message_over_the_limit_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitter, "MAX_MESSAGE", 1000)
    long = b"Subject: long\n\n" + b"0123456789\n" * 200_000
    assert read(box(ONE, long, TWO, long)) == [ONE, long[:1000], TWO, long[:1000]]


def test_messages_longer_than_a_block_and_short_reads() -> None:
    long = b"Subject: long\n\n" + b"0123456789\n" * 100_000
    content = box(ONE, long, TWO)
    stream = io.BytesIO(content)
    messages = list(read_stream(lambda size: stream.read(min(size, 1777)), "pipe"))
    assert [m.data for m in messages] == [ONE, long, TWO] == read(content)


# Lines that mailboxes are made of, good and bad; any sequence of them must be read without loss.
PIECES = st.sampled_from(
    [
        DATE, b"\n", b"\n", b"From a@example.com\n", b"From - \n", b"From here on\n", b">From x\n", b">>From y\n",
        b"Subject: s\n", b"Content-Length: 12\n", b"Content-Length: 44\n", b"Content-Length: 90\n", b"text\n",
        b"F", b"x" * 700 + b"\n",
    ]
)  # fmt: skip
MAILBOXES = st.lists(PIECES, max_size=40).map(lambda pieces: DATE + b"".join(pieces))
LENGTHS = MAILBOXES.map(lambda content: DATE + b"Content-Length: 5\n\ntext\n\n" + content)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


def ranges(path: str, bounds: list[int]) -> Iterator[RawMessage]:
    for start, end in pairwise(bounds):
        yield from read_range(path, start, end)


@settings(deadline=None, max_examples=300)
@given(
    content=MAILBOXES | LENGTHS,
    newline=ENDS,
    cuts=st.lists(st.floats(0, 1), max_size=6),
    pad=st.sampled_from([0, 20_000]),
)
def test_any_split_into_ranges_gives_the_whole(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, newline: bytes, cuts: list[float], pad: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "ranges"
    content = content + b"\n" + DATE + b"Subject: pad\n\n" + b"pad\n" * pad + content if pad else content
    content = content.replace(b"\n", newline)
    path.write_bytes(content)
    whole = list(read_sources([str(path)]))
    bounds = sorted({0, len(content), *(int(cut * len(content)) for cut in cuts)})
    assert [m.data for m in ranges(str(path), bounds)] == [m.data for m in whole]
    for jobs in (1, 2, 7):
        cut = split_ranges(str(path), jobs)
        assert cut[0][0] == 0 and cut[-1][1] == len(content)
        assert [m.data for m in ranges(str(path), [0, *(end for _, end in cut)])] == [m.data for m in whole]


@settings(deadline=None, max_examples=150)
@given(content=MAILBOXES, cut=st.integers(0, 3000))
def test_ranges_agree_however_little_is_read_before_them(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "reach"
    filler = DATE + b"Content-Length: 5\nSubject: x\n\ntext\n\n" + DATE + b"Subject: pad\n\n" + b"pad\n" * 10_000
    path.write_bytes(filler + content * 3 + box(ONE))
    size = path.stat().st_size
    with pytest.MonkeyPatch.context() as patch:
        for module in (mbox, splitter):
            patch.setattr(module, "REACH", 120)
        whole = list(read_sources([str(path)]))
        bounds = [0, min(len(filler) + cut, size), size]
        assert [m.data for m in ranges(str(path), bounds)] == [m.data for m in whole]


def test_every_cut_of_one_mailbox(tmp_path: Path) -> None:
    inner = b"see below\n\n" + DATE + b"Subject: inner\n\nx\n"
    path = tmp_path / "box"
    content = b"\xef\xbb\xbf\n" + box(with_length(inner), ONE, with_length(inner), TWO)
    path.write_bytes(content)
    whole = [with_length(inner), ONE, with_length(inner), TWO]
    for cut in range(1, len(content)):
        assert [m.data for m in ranges(str(path), [0, cut, len(content)])] == whole


def test_ranges_count_from_zero_and_single_messages_are_one_range(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(box(*[ONE] * 10))
    parts = [list(read_range(str(path), start, end, source="b")) for start, end in split_ranges(str(path), 3)]
    assert sum(len(part) for part in parts) == 10
    assert all([m.position for m in part] == list(range(len(part))) for part in parts)
    assert {m.source for part in parts for m in part} == {"b"}
    single = tmp_path / "one.eml"
    single.write_bytes(ONE)
    assert split_ranges(str(single), 8) == [(0, len(ONE))]
    assert [m.data for m in read_range(str(single), 0, len(ONE))] == [ONE]


BODY = st.lists(
    st.sampled_from(
        ["text", "From here", "From a@example.com Thu Apr 29 23:34:45 2021", "", "> From", "Subject: x", "--b"]
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=100)
@given(bodies=st.lists(BODY, min_size=1, max_size=8))
def test_what_the_standard_library_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "stdlib-box"
    path.unlink(missing_ok=True)
    wanted = []
    written = mailbox.mbox(path)
    for number, body in enumerate(bodies):
        message = Message()
        message["Subject"] = f"number {number}"
        message.set_payload("\n".join(body) + "\n")
        wanted.append(message.as_bytes(unixfrom=False))
        written.add(mailbox.mboxMessage(message))
    written.close()
    # The library ends a mailbox with the message's own last line, so trailing blank lines cannot be told apart.
    got = [m.data.rstrip(b"\n") for m in read_sources([str(path)])]
    assert got == [text.rstrip(b"\n") for text in wanted]
