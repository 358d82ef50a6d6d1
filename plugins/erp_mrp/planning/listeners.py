"""What planning reacts to: what is sold and delivered, what is bought and comes in."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import bindparam, select

from kernel import AnyRef, QuantityLine, as_system, in_own_units, insert_rows, on, session, update_rows
from plugins.erp_mrp.planning.models import Demand, Supply, state_after

SALES_ORDER, SALES_LINE = "erp_sales.order", "erp_sales.order_line"
PURCHASE_ORDER, PURCHASE_LINE = "erp_purchase.order", "erp_purchase.order_line"
ZERO = Decimal(0)
_demand = Demand.__table__.c
_DEMANDS = (
    select(_demand.id, _demand.source_line_entity, _demand.source_line_id, _demand.quantity, _demand.delivered,
           _demand.state)
    .where(_demand.company_id == bindparam("company"),
           _demand.source_line_id.in_(bindparam("lines", expanding=True))))


class SoldLine(QuantityLine, Protocol):
    """A line of a confirmed order."""

    @property
    def line_id(self) -> int: ...
    @property
    def promised_on(self) -> dt.date | None: ...


class Sold(Protocol):
    """A confirmed order."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def order_date(self) -> dt.date: ...
    @property
    def promised_on(self) -> dt.date | None: ...
    @property
    def lines(self) -> Sequence[SoldLine]: ...


class Cancelled(Protocol):
    """A sales order that was cancelled, closed or reopened."""

    @property
    def order_id(self) -> int: ...


class MovedGoods(Protocol):
    """A product that was moved."""

    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def source_line(self) -> AnyRef | None: ...


class Moved(Protocol):
    """Goods moved by a document."""

    @property
    def kind(self) -> str: ...
    @property
    def lines(self) -> Sequence[MovedGoods]: ...


class BoughtLine(QuantityLine, Protocol):
    """A line of an approved purchase order."""

    @property
    def product_id(self) -> int: ...
    @property
    def line_id(self) -> int: ...
    @property
    def expected_on(self) -> dt.date | None: ...


