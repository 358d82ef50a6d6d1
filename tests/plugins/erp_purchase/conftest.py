"""Suppliers, what they deliver at which price, and orders to work on; the neighbours are away unless asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from kernel.entities.work import Actor, Session, session, unit_of_work
from kernel.hooks.participation import switch_off
from kernel.shared.models import Currency, Party, Product
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from plugins.erp_purchase.suppliers.models import ProductSupplier
from tests.plugins.conftest import Goods


@dataclass(frozen=True)
class Market:
    """Ids of who delivers what: carbon forks and batteries at whole dollars, a service, another supplier's fork."""

    suntek: int
    changjiang: int
    fork: int
    battery: int
    service: int
    piece: int
    dozen: int
    euro: int


@pytest.fixture(autouse=True)
def alone(system: Actor) -> None:
    """Purchase stands alone: neighbours neither hear nor answer."""
    for name in ("erp_inventory", "erp_finance", "erp_mrp", "erp_sales", "oa", "crm"):
        switch_off(name)


@pytest.fixture
def market(goods: Goods, system: Actor) -> Market:
    with unit_of_work(system) as opened:
        euro = Currency(code="EUR", name="Euro", decimals=2)
        suntek, changjiang = Party(name="Suntek Carbon", is_supplier=True), Party(name="Chang Jiang", is_supplier=True)
        bike = opened.get_one(Product, goods.bike)
        fork = Product(code="FRK-C-29", name="Carbon fork", unit_id=goods.piece, tax_id=bike.tax_id, cost=Decimal(9000))
        battery = Product(code="BAT-500", name="Battery", unit_id=goods.piece, tax_id=bike.tax_id, cost=Decimal(4000))
        opened.add_all([euro, suntek, changjiang, fork, battery])
        opened.flush()
        terms = suntek[SupplierTerms]
        terms.standing, terms.payment_days, terms.lead_days = "preferred", 45, 10
        opened.add_all([
            ProductSupplier(product_id=fork.id, supplier_id=suntek.id, price=Decimal(8800), lead_days=14),
            ProductSupplier(product_id=fork.id, supplier_id=suntek.id, price=Decimal(8200), minimum=Decimal(50)),
            ProductSupplier(product_id=fork.id, supplier_id=changjiang.id, price=Decimal(8000), priority=20),
        ])
        opened.flush()
        return Market(suntek.id, changjiang.id, fork.id, battery.id, goods.service, goods.piece, goods.dozen, euro.id)


MakeOrder = Callable[..., Order]


@pytest.fixture
def draft(market: Market) -> MakeOrder:
    """Make a draft: `draft(OrderLine(...), supplier_id=...)`, ten forks from Suntek unless said otherwise."""

    def make(*lines: OrderLine, **values: object) -> Order:
        order = Order(**{"supplier_id": market.suntek, **values})
        order.lines = list(lines) or [OrderLine(product_id=market.fork, quantity=Decimal(10))]
        session().add(order)
        session().flush()
        return order

    return make


@pytest.fixture
def work(market: Market, system: Actor) -> Iterator[Session]:
    """A unit of work of the system, with the market in place."""
    with unit_of_work(system) as opened:
        yield opened
