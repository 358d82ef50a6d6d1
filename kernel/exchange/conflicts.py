"""Two people edit one record: say which fields the other changed and who it was, and raise versions of whole forms."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from kernel.entities.audit import AuditEntry
from kernel.entities.base import Declared, Entity
from kernel.entities.work import session
from kernel.errors import Conflict
from kernel.exchange.paths import readable_fields
from kernel.i18n import Text, _
from kernel.identity.models import User

__all__ = ["ChangedMeanwhile", "FieldChange", "changed_meanwhile", "raise_versions"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What somebody else wrote into a field: its path and label, the value before and after (as audited), who, when."""

    field: str
    label: Text
    old: Any
    new: Any
    who: str
    at: dt.datetime


class ChangedMeanwhile(Conflict):
    """Refuse a lost update; `changes` tells what the others did since, `version` where the record stands now."""

    def __init__(self, record: Entity, changes: Sequence[FieldChange]) -> None:
        names = ", ".join(dict.fromkeys(change.who for change in changes)) or str(_("somebody else"))
        fields = ", ".join(dict.fromkeys(str(change.label) for change in changes))
        message = (
            _("{who} changed {fields} of {title} while you were working on it",
              who=names, fields=fields, title=record.title)
            if fields else _("{who} changed {title} while you were working on it", who=names, title=record.title))
        super().__init__(
            "CHANGED_MEANWHILE", message, record=record, fix=_("Load it again and repeat your change"))
        self.version = record.version
        self.changes = list(changes)

    def as_problem(self) -> dict[str, Any]:
        """Give the RFC 9457 body with the present version and the others' changes."""
        body = super().as_problem()
        body["version"] = self.version
        body["changes"] = [
            {"field": change.field, "old": change.old, "new": change.new, "who": change.who,
             "at": change.at.isoformat().replace("+00:00", "Z")}
            for change in self.changes]
        return body


def changed_meanwhile(record: Entity, version: int) -> ChangedMeanwhile:
    """Make the refusal of a change that was based on an older version of a record.

    The audit trail has a row per flush, as versions do: as many units of work as versions lie between are told.
    """
    connection = session().work.connection
    table = AuditEntry.__table__.c
    entries = connection.execute(
        select(table.at, table.changes, User.name)
        .outerjoin(User.__table__, User.id == table.user_id)
        .where(table.record_id == record.id, table.entity == record.__entity__, table.action == "change")
        .order_by(table.id.desc()).limit(100)).all()
    moments: list[dt.datetime] = []
    told: dict[str, FieldChange] = {}
    for at, changes, who in entries:
        if at not in moments:
            if len(moments) >= max(record.version - version, 1):
                break
            moments.append(at)
        for name, (old, new) in changes.items():
            label = _label(type(record), name)
            if label is not None:
                latest = told.get(name)
                told[name] = FieldChange(
                    name, label, old, latest.new if latest else new,
                    latest.who if latest else who or str(_("System")), latest.at if latest else at)
    return ChangedMeanwhile(record, list(told.values()))


def _label(cls: type[Entity], name: str) -> Text | None:
    """Give the label of an audited column, None where the actor may not see it."""
    slot, _point, column = name.rpartition(".")
    owner: type[Declared] | None = cls.__components__.get(slot) if slot else cls
    if owner is None:
        return None
    return next((field.label for field in readable_fields(owner).values() if field.column == column), None)


def raise_versions(records: Sequence[Entity]) -> None:
    """Raise the versions of records whose components or lines changed though they themselves didn't.

    Raises Conflict where somebody else was quicker. Needs no right on the records: what was written beneath had its
    own.
    """
    if not records:
        return
    current = session()
    table = type(records[0]).__table__
    now, user = current.work.now, current.actor.user_id
    statement = (
        update(type(records[0]))
        .where(table.c.id == bindparam("b_id"), table.c.version == bindparam("b_version"))
        .values(version=table.c.version + 1, changed_at=now, changed_by_id=user))
    result = current.work.connection.execute(
        statement, [{"b_id": record.id, "b_version": record.version} for record in records],
        execution_options={"synchronize_session": None})
    if result.rowcount not in (-1, len(records)):
        raise Conflict("CHANGED_MEANWHILE", _("Somebody else changed one of these records meanwhile"))
    for record in records:
        for name, value in (("version", record.version + 1), ("changed_at", now), ("changed_by_id", user)):
            set_committed_value(record, name, value)
