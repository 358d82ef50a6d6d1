"""Create, change, archive and delete records from what a door was given, many at once.

Data is plain: `{"name": "Ada", "customer": 17, "terms": {"limit": "900"}, "lines": [{"product": "P-7"}]}`. Components
are nested under their slot, sub-tables are lists. A link takes an id, or the number, code or name of its target. The
number of statements doesn't depend on how many records there are. Rights are the session's business, as everywhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kernel.entities.base import Entity, fields_of
from kernel.entities.work import session
from kernel.errors import Conflict, Invalid, NotFound, Problem
from kernel.exchange.conflicts import changed_meanwhile, raise_versions
from kernel.exchange.filling import Filling, missing_custom
from kernel.exchange.merging.reading import survivors_of
from kernel.exchange.removal import Removed, remove
from kernel.exchange.rows import rows_of
from kernel.exchange.schemas import Draft, read
from kernel.exchange.values import API, Reading
from kernel.i18n import _
from kernel.permissions.rights import rights

__all__ = ["Change", "archive", "change", "create", "delete", "get", "get_many", "restore", "to_json"]

E = TypeVar("E", bound=Entity)
Change = tuple[int, int | None, Mapping[str, object]]
"""A record's id, the version it was read at (None where that doesn't matter), and the new values."""


def create(
    cls: type[E], data: Sequence[Mapping[str, object]], *, reading: Reading = API, indexed: bool | None = None
) -> list[E]:
    """Create records and give them in order, flushed: numbered, derived and checked.

    Raises Invalid with the problems of all of them; paths begin with the record's place in `data` where there are
    several (`indexed` says otherwise). Raises Forbidden for want of a right.
    """
    rights().demand("create", cls.__entity__)
    drafts, problems = read(cls, data, reading)
    for draft, wrong in zip(drafts, problems, strict=True):
        wrong.extend(_missing(cls, draft, wrong))
    filling = Filling(indexed=len(data) > 1 if indexed is None else indexed)
    filling.refuse_drafts(cls, drafts, problems)
    current = session()
    with current.no_autoflush:
        records = [cls() for _each in drafts]
        filling.fill(records, drafts)
    current.add_all(records)
    filling.flush()
    return records


def change(
    cls: type[E], changes: Sequence[Change], *, reading: Reading = API, indexed: bool | None = None
) -> list[E]:
    """Change records and give them in the order of `changes`, flushed.

    Values that aren't named stay. Lines with an `id` change, those without are added, `"removed": true` takes one
    away, others stay. Changing a component's field or a line raises the record's version too, so that two people who
    edit one form collide. Raises Conflict naming who changed what since the given version, NotFound for a record
    that isn't there (for this person), Invalid as `create` does.
    """
    drafts, problems = read(cls, [data for _id, _version, data in changes], reading)
    loads = {name for draft in drafts for name in draft if _is_lines(cls, name)}
    records = get_many(cls, [id_ for id_, _version, _data in changes], loads)
    for record, (_id, version, _data) in zip(records, changes, strict=True):
        if version is not None and version != record.version:
            raise changed_meanwhile(record, version)
    filling = Filling(indexed=len(changes) > 1 if indexed is None else indexed)
    filling.refuse_drafts(cls, drafts, problems)
    with session().no_autoflush:
        filling.fill(records, drafts)
    before = {record.id: record.version for record in records}
    filling.flush()
    raise_versions([
        record for record in records if record.id in filling.touched and record.version == before[record.id]])
    return records


def _is_lines(cls: type[Entity], name: str) -> bool:
    return name in fields_of(cls) and fields_of(cls)[name].kind == "lines"


def _missing(cls: type[Entity], draft: Draft, wrong: Sequence[Problem]) -> list[Problem]:
    """Name required fields left empty beside other faults, so that a form says everything at once.

    Without other faults the flush says it, but leaves custom fields to the doors: what apps make can't know of them.
    """
    told = {problem.field.split(".")[0] for problem in wrong}
    missing = [
        Problem(field.name, _("{label} is missing", label=field.label), "REQUIRED")
        for field in cls.__fields__.values()
        if field.required and not field.readonly and field.kind != "lines" and draft.get(field.name) is None
    ] if wrong else []
    return [each for each in (*missing, *missing_custom(cls, draft)) if each.field not in told]


def get(cls: type[E], id_: int) -> E:
    """Give a record, archived or not; raises NotFound where there is none that the actor may see."""
    return get_many(cls, [id_])[0]


def get_many(cls: type[E], ids: Sequence[int], lines: set[str] | None = None) -> list[E]:
    """Give records in the order of their ids, with named sub-tables loaded; raises NotFound where one is missing."""
    rights().demand("read", _rights_owner(cls))
    found: dict[int, E] = {}
    loads = [selectinload(getattr(cls, name)) for name in sorted(lines or ())]
    for start in range(0, len(ids), 5000):
        statement = select(cls).where(cls.id.in_(ids[start:start + 5000])).options(*loads)
        found |= {record.id: record for record in session().scalars(statement)}
    if missing := [id_ for id_ in ids if id_ not in found]:
        raise NotFound("NOT_FOUND", _("There is no {label} {key}", label=cls.__label__, key=missing[0]))
    if len(set(ids)) != len(ids):
        raise Invalid([Problem("id", _("A record is named twice"), "TWICE")])
    return [found[id_] for id_ in ids]


def _rights_owner(cls: type[Entity]) -> str:
    while cls.__parent__:
        cls = cls.__fields__[cls.__parent__].target
    return cls.__entity__


def archive(cls: type[E], ids: Sequence[int]) -> list[E]:
    """Hide records from lists and pickers; links to them stay."""
    return _set_archived(cls, ids, archived=True)


def restore(cls: type[E], ids: Sequence[int]) -> list[E]:
    """Bring archived records back."""
    return _set_archived(cls, ids, archived=False)


def _set_archived(cls: type[E], ids: Sequence[int], *, archived: bool) -> list[E]:
    records = get_many(cls, ids)
    if not archived and (merged := survivors_of(cls, ids)):
        held = next(record for record in records if record.id in merged)
        raise Conflict("MERGED_ALREADY", _("{title} was merged into another record already", title=held.title),
                       record=held, fix=_("Open it, and you come to what it became part of"))
    for record in records:
        record.archived = archived
    session().flush()
    return records


def delete(cls: type[E], ids: Sequence[int], versions: Mapping[int, int] | None = None) -> Removed:
    """Delete records; those that something refers to are archived instead. Raises Conflict as `change` does."""
    rights().demand("delete", _rights_owner(cls))
    records = get_many(cls, ids)
    for record in records:
        wanted = (versions or {}).get(record.id)
        if wanted is not None and wanted != record.version:
            raise changed_meanwhile(record, wanted)
    return remove(records)


def to_json(cls: type[E], records: Sequence[E | int], fields: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Write records (or those of given ids) as JSON-ready mappings, in order, with what the actor may read of them.

    Without `fields` everything: components in their slots, sub-tables as lists, links as `{"id", "title"}`, money and
    quantities as text. One statement for all, one more per sub-table. A record that the actor may not read (they may
    create what they can't see) is its id alone.
    """
    ids = [record if isinstance(record, int) else record.id for record in records]
    if not rights().may("read", _rights_owner(cls)):
        return [{"id": id_} for id_ in ids]
    session().flush()
    shape, rows = rows_of(cls, ids, fields)
    written = {answer["id"]: answer for answer in shape.as_json(rows)}
    return [written.get(id_, {"id": id_}) for id_ in ids]
