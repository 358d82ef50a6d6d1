"""A bicycle garage the pages are tested on: riders with terms, repairs with parts, a workflow and an approval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from kernel.entities.base import Document, Entity
from kernel.entities.extension import Extension
from kernel.entities.fields import (
    boolean,
    choice,
    date,
    instant,
    lines,
    link,
    money,
    note,
    quantity,
    serial,
    state,
    text,
)
from kernel.entities.types import Money, Quantity
from kernel.entities.work import session
from kernel.errors import Problem, Refusal
from kernel.identity.models import User
from kernel.permissions.declare import grant
from kernel.web.declare import (
    BoardView,
    Figure,
    FormView,
    GanttView,
    LinesView,
    ListView,
    Menu,
    MenuItem,
    Panel,
    Parameter,
    ReportTable,
    Section,
    Tab,
    card,
    panel,
    report,
)
from kernel.workflows.approvals import ApprovalDeclaration, Step, approval
from kernel.workflows.machine import State, Transition, Workflow


class Rider(Entity, label="Rider", plural="Riders", tagged=True, mergeable=True):
    """Somebody who brings a bicycle in."""

    name: Mapped[str] = text(80, label="Name", searchable=True)
    city: Mapped[str | None] = text(40, label="City", searchable=True)
    shoe_size: Mapped[str | None] = text(10, label="Shoe size")


class RiderTerms(Extension[Rider], slot="garage", label="Terms"):
    """What the garage grants a rider."""

    limit: Mapped[Money] = money(label="Limit", default=100)


class Repair(Document, label="Repair", plural="Repairs", title="number", owner="mechanic"):
    """Work on somebody's bicycle."""

    number: Mapped[str] = serial("R-{n:04}", label="Number")
    rider: Mapped[Rider] = link(label="Rider")
    rider_id: Mapped[int]
    mechanic: Mapped[User | None] = link(label="Mechanic")
    mechanic_id: Mapped[int | None]
    due: Mapped[dt.date | None] = date(label="Due")
    kind: Mapped[str | None] = choice(("wheel", "Wheel"), ("brake", "Brake"), label="Kind")
    urgent: Mapped[bool] = boolean(label="Urgent")
    remark: Mapped[str | None] = note(label="Remark")
    reason: Mapped[str | None] = text(80, label="Reason")
    state: Mapped[str] = state("draft", label="State")
    total: Mapped[Money] = money(label="Total", default=0, readonly=True)
    parts: Mapped[list[RepairPart]] = lines("repair", label="Parts")

    @classmethod
    def prepare(cls, records: Sequence[Repair]) -> None:
        for record in records:
            record.total = sum((part.quantity * part.price for part in record.parts), Decimal(0))


class RepairPart(Entity, label="Part", plural="Parts", title="what"):
    """One piece of a repair."""

    repair: Mapped[Repair] = link(parent=True)
    repair_id: Mapped[int]
    what: Mapped[str] = text(60, label="What")
    quantity: Mapped[Quantity] = quantity(label="Quantity", default=1)
    price: Mapped[Money] = money(label="Price", default=0)

    @classmethod
    def check(cls, records: Sequence[RepairPart]) -> Iterable[Problem]:
        for record in records:
            if record.quantity is not None and record.quantity <= 0:
                yield Problem("quantity", "A quantity is more than nothing", "QUANTITY", record)


class Hire(Document, label="Hire", plural="Hires", title="number"):
    """A bicycle that a rider has for some days; it may go on to another one then."""

    number: Mapped[str] = serial("H-{n:04}", label="Number")
    rider: Mapped[Rider] = link(label="Rider")
    rider_id: Mapped[int]
    out_on: Mapped[dt.date | None] = date(label="Out on")
    back_on: Mapped[dt.date] = date(label="Back on")
    earlier: Mapped[Hire | None] = link(label="Earlier hire", among={"state": "back"})
    earlier_id: Mapped[int | None]
    state: Mapped[str] = state("out", label="State")

    @classmethod
    def check(cls, records: Sequence[Hire]) -> Iterable[Problem]:
        for record in records:
            if record.out_on and record.back_on and record.back_on < record.out_on:
                yield Problem("back_on", "It can't be back before it was out", "BACK", record)


class Bay(Document, label="Bay", plural="Bays", title="number"):
    """The time a repair has a bay of the garage for itself."""

    number: Mapped[str] = serial("B-{n:04}", label="Number")
    place: Mapped[str] = choice(("left", "Left"), ("right", "Right"), label="Place")
    begins: Mapped[dt.datetime] = instant(label="Begins")
    ends: Mapped[dt.datetime] = instant(label="Ends")


