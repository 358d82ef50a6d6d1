"""Work formulas out: where the values of their names come from, and what they come to.

Values of linked records and lines are read past the person's rights, in a statement for each link, however many
records there are: a formula's result doesn't depend on who saves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect, select

from kernel.entities.base import Entity, fields_of
from kernel.entities.custom.attributes import custom_value, set_custom_value
from kernel.entities.custom.definitions import Definition, definitions_of
from kernel.entities.custom.formula import Formula
from kernel.entities.custom.functions import FormulaError, result_of
from kernel.entities.custom.precedence import in_order
from kernel.entities.custom.stored import column_of
from kernel.entities.fields import Field
from kernel.entities.work import Session
from kernel.i18n import _

__all__ = ["explain_formulas", "sources_of", "work_out_formulas", "work_out_line"]

PLAIN = frozenset({
    "text", "note", "integer", "money", "quantity", "percent", "boolean", "date", "instant", "choice", "serial",
    "state"})
Source = Callable[[Any], Any]
Prepare = Callable[[Session, Sequence[Entity]], Source]


def sources_of(cls: type[Entity], formula: Formula) -> dict[str, Prepare]:
    """Find where a formula's values come from, by name; raises FormulaError for a name that leads nowhere."""
    found = {name: _single(cls, name) for name in formula.names}
    return found | {name: _gathered(cls, name) for name in formula.lists}


def _unknown(name: str) -> FormulaError:
    return FormulaError("FORMULA_NAME", _("There is no field {field} that a formula can use here", field=name[:80]))


def _single(cls: type[Entity], name: str) -> Prepare:
    first, dot, rest = name.partition(".")
    if dot and first in cls.__components__:
        return _of_component(cls.__components__[first], rest, name)
    field = _field(cls, first)
    if field is None or field.secret:
        raise _unknown(name)
    if dot:
        return _linked(field, rest, name)
    if field.kind == "link":
        raise FormulaError("FORMULA_NAME", _(
            "{field} is a link: name a field of what it leads to, as in {field}.name", field=name))
    if field.kind in ("lines", "table"):
        raise FormulaError("FORMULA_NAME", _(
            "{field} is a sub-table: write count({field}) or sum({field}.column)", field=name))
    if field.kind not in PLAIN:
        raise _unknown(name)
    return lambda session, records: lambda record: value_of(record, field)


def _field(cls: type[Entity], name: str) -> Field | None:
    """Find a field, be it one that was removed: formulas go on with the values it had."""
    found = fields_of(cls).get(name)
    removed = definitions_of(cls, removed=True).get(name) if found is None else None
    return removed.field if removed is not None else found


def value_of(record: Any, field: Field) -> Any:
    """Give a record's value of a field as formulas see it: whole numbers are exact too."""
    if field.custom:
        definition = definitions_of(type(record), removed=True).get(field.name)
        value = None if definition is None else custom_value(record, definition)
    else:
        value = getattr(record, field.column)
    return _seen(value)


