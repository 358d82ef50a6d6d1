"""What views over time share: the day it is for the person, which records fall on days, and what is said of them."""

import datetime as dt
from typing import Any

from kernel.clock import moment
from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.i18n import current_timezone
from kernel.permissions.rights import rights
from kernel.web.layout import columns_of, field_at
from kernel.web.show import PEOPLE
from kernel.workflows.machine import workflow_of

__all__ = ["about", "bound", "day_of", "local", "may_set", "named_paths", "today"]


def today() -> dt.date:
    """Give the day it is in the person's zone."""
    return moment().astimezone(current_timezone()).date()


def local(value: dt.date | dt.datetime) -> dt.datetime:
    """Give a moment in the person's zone; a date begins at midnight."""
    if isinstance(value, dt.datetime):
        return value.astimezone(current_timezone())
    return dt.datetime.combine(value, dt.time(), current_timezone())


def day_of(value: dt.date | dt.datetime) -> dt.date:
    """Give the day that a date or a moment falls on for the person."""
    return local(value).date() if isinstance(value, dt.datetime) else value


def bound(field: Field, day: dt.date) -> str:
    """Write a day's beginning as a condition on a field takes it; moments are compared in the person's zone."""
    return day.isoformat() if field.kind == "date" else local(day).isoformat()


def named_paths(cls: type[Entity], *wanted: str | None) -> list[str]:
    """Give the fields a record's entry needs: those wanted, its state, and what it is about."""
    workflow = workflow_of(cls)
    state = workflow.field if workflow is not None and field_at(cls, workflow.field) is not None else None
    return list(dict.fromkeys(path for path in (*wanted, state, about(cls)) if path))


def about(cls: type[Entity]) -> str | None:
    """Name the first thing, no person, that the entity's list tells of beside its title: an order's customer."""
    return next((
        path for path, field in columns_of(cls) if field.kind == "link" and path != cls.__title__
        and field.target.__entity__ not in PEOPLE), None)


def may_set(cls: type[Entity], *fields: Field) -> bool:
    """Say whether the person may change the fields of the entity's records."""
    granted = rights()
    writable: Any = granted.writable(cls)
    return granted.may("change", cls.__entity__) and all(field in writable for field in fields)
