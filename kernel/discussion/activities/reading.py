"""Read activities: their types, plans, and how records stand: something overdue, due today, planned, or nothing."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, column, false, func, not_, select, table

from kernel.discussion.activities.models import ActivityPlan, ActivityType
from kernel.discussion.models import FollowUp
from kernel.entities.base import Entity
from kernel.entities.remembered import Remembered
from kernel.entities.work import actor, current_work, session
from kernel.i18n import Text, _

__all__ = [
    "CONDITION", "STANDINGS", "KnownType", "Standing", "activity_clause", "activity_types", "kind_of", "plans",
    "standing_of", "standings_of", "type_label",
]

CONDITION = "@activity"
"""What a filter of a list calls the activities of its records."""
STANDINGS: Mapping[str, Text] = {
    "mine": _("mine"), "overdue": _("overdue"), "today": _("due today"), "planned": _("planned"), "none": _("none")}
AT_ONCE = 2000

_asked = table(FollowUp.__tablename__, *(column(each.name, each.type) for each in FollowUp.__table__.columns))
"""The activities as a condition on records may name them in a person's own session: the records have their scopes."""


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type of activities as it is chosen."""

    id: int
    label: str
    icon: str
    days: int
    note: str
    then_id: int | None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands: when the first of its activities is due, and how many are open."""

    due_on: dt.date
    count: int

    @property
    def state(self) -> str:
        """Give overdue, today or planned."""
        return standing_of(self.due_on)


def standing_of(due_on: dt.date) -> str:
    """Say of a day whether what is due on it is overdue, due today, or planned."""
    today = session().today
    return "overdue" if due_on < today else "today" if due_on == today else "planned"


_types: Remembered[None, tuple[KnownType, ...]] = Remembered("activity_types", ActivityType)


def activity_types() -> tuple[KnownType, ...]:
    """Give the types in use, in the order in which they were made, with their names in the current language."""
    return tuple(each for each in _every() if not each.archived)


def kind_of(kind_id: int | None) -> KnownType | None:
    """Give a type, also one that is in use no more; None for none."""
    return next((each for each in _every() if each.id == kind_id), None)


def _every() -> list[KnownType]:
    return [replace(each, label=str(_(each.label))) for each in _types.get(None, _load)]


def _load() -> tuple[KnownType, ...]:
    known = ActivityType.__table__.c
    rows = current_work().connection.execute(
        select(known.id, known.name, known.icon, known.days, known.note, known.then_id, known.archived)
        .order_by(known.id))
    return tuple(
        KnownType(row.id, row.name, row.icon, row.days, row.note or "", row.then_id, row.archived) for row in rows)


def type_label(kind_id: int | None) -> str:
    """Name a type; empty for none."""
    kind = kind_of(kind_id)
    return kind.label if kind is not None else ""


def plans() -> Sequence[tuple[int, str]]:
    """Give the plans that may be started: id and name."""
    known = ActivityPlan.__table__.c
    return [(row.id, row.name) for row in session().work.connection.execute(
        select(known.id, known.name).where(known.archived.is_(False)).order_by(known.name).limit(200))]


def standings_of(cls: type[Entity], ids: Iterable[int]) -> dict[int, Standing]:
    """Say how records that the caller has read stand: one statement for two thousand of them."""
    due, wanted = FollowUp.__table__.c, list(ids)
    found: dict[int, Standing] = {}
    for start in range(0, len(wanted), AT_ONCE):
        for row in session().work.connection.execute(
                select(due.record_id, func.min(due.due_on).label("due_on"), func.count().label("many"))
                .where(due.record_id.in_(wanted[start:start + AT_ONCE]), due.entity == cls.__entity__,
                       due.done_at.is_(None))
                .group_by(due.record_id)):
            found[row.record_id] = Standing(row.due_on, row.many)
    return found


def activity_clause(cls: type[Entity], value: object) -> ColumnElement[bool] | None:
    """Give the condition that a record's activities stand so: a key of STANDINGS; None for anything else."""
    due, today = _asked.c, session().today
    more: dict[str, ColumnElement[bool]] = {
        "mine": due.user_id == actor().user_id if actor().user_id else false(), "overdue": due.due_on < today,
        "today": due.due_on == today, "planned": due.due_on > today, "none": due.done_at.is_(None)}
    if not isinstance(value, str) or value not in more:
        return None
    some = cls.id.in_(select(due.record_id).where(and_(
        due.entity == cls.__entity__, due.done_at.is_(None), more[value])))
    return not_(some) if value == "none" else some
