"""Judge every flush and bulk verb of a user's session by the grants and row scopes of its actor."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import event, select

from kernel.entities.base import Entity
from kernel.entities.bulk import install_bulk_guard
from kernel.entities.extension import Extension
from kernel.entities.flush import install_guard
from kernel.entities.work import Session
from kernel.errors import Forbidden
from kernel.i18n import _
from kernel.permissions.rights import Rights, rights
from kernel.permissions.scopes import ActorParameters, owner_column, scope_clause
from kernel.permissions.wording import action_in_sentence

__all__ = ["demand_rows"]


def demand_rows(
    session: Session, action: str, cls: type[Entity], ids: Sequence[int], *, current: bool = False
) -> None:
    """Demand that the session's actor may do an action on records; raises Forbidden naming the one it may not.

    Records of which the actor has no grant at all, or which lie outside its row scopes, are refused. `current` says
    that the session's records are as the database's, and held: then one sees without asking which are one's own.
    """
    if session.actor.system or not ids:
        return
    granted = rights(session)
    granted.demand(action, cls.__entity__)
    if current and any(reach.scope == "own" for reach in granted.reaches(action, cls.__entity__)):
        ids = [id_ for id_ in ids if not _is_own(session, cls, id_)]
    if ids:
        _demand_rows(session, granted, action, cls, ids)


def _is_own(session: Session, cls: type[Entity], id_: int) -> bool:
    record, who = session.identity_map.get(session.identity_key(cls, id_)), session.actor
    return (
        record is not None and who.user_id is not None and getattr(record, owner_column(cls)) == who.user_id
        and (cls.__company__ == "none" or record.company_id == who.company_id))


def _judge_flush(session: Session, new: Sequence[Any], dirty: Sequence[Any], deleted: Sequence[Any]) -> None:
    granted = rights(session)
    fresh = set(map(id, new))
    authorised = session.info.get("authorised", frozenset())
    dirty = [record for record in dirty if (type(record), record.__dict__.get("id")) not in authorised]
    for action, records in (("create", new), ("change", dirty), ("delete", deleted)):
        for cls, group in _grouped(records).items():
            _judge(session, granted, action, cls, group, fresh)


def _judge(
    session: Session, granted: Rights, action: str, cls: type[Entity] | type[Extension[Any]],
    records: Sequence[Any], fresh: set[int],
) -> None:
    if issubclass(cls, Extension):
        granted.demand("change", cls.__entity__)
        bases: list[Entity] = [
            record.row for record in records if record.row is not None and id(record.row) not in fresh]
        if bases:
            _demand_rows(session, granted, "read", cls.__base_entity__, [base.id for base in bases])
        return
    if cls.__parent__:
        field = cls.__fields__[cls.__parent__]
        parents = {
            getattr(record, field.column) or getattr(getattr(record, field.name), "id", None) for record in records
            if id(record.__dict__.get(field.name)) not in fresh}
        if parents:
            _judge_ids(session, granted, "change", field.target, [parent for parent in parents if parent])
        return
    granted.demand(action, cls.__entity__)
    if action == "create":
        _judge_new(session, granted, cls, records)
    else:
        _demand_rows(session, granted, action, cls, [record.id for record in records])


def _judge_ids(session: Session, granted: Rights, action: str, cls: type[Entity], ids: Sequence[int]) -> None:
    granted.demand(action, cls.__entity__)
    _demand_rows(session, granted, action, cls, ids)


def _judge_new(session: Session, granted: Rights, cls: type[Entity], records: Sequence[Entity]) -> None:
    """New rows aren't in the database yet: simple scopes are judged here, the others right after the flush."""
    scopes = {reach.scope for reach in granted.reaches("create", cls.__entity__)}
    if "all" in scopes:
        return
    who = session.actor
    for record in records:
        if record.company_id not in (None, who.company_id):
            raise _outside("create", cls, record.title)
    if "company" in scopes:
        return
    column = owner_column(cls)
    unsure = []
    for record in records:
        owner = record.__dict__.get(column)
        if owner is None and cls.__owner__ and cls.__owner__ != "self":
            owner = getattr(record.__dict__.get(cls.__owner__), "id", None)
        if not ("own" in scopes and owner == who.user_id):
            unsure.append(record)
    if unsure:
        session.info.setdefault("judge_after_flush", []).append((cls, [record.id for record in unsure]))


