"""Keep formulas up to date: what depends on a record that changed is worked out anew before the commit.

Where very many records depend on it, a job does that later, part by part. What follows from something else is no
change of the record: its version and its history stay.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, event, select, update
from sqlalchemy.orm.attributes import set_committed_value

from kernel.entities.base import Entity, entities, fields_of
from kernel.entities.custom.computing import work_out_formulas
from kernel.entities.custom.definitions import Definition, customised, definitions_of
from kernel.entities.custom.stored import column_of
from kernel.entities.fields import Field
from kernel.entities.work import Session, UnitOfWork, current_work, in_sibling, session

__all__ = ["MOST_AT_ONCE", "later", "note_written", "work_out_anew"]

MOST_AT_ONCE = 500
"""So many dependants are seen to before the commit; more are left to a job."""
DEEPEST = 5
"""How far a change is followed from formula to formula, over links."""
later: list[Callable[[str, Sequence[int]], None]] = []
"""Puts the working out of an entity's records by for a job; the floor that has jobs adds itself."""


@dataclass(frozen=True, slots=True)
class Dependant:
    """An entity whose formulas read another's records: over a link of its own, or of its lines."""

    entity: str
    link: Field
    of_line: bool = False


def dependants_of(cls: type) -> list[Dependant]:
    """Find whose formulas read records of an entity."""
    found = []
    for name, definitions in customised().definitions.items():
        other = entities().get(name)
        if other is None:
            continue
        for path in {path for each in definitions.values() if each.formula
                     for path in (*each.formula.names, *each.formula.lists)}:
            field = _found(other, path.partition(".")[0])
            if field is not None and field.kind in ("link", "lines") and field.target is cls:
                dependant = Dependant(name, field, field.kind == "lines")
                if dependant not in found:
                    found.append(dependant)
    return found


def _found(cls: type[Entity], name: str) -> Field | None:
    return fields_of(cls).get(name)


@event.listens_for(Session, "after_flush")
def _note(flushed: Session, context: object) -> None:
    if not customised().definitions:
        return
    for record in (*flushed.new, *flushed.dirty, *flushed.deleted):
        cls = type(record)
        if isinstance(record, Entity) and (record not in flushed.new or cls.__parent__) and dependants_of(cls):
            _wait(flushed.work, CHANGED, cls, [record.id])
            if cls.__parent__:
                key = record.__dict__.get(cls.__fields__[cls.__parent__].column)
                _wait(flushed.work, PARENTS, cls, [key] if key is not None else [])


def note_written(cls: type[Entity], ids: Iterable[int]) -> None:
    """See to formulas of and over records that were written past any flush."""
    if customised().definitions:
        if any(worked_out(definitions_of(cls).values())):
            _wait(current_work(), OWN, cls, ids)
        if dependants_of(cls):
            _wait(current_work(), CHANGED, cls, ids)


CHANGED, PARENTS, OWN = "formulas over changed records", "formulas over changed lines", "formulas of written records"


def _wait(work: UnitOfWork, what: str, cls: type, ids: Iterable[int]) -> None:
    if not work.waiting:
        work.before_commit.append(see_to_dependants)
    work.waiting.setdefault(what, {}).setdefault(cls, set()).update(ids)


def see_to_dependants() -> None:
    """Work out anew what depends on what this work changed."""
    work = current_work()
    waiting, work.waiting = work.waiting, {}
    changed = waiting.get(CHANGED, {})
    parents = waiting.get(PARENTS, {})
    for cls, ids in waiting.get(OWN, {}).items():
        changed.setdefault(cls, set()).update(_anew(cls, sorted(ids)))
    for _round in range(DEEPEST):
        following: dict[type, set[int]] = {}
        for cls, ids in changed.items():
            for dependant in dependants_of(cls):
                other = entities()[dependant.entity]
                found = sorted(parents.get(cls, set())) if dependant.of_line else _pointing(other, dependant.link, ids)
                following.setdefault(other, set()).update(_anew(other, found))
        changed, parents = following, {}
        if not any(changed.values()):
            break


def _anew(cls: type[Entity], ids: Sequence[int]) -> Sequence[int]:
    if len(ids) <= MOST_AT_ONCE:
        return work_out_anew(cls, ids) if ids else []
    for put_by in later:
        put_by(cls.__entity__, ids)
    return []


def _pointing(cls: type[Entity], link: Field, ids: Iterable[int]) -> list[int]:
    table: Any = cls.__table__
    wanted = sorted(ids)
    found: list[int] = []
    for start in range(0, len(wanted), MOST_AT_ONCE):
        found += current_work().connection.scalars(
            select(table.c.id).where(column_of(table.c, link).in_(wanted[start:start + MOST_AT_ONCE])))
    return sorted(set(found))


def work_out_anew(cls: type[Entity], ids: Sequence[int]) -> list[int]:
    """Work out the formulas of records, and give the ids of those whose results differ.

    Records that somebody changes at the same moment are worked out by that change, or here from what it left.
    """
    if not definitions_of(cls):
        return []
    parent = session()
    parent.flush()
    changed: dict[int, Any] = {}
    for start in range(0, len(ids), MOST_AT_ONCE):
        part = list(ids[start:start + MOST_AT_ONCE])
        for _attempt in range(3):
            written, part = _part(cls, part)
            changed |= written
            if not part:
                break
    for id_, custom in changed.items():
        known = parent.identity_map.get(parent.identity_key(cls, id_))
        if known is not None:
            set_committed_value(known, "custom", custom)
    return list(changed)


def _part(cls: type[Entity], ids: Sequence[int]) -> tuple[dict[int, Any], list[int]]:
    """Work out some records; gives those that differ, and those that somebody else changed meanwhile."""
    with in_sibling(replace(session().actor, system=True)) as system, system.no_autoflush:
        records = list(system.scalars(select(cls).where(cls.id.in_(ids))))
        before = {record.id: record.custom for record in records}
        work_out_formulas(system, cls, records)
        rows: list[dict[str, Any]] = [{"b_id": record.id, "b_version": record.version, "b_custom": record.custom}
                for record in records if record.custom != before[record.id]]
        system.expire_all()
    written: dict[int, Any] = {}
    missed: list[int] = []
    for row in rows:
        if current_work().connection.execute(_update(cls), row).rowcount:
            written[row["b_id"]] = row["b_custom"]
        else:
            missed.append(row["b_id"])
    return written, missed


def _update(cls: type[Entity]) -> Any:
    table: Any = cls.__table__
    return update(table).where(
        table.c.id == bindparam("b_id"), table.c.version == bindparam("b_version"),
    ).values(custom=bindparam("b_custom", type_=table.c.custom.type))


def worked_out(definitions: Iterable[Definition]) -> Iterator[Definition]:
    """Give the fields whose values follow from others."""
    return (each for each in definitions if each.formula is not None or each.cells)
