"""From all the events of one address to its standing: a pure function.

``weigh`` looks at nothing but the events and the settings: no clock, no order of reading. Three promises
are kept by construction and tested as properties:

- the order in which events are given never matters (they are sorted here);
- one more bounce never un-removes: every step below happens no later when there are more bounces, and only
  a known delivery starts a count afresh (a removal before it becomes a case for review). That is why a
  quarantine is forgotten after a gap that is fixed (the lapse plus the longest quarantine) instead of after a
  gap counted from the quarantine's own end;
- no reason of ``NEVER_REMOVE`` leads to a removal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bounceparse.policy.evidence import TRACKS, Evidence, evidence_of
from bounceparse.policy.settings import DAY, Settings, Track


class State(StrEnum):
    """Where an address stands. A quarantine is over when its ``until`` has passed."""

    ACTIVE = "active"
    QUARANTINE = "quarantine"
    SUPPRESSED = "suppressed"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Event:
    """What the policy must know of one bounce, complaint or delivery; ``at`` is in seconds since 1970, UTC."""

    event_id: str
    at: int
    kind: str
    reason: str | None = None
    severity: str | None = None
    decision: str = "ignore"
    clear: bool = False
    proven: bool = False
    list_id: str | None = None
    recipient: str | None = None

    @property
    def evidence(self) -> Evidence:
        """What this event counts as."""
        return evidence_of(self.kind, self.reason, self.severity, self.decision, self.clear)


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdict on one address.

    ``cause`` names the evidence that decided (or, under review, why a person must look). ``since`` is when
    the deciding event came, ``until`` when a quarantine ends, ``retry_at`` after when to try again (all in
    seconds since 1970). ``score`` of ``needed`` distinct days count towards the next step; ``stage`` is the number of
    quarantines so far. ``events`` are the ids of the events the verdict rests on.
    """

    state: State = State.ACTIVE
    cause: str | None = None
    since: int | None = None
    until: int | None = None
    retry_at: int | None = None
    score: int = 0
    needed: int = 0
    stage: int = 0
    held: str | None = None
    events: tuple[str, ...] = ()


