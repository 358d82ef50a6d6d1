"""Merge records: what is one and the same becomes one, in one piece of work, or nothing of it happens.

    merge(Party, survivor_id, [duplicate_id], values={"email": duplicate_id})

The survivor keeps its number and its own values but for those chosen from others; the others are archived and lead to
it from now on. Whoever merges changes all of them and needs the right "merge"; what points to them follows without.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from kernel.entities.base import Entity
from kernel.entities.fields import AnyRef, Field
from kernel.entities.work import session
from kernel.errors import Conflict, Invalid, Problem, Refusal
from kernel.exchange import records
from kernel.exchange.conflicts import changed_meanwhile
from kernel.exchange.merging.models import MergedRecord
from kernel.exchange.merging.moving import move_pointers, refuse_collisions
from kernel.exchange.merging.reading import is_mergeable, survivors_of
from kernel.exchange.merging.signals import Merged, merged
from kernel.exchange.paths import field_at
from kernel.hooks.specifications import ask
from kernel.i18n import _
from kernel.permissions.guard import demand_rows
from kernel.permissions.rights import rights
from kernel.shared.contracts.questions import MergeQuestion
from kernel.workflows.models import ApprovalRun

__all__ = ["MOST_MERGED", "Merging", "choosable", "merge"]

MOST_MERGED = 10
"""How many records become one at a time: more than somebody compares are no duplicates."""
UNCHOSEN = ("lines", "table", "tags", "json", "ref", "serial", "state")
"""Kinds whose values aren't chosen: numbers and states are the survivor's, lines and tags come from all."""


@dataclass(frozen=True, slots=True)
class Merging:
    """What a merge came to: the survivor's id, and how many rows of which entity or table point to it now."""

    survivor: int
    moved: dict[str, int]


def choosable(cls: type[Entity]) -> dict[str, Field]:
    """Give the fields of an entity, and of its components, of which the person may choose whose value stays."""
    granted = rights()
    found = {field.name: field for field in granted.writable(cls) if field.kind not in UNCHOSEN and not field.hidden}
    for slot, component in cls.__components__.items():
        if granted.may("change", component.__entity__):
            found |= {f"{slot}.{field.name}": field for field in granted.writable(component)
                      if field.kind not in UNCHOSEN and not field.hidden}
    return found


def merge(
    cls: type[Entity], survivor: int, others: Sequence[int], *, values: Mapping[str, int] | None = None,
    versions: Mapping[int, int] | None = None,
) -> Merging:
    """Merge records into a survivor; `values` says by path from which record a field's value is taken.

    `versions` are those at which the records were read: one that somebody changed since is refused. Raises Refusal
    MERGE_SELF, MERGE_MANY, MERGED_ALREADY, MERGE_ARCHIVED, MERGE_COMPANY, MERGE_WAITING or MERGE_REFUSED, Conflict
    CHANGED_MEANWHILE or MERGE_COLLISION, Invalid for a value that can't be chosen, Forbidden for want of a right.
    """
    ids = [survivor, *others]
    _demand(cls, ids)
    found = _locked(cls, ids, versions or {})
    kept, gone = found[0], found[1:]
    _refuse_unfit(cls, kept, gone)
    chosen = _chosen(cls, ids, values or {})
    refuse_collisions(cls, survivor, others)
    titles = tuple(record.title for record in gone)
    records.archive(cls, list(others))
    if chosen:
        records.change(cls, [(survivor, None, chosen)])
    current = session()
    current.flush()
    moved = move_pointers(cls, survivor, others, kept.title)
    _remember(cls, kept, gone, titles, moved)
    current.expire_all()
    merged.tell([Merged(AnyRef(cls.__entity__, survivor, kept.title), tuple(others), titles, current.actor.user_id)])
    return Merging(survivor, moved)


def _demand(cls: type[Entity], ids: Sequence[int]) -> None:
    if not is_mergeable(cls):
        raise Refusal("NOT_MERGEABLE", _("{what} can't be merged", what=cls.__plural__))
    if len(ids) < 2 or len(set(ids)) < len(ids):
        raise Refusal("MERGE_SELF", _("Choose two different records at least: one can't be merged with itself"))
    if len(ids) > MOST_MERGED:
        raise Refusal("MERGE_MANY", _("At most {count} records are merged at a time", count=MOST_MERGED))
    rights().demand("merge", cls.__entity__)
    session().flush()
    records.get_many(cls, ids)  # says of one that isn't there for them no more than that
    for action in ("change", "merge"):
        demand_rows(session(), action, cls, ids)


