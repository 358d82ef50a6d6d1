"""When a limit is reached or a wait is over: the company's working hours and holidays, and days off of plugins."""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from kernel.entities.base import Entity
from kernel.entities.remembered import Remembered
from kernel.entities.work import current_work
from kernel.hooks.specifications import add_specifications, ask
from kernel.identity.models import Company
from kernel.identity.workingtime import USUAL_WEEK, Holiday, Span, WorkingHours, WorkingTime, time_of
from kernel.workflows import questions
from kernel.workflows.conditions import value_at
from kernel.workflows.flows.graph import Node

__all__ = ["due_from", "waits_until", "working_time"]

AHEAD = 400
"""Days of holidays looked at when a limit is worked out."""

add_specifications(questions)

_weeks: Remembered[int | None, tuple[dict[int, tuple[Span, ...]], dict[dt.date, bool], str]] = Remembered(
    "working_time", WorkingHours, Holiday, Company)


def working_time(company_id: int | None, first: dt.date) -> WorkingTime:
    """Give when a company works, with the days off of the plugins that know some from a day on."""
    week, days, zone = _weeks.get(company_id, lambda: _load(company_id))
    more: dict[dt.date, bool] = {}
    for known in ask.days_off(first=first, last=first + dt.timedelta(days=AHEAD)):
        more.update(known)
    return WorkingTime(week, {**more, **days}, zone)


def _load(company_id: int | None) -> tuple[dict[int, tuple[Span, ...]], dict[dt.date, bool], str]:
    connection = current_work().connection
    hours, days, companies = WorkingHours.__table__.c, Holiday.__table__.c, Company.__table__.c
    week: dict[int, tuple[Span, ...]] = {}
    for row in connection.execute(
            select(hours.weekday, hours.starts, hours.ends)
            .where(hours.archived.is_(False), or_(hours.company_id.is_(None), hours.company_id == company_id))
            .order_by(hours.starts)):
        starts, ends = time_of(row.starts), time_of(row.ends)
        if starts is not None and ends is not None:
            week[int(row.weekday)] = (*week.get(int(row.weekday), ()), (starts, ends))
    off = {row.day: row.working for row in connection.execute(
        select(days.day, days.working)
        .where(days.archived.is_(False), or_(days.company_id.is_(None), days.company_id == company_id)))}
    zone = connection.scalar(select(companies.timezone).where(companies.id == company_id))
    return week or {day: tuple(spans) for day, spans in USUAL_WEEK.items()}, off, zone or "UTC"


def due_from(company_id: int | None, node: Node, stage: int, start: dt.datetime) -> dt.datetime | None:
    """Give when a stage of a node's time limit is reached; None where it has no such stage."""
    stages = node.get("limits") or []
    if stage >= len(stages):
        return None
    return working_time(company_id, start.date()).after(start, int(stages[stage]["hours"]))


def waits_until(company_id: int | None, node: Node, document: Entity, start: dt.datetime) -> dt.datetime | None:
    """Give the moment that a wait, reached at `start`, lasts to; None where the document's field is empty.

    A day begins at midnight by the company's clocks.
    """
    time = working_time(company_id, start.date())
    if node["until"] == "hours":
        return time.after(start, int(node["hours"]))
    value = value_at(document, node["field"])
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), ZoneInfo(time.zone)).astimezone(dt.UTC)
    return None
