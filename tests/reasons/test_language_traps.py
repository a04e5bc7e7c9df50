"""No reply that means a sender, a host, a login or a passing fault removes an address, in any language."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounceparse import classify
from bounceparse.record import Decision

TRAPS = Path(__file__).with_name("language_traps.txt")


def _traps() -> list[str]:
    return [line for line in TRAPS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("reply", _traps())
def test_a_live_address_is_kept(reply: str) -> None:
    assert classify(reply).decision is not Decision.REMOVE


def test_there_are_many_traps() -> None:
    assert len(_traps()) > 250
