"""The field functions of an entity: each says once what table, form, API, import and validation need to know."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import Boolean, Date, Integer, String
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped
from sqlalchemy.types import TypeEngine

from kernel.entities.types import Exact, Instant, Json
from kernel.i18n import Text

if TYPE_CHECKING:
    from kernel.entities.base import Entity

__all__ = [
    "REF_TITLE", "AnyRef", "Choice", "Field", "FieldDeclaration", "Kind", "boolean", "choice", "date", "instant",
    "integer", "json_data", "lines", "link", "money", "note", "percent", "quantity", "ref", "serial", "state", "text",
]

Kind = Literal[
    "text", "note", "integer", "money", "quantity", "percent", "boolean", "date", "instant", "choice", "link",
    "lines", "serial", "state", "json", "ref", "table", "tags",
]


@dataclass(frozen=True, slots=True)
class AnyRef:
    """A record of any entity, be its plugin installed or not: the entity's name, the id, its title as it was.

    What plugins refer to each other's records by, since foreign keys go only to the kernel and to what is required.
    """

    entity: str
    id: int
    title: str = ""

    @classmethod
    def to(cls, record: "Entity") -> "AnyRef":
        """Refer to a record."""
        return cls(record.__entity__, record.id, record.title[:REF_TITLE])


REF_TITLE = 200
"""The longest title an AnyRef keeps."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a choice or state field may have; `colour` is a status family (gray amber blue violet green red)."""

    value: str
    label: Text
    colour: str = "gray"


@dataclass(frozen=True, slots=True)
class Field:
    """What every door (form, list, API, import, validation, permissions) knows of one field."""

    name: str
    kind: Kind
    label: Text
    help: Text | None = None
    required: bool = False
    readonly: bool = False
    """Written by services only; no door takes it as input."""
    searchable: bool = False
    hidden: bool = False
    """Left off generated pages; still in the API."""
    secret: bool = False
    """Never leaves the server: no door shows, filters by or takes it, whatever the rights."""
    length: int | None = None
    decimals: int = 2
    """Places shown and taken as input (money takes its currency's)."""
    choices: tuple[Choice, ...] = ()
    default: object = None
    currency: str | None = None
    """Path of the field that gives a money field its currency ("order.currency"); the company's where None."""
    unit: str | None = None
    """Name of the field that gives a quantity its unit."""
    pattern: str | None = None
    """The number format of a serial field."""
    meter: bool = False
    """A percentage that is drawn as a bar from 0 to 100."""
    instead_of: str = ""
    """The plugin in whose place a person types this: where it is installed, generated pages leave it off."""
    kept_by: str = ""
    """Of a promised day: the percentage that says how far the promise is kept; at 100 nothing is late any more."""
    present: bool = False
    """Of a day or a link to a person: holds those of its making, unless something else is said."""
    among: tuple[tuple[str, str], ...] = ()
    """Of a link: the values of its target's fields by which pickers choose what they offer."""
    parent: bool = False
    """A link to the record this one is a line of."""
    follows: bool = False
    """A link or ref to the record this one came of: traces go along it, both ways."""
    column: str = ""
    """Name of the attribute that holds the stored value: `owner_id` for the link `owner`."""
    columns: "tuple[Field, ...]" = ()
    """Of a custom sub-table (a table): what each of its lines holds."""
    custom: bool = False
    """Added by an administrator at run time: its values are in the record's JSON, so it has no column of a table."""
    resolve: Callable[[], "type[Entity]"] | None = None

    @property
    def target(self) -> "type[Entity]":
        """Give the entity that a link or lines field points to, or that tags are put on; else raises TypeError."""
        if self.resolve is None:
            raise TypeError(f"{self.name} is no link")
        return self.resolve()

    @property
    def exact(self) -> bool:
        """Say whether values are decimals."""
        return self.kind in ("money", "quantity", "percent")

    def choice(self, value: str) -> Choice:
        """Find a choice by its value; an unknown value is shown as it is."""
        return next((choice for choice in self.choices if choice.value == value), Choice(value, value))


class FieldDeclaration:
    """What a field function leaves in the class body until the entity turns it into columns."""

    def __init__(
        self,
        kind: Kind,
        type_: TypeEngine[Any] | None,
        *,
        label: Text | None = None,
        required: bool | None = None,
        default: object = None,
        index: bool = False,
        to: str | None = None,
        through: str | None = None,
        ondelete: str | None = None,
        **attributes: Any,
    ) -> None:
        self.type = type_
        self.label = label
        self.required = required
        self.default = default
        self.index = index
        self.to = to
        self.through = through
        self.ondelete = ondelete
        self.field = Field(name="", kind=kind, label="", default=default, **attributes)

    def named(self, name: str, **changes: Any) -> Field:
        """Give the finished description under the attribute's name."""
        label = self.label if self.label is not None else name.replace("_", " ").capitalize()
        return replace(self.field, name=name, label=label, column=changes.pop("column", name), **changes)


