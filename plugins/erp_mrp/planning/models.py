"""What is needed, what is expected, and the plan that brings the two together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import Index, Table

from kernel import (
    AnyRef,
    Document,
    Entity,
    Mapped,
    Problem,
    Product,
    Quantity,
    _,
    boolean,
    choice,
    date,
    instant,
    integer,
    lines,
    link,
    note,
    ref,
    serial,
    session,
    state,
    text,
    within,
)
from kernel import quantity as measure
from plugins.erp_mrp.boms.models import LEAST, Bom

ZERO = Decimal(0)


class Demand(Document, label=_("Demand"), plural=_("Demands"), icon="target-arrow"):
    """A product that somebody needs on a day: a line of a sales order, or what a planner foresees.

    Its state follows from its figures: done once all of it was delivered.
    """

    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), default=1, decimals=2)
    due_on: Mapped[dt.date] = date(label=_("Needed on"), index=True)
    delivered: Mapped[Quantity] = measure(label=_("Delivered"), default=0, decimals=2)
    state: Mapped[str] = choice(
        ("open", _("Open"), "blue"), ("done", _("Done"), "green"), ("cancelled", _("Cancelled"), "red"),
        label=_("State"), default="open", readonly=True)
    comment: Mapped[str | None] = text(200, label=_("Note"))
    source: Mapped[AnyRef | None] = ref(label=_("Needed for"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    source_line: Mapped[AnyRef | None] = ref(hidden=True, follows=False)
    source_line_entity: Mapped[str | None]
    source_line_id: Mapped[int | None]
    source_line_title: Mapped[str | None]

    @property
    def title(self) -> str:
        """Name the demand by what it is for and the product."""
        return f"{self.source_title or self.__label__} {self.product.title}"

    @classmethod
    def prepare(cls, records: Sequence[Demand]) -> None:
        for record in records:
            if record.state != "cancelled":
                record.state = state_after(record.quantity or ZERO, record.delivered or ZERO)

    @classmethod
    def check(cls, records: Sequence[Demand]) -> Iterable[Problem]:
        for record in records:
            if not within(record.quantity, LEAST):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            if not within(record.delivered, 0, record.quantity or ZERO):
                yield Problem("delivered", _("Between nothing and all of it can be delivered"), "DELIVERED", record)


class Supply(Document, label=_("Expected supply"), plural=_("Expected supplies"), icon="truck-delivery"):
    """Goods to come in that aren't made here: requested by a plan, or ordered from a supplier.

    Its state follows from its figures: closed once all of it came, or nothing more will.
    """

    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), default=1, decimals=2)
    expected_on: Mapped[dt.date] = date(label=_("Expected on"), index=True)
    received: Mapped[Quantity] = measure(
        label=_("Received"), default=0, decimals=2,
        help=_("Of what a plan requested: what was ordered of it since, or came in without an order"))
    kind: Mapped[str] = choice(
        ("requested", _("Requested"), "amber"), ("ordered", _("Ordered"), "blue"), label=_("Kind"),
        default="requested")
    state: Mapped[str] = choice(
        ("open", _("Open"), "blue"), ("closed", _("Closed"), "green"), label=_("State"), default="open")
    planned_order: Mapped[PlannedOrder | None] = link(
        to="erp_mrp.planned_order", label=_("Planned order"), readonly=True, follows=True)
    planned_order_id: Mapped[int | None]
    source: Mapped[AnyRef | None] = ref(label=_("Ordered by"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    source_line: Mapped[AnyRef | None] = ref(hidden=True, follows=False)
    source_line_entity: Mapped[str | None]
    source_line_id: Mapped[int | None]
    source_line_title: Mapped[str | None]

    @property
    def title(self) -> str:
        """Name the supply by its order, once there is one, and the product."""
        return f"{self.source_title} {self.product.title}" if self.source_title else self.product.title

    @classmethod
    def prepare(cls, records: Sequence[Supply]) -> None:
        for record in records:
            if (record.received or ZERO) >= (record.quantity or ZERO) and record.quantity is not None:
                record.state = "closed"

    @classmethod
    def check(cls, records: Sequence[Supply]) -> Iterable[Problem]:
        for record in records:
            if not within(record.quantity, LEAST):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            if not within(record.received, 0):
                yield Problem("received", _("This can't be less than zero"), "NEGATIVE", record)


class Plan(Document, label=_("Plan"), plural=_("Plans"), icon="calendar-stats", title="number"):
    """What to make and buy, and when, for all that is needed up to a horizon. Nothing happens before it is firmed."""

    number: Mapped[str] = serial("PLAN-{year}-{n:05}", label=_("Number"))
    state: Mapped[str] = state("new", label=_("State"))
    horizon_on: Mapped[dt.date | None] = date(
        label=_("Horizon"), help=_("Demands due by this day are planned for; empty for all"))
    comment: Mapped[str | None] = note(label=_("Note"))
    run_on: Mapped[dt.date | None] = date(label=_("Run on"), readonly=True)
    ran_at: Mapped[dt.datetime | None] = instant(label=_("Run at"), readonly=True)
    products: Mapped[int] = integer(label=_("Products planned"), default=0, readonly=True)
    demands: Mapped[int] = integer(label=_("Demands"), default=0, readonly=True)
    to_make: Mapped[int] = integer(label=_("Orders to make"), default=0, readonly=True)
    to_buy: Mapped[int] = integer(label=_("Orders to buy"), default=0, readonly=True)
    messages: Mapped[int] = integer(label=_("Messages"), default=0, readonly=True)
    seconds: Mapped[Quantity] = measure(label=_("Seconds"), default=0, readonly=True, decimals=3)

    @classmethod
    def check(cls, records: Sequence[Plan]) -> Iterable[Problem]:
        today = session().today
        for record in records:
            if record.horizon_on is not None and record.state == "new" and record.horizon_on < today:
                yield Problem("horizon_on", _("A horizon lies ahead of today"), "HORIZON", record)


class PlannedOrder(
    Document, label=_("Planned order"), plural=_("Planned orders"), icon="calendar-due",
):
    """Something a plan would make or buy. `quantity` is started or ordered; `expected` good pieces come of it."""

    plan: Mapped[Plan] = link(label=_("Plan"), readonly=True)
    plan_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"), readonly=True, index=False)
    product_id: Mapped[int]
    kind: Mapped[str] = choice(
        ("make", _("Make"), "blue"), ("buy", _("Buy"), "violet"), label=_("Kind"), default="make", readonly=True)
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), readonly=True, decimals=2)
    expected: Mapped[Quantity] = measure(label=_("Good pieces"), readonly=True, decimals=2)
    release_on: Mapped[dt.date] = date(label=_("Start on"), readonly=True)
    due_on: Mapped[dt.date] = date(label=_("Needed on"), readonly=True)
    late: Mapped[bool] = boolean(label=_("Late"), default=False, readonly=True)
    state: Mapped[str] = state("planned", label=_("State"))
    bom: Mapped[Bom | None] = link(label=_("Bill of materials"), readonly=True, index=False)
    bom_id: Mapped[int | None]
    pegs: Mapped[list[Peg]] = lines("planned_order", label=_("Needed for"))

    @property
    def title(self) -> str:
        """Name the planned order by its product and day."""
        return f"{self.product.title} · {self.due_on:%Y-%m-%d}"


class Peg(Entity, label=_("Peg"), plural=_("Pegs"), icon="link", title="kind"):
    """What a part of a planned order is for: a demand, an order that takes it, or the safety stock."""

    planned_order: Mapped[PlannedOrder] = link(parent=True, label=_("Planned order"))
    planned_order_id: Mapped[int]
    kind: Mapped[str] = choice(
        ("demand", _("Demand")), ("order", _("Planned order")), ("work_order", _("Work order")),
        ("safety", _("Safety stock")), label=_("For"), default="demand", readonly=True)
    demand: Mapped[Demand | None] = link(label=_("Demand"), readonly=True, follows=True, index=False)
    demand_id: Mapped[int | None]
    parent_order: Mapped[PlannedOrder | None] = link(
        to="erp_mrp.planned_order", label=_("Taken by"), readonly=True, follows=True, index=False)
    parent_order_id: Mapped[int | None]
    work_order: Mapped[Entity | None] = link(
        to="erp_mrp.work_order", label=_("Work order"), readonly=True, follows=True, index=False)
    work_order_id: Mapped[int | None]
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), default=0, readonly=True, decimals=2)


_pegs: Table = Peg.__table__  # type: ignore[assignment]  # a mapped class's Table
for _column in (_pegs.c.demand_id, _pegs.c.parent_order_id, _pegs.c.work_order_id):  # a peg has one of them
    Index(f"ix_erp_mrp_peg_{_column.name}", _column, postgresql_where=_column.is_not(None),
          sqlite_where=_column.is_not(None))


class Message(Document, label=_("Plan message"), plural=_("Plan messages"), icon="message-report"):
    """What a plan would change about supply that is under way, or can't do in time."""

    plan: Mapped[Plan] = link(label=_("Plan"), readonly=True)
    plan_id: Mapped[int]
    kind: Mapped[str] = choice(
        ("expedite", _("Expedite"), "red"), ("late", _("Late"), "red"), ("no_bom", _("No bill of materials"), "red"),
        ("defer", _("Defer"), "amber"), ("reduce", _("Reduce"), "amber"), ("cancel", _("Cancel"), "gray"),
        label=_("Kind"), default="late", readonly=True)
    product: Mapped[Product] = link(label=_("Product"), readonly=True, index=False)
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), readonly=True, decimals=2)
    from_on: Mapped[dt.date | None] = date(label=_("Now on"), readonly=True)
    to_on: Mapped[dt.date | None] = date(label=_("Wanted on"), readonly=True)
    planned_order: Mapped[PlannedOrder | None] = link(label=_("Planned order"), readonly=True, index=False)
    planned_order_id: Mapped[int | None]
    supply: Mapped[Supply | None] = link(label=_("Expected supply"), readonly=True, index=False)
    supply_id: Mapped[int | None]
    work_order: Mapped[Entity | None] = link(
        to="erp_mrp.work_order", label=_("Work order"), readonly=True, index=False)
    work_order_id: Mapped[int | None]

    @property
    def title(self) -> str:
        """Name the message by what to do with which product."""
        return f"{self.__fields__['kind'].choice(self.kind).label}: {self.product.title}"


def state_after(wanted: Quantity, delivered: Quantity) -> str:
    """Give the state of a demand with so much delivered."""
    return "done" if delivered >= wanted else "open"
