"""The brake: when removals wait for a person, and when they must not."""

from __future__ import annotations

from dataclasses import replace

from bounceparse.policy.brake import BrakeSettings, Removal, masked, reasons_to_hold

SETTINGS = BrakeSettings()


def removals(count, *, domains=1000, text="no such user", server="mx{}.example"):
    return [
        Removal(f"user{n}@d{n % domains}.example", server.format(n % domains), f"{text} {n % domains} x{n % 7}th")
        for n in range(count)
    ]


def hold(found, known=10_000, known_in=10_000, settings=SETTINGS):
    return reasons_to_hold(found, known, lambda domain: known_in, settings)


def test_up_to_500_removals_pass_whatever_their_share():
    assert hold(removals(500), known=500) == []


def test_more_than_the_greater_of_both_limits_is_held():
    assert "501 addresses" in hold(removals(501))[0]
    assert hold(removals(501), known=100_000) == []
    assert "2,001 addresses" in hold(removals(2001), known=100_000)[0]


def test_more_than_half_of_a_domain_is_held():
    found = removals(120, domains=1, server="mx{}")
    found = [replace(one, text=f"text {chr(97 + n % 26)} {chr(97 + n % 25)}") for n, one in enumerate(found)]
    assert hold(found, known_in=240) == []
    assert hold(found, known_in=239) == ["120 of 239 known addresses at d0.example would be removed"]
    assert hold(found[:99], known_in=99) == []


def test_one_text_from_one_server_is_held():
    same = [
        Removal(f"u{n}@d{n}.example", "mx.big.example", f"<u{n}@d{n}.example> not here, id q{n}") for n in range(101)
    ]
    other = removals(100)
    assert "101 of 201 removals rest on one reply from mx.big.example" in hold(same + other)[0]
    assert hold(same[:100] + other) == []
    assert hold(same[:99]) == []


def test_the_samples_never_trip_it():
    assert hold([Removal(f"u{n}@one.example", "mx", "no such user") for n in range(80)], known=80, known_in=80) == []


def test_it_can_be_switched_off():
    assert hold(removals(5000), settings=replace(SETTINGS, enabled=False)) == []


def test_masking_hides_what_differs_between_recipients():
    one = masked("550 5.1.1 <a@b.example>: No such user (id 4Xq7) - gsmtp")
    two = masked("550 5.1.1 <c@d.example>: no such user (id 9Yr2) - gsmtp")
    assert one == two
    assert "no such user" in one