def _declared(declaration: FieldDeclaration) -> Any:
    return declaration


def text(
    length: int = 200,
    *,
    label: Text | None = None,
    help: Text | None = None,
    default: str | None = None,
    required: bool | None = None,
    readonly: bool = False,
    searchable: bool = False,
    hidden: bool = False,
    index: bool = False,
    secret: bool = False,
) -> Mapped[str]:
    """Declare one line of text of at most `length` characters."""
    return cast(Mapped[str], _declared(FieldDeclaration(
        "text", String(length), label=label, help=help, default=default, required=required, readonly=readonly,
        searchable=searchable, hidden=hidden, index=index, secret=secret, length=length,
    )))


def note(*, label: Text | None = None, help: Text | None = None, searchable: bool = False) -> Mapped[str | None]:
    """Declare text of many lines."""
    return cast(Mapped[str | None], _declared(FieldDeclaration(
        "note", LongText(), label=label, help=help, searchable=searchable, length=100_000)))


def integer(
    *, label: Text | None = None, help: Text | None = None, default: int | None = None,
    required: bool | None = None, readonly: bool = False, hidden: bool = False,
) -> Mapped[int]:
    """Declare a whole number of 32 bits."""
    return cast(Mapped[int], _declared(FieldDeclaration(
        "integer", Integer(), label=label, help=help, default=default, required=required, readonly=readonly,
        hidden=hidden)))


def money(
    *, label: Text | None = None, help: Text | None = None, default: Decimal | int | None = None,
    required: bool | None = None, readonly: bool = False, hidden: bool = False, currency: str | None = None,
    decimals: int = 2,
) -> Mapped[Decimal]:
    """Declare an exact amount, in the currency of the field at the path `currency`, else in the company's."""
    return cast(Mapped[Decimal], _declared(FieldDeclaration(
        "money", Exact(), label=label, help=help, default=None if default is None else Decimal(default),
        required=required, readonly=readonly, hidden=hidden, currency=currency, decimals=decimals)))


def quantity(
    *, label: Text | None = None, help: Text | None = None, default: Decimal | int | None = None,
    required: bool | None = None, readonly: bool = False, hidden: bool = False, unit: str | None = None,
    decimals: int = 6, instead_of: str = "",
) -> Mapped[Decimal]:
    """Declare an exact quantity, in the unit of the field named by `unit`.

    `instead_of` names the plugin in whose place a person types it; pages leave it off where that is installed.
    """
    return cast(Mapped[Decimal], _declared(FieldDeclaration(
        "quantity", Exact(), label=label, help=help, default=None if default is None else Decimal(default),
        required=required, readonly=readonly, hidden=hidden, unit=unit, decimals=decimals, instead_of=instead_of)))


def percent(
    *, label: Text | None = None, help: Text | None = None, default: Decimal | int | None = None,
    required: bool | None = None, readonly: bool = False, meter: bool = False,
) -> Mapped[Decimal]:
    """Declare an exact percentage; 12.5 means 12.5 %. `meter=True` draws it as a bar: how far something is."""
    return cast(Mapped[Decimal], _declared(FieldDeclaration(
        "percent", Exact(), label=label, help=help, default=None if default is None else Decimal(default),
        required=required, readonly=readonly, decimals=4, meter=meter)))


def boolean(
    *, label: Text | None = None, help: Text | None = None, default: bool = False, readonly: bool = False,
    hidden: bool = False,
) -> Mapped[bool]:
    """Declare a yes or no."""
    return cast(Mapped[bool], _declared(FieldDeclaration(
        "boolean", Boolean(), label=label, help=help, default=default, readonly=readonly, hidden=hidden)))


def date(
    *, label: Text | None = None, help: Text | None = None, required: bool | None = None, readonly: bool = False,
    index: bool = False, present: bool = False, kept_by: str = "",
) -> Mapped[dt.date]:
    """Declare a business date, in the company's zone.

    `present` holds the day it is made, or is emptied; `kept_by` names the percentage that says how far a promise for
    that day is kept.
    """
    return cast(Mapped[dt.date], _declared(FieldDeclaration(
        "date", Date(), label=label, help=help, required=required, readonly=readonly, index=index, present=present,
        kept_by=kept_by)))