def _locked(cls: type[Entity], ids: Sequence[int], versions: Mapping[int, int]) -> list[Entity]:
    """Give the records, held against everybody else, as they stand: the survivor first."""
    current, table = session(), cls.__table__
    if not current.work.database.is_sqlite:
        current.work.connection.execute(
            select(table.c.id).where(table.c.id.in_(ids)).order_by(table.c.id).with_for_update())
        for record in list(current.identity_map.values()):
            if isinstance(record, cls):
                current.expire(record)
    found = records.get_many(cls, ids)
    known = survivors_of(cls, ids)
    for record in found:
        if record.id in known:
            raise Conflict("MERGED_ALREADY", _("{title} was merged into another record already", title=record.title),
                           record=record, fix=_("Open it, and you come to what it became part of"))
        if record.archived:
            raise Refusal("MERGE_ARCHIVED", _("{title} is archived", title=record.title), record=record,
                          fix=_("Bring it back first"))
        if record.id in versions and versions[record.id] != record.version:
            raise changed_meanwhile(record, versions[record.id])
    return list(found)


def _refuse_unfit(cls: type[Entity], kept: Entity, gone: Sequence[Entity]) -> None:
    """Refuse records that can't be one: of two companies, waiting for approval, or for what their plugins know."""
    if len({record.company_id for record in (kept, *gone)}) > 1:
        raise Refusal("MERGE_COMPANY", _("They belong to different companies"), record=kept)
    runs = ApprovalRun.__table__.c
    waiting = session().work.connection.execute(select(runs.record_title).where(
        runs.entity == cls.__entity__, runs.record_id.in_([record.id for record in gone]),
        runs.outcome == "running")).scalar()
    if waiting is not None:
        raise Refusal("MERGE_WAITING", _("{title} waits for an approval", title=waiting),
                      fix=_("Have it decided or revoked first"))
    if problems := list(cls.check_merge(kept, gone)):
        raise Invalid(problems)
    question = MergeQuestion(cls.__entity__, kept.id, tuple(record.id for record in gone))
    for answer in ask.merge_objection(questions=[question]):
        if answer and answer[0] is not None:
            raise Refusal("MERGE_REFUSED", answer[0], record=kept)


def _chosen(cls: type[Entity], ids: Sequence[int], values: Mapping[str, int]) -> dict[str, Any]:
    """Read the values that are taken from other records than the survivor, as its change."""
    known = choosable(cls)
    wrong = [Problem(path, _("There is no field {field} to choose here", field=path[:80]), "UNKNOWN_FIELD")
             for path in values if path not in known]
    wrong += [Problem(path, _("{label}: choose one of the records that are merged", label=known[path].label), "CHOICE")
              for path, id_ in values.items() if path in known and id_ not in ids]
    if wrong:
        raise Invalid(wrong)
    taken = {path: id_ for path, id_ in values.items() if id_ != ids[0]}
    if not taken:
        return {}
    written = {each["id"]: each for each in records.to_json(cls, list(dict.fromkeys(taken.values())), list(taken))}
    chosen: dict[str, Any] = {}
    for path, id_ in taken.items():
        slot, dot, name = path.rpartition(".")
        value = written[id_][slot][name] if dot else written[id_][name]
        if _leads_inside(cls, path, value, ids):
            value = None
        (chosen.setdefault(slot, {}) if dot else chosen)[name] = value
    return chosen


def _leads_inside(cls: type[Entity], path: str, value: Any, ids: Collection[int]) -> bool:
    field = field_at(cls, path)
    return field is not None and field.kind == "link" and field.target is cls and isinstance(value, dict) and (
        value["id"] in ids)


def _remember(
    cls: type[Entity], kept: Entity, gone: Sequence[Entity], titles: Sequence[str], moved: Mapping[str, int]
) -> None:
    """Note which records became part of which, for their addresses and in the trail of each."""
    current = session()
    work, origin = current.work, current.work.origin(current.actor)
    work.connection.execute(insert(MergedRecord), [
        {"record_id": record.id, "entity": cls.__entity__, "into_id": kept.id, "at": work.now,
         "user_id": current.actor.user_id} for record in gone])
    work.audit.note_act(
        "merge", cls.__entity__, kept.id, kept.company_id,
        {"merged": [{"id": record.id, "title": title} for record, title in zip(gone, titles, strict=True)],
         "moved": dict(moved)}, work.now, origin)
    for record in gone:
        work.audit.note_act("merge", cls.__entity__, record.id, record.company_id,
                            {"into": {"id": kept.id, "title": kept.title}}, work.now, origin)