@event.listens_for(Session, "after_flush")
def _judge_what_was_unsure(session: Session, context: object) -> None:
    for cls, ids in session.info.pop("judge_after_flush", ()):
        _demand_rows(session, rights(session), "create", cls, ids)


def _demand_rows(session: Session, granted: Rights, action: str, cls: type[Entity], ids: Sequence[int]) -> None:
    """Demand that rows, as they stand in the database, lie within the scopes of an action."""
    reaches = granted.reaches(action, cls.__entity__)
    if not reaches:
        granted.demand(action, cls.__entity__)
    if any(reach.scope == "all" for reach in reaches) or (
        cls.__company__ == "none" and any(reach.scope == "company" for reach in reaches)
    ):
        return
    reading = granted.reaches("read", cls.__entity__)
    if any(reach.scope == "company" for reach in reading) and reading <= reaches:
        # Rows read by this very session came through a scope that the action's covers; shares don't widen it.
        ids = [id_ for id_ in ids if session.identity_key(cls, id_) not in session.identity_map]
    if not ids:
        return
    table = cls.__table__
    clause = scope_clause(cls, lambda name: table.c[name], action, granted, ActorParameters(session.actor))
    connection = session.work.connection
    for start in range(0, len(ids), 5000):
        part = list(ids[start:start + 5000])
        inside = set(connection.scalars(select(table.c.id).where(table.c.id.in_(part), clause)))
        for id_ in part:
            if id_ not in inside:
                known = session.identity_map.get(session.identity_key(cls, id_))
                raise _outside(
                    action, cls, known.title if known is not None else f"{cls.__label__} {id_}", id_)


def _outside(action: str, cls: type[Entity], title: str, id_: int | None = None) -> Forbidden:
    return Forbidden(
        "OUT_OF_SCOPE",
        _("You may not {action} {title}: it lies outside the records your roles cover",
          action=action_in_sentence(cls.__entity__, action), title=title),
        record=title, right=(action, cls.__entity__, id_))


def _judge_bulk(session: Session, cls: type[Entity], action: str, rows: Sequence[Mapping[str, Any]]) -> None:
    granted = rights(session)
    if cls.__parent__:
        field = cls.__fields__[cls.__parent__]
        _judge_ids(session, granted, "change", field.target, sorted({row[field.column] for row in rows})
                   if action == "create" else _parents(session, cls, field.column, rows))
        return
    granted.demand(action, cls.__entity__)
    if action == "change":
        _demand_rows(session, granted, action, cls, [row["id"] for row in rows])
        return
    scopes = {reach.scope for reach in granted.reaches("create", cls.__entity__)}
    if scopes & {"all"}:
        return
    who, column = session.actor, owner_column(cls)
    for row in rows:
        if row.get("company_id") not in (None, who.company_id):
            raise _outside(action, cls, str(cls.__label__))
        owner = row.get(column, who.user_id if column == "created_by_id" else None)
        if "company" not in scopes and owner != who.user_id:
            raise _outside(action, cls, str(cls.__label__))


def _parents(session: Session, cls: type[Entity], column: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    table = cls.__table__
    ids = [row["id"] for row in rows]
    return list(session.work.connection.scalars(select(table.c[column]).where(table.c.id.in_(ids)).distinct()))


def _grouped(records: Sequence[Any]) -> dict[type, list[Any]]:
    grouped: dict[type, list[Any]] = {}
    for record in records:
        grouped.setdefault(type(record), []).append(record)
    return grouped


install_guard(_judge_flush)
install_bulk_guard(_judge_bulk)
