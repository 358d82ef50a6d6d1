"""Carry orders from creation to the posted invoice the way Tryton does it fastest."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from benchmarks.tryton.goods import make_products, stock
from benchmarks.tryton.transactions import Desk

LINES, PRODUCTS = 5, 200
STOCK = 10_000_000


class Orders:
    """Do P1's and P2's pieces of work: `LINES` products an order, all of them in stock, a tax on each line."""

    def __init__(self, database: str) -> None:
        self.desk = Desk(database)
        self.pool = self.desk.pool
        self.numbers = itertools.count()
        self.desk.settle(self._prepare)
        self.desk.settle(lambda: self._carry(1))  # the first invoice of a month opens the journal's period
        with self.desk.start(readonly=True) as transaction:
            strict = self.pool.get("ir.sequence.strict").search([])
            self.locks: dict[str, Any] = {"_lock_records": {"ir_sequence_strict": [one.id for one in strict]}}
            if not transaction.database.has_select_for():
                self.locks["_lock_tables"] = ["stock_move"]

    def each(self, count: int) -> None:
        """Carry `count` orders through, a transaction each."""
        for _ in range(count):
            self.batch(1)

    def batch(self, count: int) -> None:
        """Carry `count` orders through in one transaction, each step for all of them.

        What has to be locked is locked at the start: the strict sequences, and the moves where the database
        can't lock rows. Without that, Tryton finds out in the middle, rolls everything back and begins again.
        """
        with self.desk.start(**self.locks) as transaction:
            self._carry(count)
            transaction.tasks.clear()
            transaction.commit()

    def _carry(self, count: int) -> None:
        sale, shipment, invoice = (
            self.pool.get(name) for name in ("sale.sale", "stock.shipment.out", "account.invoice")
        )
        sales = sale.create([self._order() for _ in range(count)])
        sale.quote(sales)
        sale.confirm(sales)
        sale.process(sales)
        shipments = [made for one in sales for made in one.shipments]
        shipment.assign_try(shipments)
        shipment.pick(shipments)
        shipment.pack(shipments)
        shipment.do(shipments)
        invoices = [made for one in sales for made in one.invoices]
        assert len(shipments) == len(invoices) == count
        invoice.post(invoices)
        assert all(one.move.state == "posted" for one in invoices)

    def _order(self) -> dict[str, Any]:
        """Give the values of a draft order, the fields that a form would fill in filled in."""
        first = next(self.numbers) * LINES % PRODUCTS
        lines = [
            {
                "product": product, "quantity": 1.0, "unit": self.unit,
                "unit_price": Decimal("10.0000"), "taxes": [("add", [self.tax])],
            }
            for product in self.products[first : first + LINES]
        ]
        return {
            "party": self.customer, "invoice_address": self.address, "shipment_address": self.address,
            "payment_term": self.term, "invoice_method": "order", "lines": [("create", lines)],
        }

    def _prepare(self) -> None:
        self.products = self._stocked_products()
        self.customer, self.address = self._customer()
        self.term = self._payment_term()

    def _stocked_products(self) -> list[int]:
        pool = self.pool
        unit = pool.get("product.uom").search([("name", "=", "Unit")])[0]
        self.unit = unit.id
        (tax,) = pool.get("account.tax").search([])
        self.tax = tax.id
        (category,) = pool.get("product.category").create([
            {"name": "Goods", "accounting": True, "customer_taxes": [("add", [self.tax])]},
        ])
        products = make_products(pool, [f"Sold {n:03}" for n in range(PRODUCTS)], {
            "salable": True, "sale_uom": unit.id, "account_category": category.id,
        })
        stock(pool, self.desk.context["company"], dict.fromkeys(products, STOCK))
        return products

    def _customer(self) -> tuple[int, int]:
        (party,) = self.pool.get("party.party").create([{"name": "Customer", "addresses": [("create", [{}])]}])
        return party.id, party.addresses[0].id

    def _payment_term(self) -> int:
        values = {"name": "At once", "lines": [("create", [{"type": "remainder"}])]}
        made: int = self.pool.get("account.invoice.payment_term").create([values])[0].id
        return made
