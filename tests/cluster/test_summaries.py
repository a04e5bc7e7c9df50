"""Merging what partitions know: a union, whatever the order and however often."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounceparse.cluster.summaries import Seen, Summaries, bucket_of, merge, read, write
from bounceparse.record import Bounce, Decision, Kind, Reason, Severity

pytest.importorskip("pyarrow")

RECIPIENTS = ("a@x.example", "A@x.example", " a@X.example", "b@x.example", "ß@y.example", None)


@st.composite
def events(draw: st.DrawFn) -> Seen:
    recipient = draw(st.sampled_from(RECIPIENTS))
    number = draw(st.integers(0, 4))
    bounce = Bounce(
        source="s",
        position=draw(st.integers(0, 9)),
        # as in life: the same event has the same recipient, but for letter case
        event_id=f"{(recipient or '').strip().casefold()}-{number}",
        kind=draw(st.sampled_from([Kind.FAILED, Kind.UNREADABLE])),
        recipient=recipient,
        reason=draw(st.sampled_from([None, Reason.USER_UNKNOWN])),
        severity=draw(st.sampled_from([None, Severity.PERMANENT])),
        decision=draw(st.sampled_from(list(Decision))),
    )
    return Seen((draw(st.integers(0, 3)), draw(st.integers(0, 9))), bounce)


def unique_places(found: list[Seen]) -> list[Seen]:
    return list({seen.place: seen for seen in found}.values())


parts = st.lists(events(), max_size=12).map(unique_places)


class TestMerge:
    @given(st.lists(events(), max_size=30).map(unique_places), st.integers(0, 30), st.integers(0, 30))
    def test_is_associative(self, found: list[Seen], one: int, two: int) -> None:
        first, second = sorted((one, two))
        a, b, c = Summaries(found[:first]), Summaries(found[first:second]), Summaries(found[second:])
        assert merge(merge(a, b), c) == merge(a, merge(b, c)) == Summaries(found)

    @given(st.lists(events(), max_size=20).map(unique_places), st.integers(0, 20))
    def test_is_commutative(self, found: list[Seen], cut: int) -> None:
        a, b = Summaries(found[:cut]), Summaries(found[cut:])
        assert merge(a, b) == merge(b, a)

    @given(parts)
    def test_the_same_again_changes_nothing(self, found: list[Seen]) -> None:
        whole = Summaries(found)
        assert merge(whole, Summaries(found[::2])) == whole == merge(whole, whole)

    @given(st.lists(parts, max_size=5))
    def test_nothing_changes_its_parts(self, lists: list[list[Seen]]) -> None:
        before, after = [Summaries(one) for one in lists], [Summaries(one) for one in lists]
        reduce(merge, before, Summaries())
        assert before == after

    @given(parts)
    def test_the_first_of_an_event_stays(self, found: list[Seen]) -> None:
        for seen in Summaries(found).events():
            places = [other.place for other in found if other.bounce.event_id == seen.bounce.event_id]
            assert seen.place == min(places)


class TestBuckets:
    @given(parts, st.integers(1, 9))
    def test_an_event_is_in_one_bucket(self, found: list[Seen], buckets: int) -> None:
        by_event: dict[str, set[int]] = {}
        for seen in found:
            by_event.setdefault(seen.bounce.event_id, set()).add(bucket_of(seen.bounce, buckets))
        assert all(len(used) == 1 for used in by_event.values())

    def test_addresses_are_spread(self) -> None:
        bounce = Bounce("s", 0, "id", Kind.FAILED)
        used = [bucket_of(replace(bounce, recipient=f"user{number}@x.example"), 4) for number in range(4000)]
        assert min(used.count(bucket) for bucket in range(4)) > 800


class TestFiles:
    @settings(deadline=None)  # the first example imports pyarrow
    @given(parts)
    def test_come_back_as_they_went(self, found: list[Seen]) -> None:
        stream = io.BytesIO()
        write(stream, found)
        assert list(read(stream.getvalue(), {})) == found

    def test_positions_count_from_the_begin_of_the_mailbox(self) -> None:
        seen = Seen((2, 0), Bounce("s", 5, "id", Kind.FAILED), "verp")
        stream = io.BytesIO()
        write(stream, [seen])
        (back,) = read(stream.getvalue(), {2: 100})
        assert (back.bounce.position, back.proof) == (105, "verp")
