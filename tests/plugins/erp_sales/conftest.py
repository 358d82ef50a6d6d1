"""Sales with neighbours that are played by the tests, and sales without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

import kernel.hooks.participation as participation
from kernel.entities.database import Database
from kernel.entities.work import session
from kernel.hooks.participation import switch_off, switch_on
from plugins.erp_sales.orders import invoicing, services, workflow
from plugins.erp_sales.orders.models import Order, OrderLine
from tests.plugins.conftest import PLUGINS, Goods

OTHERS = [name for name in PLUGINS if name not in ("erp_sales", "crm")]
Draft = Callable[..., Order]


@pytest.fixture
def alone(database: Database) -> Iterator[None]:
    """An installation of sales and crm, nothing else."""
    for name in OTHERS:
        switch_off(name, database)
    yield
    for name in OTHERS:
        switch_on(name, database)


@pytest.fixture
def played(alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The neighbours count as installed, but hear nothing: the test tells what they would."""
    for module in (invoicing, services, workflow, participation):
        monkeypatch.setattr(module, "installed", lambda plugin: True)
    monkeypatch.setattr("kernel.workflows.machine.installed", lambda plugin: True)


@pytest.fixture
def draft(goods: Goods) -> Draft:
    """Draft an order of two bicycles, or of the lines given."""

    def make(*lines: OrderLine, **values: object) -> Order:
        order = Order(customer_id=goods.customer, **values)
        order.lines = list(lines) or [OrderLine(product_id=goods.bike, quantity=Decimal(2))]
        session().add(order)
        session().flush()
        return order

    return make
