"""Builders shared by the tests of the reports."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from bounceparse.record import Bounce, Decision, Kind, Reason, Severity

MakeBounce = Callable[..., Bounce]


@pytest.fixture
def make_bounce() -> MakeBounce:
    """Return a builder of records: a plain unknown user at example.org unless told otherwise."""
    numbers = itertools.count()

    def build(**changes: Any) -> Bounce:
        number = next(numbers)
        usual: dict[str, Any] = {
            "source": "box.mbox",
            "position": number,
            "event_id": f"event-{number}",
            "kind": Kind.FAILED,
            "recipient": "ann@example.org",
            "final_recipient": "ann@example.org",
            "reply_code": 550,
            "enhanced_status": "5.1.1",
            "reply_text": "5.1.1 <ann@example.org>: User unknown",
            "severity": Severity.PERMANENT,
            "reason": Reason.USER_UNKNOWN,
            "decision": Decision.REMOVE,
            "rule": "generic.user-unknown",
            "evidence": "User unknown",
            "remote_mta": "mx.example.org",
            "arrived_at": "2025-03-01T10:00:00+01:00",
        }
        return Bounce(**{**usual, **changes})

    return build
