"""The inbox: what waits for somebody, the document, its way through the approval."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Lines, Panel
from .listing import Tab
from .shown import Choice, Empty, Person, Refused, Shown


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the inbox's list."""

    href: str
    title: str
    kind: str
    who: Person
    note: str = ""
    due: str = ""
    late: bool = False
    current: bool = False
    done_url: str = ""
    """Where to say that it needs no more: a mention was seen, a follow-up is done."""
    done: str = ""


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """Lines of the inbox under a heading (due today, this week)."""

    label: str
    entries: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """One approver in a step; tone colours the verdict."""

    who: Person
    role: str = ""
    verdict: str = ""
    tone: str = ""
    me: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """A step of the flow: mark is done, now or empty; rule says how many must agree."""

    label: str
    mark: str = ""
    when: str = ""
    rule: str = ""
    tally: str = ""
    voices: tuple[Voice, ...] = ()
    comment: str = ""
    limit: str = ""
    limit_percent: int | None = None
    limit_note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The document that waits and what may be done with it."""

    title: str
    kind: str
    number: str
    href: str
    submitted: str
    who: Person
    figures: tuple[Shown, ...] = ()
    """text is the figure, second its label"""
    facts: tuple[tuple[str, Shown], ...] = ()
    lines: tuple[Lines, ...] = ()
    panels: tuple[Panel, ...] = ()
    steps: tuple[ApprovalStep, ...] = ()
    approve_url: str = ""
    reject_url: str = ""
    why_me: str = ""
    quick: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Everything the inbox template shows."""

    title: str
    kinds: tuple[Choice, ...]
    groups: tuple[WaitingGroup, ...]
    decision: Decision | None = None
    empty: Empty | None = None
    refused: Refused | None = None
    tabs: tuple[Tab, ...] = ()
    """Approvals, mentions, follow-ups, each with its count."""
    all_url: str = ""
    """Where to say of all at once that they were seen."""
