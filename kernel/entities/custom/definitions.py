"""The custom fields of this installation, remembered by each process until one of them changes."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Declared, Entity, add_field_source, entities, entity, fields_of
from kernel.entities.custom.formula import Formula, parse_formula
from kernel.entities.custom.functions import FormulaError
from kernel.entities.custom.models import CustomField
from kernel.entities.custom.precedence import in_order
from kernel.entities.fields import Choice, Field, Kind
from kernel.entities.remembered import ReadOnce, Remembered
from kernel.entities.work import ambient, session
from kernel.i18n import OwnText

__all__ = ["Customised", "Definition", "customised", "definitions_of", "is_removed", "stamp"]

FIELD_KINDS: dict[str, Kind] = {
    "text": "text", "note": "note", "number": "quantity", "money": "money", "percent": "percent", "date": "date",
    "instant": "instant", "boolean": "boolean", "choice": "choice", "member": "link", "link": "link", "table": "table",
}
PRESENT = ("date", "instant", "member")
"""Kinds whose default is what holds when a record is made: today, now, whoever makes it."""
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
    formula: Formula | None = None
    cells: Mapping[str, Formula] = dataclasses.field(default_factory=dict)
    """Of a sub-table: the formulas of its columns, in the order they are worked out in."""
    summed: tuple[str, ...] = ()
    """Of a sub-table: the columns whose sums stand below it."""
    present: bool = False
    """Whether a new record begins with the day, the moment or the person that makes it."""

    @property
    def code(self) -> str:
        """Give the name by which every door knows the field."""
        return self.field.name


@dataclass(frozen=True)
class Customised:
    """All custom fields in use, by entity and code, in the order of their forms; and those removed, by their codes."""

    stamp: tuple[tuple[object, ...], ...]
    """Changes whenever a definition does: what is worked out of fields is kept by it."""
    definitions: Mapping[str, Mapping[str, Definition]]
    every: Mapping[str, Mapping[str, Definition]]
    """Those removed among them: what was built on one goes on with the values it has."""
    merged: dict[type, Mapping[str, Field]]
    """Declared and custom fields together, by class; filled as they are asked for."""
    kept: dict[object, Any] = dataclasses.field(default_factory=dict)
    """What else is worked out of these definitions, for as long as they hold."""


NONE = Customised((), {}, {}, {})
told_codes: list[Callable[[str], None]] = []
"""Told of each code that definitions are loaded with."""
_remembered: Remembered[None, Customised] = Remembered("custom_fields", CustomField)
_once: ReadOnce[None, Customised] = ReadOnce(CustomField)


def customised() -> Customised:
    """Give the custom fields as the current work sees them; none outside of a unit of work."""
    current = ambient()
    if current is None:
        return NONE
    known: Mapping[Any, Customised] | None = current.work.read.get(_once)
    if known is None:
        known = _once.get((None,), lambda keys: {None: _remembered.get(None, _load)})
    return known[None]


def definitions_of(cls: type, *, removed: bool = False) -> Mapping[str, Definition]:
    """Give the custom fields of an entity by code, in the order of its form; empty for most."""
    known = customised()
    return (known.every if removed else known.definitions).get(getattr(cls, "__entity__", ""), {})


def is_removed(cls: type, path: str) -> bool:
    """Say whether a path leads to a custom field that was removed: views that name it do without."""
    first, _dot, rest = path.removeprefix("-").partition(".")
    code = first.partition(":")[0]
    if code not in definitions_of(cls) and code in definitions_of(cls, removed=True):
        return True
    link = fields_of(cls).get(code) if rest and issubclass(cls, Entity) else None
    return link is not None and link.kind == "link" and is_removed(link.target, rest)


def stamp() -> tuple[tuple[object, ...], ...]:
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
    every: dict[str, dict[str, Definition]] = {}
    for row in rows:
        for tell in told_codes:
            tell(row.code)
        definition = defined(row)
        if definition is None:
            continue
        every.setdefault(row.entity, {})[row.code] = definition
        if not row.archived:
            found.setdefault(row.entity, {})[row.code] = definition
    return Customised(
        tuple((row.id, row.version, row.code, row.changed_at) for row in rows), found, every, {})


def defined(row: Any) -> Definition | None:
    """Make the definition of a stored one; None for a kind or a target that this installation knows nothing of."""
    kind = FIELD_KINDS.get(row.result or "" if row.kind == "formula" else row.kind)
    if kind is None:
        return None
    link = kind == "link"
    if row.kind == "link" and row.target not in entities():  # the plugin it leads into isn't installed
        return None
    field = Field(
        row.code, kind, own_text(row), help=_help(row), required=bool(row.required),
        readonly=row.kind == "formula", searchable=bool(row.searchable) and kind in ("text", "note", "choice"),
        length=LENGTHS.get(kind), decimals=_decimals(row), choices=_choices(row), default=_default(kind, row),
        currency=(row.currency or None) if kind == "money" else None,
        column=f"{row.code}_id" if link else row.code, custom=True,
        columns=tuple(
            column for each in row.columns or () if not each.get("archived") and (column := column_field(each)))
        if kind == "table" else (),
        resolve=To("kernel.user" if row.kind == "member" else row.target) if link else None)
    cells, summed = _cells(row) if kind == "table" else ({}, ())
    return Definition(
        row.id, row.version, field, row.kind, bool(row.unique), bool(row.listed), row.section or "",
        tuple(row.fills or ()), read_formula(row.formula) if row.kind == "formula" else None, cells, summed,
        row.kind in PRESENT and row.default_value == "1")


def read_formula(source: str | None) -> Formula | None:
    """Read a stored formula; None for one that this version can't read any more."""
    try:
        return parse_formula(source or "")
    except FormulaError:
        return None


