"""The webhooks, one with its last calls, and the form for one."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Input
from .jobs import KeptGroup
from .shown import Choice, Empty, Refused, Shown


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook in the list."""

    href: str
    label: str
    url: str
    hears: str
    company: str
    called: str
    state: Shown


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    """All of them. new_href is empty for whoever may not make one."""

    title: str
    rows: tuple[WebhookRow, ...]
    new_href: str = ""
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class SignalChoices:
    """The signals of one app to choose from; a choice's note says what the signal means."""

    plugin: str
    icon: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """The form for one. wrong is what is said about the choice of signals."""

    title: str
    url: str
    back_href: str
    inputs: tuple[Input, ...]
    groups: tuple[SignalChoices, ...]
    wrong: str = ""
    verb: str = ""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call and what was answered; event_id is empty where it can't be repeated."""

    at: str
    what: str
    name: str
    attempt: str
    state: Shown
    code: str
    said: str
    took: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One webhook. secret is its text where it was just made, shown once; groups is what was given up of it."""

    title: str
    url: str
    state: Shown
    facts: tuple[tuple[str, Shown], ...]
    signals: tuple[tuple[str, str], ...]
    """(label, name)"""
    calls: tuple[CallRow, ...]
    paused: bool
    may_change: bool
    secret: str = ""
    groups: tuple[KeptGroup, ...] = ()
    reason: Input | None = None
    may_replay: bool = False
    may_put_away: bool = False
    show: str = "given-up"
    after: str = ""
    """Where replaying or putting aside leads back to."""
    refused: Refused | None = None
