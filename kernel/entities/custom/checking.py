"""Judge the definition of a custom field, whichever door it comes by: kinds, options, columns, formulas, cycles."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select

from kernel.entities.base import Entity, entities, entity, fields_of
from kernel.entities.custom.computing import PLAIN, sources_of
from kernel.entities.custom.definitions import COLUMN, FIELD_KINDS, column_field, customised, defined, definitions_of
from kernel.entities.custom.formula import Formula, parse_formula
from kernel.entities.custom.functions import FormulaError
from kernel.entities.custom.models import CODE, KINDS, RESULTS, CustomField, judges
from kernel.entities.custom.precedence import cycle_in
from kernel.entities.custom.stored import column_of
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.i18n import Text, _

__all__ = ["COLUMN_KINDS", "UNIQUE_KINDS", "currencies_of", "currency_columns"]

UNIQUE_KINDS = frozenset({"text", "number", "money", "date", "instant", "choice", "member", "link"})
COLUMN_KINDS = tuple(code for code, _label in KINDS if code != "table")
CURRENCY = "kernel.currency"
MOST_FIELDS = 100
MOST_OPTIONS = 200
MOST_COLUMNS = 30
_OPTION = re.compile(r"[^\x00-\x1f]{1,40}")
COLOURS = ("gray", "amber", "blue", "violet", "green", "red")
Told = Iterator[tuple[str, Text, str]]


def judge(record: CustomField) -> Iterable[Problem]:
    """Say what is wrong with a definition, by the names of its fields."""
    cls = entity(record.entity)
    for name, message, code in _wrong(cls, record):
        yield Problem(name, message, code, record)


judges.append(judge)


def _wrong(cls: type[Entity], record: CustomField) -> Told:
    others = definitions_of(cls, removed=True)
    taken = next((each for each in others.values() if each.code == record.code and each.id != record.id), None)
    if taken is not None:
        yield "code", _("There is a field {code} already, maybe a removed one", code=record.code), "DUPLICATE"
    if len(others) >= MOST_FIELDS and record.id not in {each.id for each in others.values()}:
        yield "code", _("An entity has at most {most} custom fields", most=MOST_FIELDS), "TOO_MANY"
    if record.unique and record.kind not in UNIQUE_KINDS:
        yield "unique", _("Values of this kind can't be kept unique"), "UNIQUE"
    elif record.unique and taken is None:
        yield from _repeated(cls, record)
    yield from _by_kind(cls, record)
    if record.kind == "formula":
        yield from _formula(cls, record)
    if record.kind == "table":
        yield from _columns(cls, record.columns)
    if record.currency and record.currency not in currencies_of(cls):
        yield "currency", _("{field} does not say which currency an amount is in", field=record.currency), "CURRENCY"
    if record.kind == "link" and record.fills:
        yield from _fills(entity(record.target or ""), record.fills)


def currencies_of(cls: type[Entity]) -> list[str]:
    """Name the fields that may say which currency an amount of a record is in.

    They are its links to a currency, custom ones among them, and what declared amounts of the record go by.
    """
    fields = fields_of(cls).values()
    links = [each.name for each in fields if each.kind == "link" and each.target.__entity__ == CURRENCY]
    return list(dict.fromkeys([*links, *(each.currency for each in fields if each.currency and not each.custom)]))


def currency_columns(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name the columns of a sub-table that say of each line which currency its amounts are in."""
    return [str(each.get("code")) for each in columns
            if each.get("kind") == "link" and each.get("target") == CURRENCY and not each.get("archived")]


def _by_kind(cls: type[Entity], row: Any) -> Told:
    """Judge what a field and a column of a sub-table have in common."""
    if row.kind == "choice":
        yield from _options(row.options or ())
    if row.kind == "link" and row.target not in entities():
        yield "target", _("Say what the field links to"), "REQUIRED"
    elif row.kind == "link" and entity(row.target).__parent__:
        yield "target", _("Lines can't be linked to; link to their document"), "TARGET"
    if row.default_value and (wrong := _wrong_default(row)) is not None:
        yield "default_value", wrong, "DEFAULT"


def _options(options: Sequence[Mapping[str, Any]]) -> Told:
    if not options:
        yield "options", _("A choice needs at least one option"), "REQUIRED"
    if len(options) > MOST_OPTIONS:
        yield "options", _("A choice has at most {most} options", most=MOST_OPTIONS), "TOO_MANY"
    values = [str(each.get("value", "")) for each in options]
    for value in values:
        if not _OPTION.fullmatch(value):
            yield "options", _("An option has 1 to 40 characters"), "OPTION"
        elif values.count(value) > 1:
            yield "options", _("There are two options “{value}”", value=value), "DUPLICATE"
            return
    if any(each.get("colour", "gray") not in COLOURS for each in options):
        yield "options", _("A colour is one of: {allowed}", allowed=", ".join(COLOURS)), "COLOUR"


def _wrong_default(row: Any) -> Text | None:
    text = str(row.default_value)
    if row.kind in ("number", "money", "percent"):
        try:
            number = Decimal(text)
            if number.is_finite() and abs(number) < 10**12 and number == round(number, int(row.decimals)):
                return None
        except ArithmeticError:
            pass  # said below
        return _("{label} must be a number such as 1250.50, not {actual}", label=row.label, actual=text[:40])
    if row.kind == "choice" and text not in {each.get("value") for each in row.options or ()}:
        return _("The default is none of the options")
    return None


