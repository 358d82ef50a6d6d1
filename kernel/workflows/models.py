"""Approvals as data: definitions with versions, their runs on documents, the tasks of approvers, and deputies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import boolean, choice, date, instant, integer, json_data, lines, link, note, text
from kernel.errors import Problem
from kernel.i18n import _
from kernel.identity.models import User
from kernel.workflows.flows.graph import check_nodes

__all__ = ["ApprovalDefinition", "ApprovalDelegation", "ApprovalRun", "ApprovalTask"]


class ApprovalDefinition(
    Entity, label=_("Approval"), plural=_("Approvals"), icon="checks", company="optional", unique=[("code", "revision")]
):
    """One version of an approval: it puts a transition of an entity under approval, where its conditions hold.

    A draft is edited and then published: it becomes the active version, the one before is retired. Running documents
    end on the version they started on. Services of versions write it, so that no other door changes one in use.
    """

    code: Mapped[str] = text(80, label=_("Code"), searchable=True, readonly=True)
    revision: Mapped[int] = integer(label=_("Version"), default=1, readonly=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True, readonly=True)
    plugin: Mapped[str | None] = text(60, label=_("Shipped by"), readonly=True)
    entity: Mapped[str] = text(120, label=_("Entity"), readonly=True)
    transition: Mapped[str] = text(60, label=_("Action"), readonly=True)
    conditions: Mapped[list[Any] | None] = json_data(label=_("Conditions"))
    """All must hold: `[{"field": "discount", "op": "gt", "value": "5"}]`."""
    nodes: Mapped[list[dict[str, Any]]] = json_data(label=_("Nodes"))
    """The flow, as kernel/workflows/flows/graph.py describes it."""
    rank: Mapped[int] = integer(
        label=_("Order"), default=100, readonly=True, help=_("Of several that apply, the lowest counts"))
    stage: Mapped[str] = choice(
        ("draft", _("Draft"), "amber"), ("active", _("In use"), "green"), ("retired", _("Earlier version")),
        label=_("Status"), default="active", readonly=True)
    published_at: Mapped[dt.datetime | None] = instant(label=_("Published"), readonly=True)

    @classmethod
    def check(cls, records: Sequence[ApprovalDefinition]) -> Iterable[Problem]:
        for record in records:
            if record.stage == "active" and not record.archived:
                for problem in check_nodes(record.nodes):
                    yield Problem("nodes", problem.message, problem.code, record)


class ApprovalRun(Entity, label=_("Approval run"), plural=_("Approval runs"), icon="checks", title="record_title",
                  company="required", owner="initiator"):
    """One document's way through an approval."""

    __table_args__ = (Index("ix_kernel_approval_run_record", "record_id", "entity"),
                      Index("ix_kernel_approval_run_wakes", "outcome", "wakes_at"))

    definition: Mapped[ApprovalDefinition] = link(label=_("Approval"))
    definition_id: Mapped[int]
    flow: Mapped[str] = text(80, label=_("Code of the approval"), readonly=True, default="")
    entity: Mapped[str] = text(120, label=_("Entity"))
    record_id: Mapped[int] = integer(label=_("Record"))
    record_title: Mapped[str] = text(200, label=_("Document"), searchable=True)
    transition: Mapped[str] = text(60, label=_("Action"))
    came_from: Mapped[str] = text(40, label=_("State before"))
    initiator: Mapped[User] = link(label=_("Submitted by"))
    initiator_id: Mapped[int]
    outcome: Mapped[str] = choice(
        ("running", _("Running"), "amber"), ("approved", _("Approved"), "green"), ("rejected", _("Rejected"), "red"),
        ("returned", _("Sent back"), "violet"), ("withdrawn", _("Revoked"), "gray"), label=_("Outcome"),
        default="running")
    ended_at: Mapped[dt.datetime | None] = instant(label=_("Ended"))
    urged_at: Mapped[dt.datetime | None] = instant(label=_("Urged"), readonly=True)
    wakes_at: Mapped[dt.datetime | None] = instant(label=_("Waits until"), readonly=True)
    """When the next of the waits that it stands at is over."""
    nodes: Mapped[list[dict[str, Any]]] = json_data(label=_("Nodes"))
    """The flow as it was when the run began, sub-flows put in their places."""
    progress: Mapped[dict[str, Any]] = json_data(label=_("Progress"))
    """Where it stands: the nodes reached, and the paths that branches took."""
    chosen: Mapped[dict[str, list[int]] | None] = json_data(label=_("Chosen approvers"))
    tasks: Mapped[list[ApprovalTask]] = lines("run", label=_("Tasks"))


