"""The side column of a record: what happened and what was said, its files, its activities."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Happened
from .shown import Choice, Person, Refused


@dataclass(frozen=True, slots=True)
class File:
    """A file put with a record; picture is the address of what may be shown small, if it may."""

    name: str
    size: str
    who: str
    when: str
    href: str
    icon: str
    picture: str = ""
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity that isn't done. state is overdue, today or planned; then is (type's id, name, day) it suggests."""

    id: int
    who: Person
    due: str
    note: str
    kind: str = ""
    icon: str = "bell"
    state: str = "planned"
    url: str = ""
    """Where one says that it is done, or calls it off; empty for whoever may not."""
    then: tuple[str, str, str] | None = None
    typed: str = ""


@dataclass(frozen=True, slots=True)
class KindOfActivity:
    """A type that may be chosen, with the day and the text it brings."""

    value: str
    label: str
    due: str
    note: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the column and not taken, kept."""

    text: str = ""
    note: str = ""
    due_on: str = ""


@dataclass(frozen=True, slots=True)
class Discussion:
    """Everything the side column shows. url is its own address; unseen says that comments call the person anew."""

    url: str
    record_url: str
    entries: tuple[Happened, ...]
    shows: tuple[Choice, ...]
    files: tuple[File, ...] = ()
    activities: tuple[Activity, ...] = ()
    more: str = ""
    unseen: bool = False
    may_take_part: bool = True
    me: Choice | None = None
    today: str = ""
    size_limit: str = ""
    typed: Typed = Typed()
    refused: Refused | None = None
    followers: tuple[Person, ...] = ()
    following: bool = False
    """Whether the person looking follows the record."""
    kinds: tuple[KindOfActivity, ...] = ()
    plans: tuple[Choice, ...] = ()
    planning: bool = False
    """Whether the form for an activity stands open."""
