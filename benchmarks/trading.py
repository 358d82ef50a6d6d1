"""Trade the way P1, P2 and P4 do: a company with goods in stock, customers with a credit limit, and a clerk."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select

from benchmarks.installation import installation
from kernel import Party, Product, Tax, Unit, insert_rows, session
from kernel.entities.work import Actor, perform, unit_of_work
from plugins.erp_inventory.adjustments.models import Opening
from plugins.erp_inventory.deliveries.models import Delivery
from plugins.erp_inventory.deliveries.services import ship_deliveries
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.services import confirm_orders, request_invoices
from plugins.erp_sales.terms.extends import SalesTerms

ROLES = ("erp_sales.agent", "erp_inventory.clerk")
"""What the clerk may: their own orders, and the deliveries. The invoice is finance's answer to a signal."""
LINES, PRODUCTS, CUSTOMERS = 5, 200, 50
STOCK = Decimal(10_000_000)
CREDIT = Decimal(1_000_000_000)

T = TypeVar("T")


class Trade:
    """Carry orders from their creation to the posted invoice, as the clerk."""

    def __init__(self, clerk: Actor) -> None:
        self.clerk = clerk
        self.numbers = itertools.count()
        with unit_of_work(Actor(system=True, company_id=clerk.company_id, name="Set-up")) as system:
            tax = Tax(code="BENCH5", name="Bench 5 %", rate=Decimal(5))
            unit = system.scalars(select(Unit).order_by(Unit.id)).first() or Unit(code="pc", name="Piece")
            system.add_all([tax, unit])
            system.flush()
            self.products = [*insert_rows(Product, [
                {"code": f"B-{n:04}", "name": f"Bench part {n:04}", "kind": "goods", "unit_id": unit.id,
                 "tax_id": tax.id, "list_price": Decimal(10), "cost": Decimal(6)}
                for n in range(PRODUCTS)
            ])]
            parties = [Party(name=f"Bench customer {n:03}") for n in range(CUSTOMERS)]
            for party in parties:
                SalesTerms(party, credit_limit=CREDIT)
            system.add_all(parties)
            system.add_all([
                Opening(product_id=product, quantity=STOCK, unit_value=Decimal(6)) for product in self.products
            ])
            system.flush()
            self.customers = [party.id for party in parties]

    def each(self, count: int) -> float:
        """Carry `count` orders through, a unit of work each; give the seconds one took."""
        started = time.perf_counter()
        for _ in range(count):
            perform(self.clerk, lambda: self.carry(1))
        return (time.perf_counter() - started) / count

    def batch(self, count: int) -> float:
        """Carry `count` orders through in one unit of work; give the seconds one took."""
        started = time.perf_counter()
        perform(self.clerk, lambda: self.carry(count))
        return (time.perf_counter() - started) / count

    def carry(self, count: int, lines: int = LINES) -> list[Order]:
        """Take every step for `count` new orders: create, confirm and reserve, ship, invoice and post."""
        orders = self.order(count, lines)
        confirm_orders(orders)
        ship_deliveries(self.deliveries_of(orders))
        request_invoices(orders)
        return orders

    def order(self, count: int, lines: int = LINES) -> list[Order]:
        """Create `count` draft orders of `lines` products each; prices and taxes come from the products."""
        current = session()
        orders = []
        for _ in range(count):
            number = next(self.numbers)
            first = number * LINES % PRODUCTS
            orders.append(Order(
                customer_id=self.customers[number % CUSTOMERS],
                lines=[
                    OrderLine(product_id=product, quantity=Decimal(1))
                    for product in self.products[first : first + lines]
                ]))
        current.add_all(orders)
        current.flush()
        return orders

    def deliveries_of(self, orders: Sequence[Order]) -> Sequence[Delivery]:
        """Read the open deliveries that were made for orders, as the warehouse's list shows them."""
        chosen = select(Delivery).where(
            Delivery.source_entity == Order.__entity__, Delivery.source_id.in_([order.id for order in orders]))
        return session().scalars(chosen).all()

    def prove(self) -> None:
        """Carry two orders through: only a posted invoice makes sales count an order as invoiced."""
        ids = perform(self.clerk, lambda: [order.id for order in self.carry(2)])
        with unit_of_work(Actor(system=True, company_id=self.clerk.company_id), reading=True) as system:
            orders = system.scalars(select(Order).where(Order.id.in_(ids))).all()
            assert [order.delivered_percent for order in orders] == [100, 100]
            assert [order.invoiced_percent for order in orders] == [100, 100]


@contextmanager
def trade(url: str) -> Iterator[Trade]:
    """Make an installation with all plugins at a URL, ready to trade."""
    with installation(url, ROLES) as clerk:
        made = Trade(clerk)
        made.prove()
        yield made
