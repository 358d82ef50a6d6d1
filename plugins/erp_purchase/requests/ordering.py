"""From the open lines of requests to drafts of orders: who delivers, at which price, what goes together."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import Currency, Party, company_currency, session
from plugins.erp_purchase.orders.models import Order, OrderLine, OrderOrigin
from plugins.erp_purchase.requests.models import Request, RequestLine
from plugins.erp_purchase.suppliers.hooks import why_offer
from plugins.erp_purchase.suppliers.offers import Offer, Want, best_offers, exact


def open_lines(requests: Sequence[Request]) -> list[RequestLine]:
    """Give the lines of requests that no order follows, cancelled ones aside."""
    covered = (
        select(OrderOrigin.request_line_id).join(Order, Order.id == OrderOrigin.order_id)
        .where(Order.state != "cancelled", OrderOrigin.request_line_id.is_not(None)))
    return list(session().scalars(
        select(RequestLine)
        .where(RequestLine.request_id.in_([each.id for each in requests]), RequestLine.id.not_in(covered))
        .order_by(RequestLine.id)))


def wants_of(lines: Sequence[RequestLine]) -> list[Want]:
    """Say what is wanted for lines, each by itself."""
    today = session().today
    return [Want(line.product_id, line.quantity, line.unit_id, today, line.supplier_id) for line in lines]


def order_lines(lines: Sequence[RequestLine]) -> list[Order]:
    """Draft an order for each supplier and currency, with lines of the same product, unit and day put together.

    Prices are those of the quantities put together; what falls short of a supplier's minimum is raised to it.
    A fixed number of statements, however many lines.
    """
    current = session()
    chosen = [
        line.supplier_id or (offer.supplier_id if offer else None)
        for line, offer in zip(lines, best_offers(wants_of(lines)), strict=True)]
    groups: dict[tuple[int, int, int, dt.date | None], list[RequestLine]] = {}
    for line, supplier in zip(lines, chosen, strict=True):
        if supplier is not None:
            groups.setdefault((supplier, line.product_id, line.unit_id, line.needed_on), []).append(line)
    wants = [
        Want(product, sum((line.quantity for line in some), Decimal(0)), unit, current.today, supplier)
        for (supplier, product, unit, _needed), some in groups.items()]
    usual, own = _currencies({supplier for supplier, *_rest in groups})
    orders: dict[tuple[int, int | None], Order] = {}
    for ((supplier, _product, _unit, needed), some), want, offer in zip(
            groups.items(), wants, best_offers(wants), strict=True):
        currency = usual.get(supplier)
        if offer is not None:
            currency = offer.currency_id or (own if currency else None)
        order = orders.get((supplier, currency))
        if order is None:
            order = orders[supplier, currency] = Order(
                supplier_id=supplier, currency_id=currency, order_date=current.today)
            current.add(order)
        _add(order, some, want, offer, needed)
    current.flush()
    return list(orders.values())


def _add(
    order: Order, requested: Sequence[RequestLine], want: Want, offer: Offer | None, needed: dt.date | None
) -> None:
    today = session().today
    quantity = want.quantity
    if offer is not None and not offer.enough:
        quantity = exact(offer.minimum, 6)
    soonest = today + dt.timedelta(days=offer.lead_days) if offer else today
    line = OrderLine(
        product_id=want.product_id, description=requested[0].description, quantity=quantity, unit_id=want.unit_id,
        expected_on=max(needed, soonest) if needed else soonest)
    if offer is not None:
        line.unit_price, line.price_source = exact(offer.price), str(why_offer(offer))
    order.lines.append(line)
    order.origins.extend(
        OrderOrigin(
            order_line=line, request_id=each.request_id, request_line_id=each.id, quantity=each.quantity,
            wanted_for=each.wanted_for)
        for each in requested)


def _currencies(suppliers: set[int]) -> tuple[dict[int, int | None], int | None]:
    """Give the currencies that suppliers are usually paid in, and the company's own."""
    rows = session().execute(select(Party.id, Party.currency_id).where(Party.id.in_(suppliers))).all()
    own = session().scalar(select(Currency.id).where(Currency.code == company_currency().code))
    return dict(rows), own
