"""What a flush does for custom fields: defaults of new records, formulas, and the checks that no door may skip."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import inspect, select

from kernel.entities.base import Entity
from kernel.entities.custom.attributes import set_custom_value
from kernel.entities.custom.computing import work_out_formulas
from kernel.entities.custom.definitions import Definition
from kernel.entities.custom.models import CustomField
from kernel.entities.custom.stored import column_of, from_json
from kernel.entities.work import Session
from kernel.errors import Problem
from kernel.i18n import _

__all__ = ["Definitions", "default_of", "settle_custom"]

Definitions = Mapping[str, Definition]


def settle_custom(
    session: Session, cls: type[Entity], definitions: Definitions, fresh: Collection[Entity],
    records: Sequence[Entity],
) -> Iterable[Problem]:
    """Give new records their defaults, work formulas out, and say what is wrong with custom values."""
    problems = list(_wrong_values(definitions, records))
    if problems:
        return problems
    _give_defaults(session, definitions, fresh)
    work_out_formulas(session, cls, records)
    return _repeated(session, cls, definitions, records)


def default_of(session: Session, definition: Definition) -> Any:
    """Give what a new record has where nobody says otherwise: a fixed value, or what holds as it is made."""
    if definition.present:
        return session.present(definition.kind)
    return definition.field.default


def _give_defaults(session: Session, definitions: Definitions, fresh: Collection[Entity]) -> None:
    defaults = [each for each in definitions.values() if each.field.default is not None or each.present]
    for record in fresh:
        held = record.custom or {}
        for each in defaults:
            if each.code not in held:
                set_custom_value(record, each, default_of(session, each))


def _repeated(
    session: Session, cls: type[Entity], definitions: Definitions, records: Sequence[Entity]
) -> Iterable[Problem]:
    """Say which values are unique and taken."""
    changed = [record for record in records if _is_changed(record)]
    for each in definitions.values():
        if each.unique and changed:
            yield from _taken(session, cls, each, changed)


def _wrong_values(definitions: Definitions, records: Sequence[Entity]) -> Iterable[Problem]:
    """Say which values no field of their kind could have written: nothing can be made of them."""
    for record in records:
        if not _is_changed(record):
            continue
        for code, stored in (record.custom or {}).items():
            if code in definitions:
                try:
                    from_json(definitions[code].field, stored)
                except ValueError:
                    yield Problem(code, _("{label} can't be stored like this", label=definitions[code].field.label),
                                  "CUSTOM_VALUE", record)


def _is_changed(record: Entity) -> bool:
    state: Any = inspect(record)
    return not state.persistent or "custom" in state.committed_state or "archived" in state.committed_state


def _taken(session: Session, cls: type[Entity], definition: Definition, records: Sequence[Entity]) -> Iterable[Problem]:
    """Find active records of a company with the same value; who comes at the same moment waits for the definition."""
    wanted: dict[tuple[int | None, Any], list[Entity]] = {}
    for record in records:
        value = (record.custom or {}).get(definition.code)
        if value not in (None, "") and not record.archived:
            wanted.setdefault((record.company_id, value), []).append(record)
    if not wanted:
        return
    work = session.work
    table: Any = cls.__table__
    held = CustomField.__table__.c.id
    if not work.database.is_sqlite:
        work.connection.execute(select(held).where(held == definition.id).with_for_update())
    column = column_of(cls, definition.field)
    values = [from_json(definition.field, value) for _company, value in wanted]
    found = work.connection.execute(
        select(table.c.id, table.c.company_id, table.c.custom)
        .where(column.in_(values), table.c.archived.is_(False))).all()
    mine = {record.id for some in wanted.values() for record in some}
    taken = {(row.company_id, row.custom.get(definition.code)) for row in found if row.id not in mine}
    for (company, value), some in wanted.items():
        for record in some if (company, value) in taken else some[1:]:
            yield Problem(definition.code, _(
                "{label}: another record has this value already", label=definition.field.label), "DUPLICATE", record)
