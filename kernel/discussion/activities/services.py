"""What is done with activities: plan one, or a whole plan; say that it is done and what came of it; call it off.

    follow_up(order, dt.date(2026, 3, 1), "Ask for the deposit", user_id=mei.id)

Whoever may read a record and has the right "comment" on it may plan; whom it is for must be able to read the record.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from kernel.discussion.activities.models import LONGEST_WAIT, ActivityPlan, ActivityType
from kernel.discussion.activities.reading import type_label
from kernel.discussion.models import FollowUp
from kernel.discussion.services import comment, demand_part, open_record
from kernel.entities.base import Entity, entity
from kernel.entities.work import actor, as_system, session
from kernel.errors import NotFound, Refusal
from kernel.i18n import _
from kernel.permissions.guard import demand_rows
from kernel.permissions.reach import readers
from kernel.permissions.scopes import owner_column

__all__ = ["Next", "cancel_follow_up", "finish_follow_up", "follow_up", "start_plan"]

LONGEST_NOTE = 500
LONGEST_RESULT = 5000


@dataclass(frozen=True, slots=True)
class Next:
    """What is planned in the same step in which something is done; a type's own days and text where not given."""

    kind_id: int
    due_on: dt.date | None = None
    note: str = ""


def follow_up(
    record: Entity, due_on: dt.date | None, note: str = "", user_id: int | None = None, kind_id: int | None = None
) -> int:
    """Plan an activity for somebody (oneself, where nobody is named) on a day; gives its id.

    Without a day or a text it has those of its type. Raises Refusal for a day that is past, for somebody who may not
    read the record, and where neither a day nor a type is given.
    """
    current = session()
    current.flush()
    demand_part(record)
    kind = _type(kind_id) if kind_id is not None else None
    whom, about = user_id or current.actor.user_id, " ".join(note.split()) or (kind.note if kind else "") or ""
    day = due_on or (current.today + dt.timedelta(days=kind.days) if kind else None)
    if whom is None:
        raise Refusal("NOBODY", _("Say who shall be reminded"), field="user")
    if day is None:
        raise Refusal("NO_DATE", _("Choose the day of the activity"), field="due_on")
    if day < current.today:
        raise Refusal("PAST", _("The day of an activity can't be past"), field="due_on", actual=day)
    if (day - current.today).days > 10 * LONGEST_WAIT:
        raise Refusal("FAR", _("This day is too far away"), field="due_on", actual=day)
    if len(about) > LONGEST_NOTE:
        raise Refusal("TOO_LONG", _("A note has {most} characters at most", most=LONGEST_NOTE), field="note")
    if whom != current.actor.user_id and whom not in readers(type(record), record.id, [whom]):
        raise Refusal("MAY_NOT_READ", _("This person may not read this record"), field="user",
                      fix=_("Choose somebody else, or ask an administrator to open the record to them"))
    id_ = int(current.work.take_ids()[0])
    current.work.connection.execute(insert(FollowUp).values(
        id=id_, entity=record.__entity__, record_id=record.id, user_id=whom, asked_by_id=current.actor.user_id,
        at=current.now, due_on=day, note=about, kind_id=kind.id if kind else None, cancelled=False, result=""))
    return id_


def _type(kind_id: int) -> ActivityType:
    with as_system("read a type of activities") as system:
        found = system.get(ActivityType, kind_id)
        if found is None or found.archived:
            raise Refusal("NO_SUCH_TYPE", _("There is no such type of activity"), field="kind")
        system.expunge(found)
        return found


def finish_follow_up(id_: int, result: str = "", then: Next | None = None) -> int | None:
    """Say that an activity is done; what came of it is said of the record. Gives the id of what follows, where asked.

    Whom it reminds may, who asked for it, and whoever may change the record. Done twice is done once. Raises Refusal
    for a result that is too long.
    """
    found, record = _mine(id_)
    said = result.replace("\r\n", "\n").strip()
    if len(said) > LONGEST_RESULT:
        raise Refusal("TOO_LONG", _("A result has {most} characters at most", most=LONGEST_RESULT), field="result")
    if not _end(id_, result=said, cancelled=False):
        return None
    if said:
        what = type_label(found.kind_id) or str(_("Activity"))
        head = _("{what} done: {about}", what=what, about=found.note) if found.note else _("{what} done", what=what)
        comment(record, f"{head}\n{said}")
    return follow_up(record, then.due_on, then.note, kind_id=then.kind_id) if then is not None else None


def cancel_follow_up(id_: int) -> None:
    """Call an activity off; whoever may say that it is done may."""
    _mine(id_)
    _end(id_, result="", cancelled=True)


def _end(id_: int, *, result: str, cancelled: bool) -> bool:
    table = FollowUp.__table__.c
    ended = session().work.connection.execute(update(FollowUp).where(table.id == id_, table.done_at.is_(None)).values(
        done_at=session().now, done_by_id=actor().user_id, result=result, cancelled=cancelled))
    return bool(ended.rowcount)


def _mine(id_: int) -> tuple[Any, Entity]:
    table, me = FollowUp.__table__, actor().user_id
    found = session().work.connection.execute(select(table).where(table.c.id == id_)).first()
    if found is None:
        raise NotFound("NO_SUCH_FOLLOW_UP", _("There is no such activity, or it isn't open to you"))
    record = open_record(entity(found.entity), found.record_id)
    if me is None or me not in (found.user_id, found.asked_by_id):
        demand_rows(session(), "change", type(record), [record.id])
    return found, record


def start_plan(record: Entity, plan_id: int, begins_on: dt.date | None = None) -> list[int]:
    """Plan all activities of a plan on a record, counted from a day (today); gives their ids. All of them or none.

    Raises Refusal where there is no such plan, or somebody it names may not read the record.
    """
    current = session()
    current.flush()
    demand_part(record)
    with as_system("read a plan of activities") as system:
        plan = system.get(ActivityPlan, plan_id)
        if plan is None or plan.archived:
            raise Refusal("NO_SUCH_PLAN", _("There is no such plan"), field="plan")
        steps = [(step.kind_id, step.days, step.note or "", step.whom, step.user_id) for step in plan.steps]
    first = begins_on or current.today
    owner = getattr(record, owner_column(type(record)), None) if type(record).__owner__ else None
    people = {"starter": None, "owner": owner}
    return [
        follow_up(record, first + dt.timedelta(days=days), note, people.get(whom, user_id), kind_id)
        for kind_id, days, note, whom, user_id in steps]