def instant(
    *, label: Text | None = None, help: Text | None = None, required: bool | None = None, readonly: bool = False,
) -> Mapped[dt.datetime]:
    """Declare a moment in time, stored in UTC."""
    return cast(Mapped[dt.datetime], _declared(FieldDeclaration(
        "instant", Instant(), label=label, help=help, required=required, readonly=readonly)))


def choice(
    *choices: tuple[str, Text] | tuple[str, Text, str] | Choice,
    label: Text | None = None, help: Text | None = None, default: str | None = None,
    required: bool | None = None, readonly: bool = False, searchable: bool = False,
) -> Mapped[str]:
    """Declare one of fixed values: `choice(("web", _("Web")), ("fair", _("Fair")))`; a third part is a colour."""
    values = tuple(each if isinstance(each, Choice) else Choice(*each) for each in choices)
    return cast(Mapped[str], _declared(FieldDeclaration(
        "choice", String(40), label=label, help=help, default=default, required=required, readonly=readonly,
        searchable=searchable, length=40, choices=values)))


def link(
    to: str | None = None, *, label: Text | None = None, help: Text | None = None, required: bool | None = None,
    readonly: bool = False, parent: bool = False, index: bool = True, hidden: bool = False, follows: bool = False,
    present: bool = False, among: Mapping[str, str] | None = None,
) -> Mapped[Any]:
    """Declare a link to another record, held in a column `<name>_id` with a foreign key.

    The target is the annotation's class; name it by `to` ("crm.lead") where that class comes later.
    `parent=True` makes this record a line of the other: it goes with it and has its rights. `follows=True` says
    that this record came of the other (an invoice of its order), so that a trace leads from one to the other.
    `present=True` gives a new record to the person who makes it, unless somebody else is named. `among` narrows what
    pickers offer, `among={"is_customer": "1"}`; it is no rule: another record may still be named.
    """
    return cast(Mapped[Any], _declared(FieldDeclaration(
        "link", None, label=label, help=help, required=required, readonly=readonly, parent=parent, index=index,
        hidden=hidden, to=to, ondelete="CASCADE" if parent else None, follows=follows, present=present,
        among=tuple((among or {}).items()))))


def ref(
    *, label: Text | None = None, help: Text | None = None, hidden: bool = False, follows: bool = True,
) -> Mapped[AnyRef]:
    """Declare a reference to a record of any plugin, installed or not: `source: Mapped[AnyRef | None] = ref()`.

    Held in the columns `<name>_entity`, `<name>_id` (indexed) and `<name>_title`, without a foreign key; services
    write it, no door does. `follows` as for `link`.
    """
    return cast(Mapped[AnyRef], _declared(FieldDeclaration(
        "ref", None, label=label, help=help, required=False, readonly=True, hidden=hidden, follows=follows)))


def lines(through: str, *, label: Text | None = None, help: Text | None = None) -> Mapped[Any]:
    """Declare a sub-table: the records whose parent link is named `through`, in order of their ids."""
    return cast(Mapped[Any], _declared(FieldDeclaration("lines", None, label=label, help=help, through=through)))


def serial(pattern: str, *, label: Text | None = None, gapless: bool = False) -> Mapped[str]:
    """Declare a document number, as in `serial("LEAD-{year}-{n:05}")`; counted per company and period.

    Given at creation from blocks (gaps allowed), or for `gapless` by `give_numbers` at posting. The pattern of a
    gapless one may name text fields of the record, as in "{journal_code}-{year}-{n:05}": each value has a series.
    """
    return cast(Mapped[str], _declared(FieldDeclaration(
        "serial", String(40), label=label, readonly=True, searchable=True, length=40, pattern=pattern,
        required=not gapless, hidden=False)))


def state(default: str = "draft", *, label: Text | None = None) -> Mapped[str]:
    """Declare the state of a workflow; it changes through transitions only."""
    return cast(Mapped[str], _declared(FieldDeclaration(
        "state", String(40), label=label, default=default, readonly=True, required=True, length=40, index=True)))


def json_data(*, label: Text | None = None, hidden: bool = True) -> Mapped[Any]:
    """Declare plain data (lists, mappings, strings, numbers), stored as JSON; services write it."""
    return cast(Mapped[Any], _declared(FieldDeclaration(
        "json", Json(), label=label, readonly=True, hidden=hidden)))


def set_choices(field: Field, choices: Sequence[Choice]) -> Field:
    """Give the description with other choices: a workflow tells its state field what states there are."""
    return replace(field, choices=tuple(choices))
