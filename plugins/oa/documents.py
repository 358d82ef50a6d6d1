"""What office documents have in common: whose they are, and what stays as it was once they are submitted."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import inspect, select

from kernel import Employee, Entity, Problem, Refusal, Text, _, actor, label_of, session, workflow_of


def belong_to_employees(records: Sequence[Any], link: str = "employee") -> None:
    """Give new records to the employee they name, else to the person who creates them.

    Sets the owner, by whom row scopes go, and the department where a record has one and names none. Two statements
    at most, however many records.
    """
    fresh = [record for record in records if inspect(record).pending]
    if not fresh:
        return
    if any(linked_id(record, link) is None for record in fresh) and actor().user_id is not None:
        mine = session().scalar(
            select(Employee.id).where(Employee.user_id == actor().user_id, Employee.archived.is_(False)))
        for record in fresh:
            if linked_id(record, link) is None:
                setattr(record, f"{link}_id", mine)
    wanted = {id_ for record in fresh if (id_ := linked_id(record, link))}
    rows = session().execute(
        select(Employee.id, Employee.user_id, Employee.department_id).where(Employee.id.in_(wanted))) if wanted else ()
    found = {row.id: row for row in rows}
    for record in fresh:
        row = found.get(linked_id(record, link) or 0)
        record.owner_id = row.user_id if row is not None else None
        if row is not None and hasattr(record, "department_id") and linked_id(record, "department") is None:
            record.department_id = row.department_id


def linked_id(record: Any, link: str) -> int | None:
    """Give a link's id, be it set as an id or as a record."""
    value: int | None = getattr(record, f"{link}_id")
    return value if value is not None else getattr(record.__dict__.get(link), "id", None)


def changed(record: Any, names: Sequence[str]) -> list[str]:
    """Name the attributes among these that this flush changes on a record that was there before."""
    state: Any = inspect(record)
    if not state.persistent:
        return []
    return [name for name in names if state.attrs[name].history.has_changes()]


def frozen(records: Sequence[Any], always: Sequence[str], after_draft: Sequence[str]) -> Iterable[Problem]:
    """Refuse changes of fields that never change, and of those that stay once a record is submitted."""
    for record in records:
        for name in changed(record, always):
            yield Problem(
                name.removesuffix("_id"), _("{label} stays as it was entered: make a new one instead",
                                            label=_label(record, name)), "FIXED", record)
        if record.historical or record.state in (None, "draft") or changed(record, ("state",)):
            continue
        for name in changed(record, after_draft):
            yield Problem(
                name.removesuffix("_id"), _("{number} is no draft any more: this stays as it is",
                                            number=record.title), "APPROVED", record)


def _label(record: Any, column: str) -> Text:
    return label_of(type(record), column.removesuffix("_id"))


def take(entity: type[Entity], action: str, records: Sequence[Any], **values: object) -> None:
    """Take records through a transition of their workflow."""
    flow = workflow_of(entity)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("{entity} has no workflow", entity=entity.__label__))
    flow.run(action, records, values)