class Voucher(Entity, label="Voucher", plural="Vouchers", title="code"):
    """What a rider may pay with, in the currency it was bought in."""

    code: Mapped[str] = text(20, label="Code", searchable=True)
    amount: Mapped[Money] = money(label="Amount", default=0, currency="currency")
    currency: Mapped[str | None] = text(3, label="Currency")
    used: Mapped[bool] = boolean(label="Used")
    bought_on: Mapped[dt.date | None] = date(label="Bought", required=False, present=True)


def has_parts(repairs: Sequence[Repair]) -> Iterable[Refusal]:
    for repair in repairs:
        if repair.total <= 0:
            yield Refusal("EMPTY", f"{repair.number} has no parts yet", record=repair, fix="Add a part first")


flow = Workflow(
    Repair,
    states=[State("draft", "Draft"), State("submitted", "Waits", "amber"), State("agreed", "Agreed", "blue"),
            State("done", "Done", "green", final=True), State("dropped", "Dropped", "red", final=True)],
    transitions=[
        Transition("agree", "Agree", ("draft",), "agreed", guards=(has_parts,), primary=True),
        Transition("finish", "Finish", ("agreed",), "done", primary=True),
        Transition("drop", "Drop", ("draft", "agreed"), "dropped", needs=("reason",), risky=True),
    ])

hiring = Workflow(
    Hire, states=[State("out", "Out", "blue"), State("back", "Back", "green", final=True)],
    transitions=[Transition("take", "Take back", ("out",), "back")])

COSTLY: ApprovalDeclaration = approval(
    "tests.costly", "Costly repairs", entity="tests.repair", transition="agree",
    conditions=({"field": "total", "op": "gt", "value": "500"},),
    steps=(Step("Boss", by="user", value="boss"),))

ListView(
    "tests.repair", "number rider rider.city kind due state mechanic total", filters="state kind rider due",
    sort="-number", totals="total",
    tabs=(Tab("Mine", "mechanic=me"), Tab("Open", "state=draft,agreed"), Tab("Hurried", "urgent=1", "Hurried repair")))
FormView(
    "tests.repair", Section("", "number rider mechanic due kind urgent reason remark"), subtitle="rider total",
    lines=(LinesView("parts", "what quantity price", "amount = quantity * price", sums="total"),))
BoardView("tests.repair", by="state", card="rider due total mechanic", total="total", hide="dropped")


def handed_on(ids: Sequence[int]) -> list[tuple[int, int]]:
    rows = session().execute(select(Hire.earlier_id, Hire.id).where(Hire.id.in_(ids), Hire.earlier_id.is_not(None)))
    return [(earlier, later) for earlier, later in rows]


GanttView("tests.hire", start="out_on", end="back_on", by="rider state", open="out", after=handed_on)
GanttView("tests.bay", start="begins", end="ends", by="place", alone=True)
Menu("tests", MenuItem("Repairs", "tests.repair"), MenuItem("Hurried", "tests.repair?urgent=1"),
     MenuItem("Riders", "tests.rider"),
     MenuItem("By kind", "/reports/tests.repairs_by_kind"), label="Garage", icon="tools", order=1)


@panel("tests.repair", "Terms of the rider", icon="coins")
def terms(repairs: Sequence[Repair]) -> list[Panel | None]:
    return [Panel(rows=(("Limit", repair.rider[RiderTerms].limit),), percent=20) for repair in repairs]


@card("Open repairs", needs="tests.repair", href="/tests/repair")
def open_repairs() -> Figure:
    return Figure(1234567, "two of them late", was=1000000, points=(1, 2, 3))


@report("Repairs by kind", Parameter("least", "At least", "integer"),
        Parameter("day", "Day", "date", usual=lambda: session().today), needs="tests.repair")
def repairs_by_kind(least: int | None, day: dt.date | None) -> ReportTable:
    rows = [("wheel", 3, Decimal("120.5")), ("brake", 1, Decimal(40))]
    return ReportTable(
        (("kind", "Kind", "text"), ("count", "Count", "integer"), ("total", "Total", "money")),
        [row for row in rows if row[1] >= (least or 0)], ("bar", "kind", ("total",)), {"count": 4})


MECHANIC = (
    grant("tests.repair", "read create change agree finish drop", scope="company"),
    grant("tests.hire", "read create change", scope="company"),
    grant("tests.bay", "read create change", scope="company"),
    grant("tests.rider", "read create change"), grant("tests.rider_terms", "read change"),
    grant("tests.voucher", "read"),
)
