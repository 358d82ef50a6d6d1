"""Suppliers' prices: which one applies, for how much, and why; and the reports and panels on what was bought."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kernel.entities.work import Session
from kernel.errors import Invalid
from kernel.shared.contracts.questions import PriceQuestion
from kernel.shared.models import Currency, CurrencyRate, Party, Product
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.orders.reports import open_purchases, spend_by_supplier, spend_by_year
from plugins.erp_purchase.orders.services import approve_orders, receive_orders
from plugins.erp_purchase.orders.views import (
    expected_next,
    late_purchases,
    orders_to_approve,
    product_on_order,
    purchases_of_party,
    spend_this_month,
)
from plugins.erp_purchase.requests.views import waiting_requests
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from plugins.erp_purchase.suppliers.hooks import unit_price
from plugins.erp_purchase.suppliers.models import ProductSupplier
from plugins.erp_purchase.suppliers.views import suppliers_of_product
from tests.plugins.erp_purchase.conftest import MakeOrder, Market

DAY = dt.date(2026, 11, 20)


def ask_price(market: Market, count: int = 1, **values: object) -> tuple[Decimal, str] | None:
    [answer] = unit_price([PriceQuestion(**{
        "product_id": market.fork, "quantity": Decimal(count), "unit_id": market.piece, "day": DAY, "side": "purchase",
        **values})])
    return (answer.price, str(answer.why)) if answer else None


def test_the_preferred_supplier_is_asked_first_and_price_breaks_count(work: Session, market: Market) -> None:
    assert ask_price(market) == (8800, "Price of Suntek Carbon")
    assert ask_price(market, 50) == (8200, "Price of Suntek Carbon from 50 on")
    assert ask_price(market, party_id=market.changjiang) == (8000, "Price of Chang Jiang")
    assert ask_price(market, unit_id=market.dozen) == (105_600, "Price of Suntek Carbon")
    assert ask_price(market, side="sale") is None
    work.get_one(Party, market.suntek)[SupplierTerms].standing = "suspended"
    work.flush()
    assert ask_price(market) == (8000, "Price of Chang Jiang")


def test_a_price_holds_between_its_days_and_up_to_its_quantity(work: Session, market: Market) -> None:
    work.add(ProductSupplier(
        product_id=market.fork, supplier_id=market.changjiang, price=Decimal(7000), priority=1, maximum=Decimal(5),
        valid_from=dt.date(2026, 11, 1), valid_until=dt.date(2026, 11, 30)))
    work.flush()
    assert ask_price(market, 5) == (7000, "Price of Chang Jiang")
    assert ask_price(market, 6) == (8800, "Price of Suntek Carbon")
    assert ask_price(market, day=dt.date(2026, 12, 1)) == (8800, "Price of Suntek Carbon")


def test_a_price_is_given_in_the_currency_asked_for(work: Session, market: Market) -> None:
    work.add_all([
        CurrencyRate(currency_id=market.euro, valid_from=dt.date(2026, 1, 1), rate=Decimal(35)),
        ProductSupplier(product_id=market.battery, supplier_id=market.suntek, price=Decimal("100.5"),
                        currency_id=market.euro)])
    work.flush()
    assert ask_price(market, product_id=market.battery) == (Decimal("3517.5"), "Price of Suntek Carbon")
    assert ask_price(market, product_id=market.battery, currency="EUR") == (Decimal("100.5"), "Price of Suntek Carbon")
    assert ask_price(market, product_id=market.battery, day=dt.date(2025, 1, 1)) is None  # no rate by then


def test_prices_and_ranges_that_make_no_sense_are_named(work: Session, market: Market) -> None:
    with pytest.raises(Invalid) as refused, work.begin_nested():
        work.add(ProductSupplier(
            product_id=market.fork, supplier_id=market.suntek, price=Decimal(-1), minimum=Decimal(9),
            maximum=Decimal(3), lead_days=-1, valid_from=DAY, valid_until=dt.date(2020, 1, 1)))
        work.flush()
    assert {problem.field for problem in refused.value.problems} == {"price", "maximum", "lead_days", "valid_until"}


def history(work: Session, market: Market) -> None:
    """Orders of another system, with amounts of four decimals."""
    for supplier, day, state, subtotal in (
        (market.suntek, dt.date(2013, 5, 1), "draft", "201.0405"), (market.suntek, dt.date(2013, 7, 1), "draft", "0.1"),
        (market.changjiang, dt.date(2014, 2, 1), "draft", "300.0005"),
    ):
        work.add(Order(supplier_id=supplier, historical=True, order_date=day, state=state, subtotal=Decimal(subtotal),
                       total=Decimal(subtotal)))
    work.flush()


def test_spend_adds_up_exactly_over_all_orders(work: Session, market: Market, draft: MakeOrder) -> None:
    history(work, market)
    approve_orders([draft(order_date=dt.date(2014, 3, 1))])
    all_ = spend_by_year(orders="all")
    assert [row[:3] for row in all_.rows] == [("2013", 2, Decimal("201.1405")), ("2014", 2, Decimal("88300.0005"))]
    assert all_.totals["subtotal"] == Decimal("88501.141")
    assert [row[:3] for row in spend_by_year().rows] == [("2014", 1, 88_000)]
    by_supplier = spend_by_supplier(orders="all")
    assert [row[:3] for row in by_supplier.rows] == [
        ("Suntek Carbon", 3, Decimal("88201.1405")), ("Chang Jiang", 1, Decimal("300.0005"))]
    assert by_supplier.totals == {"orders": 4, "subtotal": Decimal("88501.141")}
    assert [row[0] for row in spend_by_supplier(year=2013, orders="draft").rows] == ["Suntek Carbon"]


def test_what_is_late_shows_everywhere(work: Session, market: Market, draft: MakeOrder) -> None:
    late = draft(expected_on=work.today - dt.timedelta(days=3))
    soon = draft(OrderLine(product_id=market.fork, quantity=Decimal(2), unit_id=market.dozen))
    approve_orders([late, soon])
    late.lines[0].arriving = Decimal(4)
    receive_orders([late])
    assert [(row[0], row[6], row[7]) for row in open_purchases().rows] == [(late.number, 6, 3), (soon.number, 2, None)]
    assert (late_purchases().value, orders_to_approve().value, waiting_requests().value) == (1, 0, 0)
    assert spend_this_month().value == 299_200
    assert [row[1][0] for row in expected_next().rows] == [late.number, soon.number]
    party, product = work.get_one(Party, market.suntek), work.get_one(Product, market.fork)
    [purchases, nothing] = purchases_of_party([party, work.get_one(Party, market.changjiang)])
    assert purchases is not None
    assert [value for _label, value in purchases.rows] == [2, 299_200, work.today, 1]
    assert nothing is None
    [on_order] = product_on_order([product])
    assert on_order is not None
    assert on_order.rows[0][1] == "30 PCS"


def test_a_products_page_names_its_suppliers(work: Session, market: Market) -> None:
    [panel, nothing] = suppliers_of_product([
        work.get_one(Product, market.fork), work.get_one(Product, market.battery)])
    assert panel is not None
    assert [str(label) for label, _value in panel.rows] == [
        "Suntek Carbon", "Suntek Carbon from 50", "Chang Jiang"]
    assert "14" in str(panel.rows[0][1])
    assert nothing is None


def test_a_products_page_shows_prices_with_their_currencys_decimals(work: Session, market: Market) -> None:
    yen = Currency(code="JPY", name="Yen", decimals=0)
    work.add(yen)
    work.flush()
    offers = work.query(ProductSupplier).filter(ProductSupplier.product_id == market.fork).order_by(ProductSupplier.id)
    for offer, currency, price in zip(offers, (yen.id, yen.id, market.euro), ("8800", "8200.5", "8000"), strict=True):
        offer.currency_id, offer.price = currency, Decimal(price)
    work.flush()
    [panel] = suppliers_of_product([work.get_one(Product, market.fork)])
    assert panel is not None
    assert [str(value).rsplit(",", 1)[0] for _label, value in panel.rows] == [
        "JPY 8,800", "JPY 8,200.5", "EUR 8,000.00"]
