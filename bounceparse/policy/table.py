"""The policy in words: the table that is in force."""

from __future__ import annotations

from collections.abc import Iterator

from bounceparse.policy.evidence import TRACKS, Evidence
from bounceparse.policy.settings import Settings, Track

WORDS: dict[Evidence, str] = {
    Evidence.COMPLAINT: "complaint",
    Evidence.MAILBOX_CLEAR: "no such mailbox, moved, bad syntax: clear text or 5.1.1, 5.1.3, 5.1.6",
    Evidence.MAILBOX_WEAK: "the same on weak evidence (code alone, generic text)",
    Evidence.NO_MAIL: "domain takes no mail (null MX, 556)",
    Evidence.DISABLED: "mailbox disabled",
    Evidence.DOMAIN_UNKNOWN: "domain unknown",
    Evidence.MAILBOX_FULL: "mailbox full",
    Evidence.TEMPORARY: "temporary, expired, no answer",
}


def _days(days: float) -> str:
    return f"{days:g} day{'' if days == 1 else 's'}"


def effect(track: Track) -> str:
    """Return in words when a track moves an address, and where to."""
    if not track.count:
        return "never"
    when = f"at {track.count}" if track.count == 1 else f"at {track.count} distinct days"
    if track.span_days:
        when += f", first and last at least {_days(track.span_days)} apart"
    if track.window_days is not None:
        when += f", within {_days(track.window_days)}"
    if not track.quarantine_days:
        return f"remove {when}"
    stays = ", then ".join(_days(days) for days in track.quarantine_days)
    then = "the same again" if track.again is None else f"{track.again} more" if track.again > 1 else "one more"
    after = "it" if len(track.quarantine_days) == 1 else "each"
    return f"{when}: quarantine {stays}; after {after} {then}, at last remove"


def render(settings: Settings) -> Iterator[str]:
    """Yield the table line by line: the general one, then what single lists have of their own."""
    width = max(map(len, WORDS.values()))
    for evidence in TRACKS:
        yield f"{WORDS[evidence]:<{width}}  {effect(settings.tracks[evidence])}  [{evidence.value}]"
    yield f"{'sender, content, protocol, speed':<{width}}  never; reported as sender issue"
    yield f"{'delay, success, automatic reply, MDN, unknown':<{width}}  never"
    yield ""
    lapse = _days(settings.lapse_days)
    yield f"at most one count per address and day; a score lapses after {lapse} without or a known delivery"
    yield f"an address that failed is tried again after {_days(settings.retry_days)}"
    yield (
        f"for review instead of removal: {len(settings.roles)} role names, addresses that look like lists,"
        f" {len(settings.never_remove)} never-remove entries, addresses that took mail afterwards"
    )
    yield f"removal needs a proof that the bounce answers mail of ours: {'yes' if settings.require_proof else 'no'}"
    for name, own in sorted(settings.lists.items()):
        yield ""
        yield f"list {name}:"
        for evidence in TRACKS:
            if own.tracks[evidence] != settings.tracks[evidence]:
                yield f"  {WORDS[evidence]}: {effect(own.tracks[evidence])}"
        for label in ("lapse_days", "retry_days", "require_proof"):
            if getattr(own, label) != getattr(settings, label):
                yield f"  {label} = {getattr(own, label)}"
