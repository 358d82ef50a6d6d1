"""What requests react to: a plan that was made firm, an order that stock can't fill."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from sqlalchemy import select

from kernel import AnyRef, Product, ask, first_known, on, session, setting, workflow_of
from plugins.erp_purchase.requests.models import Request, RequestLine


class ToBuy(Protocol):
    """A product that a plan wants bought, in its own unit."""

    @property
    def planned_id(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def needed_on(self) -> dt.date: ...
    @property
    def demands(self) -> Sequence[AnyRef]: ...


class Firmed(Protocol):
    """A plan that was made firm."""

    @property
    def plan_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def to_buy(self) -> Sequence[ToBuy]: ...


class Short(Protocol):
    """What one line lacks, in the product's unit."""

    @property
    def source_line(self) -> AnyRef: ...
    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def needed_on(self) -> dt.date | None: ...


class Shortage(Protocol):
    """An order that stock can't fill."""

    @property
    def source(self) -> AnyRef: ...
    @property
    def lines(self) -> Sequence[Short]: ...


@on("erp_mrp.plan_firmed")
def request_what_plans_buy(events: Sequence[Firmed]) -> None:
    """Make a request of each firm plan's purchases, each line following the planned order it came of."""
    requests = []
    for event in events:
        if not event.to_buy:
            continue
        plan = AnyRef("erp_mrp.plan", event.plan_id, event.number)
        request = Request(source=plan, reason=event.number, needed_on=min(each.needed_on for each in event.to_buy))
        request.lines = [
            RequestLine(
                product_id=each.product_id, quantity=each.quantity, unit_id=each.unit_id, needed_on=each.needed_on,
                source=AnyRef("erp_mrp.planned_order", each.planned_id, event.number),
                demands=[{"entity": one.entity, "id": one.id, "title": one.title} for one in each.demands],
                wanted_for=", ".join(dict.fromkeys(one.title for one in each.demands if one.title))[:200] or None)
            for each in event.to_buy]
        session().add(request)
        requests.append(request)
    session().flush()
    _hand_in(requests, "approve" if setting("erp_purchase.trust_plans") else "submit")


@on("erp_inventory.stock_short")
def request_what_stock_lacks(events: Sequence[Shortage]) -> None:
    """Request what orders lack and what can be bought, unless a plan cares for it."""
    products = sorted({line.product_id for event in events for line in event.lines})
    planned = first_known(ask.supply_planned(products=products), len(products))
    cared_for = {product for product, answer in zip(products, planned, strict=True) if answer}
    buyable = set(session().scalars(
        select(Product.id).where(Product.id.in_(products), Product.buyable.is_(True), Product.kind != "service")))
    requests = []
    for event in events:
        lines = [line for line in event.lines if line.product_id in buyable - cared_for and line.quantity > 0]
        if not lines:
            continue
        request = Request(source=event.source, reason=event.source.title or None)
        request.lines = [
            RequestLine(
                product_id=line.product_id, quantity=line.quantity, unit_id=line.unit_id, needed_on=line.needed_on,
                source=event.source, wanted_for=event.source.title or None,
                demands=[{"entity": event.source.entity, "id": event.source.id, "title": event.source.title}])
            for line in lines]
        session().add(request)
        requests.append(request)
    session().flush()
    _hand_in(requests, "submit")


def _hand_in(requests: Sequence[Request], action: str) -> None:
    flow = workflow_of(Request)
    if flow is not None:
        flow.run(action, requests)
