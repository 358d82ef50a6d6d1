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
    fresh: bool = False
    """Whether it wasn't seen yet."""
    icon: str = ""
    """Stands where nobody's picture can: the system told of it."""


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
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """A step of the flow: mark is done, now or empty; rule says how many must agree."""

    label: str
    mark: str = ""
    when: str = ""
    rule: str = ""
    tally: str = ""
    voices: tuple[Voice, ...] = ()
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
    base: str = ""
    """The address of the task; what may be done lies under it."""
    which: str = ""
    approve_url: str = ""
    handle: bool = False
    """It is to be handled rather than agreed to: there is no way to reject it."""
    targets: tuple[Choice, ...] = ()
    """Where it may be sent back to."""
    may_hand_over: bool = False
    may_add: bool = False
    may_urge: bool = False
    may_revoke: bool = False
    may_copy: bool = False
    may_take_back: bool = False
    people: tuple[Choice, ...] = ()
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
    """Approvals, mentions, activities, each with its count."""
    all_url: str = ""
    """Where to say of all at once that they were seen."""
    deputies_url: str = ""
    more_url: str = ""
    choices_url: str = ""
    """Where the person chooses what they are told of."""
    calendar_url: str = ""
    """Where the activities stand as a calendar."""


@dataclass(frozen=True, slots=True)
class KindChoice:
    """A kind of notification with how the person wants it."""

    name: str
    label: str
    in_app: bool
    mail: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class TellingPage:
    """What somebody is told of and how, and what makes them follow a record."""

    title: str
    groups: tuple[tuple[str, tuple[KindChoice, ...]], ...]
    """The kinds under the name of what they are of."""
    following: tuple[Choice, ...]
    email: str = ""
    """Where mails go; empty where the person has no address."""
    mails: bool = True
    """Whether this installation sends mail at all."""
    bounced: str = ""
    """Why mails to the person were refused last."""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Deputised:
    """A delegation: who acts for whom, when, for what; `end_url` where the person may end it."""

    id: int
    who: Person
    sentence: str
    days: str
    flows: str
    note: str = ""
    now: bool = False
    end_url: str = ""


@dataclass(frozen=True, slots=True)
class DeputiesPage:
    """One's delegations, those for whom one stands in, and the form for a new one."""

    title: str
    mine: tuple[Deputised, ...]
    others: tuple[Deputised, ...]
    people: tuple[Choice, ...]
    flows: tuple[Choice, ...]
    starts_on: str
    ends_on: str
    note: str = ""
    refused: Refused | None = None
    tabs: tuple[Tab, ...] = ()


@dataclass(frozen=True, slots=True)
class ChoiceAsked:
    """A step whose approvers the initiator chooses; the people chosen so far are marked."""

    name: str
    label: str
    people: tuple[Choice, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class ChoicePage:
    """Asks who approves some steps, before a document is submitted; `posted` is the form it was submitted with."""

    title: str
    steps: tuple[ChoiceAsked, ...]
    url: str
    posted: tuple[tuple[str, str], ...]
    back_href: str
