"""The types of activities and the plans that start several at once. An activity itself is a `FollowUp`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import choice, integer, lines, link, text
from kernel.errors import Problem
from kernel.i18n import _
from kernel.identity.models import User

__all__ = ["LONGEST_WAIT", "ActivityPlan", "ActivityStep", "ActivityType"]

LONGEST_WAIT = 3650
"""Days ahead that an activity may lie."""


class ActivityType(
    Entity, label=_("Activity type"), plural=_("Activity types"), icon="checklist", company="none", unique=[("name",)]
):
    """A kind of thing that is done about records: a call, a meeting, a visit."""

    name: Mapped[str] = text(60, label=_("Name"), searchable=True)
    icon: Mapped[str] = choice(
        ("phone", _("Phone")), ("calendar-event", _("Calendar")), ("mail", _("Mail")), ("checkbox", _("To-do")),
        ("map-pin", _("Place")), ("users", _("People")), ("file-text", _("Document")), ("tool", _("Tool")),
        ("star", _("Star")), label=_("Icon"), default="checkbox")
    days: Mapped[int] = integer(label=_("Days ahead"), default=1, help=_("When it is due, unless a day is chosen"))
    note: Mapped[str | None] = text(500, label=_("Text"), help=_("What it is about, unless something else is typed"))
    then: Mapped[ActivityType | None] = link(label=_("Suggests next"), help=_("What is offered once it is done"))
    then_id: Mapped[int | None]

    @classmethod
    def check(cls, records: Sequence[ActivityType]) -> Iterable[Problem]:
        for record in records:
            yield from _days_of(record.days, record)


class ActivityPlan(
    Entity, label=_("Activity plan"), plural=_("Activity plans"), icon="list-check", company="none", unique=[("name",)]
):
    """Activities that are started together on a record: what a new customer is taken through."""

    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    steps: Mapped[list[ActivityStep]] = lines("plan", label=_("Steps"))

    @classmethod
    def check(cls, records: Sequence[ActivityPlan]) -> Iterable[Problem]:
        for record in records:
            if not record.steps:
                yield Problem("steps", _("A plan has one step at least"), "EMPTY", record)


class ActivityStep(Entity, label=_("Step"), plural=_("Steps"), icon="list-check", company="none", title="note"):
    """One activity of a plan."""

    plan: Mapped[ActivityPlan] = link(parent=True)
    plan_id: Mapped[int]
    kind: Mapped[ActivityType] = link(label=_("Activity type"))
    kind_id: Mapped[int]
    days: Mapped[int] = integer(label=_("Days after the start"), default=0)
    note: Mapped[str | None] = text(500, label=_("Text"))
    whom: Mapped[str] = choice(
        ("starter", _("Whoever starts the plan")), ("owner", _("The record's owner")), ("user", _("This person")),
        label=_("By whom"), default="starter")
    user: Mapped[User | None] = link(label=_("Person"))
    user_id: Mapped[int | None]

    @classmethod
    def check(cls, records: Sequence[ActivityStep]) -> Iterable[Problem]:
        for record in records:
            yield from _days_of(record.days, record)
            if record.whom == "user" and record.user_id is None and record.user is None:
                yield Problem("user", _("Choose the person"), "REQUIRED", record)


def _days_of(days: int | None, record: Entity) -> Iterable[Problem]:
    if days is not None and not 0 <= days <= LONGEST_WAIT:
        yield Problem("days", _("From 0 to {most} days", most=LONGEST_WAIT), "DAYS", record)
