"""Approvals as data: definitions with versions, their runs on documents, and the tasks of approvers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import choice, instant, integer, json_data, lines, link, note, text
from kernel.i18n import _
from kernel.identity.models import User

__all__ = ["ApprovalDefinition", "ApprovalRun", "ApprovalTask"]


class ApprovalDefinition(
    Entity, label=_("Approval"), plural=_("Approvals"), icon="checks", company="optional", unique=[("code", "revision")]
):
    """Puts a transition of an entity under approval, where its conditions hold.

    A change makes a new revision and archives the old one: running documents end on the one they started on.
    """

    code: Mapped[str] = text(80, label=_("Code"), searchable=True)
    revision: Mapped[int] = integer(label=_("Version"), default=1, readonly=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    plugin: Mapped[str | None] = text(60, label=_("Shipped by"), readonly=True)
    entity: Mapped[str] = text(120, label=_("Entity"))
    transition: Mapped[str] = text(60, label=_("Action"))
    conditions: Mapped[list[dict[str, Any]] | None] = json_data(label=_("Conditions"))
    """All must hold: `[{"field": "discount", "op": "gt", "value": "5"}]`."""
    steps: Mapped[list[dict[str, Any]]] = json_data(label=_("Steps"))
    """In sequence: `[{"label": ..., "by": "role", "value": "erp_sales.manager", "mode": "any"}]`."""


class ApprovalRun(Entity, label=_("Approval run"), plural=_("Approval runs"), icon="checks", title="record_title",
                  company="required", owner="initiator"):
    """One document's way through an approval."""

    __table_args__ = (Index("ix_kernel_approval_run_record", "record_id", "entity"),)

    definition: Mapped[ApprovalDefinition] = link(label=_("Approval"))
    definition_id: Mapped[int]
    entity: Mapped[str] = text(120, label=_("Entity"))
    record_id: Mapped[int] = integer(label=_("Record"))
    record_title: Mapped[str] = text(200, label=_("Document"), searchable=True)
    transition: Mapped[str] = text(60, label=_("Action"))
    came_from: Mapped[str] = text(40, label=_("State before"))
    initiator: Mapped[User] = link(label=_("Submitted by"))
    initiator_id: Mapped[int]
    outcome: Mapped[str] = choice(
        ("running", _("Running"), "amber"), ("approved", _("Approved"), "green"), ("rejected", _("Rejected"), "red"),
        ("withdrawn", _("Withdrawn"), "gray"), label=_("Outcome"), default="running")
    step: Mapped[int] = integer(label=_("Step"), default=0)
    ended_at: Mapped[dt.datetime | None] = instant(label=_("Ended"))
    tasks: Mapped[list[ApprovalTask]] = lines("run", label=_("Tasks"))


class ApprovalTask(Entity, label=_("Approval task"), plural=_("Approval tasks"), icon="check", title="label",
                   company="none", owner="approver"):
    """One approver's part in a step."""

    run: Mapped[ApprovalRun] = link(parent=True, label=_("Run"))
    run_id: Mapped[int]
    step: Mapped[int] = integer(label=_("Step"))
    label: Mapped[str] = text(120, label=_("Step name"))
    approver: Mapped[User] = link(label=_("Approver"))
    approver_id: Mapped[int]
    reason: Mapped[str | None] = text(200, label=_("Why this approver"))
    outcome: Mapped[str] = choice(
        ("waiting", _("Waiting"), "amber"), ("approved", _("Approved"), "green"), ("rejected", _("Rejected"), "red"),
        ("skipped", _("Not needed"), "gray"), label=_("Decision"), default="waiting")
    comment: Mapped[str | None] = note(label=_("Comment"))
    decided_at: Mapped[dt.datetime | None] = instant(label=_("Decided"))