class Bought(Protocol):
    """An approved purchase order."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def order_date(self) -> dt.date: ...
    @property
    def lines(self) -> Sequence[BoughtLine]: ...


class Ended(Protocol):
    """A purchase order of which nothing more is expected."""

    @property
    def order_id(self) -> int: ...


@on("erp_sales.order_confirmed")
def need_what_was_sold(events: Sequence[Sold]) -> None:
    """Note a demand for each goods line, due when it was promised."""
    pairs = [(event, line) for event in events for line in event.lines]
    wanted = in_own_units([line for _event, line in pairs])
    insert_rows(Demand, [
        {"product_id": line.product_id, "quantity": own.quantity,
         "due_on": line.promised_on or event.promised_on or event.order_date,
         "source_entity": SALES_ORDER, "source_id": event.order_id, "source_title": event.number,
         "source_line_entity": SALES_LINE, "source_line_id": line.line_id, "source_line_title": event.number}
        for (event, line), own in zip(pairs, wanted, strict=True) if own and own.quantity])


@on("erp_sales.order_cancelled")
def forget_what_was_cancelled(events: Sequence[Cancelled]) -> None:
    """Cancel the demands of cancelled orders."""
    _forget(events)


@on("erp_sales.order_closed")
def forget_what_was_closed(events: Sequence[Cancelled]) -> None:
    """Cancel the demands of closed orders that something is left of."""
    _forget(events)


@on("erp_sales.order_reopened")
def need_again(events: Sequence[Cancelled]) -> None:
    """Take up the cancelled demands of reopened orders again."""
    found = session().execute(
        select(Demand.id, Demand.quantity, Demand.delivered).where(
            Demand.source_entity == SALES_ORDER, Demand.state == "cancelled",
            Demand.source_id.in_([event.order_id for event in events])))
    update_rows(Demand, [
        {"id": id_, "state": state_after(quantity, delivered)} for id_, quantity, delivered in found])


def _forget(orders: Sequence[Cancelled]) -> None:
    ids = session().scalars(
        select(Demand.id).where(Demand.source_entity == SALES_ORDER, Demand.state == "open",
                                Demand.source_id.in_([order.order_id for order in orders]))).all()
    update_rows(Demand, [{"id": id_, "state": "cancelled"} for id_ in ids])


@on("erp_inventory.move_posted")
def follow_deliveries(events: Sequence[Moved]) -> None:
    """Count what was delivered of each demand; goods that come back are needed again."""
    moved: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for event in events:
        if event.kind == "delivery":
            for line in event.lines:
                if line.source_line is not None:
                    moved[line.source_line.entity, line.source_line.id] -= line.quantity
    if not moved:
        return
    rows = []
    with as_system("what is left to deliver of a demand is everybody's") as system:
        lines = [id_ for _entity, id_ in moved]
        for demand in system.work.connection.execute(_DEMANDS, {"company": system.actor.company_id, "lines": lines}):
            more = moved.get((demand.source_line_entity, demand.source_line_id))
            if more:
                delivered = min(max(demand.delivered + more, ZERO), demand.quantity)
                rows.append({
                    "id": demand.id, "delivered": delivered, "state": "cancelled" if demand.state == "cancelled"
                    else state_after(demand.quantity, delivered)})
        update_rows(Demand, rows)


@on("erp_purchase.order_approved")
def expect_what_was_ordered(events: Sequence[Bought]) -> None:
    """Expect the lines of approved purchase orders; they stand for what plans requested of the same products.

    A purchase order doesn't say which request a quantity is for: the oldest ones count as ordered first.
    """
    pairs = [(event, line) for event in events for line in event.lines]
    wanted = in_own_units([line for _event, line in pairs])
    insert_rows(Supply, [
        {"product_id": line.product_id, "quantity": own.quantity, "expected_on": line.expected_on or event.order_date,
         "kind": "ordered", "state": "open", "source_entity": PURCHASE_ORDER, "source_id": event.order_id,
         "source_title": event.number, "source_line_entity": PURCHASE_LINE, "source_line_id": line.line_id,
         "source_line_title": event.number}
        for (event, line), own in zip(pairs, wanted, strict=True) if own and own.quantity])
    ordered: dict[int, Decimal] = defaultdict(Decimal)
    for (_event, line), own in zip(pairs, wanted, strict=True):
        ordered[line.product_id] += own.quantity if own else ZERO
    _cover_requests(ordered)


@on("erp_purchase.order_ended")
def expect_no_more(events: Sequence[Ended]) -> None:
    """Expect nothing more of purchase orders that were cancelled or closed."""
    ids = session().scalars(
        select(Supply.id).where(Supply.source_entity == PURCHASE_ORDER, Supply.state == "open",
                                Supply.source_id.in_([event.order_id for event in events]))).all()
    update_rows(Supply, [{"id": id_, "state": "closed"} for id_ in ids])


@on("erp_inventory.move_posted")
def follow_receipts(events: Sequence[Moved]) -> None:
    """Count what came in of each expected supply; what nobody ordered counts against what plans requested."""
    lines = [line for event in events if event.kind == "receipt" for line in event.lines]
    if not lines:
        return
    by_line: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.source_line is not None:
            by_line[line.source_line.entity, line.source_line.id] += line.quantity
    rows: list[dict[str, Any]] = []
    known = set()
    if by_line:
        for supply in session().execute(
                select(Supply.id, Supply.source_line_entity, Supply.source_line_id, Supply.quantity, Supply.received,
                       Supply.state)
                .where(Supply.source_line_id.in_({id_ for _entity, id_ in by_line}))):
            key = (supply.source_line_entity, supply.source_line_id)
            if key in by_line:
                known.add(key)
                received = max(supply.received + by_line[key], ZERO)
                full = received >= supply.quantity
                reopened = supply.received >= supply.quantity and not full
                rows.append({"id": supply.id, "received": received,
                             "state": "closed" if full else "open" if reopened else supply.state})
    update_rows(Supply, rows)
    free: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line.source_line is None or (line.source_line.entity, line.source_line.id) not in known:
            free[line.product_id] += line.quantity
    _cover_requests(free)


def _cover_requests(quantities: dict[int, Decimal]) -> None:
    """Take quantities of products off what plans requested, the oldest first."""
    wanted = [product for product, quantity in quantities.items() if quantity > 0]
    if not wanted:
        return
    left = dict(quantities)
    rows = []
    for supply in session().execute(
            select(Supply.id, Supply.product_id, Supply.quantity, Supply.received)
            .where(Supply.kind == "requested", Supply.state == "open", Supply.product_id.in_(wanted))
            .order_by(Supply.expected_on, Supply.id)):
        taken = min(supply.quantity - supply.received, left[supply.product_id])
        if taken > 0:
            left[supply.product_id] -= taken
            received = supply.received + taken
            rows.append({"id": supply.id, "received": received,
                         "state": "closed" if received >= supply.quantity else "open"})
    update_rows(Supply, rows)
