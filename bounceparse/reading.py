"""From sources to records: every message read and parsed, by one process or by several."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from bounceparse.record import Bounce, Kind

if TYPE_CHECKING:
    from bounceparse.sources import RawMessage

OnMessage = Callable[["RawMessage"], None]
OnShare = Callable[[str, int, int], None]


def read_records(
    sources: Sequence[str],
    *,
    stdin: BinaryIO | None = None,
    on_message: OnMessage | None = None,
    jobs: int = 1,
    keep_data: bool = True,
    on_share: OnShare | None = None,
) -> Iterator[tuple[RawMessage, list[Bounce]]]:
    """Yield each message with its records, in order. Stateless.

    With ``jobs`` above 1 several processes share the work; the messages then come without their bytes unless
    ``keep_data`` asks for them. One process tells ``on_message`` of each message before it is parsed, several tell
    ``on_share`` of each share that is done: its source, messages and bytes.
    """
    if jobs > 1:
        from bounceparse import parallel

        yield from parallel.read_records(sources, jobs, stdin=stdin, keep_data=keep_data, on_share=on_share)
        return
    from bounceparse.parser import parse_message
    from bounceparse.sources import read_sources

    for raw in read_sources(sources, stdin=stdin):
        if on_message is not None:
            on_message(raw)
        yield raw, records_of(raw, parse_message)


def records_of(raw: RawMessage, parse_message: Callable[..., list[Bounce]]) -> list[Bounce]:
    """Parse a message; one that was not read whole (cut short, damaged compression) may still be understood."""
    bounces = parse_message(raw.data, source=raw.source, position=raw.position) if raw.data or not raw.problem else []
    if raw.problem is None or any(bounce.kind not in (Kind.NOT_BOUNCE, Kind.UNREADABLE) for bounce in bounces):
        return bounces
    return [unreadable_record(raw)]


def unreadable_record(raw: RawMessage) -> Bounce:
    """Return the record of a message that a source could not read: its place and the problem in words.

    What there is of its content makes the event's id; its place does where there is none.
    """
    place = f"{raw.source}\0{raw.position}".encode("utf-8", "surrogateescape")
    return Bounce(
        source=raw.source,
        position=raw.position,
        event_id=hashlib.blake2b(raw.data or place, digest_size=16).hexdigest(),
        kind=Kind.UNREADABLE,
        evidence=raw.problem,
    )


def name_unreadable(bounce: Bounce) -> str:
    """Return one line that says which message could not be read, and why."""
    return unreadable_line(bounce.source, bounce.position, bounce.evidence)


def unreadable_line(source: str | None, position: int, problem: str | None) -> str:
    """Return the line for these parts of the record."""
    return f"{source or '-'}, message {position}: {problem or 'could not be read'}"
