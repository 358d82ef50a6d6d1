"""What leads to notifications: comments, approvals, and the steps that followed records take."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select

from kernel.discussion.following import followers_of
from kernel.entities.base import Entity, entities, entity
from kernel.entities.fields import AnyRef
from kernel.entities.work import actor, session
from kernel.hooks.listeners import on
from kernel.notices.collecting import collect
from kernel.notices.notifications import (
    approval_ended,
    approval_overdue,
    approval_waits,
    commented_on,
    mail_came,
    mentioned,
    state_changed,
)
from kernel.notices.services import Notice, notify
from kernel.workflows.machine import Transition, Workflow, watch_transitions
from kernel.workflows.models import ApprovalTask

__all__ = ["tell_followers", "tell_of_approvals"]

EACH = 3
"""Records of one kind that somebody is told of one by one; of more at once they are told in one sentence."""
AT_ONCE = 2000


class Said(Protocol):
    """A comment, and whom it calls."""

    comment_id: int
    record: AnyRef
    user_id: int | None
    mentioned: tuple[int, ...]


@on("kernel.commented")
def tell_of_comments(events: Sequence[Said]) -> None:
    """Tell those who are called, and the record's followers who aren't."""
    _tell_called(events)
    for event in events:
        cls = entities().get(event.record.entity)
        if cls is not None:
            following = followers_of(cls, [event.record.id]).get(event.record.id, set())
            notify(commented_on, [Notice(
                sorted(following.difference(event.mentioned)), event.record, comment_id=event.comment_id,
                by=event.user_id)])


@on("kernel.comment_changed")
def tell_of_changed_comments(events: Sequence[Said]) -> None:
    """Tell those who are newly called."""
    _tell_called(events)


def _tell_called(events: Sequence[Said]) -> None:
    notify(mentioned, [
        Notice(event.mentioned, event.record, comment_id=event.comment_id, by=event.user_id)
        for event in events if event.mentioned])


class Came(Protocol):
    """A mail that was filed to a record."""

    record: AnyRef
    sender: str
    subject: str
    automatic: bool


@on("kernel.mail_filed")
def tell_of_mails(events: Sequence[Came]) -> None:
    """Tell the record's followers, unless a machine wrote the mail: machines would answer each other for ever."""
    for event in events:
        cls = entities().get(event.record.entity)
        if cls is not None and not event.automatic:
            following = followers_of(cls, [event.record.id]).get(event.record.id, set())
            notify(mail_came, [Notice(
                sorted(following), event.record,
                {"sender": event.sender[:80], "subject": event.subject[:120] or "–"})])


class Asked(Protocol):
    """Somebody is asked for an approval."""

    task_id: int
    record: AnyRef
    step: str
    approver_id: int


class Reminded(Asked, Protocol):
    """Somebody is reminded of an approval."""

    overdue: bool


class Decided(Protocol):
    """An approval ended."""

    record: AnyRef
    outcome: str
    initiator_id: int


class _Task(NamedTuple):
    """An approval that somebody is told of."""

    task_id: int
    user_id: int
    record: AnyRef
    facts: dict[str, Any]
    by: int | None
    reminder: bool


@on("kernel.approval_asked")
def tell_approvers(events: Sequence[Asked]) -> None:
    """Tell those an approval waits for."""
    collect(tell_of_approvals, *(_task(each) for each in events))


@on("kernel.approval_reminded")
def tell_late_approvers(events: Sequence[Reminded]) -> None:
    """Tell those who are late, or urged."""
    collect(tell_of_approvals, *(_task(each, overdue=each.overdue) for each in events))


def _task(asked: Asked, *, overdue: bool | None = None) -> _Task:
    facts: dict[str, Any] = {"task_id": asked.task_id, "step": asked.step}
    if overdue is not None:
        facts["overdue"] = overdue
    return _Task(asked.task_id, asked.approver_id, asked.record, facts, actor().user_id, overdue is not None)


def tell_of_approvals(tasks: Sequence[_Task]) -> None:
    """Tell approvers of their tasks, as far as these still wait: some pass by rule at once."""
    table, waiting = ApprovalTask.__table__.c, set[int]()
    ids = sorted({each.task_id for each in tasks})
    for start in range(0, len(ids), AT_ONCE):
        waiting.update(session().work.connection.scalars(select(table.id).where(
            table.id.in_(ids[start:start + AT_ONCE]), table.outcome == "waiting")))
    for kind, reminder in ((approval_waits, False), (approval_overdue, True)):
        notify(kind, [
            Notice([each.user_id], each.record, each.facts, by=each.by)
            for each in tasks if each.task_id in waiting and each.reminder is reminder])


@on("kernel.approval_decided")
def tell_initiators(events: Sequence[Decided]) -> None:
    """Tell who submitted a document what was decided."""
    notify(approval_ended, [
        Notice([event.initiator_id], event.record, {"outcome": event.outcome}) for event in events])


class _Step(NamedTuple):
    """A record that took a step."""

    entity: str
    id: int
    field: str
    state: str
    by: int | None


def _note_step(workflow: Workflow[Any], transition: Transition, records: Sequence[Any]) -> None:
    if not session().work.reading:
        name, by = workflow.entity.__entity__, actor().user_id
        collect(tell_followers, *(
            _Step(name, record.id, workflow.field, transition.target, by) for record in records))


watch_transitions(_note_step)


def tell_followers(steps: Sequence[_Step]) -> None:
    """Tell followers what state their records came to: of a few each by itself, of many in one sentence."""
    last = {(each.entity, each.id): each for each in steps}
    for name in sorted({each.entity for each in steps}):
        cls = entity(name)
        mine = {id_: each for (of, id_), each in last.items() if of == name}
        following = {
            id_: told for id_, people in followers_of(cls, mine).items() if (told := people - {mine[id_].by})}
        if following:
            notify(state_changed, _notices(cls, mine, following))


def _notices(
    cls: type[Entity], steps: dict[int, _Step], following: dict[int, set[int]]
) -> list[Notice]:
    """Make the notices of those records that are in their states still."""
    per_person: dict[tuple[int, str, int | None], list[int]] = {}
    for id_ in _still_there(cls, steps, following):
        for user_id in following[id_]:
            per_person.setdefault((user_id, steps[id_].state, steps[id_].by), []).append(id_)
    found = []
    for (user_id, state, by), ids in sorted(per_person.items(), key=str):
        facts: dict[str, Any] = {"of": cls.__entity__, "state": state}
        if len(ids) <= EACH:
            found += [Notice([user_id], AnyRef(cls.__entity__, id_, ""), facts, by=by) for id_ in ids]
        else:
            found.append(Notice([user_id], None, {**facts, "count": len(ids)}, by=by))
    return found


def _still_there(cls: type[Entity], steps: dict[int, _Step], following: dict[int, set[int]]) -> list[int]:
    """Leave out what is in another state by now: a savepoint took its step back."""
    table, ids, found = cls.__table__.c, sorted(following), list[int]()
    column = table[cls.__fields__[next(iter(steps.values())).field].column]
    for start in range(0, len(ids), AT_ONCE):
        rows = session().work.connection.execute(
            select(table.id, column.label("state")).where(table.id.in_(ids[start:start + AT_ONCE])))
        found += [row.id for row in rows if row.state == steps[row.id].state]
    return found
