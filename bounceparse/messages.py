"""A message of a source and its records, whatever there is of it; and one that could not be read, in words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from bounceparse.record import Bounce, Kind

if TYPE_CHECKING:
    from bounceparse.sources import RawMessage


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
