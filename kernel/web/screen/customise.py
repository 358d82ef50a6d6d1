"""The pages on which an administrator adds fields to what a company keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .form import Input, Lines
from .shown import Choice, Empty, Refused

if TYPE_CHECKING:
    from .shown import Action


@dataclass(frozen=True, slots=True)
class EntityLink:
    """An entity that can be customised, and how many fields were added to it."""

    label: str
    href: str
    icon: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class EntitiesPage:
    """All that can be customised, by app."""

    groups: tuple[tuple[str, tuple[EntityLink, ...]], ...]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A custom field in the list of an entity's. marks are what is special about it, in a word each."""

    label: str
    code: str
    kind: str
    icon: str
    href: str
    where: str = ""
    marks: tuple[str, ...] = ()
    note: str = ""
    up: str = ""
    down: str = ""
    restore: str = ""


@dataclass(frozen=True, slots=True)
class FieldsPage:
    """The custom fields of an entity, those removed, and the kinds one may add."""

    title: str
    subtitle: str
    url: str
    fields: tuple[FieldRow, ...]
    removed: tuple[FieldRow, ...]
    kinds: tuple[Choice, ...]
    empty: Empty | None
    back: Action
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class FieldPage:
    """The form of one definition. sections are (heading, inputs); names are what a formula may use, with a label."""

    title: str
    subtitle: str
    url: str
    version: int
    sections: tuple[tuple[str, tuple[Input, ...]], ...]
    lines: tuple[Lines, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    functions: tuple[str, ...] = ()
    offers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Suggestions for an input, by the id of their list."""
    fills: tuple[Choice, ...] = ()
    """Of a link: the fields of what it leads to that may stand beside it."""
    hidden: tuple[tuple[str, str], ...] = ()
    cancel_href: str = ""
    remove_href: str = ""
    submit: str = ""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class RemovalPage:
    """What removing a field leads to: who names it, and what becomes of each."""

    title: str
    url: str
    version: int
    filled: str
    mentions: tuple[tuple[str, str, str], ...]
    back_href: str
    refused: Refused | None = None
