"""Plan P9's structure with Trellis: products, bills, stock and demands in an installation with all plugins."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from decimal import Decimal

from sqlalchemy import delete, func, insert, select

from benchmarks.structure import LEAD_DAYS, Structure
from kernel import Product, Unit, insert_rows
from kernel.entities.work import Actor, Session, perform, unit_of_work
from plugins.erp_inventory.adjustments.models import Opening
from plugins.erp_mrp.boms.models import Bom, BomLine
from plugins.erp_mrp.planning.models import Demand, Message, Peg, Plan, PlannedOrder
from plugins.erp_mrp.planning.services import run_plan
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_orders import models as work_orders  # noqa: F401  # plans link to them

ROLES = ("erp_mrp.planner",)


class Planned:
    """Hold the structure in the database, and plan all of it anew each time."""

    def __init__(self, planner: Actor, given: Structure) -> None:
        self.planner = planner
        self.system = Actor(system=True, company_id=planner.company_id, name="Set-up")
        with unit_of_work(self.system) as system:
            products = self._products(system, given)
            self._bills(products, given)
            days = {day: system.today + dt.timedelta(days=day) for _, _, day in given.demands}
            insert_rows(Demand, [
                {"product_id": products[n], "quantity": Decimal(quantity), "due_on": days[day]}
                for n, quantity, day in given.demands
            ])
        with unit_of_work(self.system) as system:
            system.add_all([
                Opening(product_id=products[n], quantity=Decimal(pieces), unit_value=Decimal(1))
                for n, pieces in enumerate(given.stock) if pieces
            ])

    def plan(self) -> float:
        """Plan everything and write the result; give the seconds it took."""
        self._clear()
        started = time.perf_counter()
        perform(self.planner, run_plan)
        return time.perf_counter() - started

    def written(self) -> Counter[str]:
        """Count the planned orders by kind, and the pegs."""
        with unit_of_work(self.system, reading=True) as system:
            found = Counter(system.scalars(select(PlannedOrder.kind)))
            found["pegs"] = system.scalar(select(func.count()).select_from(Peg)) or 0
            return found

    def _clear(self) -> None:
        """Remove the plan before: every run is measured on the same tables."""
        with unit_of_work(self.system) as system:
            for entity in (Message, Peg, PlannedOrder, Plan):
                system.work.connection.execute(delete(entity.__table__))  # type: ignore[arg-type]  # a Table

    def _products(self, system: Session, given: Structure) -> list[int]:
        unit = system.scalars(select(Unit).order_by(Unit.id)).first()
        if unit is None:
            unit = Unit(code="pc", name="Piece")
            system.add(unit)
            system.flush()
        products = [*insert_rows(Product, [
            {"code": f"S-{n:06}", "name": f"Structure {n:06}", "kind": "goods", "unit_id": unit.id}
            for n in range(len(given.components))
        ])]
        system.work.connection.execute(
            insert(Planning), [{"row_id": product, "lead_days": LEAD_DAYS} for product in products])
        return products

    def _bills(self, products: list[int], given: Structure) -> None:
        bills = insert_rows(Bom, [{"product_id": products[n], "revision": "1"} for n in given.made])
        insert_rows(BomLine, [
            {"bom_id": bill, "component_id": products[child], "quantity": Decimal(quantity)}
            for bill, n in zip(bills, given.made, strict=True)
            for child, quantity in given.components[n]
        ])