class ApprovalTask(Entity, label=_("Approval task"), plural=_("Approval tasks"), icon="check", title="label",
                   company="none", owner="approver"):
    """One person's part at a node: to approve, to handle, or only to know (a copy)."""

    __table_args__ = (Index("ix_kernel_approval_task_due", "outcome", "due_at"),)

    run: Mapped[ApprovalRun] = link(parent=True, label=_("Run"))
    run_id: Mapped[int]
    node: Mapped[str] = text(120, label=_("Node"), default="")
    round: Mapped[int] = integer(label=_("Round"), default=1)
    """How often the node has been reached: a document that was sent back comes again."""
    position: Mapped[int] = integer(label=_("Place in the order"), default=0)
    label: Mapped[str] = text(120, label=_("Step name"))
    kind: Mapped[str] = choice(
        ("approve", _("Approve")), ("handle", _("Handle")), ("before", _("Added before")),
        ("after", _("Added after")), ("beside", _("Added beside")), ("copy", _("Copy")), label=_("Kind"),
        default="approve")
    approver: Mapped[User] = link(label=_("Approver"))
    approver_id: Mapped[int]
    decided_by: Mapped[User | None] = link(label=_("Decided by"), index=False)
    """Who decided, where that was a deputy."""
    decided_by_id: Mapped[int | None]
    asked_by: Mapped[User | None] = link(label=_("Asked by"), index=False)
    """Who handed it over or added the approver."""
    asked_by_id: Mapped[int | None]
    before: Mapped[ApprovalTask | None] = link("kernel.approval_task", label=_("Comes back to"), index=False)
    """The task that goes on once this one, added before it, is decided."""
    before_id: Mapped[int | None]
    reason: Mapped[str | None] = text(200, label=_("Why this approver"))
    because: Mapped[dict[str, Any] | None] = json_data(label=_("Why, in any language"))
    """The reason as it is translated: its English text and the values in it."""
    outcome: Mapped[str] = choice(
        ("waiting", _("Waiting"), "amber"), ("later", _("Not yet asked")), ("approved", _("Approved"), "green"),
        ("rejected", _("Rejected"), "red"), ("returned", _("Sent back"), "violet"),
        ("handed_over", _("Handed over"), "blue"), ("escalated", _("Passed up"), "blue"),
        ("replaced", _("Asked somebody else")), ("skipped", _("Not needed"), "gray"), ("copied", _("Not yet seen")),
        ("seen", _("Seen")), label=_("Decision"), default="waiting")
    comment: Mapped[str | None] = note(label=_("Comment"))
    automatic: Mapped[bool] = boolean(label=_("Decided by rule"))
    asked_at: Mapped[dt.datetime | None] = instant(label=_("Asked"))
    due_at: Mapped[dt.datetime | None] = instant(label=_("Due"))
    """When the next stage of the node's time limit is reached."""
    stage: Mapped[int] = integer(label=_("Stages of the limit passed"), default=0)
    reminded_at: Mapped[dt.datetime | None] = instant(label=_("Reminded"))
    decided_at: Mapped[dt.datetime | None] = instant(label=_("Decided"))
    dwell: Mapped[int | None] = integer(label=_("Seconds taken"), required=False)


class ApprovalDelegation(Entity, label=_("Delegation"), plural=_("Delegations"), icon="user-share", company="none",
                         owner="principal", title="id"):
    """Somebody acts for somebody else for some days; the principal may still act too."""

    principal: Mapped[User] = link(label=_("For"))
    principal_id: Mapped[int]
    deputy: Mapped[User] = link(label=_("Deputy"))
    deputy_id: Mapped[int]
    starts_on: Mapped[dt.date] = date(label=_("From"))
    ends_on: Mapped[dt.date] = date(label=_("Until"))
    flows: Mapped[list[str] | None] = json_data(label=_("Approvals"))
    """Codes of the approvals it is for; none means all."""
    note: Mapped[str | None] = text(200, label=_("Note"))

    @classmethod
    def check(cls, records: Sequence[ApprovalDelegation]) -> Iterable[Problem]:
        for record in records:
            if record.deputy_id == record.principal_id:
                yield Problem("deputy", _("Choose somebody else as your deputy"), "DELEGATE_SELF", record)
            if record.ends_on < record.starts_on:
                yield Problem("ends_on", _("The last day is before the first"), "DAYS", record)
