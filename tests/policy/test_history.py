"""The history policy: its table row by row, and its promises as properties."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bounceparse.policy.event import USUAL_DECISION
from bounceparse.policy.evidence import NEVER_REMOVE, Evidence, evidence_of, is_clear
from bounceparse.policy.history import Event, State, weigh
from bounceparse.policy.settings import DAY, DEFAULT_TRACKS, Settings, Track
from bounceparse.record import Decision, Kind, Reason, Severity

START = 20_000 * DAY + 3_600
ADDRESS = "jane.doe@example.com"
_ids = itertools.count()

KINDS = {
    Evidence.COMPLAINT: {"kind": "complaint", "decision": "remove"},
    Evidence.MAILBOX_CLEAR: {"reason": "user_unknown", "severity": "permanent", "decision": "remove", "clear": True},
    Evidence.MAILBOX_WEAK: {"reason": "user_unknown", "severity": "permanent", "decision": "remove"},
    Evidence.NO_MAIL: {"reason": "domain_not_accepting", "severity": "permanent", "decision": "review"},
    Evidence.DISABLED: {"reason": "mailbox_disabled", "severity": "permanent", "decision": "remove", "clear": True},
    Evidence.DOMAIN_UNKNOWN: {"reason": "domain_unknown", "severity": "permanent", "decision": "remove"},
    Evidence.MAILBOX_FULL: {"reason": "mailbox_full", "severity": "temporary", "decision": "retry"},
    Evidence.TEMPORARY: {"reason": "host_unreachable", "severity": "temporary", "decision": "retry"},
    Evidence.REVIEW: {"reason": "policy", "severity": "permanent", "decision": "review"},
    Evidence.SENDER: {"reason": "auth_failure", "severity": "permanent", "decision": "fix_sender"},
    Evidence.DELIVERED: {"kind": "delivered"},
    Evidence.NONE: {"kind": "delayed", "reason": "host_unreachable", "severity": "temporary"},
}


def event(evidence, days, **changes):
    made = Event(f"e{next(_ids)}", START + int(days * DAY), "failed")
    return replace(made, **{**KINDS[evidence], **changes})


def after(evidence, *days, address=ADDRESS, settings=None):
    return weigh(address, [event(evidence, day) for day in days], settings or Settings())


@pytest.mark.parametrize("evidence", list(KINDS))
def test_the_samples_count_as_what_they_are_named(evidence):
    assert event(evidence, 0).evidence is evidence


@pytest.mark.parametrize(
    ("evidence", "days", "state"),
    [
        (Evidence.COMPLAINT, [0], State.SUPPRESSED),
        (Evidence.MAILBOX_CLEAR, [0], State.SUPPRESSED),
        (Evidence.MAILBOX_WEAK, [0], State.ACTIVE),
        (Evidence.MAILBOX_WEAK, [0, 0.9], State.ACTIVE),
        (Evidence.MAILBOX_WEAK, [0, 1], State.SUPPRESSED),
        (Evidence.MAILBOX_WEAK, [0, 31], State.ACTIVE),
        (Evidence.DOMAIN_UNKNOWN, [0, 1, 2], State.ACTIVE),
        (Evidence.DOMAIN_UNKNOWN, [0, 3], State.ACTIVE),
        (Evidence.DOMAIN_UNKNOWN, [0, 1, 3], State.SUPPRESSED),
        (Evidence.NO_MAIL, [0], State.ACTIVE),
        (Evidence.NO_MAIL, [0, 1], State.SUPPRESSED),
        (Evidence.DISABLED, [0, 6], State.ACTIVE),
        (Evidence.DISABLED, [0, 7], State.SUPPRESSED),
        (Evidence.MAILBOX_FULL, [0, 7, 13], State.ACTIVE),
        (Evidence.MAILBOX_FULL, [0, 7, 14], State.QUARANTINE),
        (Evidence.MAILBOX_FULL, [0, 7, 14, 30], State.QUARANTINE),
        (Evidence.MAILBOX_FULL, [0, 7, 14, 44], State.SUPPRESSED),
        (Evidence.MAILBOX_FULL, [0, 7, 14, 75], State.ACTIVE),
        (Evidence.TEMPORARY, [0, 1, 2, 3], State.ACTIVE),
        (Evidence.TEMPORARY, [0, 1, 2, 3, 31], State.ACTIVE),
        (Evidence.TEMPORARY, [0, 1, 2, 3, 30], State.QUARANTINE),
        (Evidence.TEMPORARY, [0, 0.1, 0.2, 0.3, 0.4, 0.5], State.ACTIVE),
        (Evidence.SENDER, range(100), State.ACTIVE),
        (Evidence.NONE, range(100), State.ACTIVE),
        (Evidence.REVIEW, range(100), State.REVIEW),
    ],
)
def test_each_row_of_the_table(evidence, days, state):
    assert after(evidence, *days).state is state


def test_temporary_failures_lengthen_the_quarantine_and_remove_the_fourth_time():
    days, lengths, at = [], [], 0.0
    for _ in range(3):
        days += [at + n for n in range(5)]
        standing = after(Evidence.TEMPORARY, *days)
        assert standing.state is State.QUARANTINE
        lengths.append((standing.until - standing.since) / DAY)
        assert standing.retry_at == standing.until
        at = days[-1] + lengths[-1]
    assert lengths == [14, 30, 60]
    assert after(Evidence.TEMPORARY, *days, *(at + n for n in range(4))).state is State.QUARANTINE
    assert after(Evidence.TEMPORARY, *days, *(at + n for n in range(5))).state is State.SUPPRESSED


def test_a_known_delivery_lapses_the_score_and_sends_a_removal_to_review():
    weak = [event(Evidence.MAILBOX_WEAK, 0), event(Evidence.MAILBOX_WEAK, 2)]
    delivery = event(Evidence.DELIVERED, 1)
    assert weigh(ADDRESS, weak, Settings()).state is State.SUPPRESSED
    assert weigh(ADDRESS, [*weak, delivery], Settings()).state is State.ACTIVE
    assert weigh(ADDRESS, weak, Settings(), delivered=[delivery.at]).state is State.ACTIVE
    late = event(Evidence.DELIVERED, 3)
    alive = weigh(ADDRESS, [*weak, late], Settings())
    assert (alive.state, alive.held) == (State.REVIEW, "alive")
    again = [*weak, late, event(Evidence.MAILBOX_WEAK, 4), event(Evidence.MAILBOX_WEAK, 6)]
    assert weigh(ADDRESS, again, Settings()).state is State.SUPPRESSED
    assert weigh(ADDRESS, [weak[0], late], Settings()).score == 0


def test_a_complaint_does_not_lapse():
    events = [event(Evidence.COMPLAINT, 0), event(Evidence.DELIVERED, 1)]
    assert weigh(ADDRESS, events, Settings()).state is State.SUPPRESSED


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ("postmaster@example.com", "role"),
        ("Info@example.com", "role"),
        ("info+spring@example.com", "role"),
        ("python-dev@example.com", "list_like"),
        ("owner-friends@example.com", "list_like"),
        ("anybody@lists.example.com", "list_like"),
        ("boss@example.com", "never_remove"),
        ("anybody@partner.example", "never_remove"),
    ],
)
def test_roles_lists_and_the_protected_go_to_review(address, held):
    settings = Settings(never_remove=frozenset({"boss@example.com", "@partner.example"}))
    standing = after(Evidence.MAILBOX_CLEAR, 0, address=address, settings=settings)
    assert (standing.state, standing.held) == (State.REVIEW, held)


@pytest.mark.parametrize(
    "address", ["jane@example.com", "informer@example.com", "list@x.example.com"[1:], "al@example.com"]
)
def test_plain_people_are_no_lists(address):
    assert Settings().held_back(address) is None


def test_numbers_are_configurable_per_list():
    own = Settings(tracks={**DEFAULT_TRACKS, Evidence.MAILBOX_CLEAR: Track(2, span_days=1)})
    settings = Settings(lists={"news.example.org": own})
    one = event(Evidence.MAILBOX_CLEAR, 0, list_id="The news <News.example.org>")
    two = event(Evidence.MAILBOX_CLEAR, 1, list_id="news.example.org")
    other = event(Evidence.MAILBOX_CLEAR, 2, list_id="other.example.org")
    assert weigh(ADDRESS, [one], settings).state is State.ACTIVE
    assert weigh(ADDRESS, [one, two], settings).state is State.SUPPRESSED
    assert weigh(ADDRESS, [one, other], settings).state is State.SUPPRESSED


def test_a_track_can_be_switched_off():
    settings = Settings(tracks={**DEFAULT_TRACKS, Evidence.MAILBOX_CLEAR: Track(0)})
    assert after(Evidence.MAILBOX_CLEAR, 0, 1, 2, settings=settings).state is State.ACTIVE


def test_without_proof_nothing_is_removed_when_proof_is_required():
    settings = Settings(require_proof=True)
    assert after(Evidence.MAILBOX_CLEAR, 0, settings=settings).state is State.REVIEW
    proven = event(Evidence.MAILBOX_CLEAR, 0, proven=True)
    assert weigh(ADDRESS, [proven], settings).state is State.SUPPRESSED


def test_the_verdict_names_the_events_it_rests_on():
    first, second = event(Evidence.MAILBOX_WEAK, 0), event(Evidence.MAILBOX_WEAK, 2)
    unrelated = event(Evidence.SENDER, 1)
    standing = weigh(ADDRESS, [second, unrelated, first], Settings())
    assert standing.events == (first.event_id, second.event_id)
    assert (standing.cause, standing.since, standing.score) == (Evidence.MAILBOX_WEAK, second.at, 2)


def test_an_event_given_twice_counts_once():
    one = event(Evidence.MAILBOX_WEAK, 0)
    assert weigh(ADDRESS, [one, one], Settings()).score == 1


def test_a_flood_on_one_day_is_weighed_in_linear_time_and_counts_once():
    flood = [event(Evidence.TEMPORARY, n / 200_000) for n in range(100_000)]
    standing = weigh(ADDRESS, flood, Settings())
    assert (standing.state, standing.score) == (State.ACTIVE, 1)
    assert len(standing.events) <= 2


@pytest.mark.parametrize(
    ("rule", "status", "clear"),
    [
        ("google.no_such_user", None, True),
        ("words.user-unknown", None, True),
        ("words.policy", None, False),
        ("bluehost.recipient", None, False),
        ("a.rule.of.the.users", None, True),
        ("code.550", None, False),
        ("engine.undecided", None, False),
        ("code.rcpt", "5.1.1", True),
        (None, None, False),
    ],
)
def test_weak_evidence_is_told_by_the_rule_or_the_status(rule, status, clear):
    assert is_clear(rule, status) is clear


_events = st.builds(
    lambda evidence, hours, proven, list_id: event(evidence, hours / 24, proven=proven, list_id=list_id),
    st.sampled_from(list(KINDS)),
    st.integers(0, 24 * 250),
    st.booleans(),
    st.sampled_from([None, "a.example", "b.example"]),
)
_settings = st.sampled_from(
    [
        Settings(),
        Settings(require_proof=True),
        Settings(lists={"a.example": Settings(lapse_days=10)}),
        Settings(tracks={**DEFAULT_TRACKS, Evidence.TEMPORARY: Track(2, window_days=20, quarantine_days=(5, 60, 10))}),
    ]
)
_bursts = st.lists(
    st.tuples(
        st.sampled_from([Evidence.TEMPORARY, Evidence.MAILBOX_FULL, Evidence.DOMAIN_UNKNOWN]), st.integers(0, 250)
    ),
    min_size=4,
    max_size=40,
).map(lambda pairs: [event(evidence, day, proven=True) for evidence, day in pairs])


@given(st.lists(_events, max_size=25), _settings, st.randoms())
def test_the_order_of_events_never_matters(events, settings, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert weigh(ADDRESS, shuffled, settings) == weigh(ADDRESS, events, settings)


@hypothesis_settings(max_examples=400)
@given(st.one_of(st.lists(_events, max_size=25), _bursts), _events, _settings)
def test_one_more_bounce_never_unremoves(events, more, settings):
    if more.evidence is Evidence.DELIVERED:
        return
    if weigh(ADDRESS, events, settings).state is State.SUPPRESSED:
        assert weigh(ADDRESS, [*events, more], settings).state is State.SUPPRESSED


_free = st.builds(
    Event,
    event_id=st.uuids().map(str),
    at=st.integers(START, START + 300 * DAY),
    kind=st.sampled_from([kind.value for kind in Kind]),
    reason=st.sampled_from([None, *(reason.value for reason in Reason)]),
    severity=st.sampled_from([None, *(severity.value for severity in Severity)]),
    decision=st.sampled_from([decision.value for decision in Decision]),
    clear=st.booleans(),
)


@given(st.lists(_free, max_size=40))
def test_no_never_remove_reason_leads_to_remove(events):
    harmless = [one for one in events if one.kind != "complaint" and one.reason in {*NEVER_REMOVE, None}]
    assert weigh(ADDRESS, harmless, Settings()).state in (State.ACTIVE, State.REVIEW)


@given(st.lists(_free, max_size=40))
def test_other_kinds_than_failures_and_complaints_never_remove(events):
    harmless = [one for one in events if one.kind not in ("failed", "complaint")]
    assert weigh(ADDRESS, harmless, Settings()).state is State.ACTIVE


def test_every_reason_has_its_place():
    idle = (Evidence.SENDER, Evidence.NONE, Evidence.REVIEW)
    for reason in Reason:
        usual = USUAL_DECISION[reason]
        evidence = evidence_of("failed", reason, "permanent", usual, True)
        assert (evidence in idle) == (reason in NEVER_REMOVE), reason
