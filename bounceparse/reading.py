"""From sources to records: every message read and parsed, by one process or by several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from bounceparse.record import Bounce

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
    from bounceparse.messages import records_of
    from bounceparse.parser import parse_message
    from bounceparse.sources import read_sources

    for raw in read_sources(sources, stdin=stdin):
        if on_message is not None:
            on_message(raw)
        yield raw, records_of(raw, parse_message)
