"""The work order with its components and operations, and the report of work done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import inspect

from kernel import (
    AnyRef,
    Document,
    Employee,
    Entity,
    Mapped,
    Money,
    Problem,
    Product,
    Quantity,
    User,
    _,
    date,
    integer,
    lines,
    link,
    money,
    note,
    percent,
    ref,
    serial,
    session,
    state,
    text,
    within,
)
from kernel import quantity as measure
from plugins.erp_mrp.boms.models import LEAST, Bom
from plugins.erp_mrp.planning.models import Demand, PlannedOrder
from plugins.erp_mrp.work_centres.models import ScrapReason, WorkCentre

ZERO = Decimal(0)


class WorkOrder(Document, label=_("Work order"), plural=_("Work orders"), icon="tool", title="number", tagged=True):
    """A quantity of a product to be made by a day. What it gathers in cost and hasn't given up is work in progress."""

    number: Mapped[str] = serial("WO-{year}-{n:05}", label=_("Number"))
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), default=1, decimals=2)
    state: Mapped[str] = state("draft", label=_("State"))
    owner: Mapped[User | None] = link(label=_("Responsible"), present=True)
    owner_id: Mapped[int | None]
    start_on: Mapped[dt.date | None] = date(label=_("Start on"))
    due_on: Mapped[dt.date | None] = date(label=_("Due on"), required=False, index=True)
    started_on: Mapped[dt.date | None] = date(label=_("Started on"))
    ended_on: Mapped[dt.date | None] = date(label=_("Ended on"))
    bom: Mapped[Bom | None] = link(label=_("Bill of materials"), help=_("The one valid today where empty"), index=False)
    bom_id: Mapped[int | None]
    yield_percent: Mapped[Decimal] = percent(
        label=_("Yield"), default=100, help=_("Good pieces out of a hundred that are started"))
    receiving: Mapped[Quantity | None] = measure(
        label=_("To receive now"), decimals=2, help=_("All that is left where empty"))
    received: Mapped[Quantity] = measure(label=_("Received"), default=0, readonly=True, decimals=2)
    scrapped: Mapped[Quantity] = measure(label=_("Scrapped"), default=0, readonly=True, decimals=2)
    scrap_reason: Mapped[ScrapReason | None] = link(label=_("Scrap reason"), index=False)
    scrap_reason_id: Mapped[int | None]
    material_cost: Mapped[Money] = money(label=_("Material"), default=0, readonly=True)
    labour_cost: Mapped[Money] = money(label=_("Work"), default=0, readonly=True)
    received_value: Mapped[Money] = money(label=_("Received, value"), default=0, readonly=True)
    variance: Mapped[Money] = money(label=_("Variance"), default=0, readonly=True)
    comment: Mapped[str | None] = note(label=_("Note"))
    cancel_reason: Mapped[str | None] = text(200, label=_("Reason for cancelling"))
    planned_order: Mapped[PlannedOrder | None] = link(label=_("Planned order"), readonly=True, follows=True)
    planned_order_id: Mapped[int | None]
    components: Mapped[list[WorkOrderComponent]] = lines("work_order", label=_("Components"))
    operations: Mapped[list[WorkOrderOperation]] = lines("work_order", label=_("Operations"))
    pegs: Mapped[list[WorkOrderPeg]] = lines("work_order", label=_("Made for"))

    @property
    def in_progress_value(self) -> Decimal:
        """Give the cost gathered and not yet given up."""
        return self.material_cost + self.labour_cost - self.received_value - self.variance

    @classmethod
    def prepare(cls, records: Sequence[WorkOrder]) -> None:
        today = session().today
        for record in records:
            if record.due_on is None and not record.historical:
                record.due_on = max(today, record.start_on or today)

    @classmethod
    def check(cls, records: Sequence[WorkOrder]) -> Iterable[Problem]:
        for record in records:
            if not within(record.quantity, LEAST):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            if not within(record.yield_percent, Decimal("0.01"), 100):
                yield Problem("yield_percent", _("A yield lies above 0 and up to 100 %"), "YIELD", record)
            if record.receiving is not None and record.receiving <= 0:
                yield Problem("receiving", _("A quantity is greater than zero"), "QUANTITY", record)
            if record.start_on and record.due_on and record.due_on < record.start_on and not record.historical:
                yield Problem("due_on", _("This lies before the start"), "DATES", record)
            if record.state not in (None, "draft") and not record.historical:
                for name in ("product_id", "quantity", "bom_id", "yield_percent"):
                    if _changed(record, name):
                        yield Problem(name, _("{number} is released: this stays as it is", number=record.number),
                                      "RELEASED", record)


