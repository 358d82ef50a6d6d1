"""The custom fields of this installation, remembered by each process until one of them changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Declared, Entity, add_field_source, entity
from kernel.entities.custom.models import CustomField
from kernel.entities.fields import Choice, Field, Kind
from kernel.entities.remembered import ReadOnce, Remembered
from kernel.entities.work import in_work, session
from kernel.i18n import OwnText

__all__ = ["Customised", "Definition", "customised", "definitions_of", "stamp"]

FIELD_KINDS: dict[str, Kind] = {
    "text": "text", "note": "note", "number": "quantity", "money": "money", "percent": "percent", "date": "date",
    "instant": "instant", "boolean": "boolean", "choice": "choice", "member": "link", "link": "link", "table": "lines",
}
LENGTHS = {"text": 400, "note": 100_000, "choice": 40}


@dataclass(frozen=True, slots=True)
class To:
    """Finds the entity a custom link points to; two of the same name are equal, as functions never are."""

    name: str

    def __call__(self) -> type[Entity]:
        return entity(self.name)


@dataclass(frozen=True, slots=True)
class Definition:
    """A custom field in use: what doors know of it, and what only the kernel does."""

    id: int
    version: int
    field: Field
    kind: str
    unique: bool = False
    listed: bool = False
    section: str = ""
    fills: tuple[str, ...] = ()
    formula: str = ""

    @property
    def code(self) -> str:
        """Give the name by which every door knows the field."""
        return self.field.name


@dataclass(frozen=True)
class Customised:
    """All custom fields in use, by entity and code, in the order of their forms; and those removed, by their codes."""

    stamp: tuple[tuple[int, int], ...]
    """Changes whenever a definition does: what is worked out of fields is kept by it."""
    definitions: Mapping[str, Mapping[str, Definition]]
    codes: Mapping[str, frozenset[str]]
    """All codes of each entity, also of what was removed."""
    links: Mapping[str, tuple[Field, ...]]
    """The links of each entity, those removed among them: what they point to is still held."""
    merged: dict[type, Mapping[str, Field]]
    """Declared and custom fields together, by class; filled as they are asked for."""


NONE = Customised((), {}, {}, {}, {})
told_codes: list[Callable[[str], None]] = []
"""Told of each code that definitions are loaded with."""
_remembered: Remembered[None, Customised] = Remembered("custom_fields", CustomField)
_once: ReadOnce[None, Customised] = ReadOnce(CustomField)


def customised() -> Customised:
    """Give the custom fields as the current work sees them; none outside of a unit of work."""
    if not in_work():
        return NONE
    return _once.get((None,), lambda keys: {None: _remembered.get(None, _load)})[None]


def definitions_of(cls: type) -> Mapping[str, Definition]:
    """Give the custom fields of an entity by code, in the order of its form; empty for most."""
    return customised().definitions.get(getattr(cls, "__entity__", ""), {})


def stamp() -> tuple[tuple[int, int], ...]:
    """Give what changes with any custom field; empty where there are none."""
    return customised().stamp


def _fields(cls: type[Declared]) -> Mapping[str, Field] | None:
    known = customised()
    if not known.definitions:
        return None
    merged = known.merged.get(cls)
    if merged is None:
        own = known.definitions.get(cls.__entity__) if issubclass(cls, Entity) else None
        merged = cls.__fields__ if not own else {
            **cls.__fields__, **{code: each.field for code, each in own.items()}}
        known.merged[cls] = merged
    return merged


add_field_source(_fields)


def _load() -> Customised:
    table = CustomField.__table__.c
    rows = session().work.connection.execute(
        select(CustomField.__table__).order_by(table.position, table.id)).all()
    found: dict[str, dict[str, Definition]] = {}
    links: dict[str, list[Field]] = {}
    for row in rows:
        for tell in told_codes:
            tell(row.code)
        definition = defined(row)
        if definition is None:
            continue
        if definition.field.kind == "link":
            links.setdefault(row.entity, []).append(definition.field)
        if not row.archived:
            found.setdefault(row.entity, {})[row.code] = definition
    return Customised(
        tuple((row.id, row.version) for row in rows), found,
        {name: frozenset(row.code for row in rows if row.entity == name) for name in {row.entity for row in rows}},
        {name: tuple(fields) for name, fields in links.items()}, {})


def defined(row: Any) -> Definition | None:
    """Make the definition of a stored one; None for a kind that this version knows nothing of."""
    kind = FIELD_KINDS.get(row.result or "" if row.kind == "formula" else row.kind)
    if kind is None:
        return None
    link = kind == "link"
    field = Field(
        row.code, kind, own_text(row), help=row.help or None, required=bool(row.required),
        readonly=row.kind == "formula", searchable=bool(row.searchable) and kind in ("text", "note", "choice"),
        length=LENGTHS.get(kind), decimals=_decimals(row), choices=_choices(row), default=_default(kind, row),
        column=f"{row.code}_id" if link else row.code, custom=True,
        resolve=To("kernel.user" if row.kind == "member" else row.target) if link else None)
    return Definition(
        row.id, row.version, field, row.kind, bool(row.unique), bool(row.listed), row.section or "",
        tuple(row.fills or ()), row.formula or "")


def own_text(row: Any) -> OwnText:
    """Give a label in the languages it was written in."""
    return OwnText(row.label, {"zh_Hant": row.label_zh_hant or "", "zh_Hans": row.label_zh_hans or ""})


def _decimals(row: Any) -> int:
    return 4 if "percent" in (row.kind, row.result) else int(row.decimals)


def _choices(row: Any) -> tuple[Choice, ...]:
    return tuple(
        Choice(each["value"], OwnText(each.get("label") or each["value"], {
            "zh_Hant": each.get("label_zh_hant") or "", "zh_Hans": each.get("label_zh_hans") or ""}),
            each.get("colour") or "gray")
        for each in row.options or ()) if row.kind == "choice" else ()


def _default(kind: Kind, row: Any) -> object:
    """Read a default as it was written down: a number's and a yes by their text; other kinds have a text."""
    text = row.default_value
    if kind == "boolean":
        return text == "1"
    if not text or row.kind == "formula" or kind not in ("text", "note", "choice", "quantity", "money", "percent"):
        return None
    try:
        return Decimal(text) if kind in ("quantity", "money", "percent") else text
    except ArithmeticError:
        return None