def _seen(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _of_component(component: Any, name: str, path: str) -> Prepare:
    field = component.__fields__.get(name)
    if field is None or field.kind not in PLAIN or field.secret:
        raise _unknown(path)
    return lambda session, records: lambda record: _seen(getattr(component.of(record), field.column))


def _linked(link: Field, name: str, path: str) -> Prepare:
    target = _field(link.target, name) if link.kind == "link" else None
    if target is None or target.kind not in PLAIN or target.secret:
        raise _unknown(path)

    def prepare(session: Session, records: Sequence[Entity]) -> Source:
        ids = {record_id: None for record in records if (record_id := _key(record, link)) is not None}
        values = _read(session, link.target, target, ids)
        return lambda record: values.get(_key(record, link))

    return prepare


def _key(record: Any, link: Field) -> Any:
    """Give the id a link points to, also where only its record was set yet."""
    if link.custom:
        definition = definitions_of(type(record), removed=True).get(link.name)
        return None if definition is None else custom_value(record, definition)
    if link.name in inspect(record).committed_state:  # the record was set, and its id follows in the flush
        return getattr(record.__dict__.get(link.name), "id", None)
    key = record.__dict__.get(link.column)
    if key is None and (held := record.__dict__.get(link.name)) is not None:
        return held.id
    return key if key is not None or not inspect(record).persistent else getattr(record, link.column)


def _read(session: Session, cls: type[Entity], field: Field, ids: Iterable[Any]) -> dict[Any, Any]:
    """Give a field of records by their ids: of those at hand as they are now, of the others from the database."""
    found: dict[Any, Any] = {}
    fresh = {record.id: record for record in session.new if isinstance(record, cls)}
    for id_ in ids:
        record = session.identity_map.get(session.identity_key(cls, id_)) or fresh.get(id_)
        if record is not None and not inspect(record).expired and (
                ("custom" if field.custom else field.column) in record.__dict__):
            found[id_] = value_of(record, field)
    missing = [id_ for id_ in ids if id_ not in found]
    table: Any = cls.__table__
    if missing:
        rows = session.work.connection.execute(
            select(table.c.id, column_of(table.c, field)).where(table.c.id.in_(missing)))
        found |= {id_: _seen(value) for id_, value in rows}
    return found


def _gathered(cls: type[Entity], name: str) -> Prepare:
    first, dot, rest = name.partition(".")
    field = _field(cls, first)
    if field is not None and field.kind == "table":
        return _of_table(field, rest, name)
    if field is None or field.kind != "lines":
        raise FormulaError("FORMULA_NAME", _("{field} is no column of a sub-table", field=name[:80]))
    column = _field(field.target, rest) if dot else None
    if dot and (column is None or column.kind not in PLAIN or column.secret):
        raise _unknown(name)
    return _of_lines(field, column)


def _of_table(field: Field, column: str, path: str) -> Prepare:
    if column and column not in {each.name for each in field.columns}:
        raise _unknown(path)

    def values(record: Any) -> list[Any]:
        definition = definitions_of(type(record), removed=True).get(field.name)
        lines = custom_value(record, definition) if definition is not None else []
        return [_seen(line.get(column)) if column else line for line in lines]

    return lambda session, records: values


def _of_lines(field: Field, column: Field | None) -> Prepare:
    line = field.target
    parent = line.__fields__[line.__parent__ or ""]

    def prepare(session: Session, records: Sequence[Entity]) -> Source:
        known: dict[int, list[Any]] = {}
        asked = []
        for record in records:
            if field.name in record.__dict__ or not inspect(record).persistent:
                known[record.id] = [
                    value_of(each, column) if column else each for each in getattr(record, field.name)]
            else:
                asked.append(record.id)
        if asked:
            table: Any = line.__table__
            key = table.c[parent.column]
            rows = session.work.connection.execute(
                select(key, table.c.id if column is None else column_of(table.c, column)).where(key.in_(asked)))
            for id_, value in rows:
                known.setdefault(id_, []).append(_seen(value))
        return lambda record: known.get(record.id, [])

    return prepare


def formulas_of(definitions: Mapping[str, Definition]) -> list[Definition]:
    """Give the fields that are worked out, each after those it uses: formulas, and sub-tables with such columns."""
    worked = {code: each for code, each in definitions.items() if each.formula is not None or each.cells}
    uses = {
        code: {name.split(".")[0] for name in (*each.formula.names, *each.formula.lists)} if each.formula else set()
        for code, each in worked.items()}
    return [worked[code] for code in in_order(uses)]


def work_out_formulas(session: Session, cls: type[Entity], records: Sequence[Entity]) -> None:
    """Give records what their formulas come to; nothing where one can't be worked out."""
    definitions = definitions_of(cls)
    for each in formulas_of(definitions):
        if each.formula is None:
            for record in records:
                _work_out_table(record, each)
            continue
        for record, outcome in _outcomes(session, cls, each, records):
            set_custom_value(record, each, None if isinstance(outcome, FormulaError) else outcome)


def _outcomes(
    session: Session, cls: type[Entity], definition: Definition, records: Sequence[Entity]
) -> Iterable[tuple[Entity, Any]]:
    formula, field = definition.formula, definition.field
    if formula is None:
        return
    try:
        sources = {name: prepare(session, records) for name, prepare in sources_of(cls, formula).items()}
    except FormulaError as error:
        yield from ((record, error) for record in records)
        return
    for record in records:
        try:
            outcome = formula.work_out({name: source(record) for name, source in sources.items()})
            yield record, result_of(outcome, field.kind, field.decimals)
        except FormulaError as error:
            yield record, error


def explain_formulas(session: Session, cls: type[Entity], record: Entity) -> dict[str, FormulaError]:
    """Say why formulas of a record come to nothing, by their codes."""
    found = {}
    for each in formulas_of(definitions_of(cls)):
        if each.formula is not None and custom_value(record, each) in (None, "", False):
            for _record, outcome in _outcomes(session, cls, each, [record]):
                if isinstance(outcome, FormulaError):
                    found[each.code] = outcome
    return found


def _work_out_table(record: Entity, definition: Definition) -> None:
    lines = custom_value(record, definition)
    for line in lines:
        work_out_line(definition, line)
    set_custom_value(record, definition, lines)


def work_out_line(definition: Definition, line: dict[str, Any]) -> None:
    """Give a line of a sub-table what the formulas of its columns come to."""
    columns = {each.name: each for each in definition.field.columns}
    for code, formula in definition.cells.items():
        try:
            outcome = formula.work_out({name: _seen(line.get(name)) for name in formula.names})
            line[code] = result_of(outcome, columns[code].kind, columns[code].decimals)
        except (FormulaError, KeyError):
            line[code] = None
