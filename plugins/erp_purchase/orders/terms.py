"""What a new order takes from its supplier: currency, days to pay and to deliver, tolerance, the rate of the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel import Currency, ExchangeRates, Party, Rounding, company_currency, session
from plugins.erp_purchase.suppliers.extends import SupplierTerms

if TYPE_CHECKING:
    from plugins.erp_purchase.orders.models import Order


def take_terms(orders: Sequence[Order]) -> None:
    """Fill in what new orders leave open; a few statements, however many orders."""
    wanted = {supplier for order in orders if (supplier := _supplier(order))}
    if not wanted:
        return
    rows = session().execute(
        select(Party.id, Party.currency_id, SupplierTerms.payment_days, SupplierTerms.lead_days,
               SupplierTerms.over_percent)
        .join(SupplierTerms).where(Party.id.in_(wanted)))
    terms = {row[0]: row for row in rows}
    for order in orders:
        if (known := terms.get(_supplier(order) or 0)) is None:
            continue
        _id, currency, payment_days, lead_days, over_percent = known
        if order.currency_id is None and order.__dict__.get("currency") is None:
            order.currency_id = currency
        if order.payment_days is None:
            order.payment_days = payment_days
        if order.over_percent is None:
            order.over_percent = over_percent
        if order.expected_on is None and lead_days:
            order.expected_on = order.day + dt.timedelta(days=lead_days)
    _take_rates(orders)


def _take_rates(orders: Sequence[Order]) -> None:
    """Give orders in other currencies the rate of their day, unless one was entered."""
    waiting = [order for order in orders if order.exchange_rate in (None, 1) and _currency(order)]
    if not waiting:
        return
    codes = dict(session().execute(
        select(Currency.id, Currency.code).where(Currency.id.in_({_currency(order) for order in waiting}))).all())
    rates = ExchangeRates(codes.values())
    for order in waiting:
        order.exchange_rate = rates.on(codes.get(_currency(order) or 0), order.day) or order.exchange_rate


def value_in_own_currency(orders: Sequence[Order]) -> None:
    """Set what orders come to in the company's currency."""
    if orders:
        rounding = Rounding(company_currency().step)
        for order in orders:
            order.own_total = rounding.amount(order.total * (order.exchange_rate or 1))


def _supplier(order: Order) -> int | None:
    return order.supplier_id or getattr(order.__dict__.get("supplier"), "id", None)


def _currency(order: Order) -> int | None:
    return order.currency_id or getattr(order.__dict__.get("currency"), "id", None)
