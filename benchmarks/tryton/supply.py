"""Run Tryton's supply wizard over P9's products: it plans and writes productions and purchase requests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from benchmarks.structure import LEAD_DAYS, small
from benchmarks.tryton.goods import make_products, stock
from benchmarks.tryton.transactions import Desk

HORIZON = dt.timedelta(days=90)


class Supply:
    """Hold the products, their bills and what is wanted; each run plans all of it anew."""

    def __init__(self, database: str) -> None:
        self.desk = Desk(database)
        self.pool = self.desk.pool
        self.structure = small()
        self.desk.settle(self._prepare)

    def before_plan(self) -> None:
        """Remove what the run before planned; Tryton would do so itself, within the measured time."""
        self.desk.settle(self._clear)

    def plan(self, count: int) -> None:
        """Plan everything and write the result, once; `count` is the number of demands."""
        wizard = self.pool.get("stock.supply", type="wizard")
        with self.desk.start() as transaction:
            session, _, _ = wizard.create()
            wizard(session).transition_create_()
            wizard.delete(session)
            transaction.commit()
        assert count == len(self.structure.demands)

    def written(self) -> dict[str, int]:
        """Count what the last run wrote."""
        with self.desk.start(readonly=True):
            productions = self.pool.get("production").search([])
            moves = sum(len(one.inputs) + len(one.outputs) for one in productions)
            requests = self.pool.get("purchase.request").search([], count=True)
            return {"productions": len(productions), "moves": moves, "requests": requests}

    def _prepare(self) -> None:
        pool, given = self.pool, self.structure
        unit = pool.get("product.uom").search([("name", "=", "Unit")])[0].id
        buying: dict[str, Any] = {"purchasable": True, "purchase_uom": unit}
        made = make_products(pool, [f"Made {n:04}" for n in given.made], {"producible": True})
        bought = make_products(pool, [f"Bought {n:04}" for n in given.bought], buying)
        self._bills(made + bought, unit)
        stock(pool, self.desk.context["company"], {
            product: on_hand for product, on_hand in zip(made + bought, self.structure.stock, strict=True) if on_hand
        })
        self._suppliers(bought)
        for name in ("production.configuration", "purchase.configuration"):
            configuration = pool.get(name)(1)
            configuration.supply_period = HORIZON
            configuration.save()
        self._demands(made + bought, unit)

    def _bills(self, products: list[int], unit: int) -> None:
        bills = self.pool.get("production.bom").create([
            {
                "name": f"Bill {n}",
                "inputs": [("create", [
                    {"product": products[child], "quantity": float(quantity), "unit": unit}
                    for child, quantity in self.structure.components[n]
                ])],
                "outputs": [("create", [{"product": products[n], "quantity": 1.0, "unit": unit}])],
            }
            for n in self.structure.made
        ])
        self.pool.get("product.product-production.bom").create([
            {"product": products[n], "bom": bill.id} for n, bill in zip(self.structure.made, bills, strict=True)
        ])

    def _suppliers(self, bought: list[int]) -> None:
        (party,) = self.pool.get("party.party").create([{"name": "Supplier", "addresses": [("create", [{}])]}])
        templates = {one.id: one.template.id for one in self.pool.get("product.product").browse(bought)}
        company = self.desk.context["company"]
        currency = self.pool.get("company.company")(company).currency.id
        self.pool.get("purchase.product_supplier").create([
            {
                "template": templates[product], "party": party.id, "company": company, "currency": currency,
                "lead_time": dt.timedelta(days=LEAD_DAYS),
            }
            for product in bought
        ])

    def _demands(self, products: list[int], unit: int) -> None:
        """Let goods be due to leave the warehouse, as the shipments of confirmed orders do."""
        places = self.pool.get("stock.location")
        storage = places.search([("code", "=", "STO")])[0].id
        customers = places.search([("type", "=", "customer")])[0].id
        today = self.pool.get("ir.date").today()
        company = self.desk.context["company"]
        currency = self.pool.get("company.company")(company).currency.id
        self.pool.get("stock.move").create([
            {
                "product": products[n], "quantity": float(quantity), "unit": unit, "from_location": storage,
                "to_location": customers, "company": company, "planned_date": today + dt.timedelta(days=day),
                "unit_price": 10, "currency": currency,
            }
            for n, quantity, day in self.structure.demands
        ])

    def _clear(self) -> None:
        productions, requests = self.pool.get("production"), self.pool.get("purchase.request")
        productions.delete(productions.search([]))
        requests.delete(requests.search([]))
