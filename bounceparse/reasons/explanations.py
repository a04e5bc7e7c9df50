"""Every reason in plain words, with the pages that help: the loader of ``explanations.toml``.

The table is read once, at the first question.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bounceparse.record import Decision, Kind, Reason


@dataclass(frozen=True, slots=True)
class Link:
    """A page that helps, by its title."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One reason, or one kind that is no failure, in plain words.

    ``meaning`` says what it means, ``whose`` whose move it is, ``todo`` what to do, ``when`` when to try again; each in
    whole sentences spoken to the sender. ``links`` are pages that hold for every provider.
    """

    title: str
    line: str
    meaning: str
    whose: str
    todo: str
    when: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail provider or filter service: the endings of its servers' names and its pages for senders."""

    name: str
    hosts: tuple[str, ...]
    links: tuple[Link, ...]


_REMOVING = frozenset(  # the reasons that usually remove an address
    (
        Reason.USER_UNKNOWN,
        Reason.MAILBOX_DISABLED,
        Reason.MAILBOX_MOVED,
        Reason.RECIPIENT_SYNTAX,
        Reason.DOMAIN_UNKNOWN,
    )
)
_NO_REFUSAL = Explanation(
    title="No refusal",
    line="This is no refusal.",
    meaning="This is no refusal: the server agreed, or a program answered for a person.",
    whose="Nobody has to do anything.",
    todo="Keep the address.",
    when="With your next mail, as usual.",
)


def explanation(about: Reason | Kind | None) -> Explanation:
    """Return what is to say about a reason or, where nothing failed, about a kind; None means no refusal.

    The kind ``failed`` by itself says nothing about the cause, so it is explained like the reason ``other``.
    """
    if about is None:
        return _NO_REFUSAL
    if about is Kind.FAILED:
        about = Reason.OTHER
    return _table()[("reason" if isinstance(about, Reason) else "kind", about.value)]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do and when to try again, in whole sentences."""

    todo: str
    when: str


def advice(about: Reason | Kind | None, decision: Decision | None = None) -> Advice:
    """Return the advice on a reason, fitted to the decision where it departs from what the reason usually asks for.

    A reason that usually removes may come with a temporary reply or on thin evidence: then the address stays for now.
    """
    told = explanation(about)
    if decision is Decision.RETRY and about in _REMOVING:
        todo = "The server called it temporary, so keep the address for now. If the answer stays the same: "
        return Advice(todo + _lower(told.todo), "Your server tries again by itself for some days.")
    if decision is Decision.REVIEW and about in _REMOVING:
        todo = "The evidence is thin, so let a person look before anything is removed. If it is right: "
        return Advice(todo + _lower(told.todo), "With your next mail, unless you have taken the address off.")
    return Advice(told.todo, told.when)


def paragraph(reason: Reason | None, decision: Decision | None = None) -> str:
    """Return the paragraph for people about a reason; None means that there was no refusal.

    With the ``decision`` that was made, the advice fits it (see :func:`advice`).
    """
    told, fitted = explanation(reason), advice(reason, decision)
    return " ".join((told.meaning, told.whose, fitted.todo, f"When to try again: {_lower(fitted.when)}"))


def title(reason: Reason | None) -> str:
    """Return the reason in a few words, fit for a heading."""
    return explanation(reason).title


def links(reason: Reason | None, remote_host: str | None = None) -> tuple[Link, ...]:
    """Return the pages that help: those of the provider whose server refused first, then those of the reason."""
    provider = provider_of(remote_host)
    return (*(provider.links if provider else ()), *explanation(reason).links)


def provider_of(remote_host: str | None) -> Provider | None:
    """Return the provider whose server has this name, or None."""
    host = (remote_host or "").lower().strip(" .[]")
    labels = host.split(".")
    known = _providers()
    for start in range(len(labels) - 1):
        found = known.get(".".join(labels[start:]))
        if found:
            return found
    return None


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("explanations.toml").read_text(encoding="utf-8"))


@cache
def _table() -> dict[tuple[str, str], Explanation]:
    table = {}
    for group in ("reason", "kind"):
        for key, entry in _data()[group].items():
            words = {name: value for name, value in entry.items() if name != "links"}
            table[group, key] = Explanation(**words, links=tuple(Link(**link) for link in entry.get("links", ())))
    return table


@cache
def _providers() -> dict[str, Provider]:
    providers = {}
    for entry in _data()["provider"]:
        pages = tuple(Link(**link) for link in entry["links"])
        provider = Provider(entry["name"], tuple(entry["hosts"]), pages)
        providers.update(dict.fromkeys(provider.hosts, provider))
    return providers