def _repeated(cls: type[Entity], record: CustomField) -> Told:
    """Refuse to make a field unique whose values repeat already."""
    made = defined(SimpleNamespace(**{**COLUMN, **{
        name: getattr(record, name) for name in ("id", "code", "label", "kind", "target", "options")}}))
    table: Any = cls.__table__
    if made is None or record.code not in definitions_of(cls, removed=True):
        return
    column = column_of(table.c, made.field)
    twice = session().work.connection.execute(
        select(column).where(column.is_not(None), table.c.archived.is_(False))
        .group_by(table.c.company_id, column).having(func.count() > 1).limit(1)).first()
    if twice is not None:
        yield "unique", _("Two records have the value {value} already", value=twice[0]), "DUPLICATE"


def _formula(cls: type[Entity], record: CustomField) -> Told:
    if record.result not in {code for code, _label in RESULTS}:
        yield "result", _("Say what the formula comes to"), "REQUIRED"
    try:
        formula = parse_formula(record.formula or "")
    except FormulaError as error:
        yield "formula", error.message, error.code
        return
    uses = {
        f"{name}/{each.code}": _used(entities()[name], each.formula)
        for name, definitions in customised().definitions.items() if name in entities()
        for each in definitions.values() if each.formula is not None}
    way = cycle_in({**uses, f"{cls.__entity__}/{record.code}": _used(cls, formula)})
    if way:
        told = " → ".join(each.removeprefix(f"{cls.__entity__}/") for each in way)
        yield "formula", _("The formula leads back to itself: {way}", way=told), "FORMULA_CYCLE"
        return
    try:
        sources_of(cls, formula)
    except FormulaError as error:
        yield "formula", error.message, error.code
        return
    for path in sorted(formula.lists):
        first, _dot, name = path.partition(".")
        table = fields_of(cls).get(first)
        column = next((each for each in table.columns if each.name == name), None) if table is not None else None
        if table is not None and column is not None and column.currency in {each.name for each in table.columns}:
            yield "formula", _("Each line of {table} has its own currency, so {column} can't be summed up",
                               table=table.label, column=column.label), "CURRENCIES"


def _used(cls: type[Entity], formula: Formula) -> set[str]:
    """Name the fields a formula reads with the entity that has them, also over links and in lines."""
    found = set()
    for path in (*formula.names, *formula.lists):
        first, _dot, rest = path.partition(".")
        field = fields_of(cls).get(first)
        if rest and field is not None and field.kind in ("link", "lines"):
            found.add(f"{field.target.__entity__}/{rest}")
        else:
            found.add(f"{cls.__entity__}/{first}")
    return found


def _columns(cls: type[Entity], columns: Sequence[Mapping[str, Any]] | None) -> Told:
    active = [each for each in columns or () if not each.get("archived")]
    if not active:
        yield "columns", _("A sub-table needs at least one column"), "REQUIRED"
    if len(columns or ()) > MOST_COLUMNS:
        yield "columns", _("A sub-table has at most {most} columns", most=MOST_COLUMNS), "TOO_MANY"
    codes = [str(each.get("code", "")) for each in columns or ()]
    for each in columns or ():
        code, label = str(each.get("code", "")), each.get("label") or each.get("code")
        if not CODE.fullmatch(code) or codes.count(code) > 1:
            yield "columns", _("Column {label}: its code {code} is taken or no code", label=label, code=code), "CODE"
        elif each.get("kind") not in COLUMN_KINDS:
            yield "columns", _("Column {label} is of no kind that a sub-table has", label=label), "KIND"
        elif not each.get("label"):
            yield "columns", _("Column {code} needs a label", code=code), "REQUIRED"
        else:
            yield from (("columns", _("Column {label}: {message}", label=label, message=message), why)
                        for _name, message, why in _column(cls, each, currency_columns(active)))
    yield from _cells(active)


def _column(cls: type[Entity], each: Mapping[str, Any], currencies: Sequence[str]) -> Told:
    row = SimpleNamespace(**{**COLUMN, **each})
    if row.currency and row.currency not in (*currencies, *currencies_of(cls)):
        yield "currency", _("{field} does not say which currency an amount is in", field=row.currency), "CURRENCY"
    if not isinstance(row.decimals, int) or not 0 <= row.decimals <= 6:
        yield "decimals", _("A number has 0 to 6 decimals"), "DECIMALS"
        return
    try:
        yield from _by_kind(cls, row)
        if row.kind == "formula" and column_field(each) is None:
            yield "kind", _("Say what the formula comes to"), "REQUIRED"
    except (KeyError, TypeError, ValueError):
        yield "kind", _("it can't be read"), "KIND"


def _cells(columns: Sequence[Mapping[str, Any]]) -> Told:
    """Judge the formulas of columns, which know the columns of their line."""
    known = {str(each.get("code")) for each in columns if FIELD_KINDS.get(
        str(each.get("result") if each.get("kind") == "formula" else each.get("kind"))) in PLAIN}
    uses: dict[str, set[str]] = {}
    for each in columns:
        if each.get("kind") != "formula":
            continue
        try:
            formula = parse_formula(str(each.get("formula") or ""))
        except FormulaError as error:
            yield "columns", _("Column {label}: {message}", label=each.get("label"), message=error.message), error.code
            continue
        uses[str(each.get("code"))] = set(formula.names)
        for name in sorted({*formula.names - known, *formula.lists}):
            yield "columns", _("Column {label}: there is no column {name} in this sub-table",
                               label=each.get("label"), name=name), "FORMULA_NAME"
    if way := cycle_in(uses):
        yield "columns", _("The formula leads back to itself: {way}", way=" → ".join(way)), "FORMULA_CYCLE"


def _fills(target: type[Entity], fills: Sequence[str]) -> Told:
    known = fields_of(target)
    for name in fills:
        field = known.get(name)
        if field is None or field.secret or field.kind in ("lines", "table", "json"):
            yield "fills", _("{field} can't be shown beside the link", field=name), "FILLS"