def column_field(given: Mapping[str, Any]) -> Field | None:
    """Make the field of a sub-table's column from its stored mapping; None for what this version knows nothing of."""
    row = SimpleNamespace(**{**COLUMN, **given})
    made = defined(row)
    return replace(made.field, readonly=row.kind == "formula") if made is not None and row.kind != "table" else None


COLUMN: Mapping[str, Any] = {
    "id": 0, "version": 0, "kind": "text", "code": "", "label": "", "label_zh_hant": "", "label_zh_hans": "",
    "help": "", "help_zh_hant": "", "help_zh_hans": "", "currency": "", "required": False, "unique": False,
    "searchable": False, "listed": False, "section": "", "decimals": 2, "default_value": "", "options": None,
    "target": None, "fills": None, "formula": None, "result": None, "columns": None, "sum": False, "archived": False,
}
"""What a column's mapping may say, and what holds where it doesn't."""


def _cells(row: Any) -> tuple[Mapping[str, Formula], tuple[str, ...]]:
    """Give the formulas of a sub-table's columns in the order they are worked out in, and which are summed."""
    formulas = {
        each["code"]: formula for each in row.columns or ()
        if each.get("kind") == "formula" and not each.get("archived")
        and (formula := read_formula(each.get("formula"))) is not None}
    order = in_order({code: formula.names for code, formula in formulas.items()})
    return {code: formulas[code] for code in order}, tuple(
        each["code"] for each in row.columns or () if each.get("sum") and not each.get("archived"))


def own_text(row: Any) -> OwnText:
    """Give a label in the languages it was written in."""
    return OwnText(row.label, {"zh_Hant": row.label_zh_hant or "", "zh_Hans": row.label_zh_hans or ""})


def _help(row: Any) -> OwnText | None:
    """Give an explanation in the languages it was written in; None where it was in none."""
    texts = {"zh_Hant": row.help_zh_hant or "", "zh_Hans": row.help_zh_hans or ""}
    source = row.help or texts["zh_Hant"] or texts["zh_Hans"]
    return OwnText(source, texts) if source else None


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