class _Chain:
    """The events that count at the moment, with the number of their distinct days kept up to date."""

    __slots__ = ("days", "events")

    def __init__(self) -> None:
        self.events: deque[Event] = deque()
        self.days: dict[int, int] = {}

    def add(self, event: Event) -> None:
        day = event.at // DAY
        self.days[day] = self.days.get(day, 0) + 1
        self.events.append(event)

    def drop_before(self, moment: float) -> None:
        while self.events[0].at < moment:
            day = self.events.popleft().at // DAY
            self.days[day] -= 1
            if not self.days[day]:
                del self.days[day]

    def span(self) -> int:
        return self.events[-1].at - self.events[0].at

    def ids(self) -> tuple[str, ...]:
        """Return the first event of each day and the last of all: what the count rests on."""
        first: dict[int, Event] = {}
        for event in self.events:
            first.setdefault(event.at // DAY, event)
        return tuple(dict.fromkeys(event.event_id for event in (*first.values(), *list(self.events)[-1:])))


@dataclass(slots=True)
class _Course:
    """How far one track has come."""

    stage: int = 0
    until: int | None = None
    removed_at: int | None = None
    since: int | None = None
    last: int | None = None
    chain: _Chain = field(default_factory=_Chain)
    based_on: tuple[str, ...] = ()
    once_removed: bool = False


def _follow(events: Iterable[Event], deliveries: Sequence[int], track: Track, lapse: float) -> _Course:
    """Walk one track's events in order of time; a removal holds until a known delivery."""
    course = _Course()
    once_removed = False
    longest = max(track.quarantine_days, default=0) * DAY
    delivered = 0
    for event in events:
        at = event.at
        if delivered < len(deliveries) and deliveries[delivered] < at:
            once_removed = once_removed or course.removed_at is not None
            course = _Course()
            delivered = bisect_left(deliveries, at)
        if course.removed_at is not None:
            continue
        if course.last is not None and at - course.last > lapse + longest:
            course = _Course()
        course.last = at
        if course.until is not None and at < course.until:
            continue
        if course.chain.events and at - course.chain.events[-1].at > lapse:
            course.chain = _Chain()
        course.chain.add(event)
        if track.window_days is not None:
            course.chain.drop_before(at - track.window_days * DAY)
        needed, span = _test(track, course.stage)
        if len(course.chain.days) < needed or course.chain.span() < span:
            continue
        course.since = at
        course.based_on = course.chain.ids()
        if course.stage >= len(track.quarantine_days):
            course.removed_at = at
            continue
        course.until = at + int(track.quarantine_days[course.stage] * DAY)
        course.stage += 1
        course.chain = _Chain()
    if course.last is not None and deliveries and deliveries[-1] >= course.last:
        once_removed = once_removed or course.removed_at is not None
        course = _Course()
    course.once_removed = once_removed
    return course


def _test(track: Track, stage: int) -> tuple[int, float]:
    """Return the count and the span in seconds that lead to the next step."""
    if stage and track.again is not None:
        return track.again, 0
    return track.count, track.span_days * DAY


def weigh(address: str, events: Iterable[Event], settings: Settings, delivered: Iterable[int] = ()) -> Standing:
    """Return the standing of ``address`` after these events (in any order, without duplicates).

    ``delivered`` gives moments of known deliveries beyond those among the events. The events of a mailing list
    that has settings of its own are weighed apart from the others, by those; the strictest verdict holds.
    """
    known: dict[str, Event] = {event.event_id: event for event in events}
    ordered = sorted(known.values(), key=lambda event: (event.at, event.event_id))
    deliveries = sorted({*delivered, *(event.at for event in ordered if event.evidence is Evidence.DELIVERED)})
    if not settings.lists:
        return _weigh_one(address, ordered, deliveries, settings)
    groups: dict[int, tuple[Settings, list[Event]]] = {}
    for event in ordered:
        own = settings.for_list(event.list_id)
        groups.setdefault(id(own), (own, []))[1].append(event)
    verdicts = [_weigh_one(address, group, deliveries, own) for own, group in groups.values()]
    return min(verdicts, key=_strictness, default=Standing())


_STRICTEST = (State.SUPPRESSED, State.REVIEW, State.QUARANTINE, State.ACTIVE)


def _strictness(standing: Standing) -> tuple[int, int, int, str]:
    return (_STRICTEST.index(standing.state), standing.since or 0, -standing.score, standing.cause or "")


def _weigh_one(address: str, ordered: Sequence[Event], deliveries: Sequence[int], settings: Settings) -> Standing:
    tracks: dict[Evidence, list[Event]] = {}
    for event in ordered:
        evidence = event.evidence
        if settings.require_proof and not event.proven and evidence in TRACKS:
            evidence = Evidence.REVIEW
        tracks.setdefault(evidence, []).append(event)
    lapse = settings.lapse_days * DAY
    courses = {
        evidence: _follow(tracks[evidence], () if evidence is Evidence.COMPLAINT else deliveries, track, lapse)
        for evidence in TRACKS
        if evidence in tracks and (track := settings.tracks[evidence]).count
    }
    return (
        _removal(address, courses, settings)
        or _alive_again(courses, deliveries)
        or _quarantine(courses, settings)
        or _for_review(tracks.get(Evidence.REVIEW, []), deliveries)
        or _active(courses, settings)
    )


def _removal(address: str, courses: dict[Evidence, _Course], settings: Settings) -> Standing | None:
    removed = [(course.removed_at, evidence) for evidence, course in courses.items() if course.removed_at is not None]
    if not removed:
        return None
    at, cause = min(removed, key=lambda found: (found[0], TRACKS.index(found[1])))
    course = courses[cause]
    held = settings.held_back(address)
    state = State.REVIEW if held else State.SUPPRESSED
    needed, _ = _test(settings.tracks[cause], course.stage)
    return Standing(
        state, cause, since=at, score=needed, needed=needed, stage=course.stage, held=held, events=course.based_on
    )


def _alive_again(courses: dict[Evidence, _Course], deliveries: Sequence[int]) -> Standing | None:
    """A mailbox that took mail after it should have been removed: a person decides."""
    cause = next((evidence for evidence, course in courses.items() if course.once_removed), None)
    if cause is None:
        return None
    return Standing(State.REVIEW, cause, since=deliveries[-1], held="alive")


def _quarantine(courses: dict[Evidence, _Course], settings: Settings) -> Standing | None:
    held = [(course.until, evidence) for evidence, course in courses.items() if course.until is not None]
    if not held:
        return None
    until, cause = max(held, key=lambda found: (found[0], -TRACKS.index(found[1])))
    course = courses[cause]
    needed, _ = _test(settings.tracks[cause], course.stage)
    retry_at = max(until, (course.last or 0) + int(settings.retry_days * DAY))
    return Standing(
        State.QUARANTINE,
        cause,
        since=course.since,
        until=until,
        retry_at=retry_at,
        score=len(course.chain.days),
        needed=needed,
        stage=course.stage,
        events=course.based_on,
    )


def _for_review(events: Sequence[Event], deliveries: Sequence[int]) -> Standing | None:
    """An event for people to look at stays so until a delivery proves the address alive."""
    last_delivery = deliveries[-1] if deliveries else None
    open_events = [event for event in events if last_delivery is None or event.at > last_delivery]
    if not open_events:
        return None
    reasons = Counter(event.reason or event.kind for event in open_events)
    cause = min(reasons, key=lambda reason: (-reasons[reason], reason))
    ids = tuple(event.event_id for event in open_events[-20:])
    return Standing(State.REVIEW, cause, since=open_events[0].at, held="unclear", events=ids)


def _active(courses: dict[Evidence, _Course], settings: Settings) -> Standing:
    running = [
        (len(course.chain.days) / _test(settings.tracks[evidence], course.stage)[0], evidence)
        for evidence, course in courses.items()
        if course.chain.days
    ]
    if not running:
        return Standing()
    _, cause = max(running, key=lambda found: (found[0], -TRACKS.index(found[1])))
    course = courses[cause]
    needed, _ = _test(settings.tracks[cause], course.stage)
    last = max(other.last or 0 for other in courses.values())
    return Standing(
        State.ACTIVE,
        cause,
        since=course.chain.events[0].at,
        retry_at=last + int(settings.retry_days * DAY),
        score=len(course.chain.days),
        needed=needed,
        stage=course.stage,
        events=course.chain.ids(),
    )