class WorkOrderOperation(Entity, label=_("Operation"), plural=_("Operations"), icon="settings-cog", title="name"):
    """A step of a work order: planned hours, what was reported of it, and what that cost."""

    work_order: Mapped[WorkOrder] = link(parent=True, label=_("Work order"))
    work_order_id: Mapped[int]
    sequence: Mapped[int] = integer(label=_("Step"), default=10)
    name: Mapped[str | None] = text(120, label=_("Operation"))
    work_centre: Mapped[WorkCentre | None] = link(label=_("Work centre"))
    work_centre_id: Mapped[int | None]
    planned_hours: Mapped[Quantity] = measure(label=_("Planned hours"), default=0, decimals=2)
    good: Mapped[Quantity] = measure(label=_("Good"), default=0, readonly=True, decimals=2)
    scrap: Mapped[Quantity] = measure(label=_("Scrap"), default=0, readonly=True, decimals=2)
    hours: Mapped[Quantity] = measure(label=_("Hours"), default=0, readonly=True, decimals=2)
    planned_cost: Mapped[Money] = money(label=_("Planned cost"), default=0, readonly=True)
    cost: Mapped[Money] = money(label=_("Cost"), default=0, readonly=True)
    start_on: Mapped[dt.date | None] = date(label=_("Start on"))
    due_on: Mapped[dt.date | None] = date(label=_("Due on"))
    started_on: Mapped[dt.date | None] = date(label=_("Started on"))
    ended_on: Mapped[dt.date | None] = date(label=_("Ended on"))

    @property
    def title(self) -> str:
        """Name the operation by its order and step."""
        return f"{self.work_order.number} · {self.sequence} {self.name or ''}".rstrip()


class WorkOrderComponent(Entity, label=_("Component"), plural=_("Components"), icon="puzzle", title="product"):
    """What a work order takes of a product: needed as the bill said when the order was made, and issued so far."""

    work_order: Mapped[WorkOrder] = link(parent=True, label=_("Work order"))
    work_order_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Component"))
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = measure(label=_("Needed"), default=1, decimals=2)
    issued: Mapped[Quantity] = measure(label=_("Issued"), default=0, readonly=True, decimals=2)
    issuing: Mapped[Quantity | None] = measure(
        label=_("To issue now"), decimals=2, help=_("All that is left where empty"))
    over_reason: Mapped[str | None] = text(200, label=_("Why more"), help=_("More than needed is issued for a reason"))
    issued_value: Mapped[Money] = money(label=_("Value"), default=0, readonly=True)
    step: Mapped[int | None] = integer(label=_("Used in step"))

    @classmethod
    def check(cls, records: Sequence[WorkOrderComponent]) -> Iterable[Problem]:
        for record in records:
            if not within(record.quantity, 0):
                yield Problem("quantity", _("This can't be less than zero"), "NEGATIVE", record)
            if not within(record.issuing, 0):
                yield Problem("issuing", _("This can't be less than zero"), "NEGATIVE", record)
            order: WorkOrder | None = record.work_order
            if order is not None and order.state not in (None, "draft") and not order.historical:
                for name in ("product_id", "quantity"):
                    if _changed(record, name):
                        yield Problem(name, _("{number} is released: this stays as it is", number=order.number),
                                      "RELEASED", record)


class WorkOrderPeg(Entity, label=_("Made for"), plural=_("Made for"), icon="link", title="source_title"):
    """What a part of a work order is made for: the document that the need comes from in the end."""

    work_order: Mapped[WorkOrder] = link(parent=True, label=_("Work order"))
    work_order_id: Mapped[int]
    demand: Mapped[Demand | None] = link(label=_("Demand"), readonly=True, follows=True)
    demand_id: Mapped[int | None]
    source: Mapped[AnyRef | None] = ref(label=_("For"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    due_on: Mapped[dt.date | None] = date(label=_("Needed on"))


class OperationReport(
    Document, label=_("Operation report"), plural=_("Operation reports"), icon="clipboard-check", title="number",
):
    """What somebody did on an operation: good and scrapped pieces, and the hours it took."""

    number: Mapped[str] = serial("REP-{year}-{n:05}", label=_("Number"))
    work_order: Mapped[WorkOrder] = link(label=_("Work order"), follows=True)
    work_order_id: Mapped[int]
    sequence: Mapped[int] = integer(label=_("Step"), default=10)
    employee: Mapped[Employee | None] = link(label=_("Person"), help=_("Yourself where empty"))
    employee_id: Mapped[int | None]
    day: Mapped[dt.date | None] = date(label=_("Day"), required=False, present=True)
    good: Mapped[Quantity] = measure(label=_("Good"), default=0, decimals=2)
    scrap: Mapped[Quantity] = measure(label=_("Scrap"), default=0, decimals=2)
    scrap_reason: Mapped[ScrapReason | None] = link(label=_("Scrap reason"), index=False)
    scrap_reason_id: Mapped[int | None]
    hours: Mapped[Quantity] = measure(label=_("Hours"), default=0, decimals=2)
    cost: Mapped[Money] = money(label=_("Cost"), default=0, readonly=True)
    state: Mapped[str] = state("draft", label=_("State"))
    operation: Mapped[WorkOrderOperation | None] = link(label=_("Operation"), readonly=True, hidden=True)
    operation_id: Mapped[int | None]

    @classmethod
    def check(cls, records: Sequence[OperationReport]) -> Iterable[Problem]:
        for record in records:
            for name in ("good", "scrap", "hours"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)
            if record.day is not None and record.day > session().today:
                yield Problem("day", _("Work is reported when it is done, not before"), "FUTURE", record)
            if record.state not in (None, "draft"):
                for name in ("work_order_id", "sequence", "good", "scrap", "hours", "day"):
                    if _changed(record, name):
                        yield Problem(name, _("{number} is posted: take it back instead", number=record.number),
                                      "POSTED", record)


def _changed(record: Entity, name: str) -> bool:
    """Say whether a value that was there was changed."""
    if inspect(record).pending:
        return False
    history = inspect(record).attrs[name].history
    return history.has_changes() and any(value is not None for value in history.deleted)
