"""A bicycle maker with one person per department, who work through the API: where the scenarios play."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import Employee
from kernel.permissions.declare import grant
from kernel.registry.checks import invariants, run_checks
from kernel.shared.models import Party, Product, Unit
from plugins.erp_inventory.api import Movement, Posting, post
from plugins.erp_mrp.boms.models import Bom, BomLine, BomOperation
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_centres.models import WorkCentre
from plugins.erp_purchase.suppliers.models import ProductSupplier
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.plugins.conftest import Goods

ROLES = {
    "anna": ("crm.agent", "erp_sales.agent"), "meihua": ("crm.manager", "erp_sales.manager", "oa.manager"),
    "planner": ("erp_mrp.planner", "erp_inventory.reader"), "worker": ("erp_mrp.worker",),
    "keeper": ("erp_inventory.clerk",), "buyer": ("erp_purchase.buyer",), "clerk": ("erp_finance.accountant",),
}


def done(answer: Any, status: int = 200) -> Any:
    """Give the answer's body; the request must have succeeded."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.json


@dataclass
class Works:
    """The company: its people's clients by name, and the ids of what it trades in."""

    people: dict[str, Client]
    actors: dict[str, Actor]
    system: Actor
    bike: int
    frame: int
    wheel: int
    tube: int
    supplier: int
    customer: int

    def do(self, who: str, path: str, body: object = None) -> Any:
        """Let somebody take a step or enter a record, which must succeed."""
        answer = self.people[who]("POST", path, body)
        assert answer.status_code in (200, 201), (path, answer.status_code, answer.text)
        return answer.json

    def change(self, who: str, path: str, body: object) -> Any:
        """Let somebody change a record."""
        return done(self.people[who]("PATCH", path, body))

    def see(self, who: str, path: str) -> Any:
        """Let somebody read something."""
        return done(self.people[who]("GET", path))

    def rows(self, who: str, path: str) -> list[Any]:
        """Let somebody read a list, whole records in the order of their ids."""
        found = self.see(who, path)["data"]
        return [self.see(who, f"{path.partition('?')[0]}/{id_}") for id_ in sorted(each["id"] for each in found)]

    def refused(self, who: str, path: str, body: object = None) -> Any:
        """Let somebody try what must be refused; gives the problem."""
        answer = self.people[who]("POST", path, body)
        assert answer.status_code in (403, 404, 409, 422), (path, answer.status_code, answer.text)
        assert "Traceback" not in answer.text
        return answer.json

    # ------------------------------------------------------------------ the steps of the thread

    def sell(self, pieces: str = "10") -> Any:
        """Take a lead all the way to a confirmed order of bicycles; gives the order."""
        lead = self.do("anna", "/crm/leads", {
            "name": "Quayside Rentals", "contact_name": "Petra Holm", "budget": "400000", "source": "fair"})["id"]
        self.do("anna", f"/crm/leads/{lead}/contact")
        self.do("anna", f"/crm/leads/{lead}/convert")
        [deal] = self.see("anna", "/crm/opportunities")["data"]
        self.change("anna", f"/crm/opportunities/{deal['id']}", {
            "closes_on": "2026-12-24", "lines": [{"product": self.bike, "quantity": pieces}]})
        self.do("anna", f"/crm/opportunities/{deal['id']}/win")
        [order] = self.see("anna", "/erp_sales/orders")["data"]
        self.do("anna", f"/erp_sales/orders/{order['id']}/confirm")
        return self.see("anna", f"/erp_sales/orders/{order['id']}")

    def plan(self) -> Any:
        """Run a plan and make it firm; gives it."""
        plan = self.do("planner", "/erp_mrp/plans", {})
        self.do("planner", f"/erp_mrp/plans/{plan['id']}/run")
        self.do("planner", f"/erp_mrp/plans/{plan['id']}/firm")
        return self.see("planner", f"/erp_mrp/plans/{plan['id']}")

    def buy(self) -> Any:
        """Turn the open requests into an approved order; gives the order."""
        for request in self.see("buyer", "/erp_purchase/requests")["data"]:
            if request["state"] == "draft":
                self.do("buyer", f"/erp_purchase/requests/{request['id']}/submit")
            if request["state"] in ("draft", "submitted"):
                self.do("buyer", f"/erp_purchase/requests/{request['id']}/approve")
            self.do("buyer", f"/erp_purchase/requests/{request['id']}/order")
        [order] = self.rows("buyer", "/erp_purchase/orders")
        self.do("buyer", f"/erp_purchase/orders/{order['id']}/approve")
        return self.see("buyer", f"/erp_purchase/orders/{order['id']}")

    def receive(self) -> Any:
        """Take in what is expected from suppliers; gives the receipt."""
        [receipt] = self.rows("keeper", "/erp_inventory/receipts")
        self.do("keeper", f"/erp_inventory/receipts/{receipt['id']}/receive")
        return self.see("keeper", f"/erp_inventory/receipts/{receipt['id']}")

    def make(self) -> list[Any]:
        """Make all that is to be made, parts before what they go into; gives the work orders."""
        found = self.rows("planner", "/erp_mrp/work_orders")
        orders = sorted(found, key=lambda each: each["product"]["id"] != self.frame)
        for order in orders:
            self.do("planner", f"/erp_mrp/work_orders/{order['id']}/release")
            self.do("planner", f"/erp_mrp/work_orders/{order['id']}/issue")
            for step in order["operations"]:
                report = self.do("worker", "/erp_mrp/operation_reports", {
                    "work_order": order["id"], "sequence": step["sequence"], "good": order["quantity"], "hours": "3"})
                self.do("worker", f"/erp_mrp/operation_reports/{report['id']}/post")
            self.do("planner", f"/erp_mrp/work_orders/{order['id']}/receive")
            self.do("planner", f"/erp_mrp/work_orders/{order['id']}/close")
        return [self.see("planner", f"/erp_mrp/work_orders/{order['id']}") for order in orders]

    def ship(self) -> Any:
        """Ship what is reserved; gives the delivery."""
        [delivery] = [each for each in self.rows("keeper", "/erp_inventory/deliveries") if each["state"] == "open"]
        self.do("keeper", f"/erp_inventory/deliveries/{delivery['id']}/ship")
        return self.see("keeper", f"/erp_inventory/deliveries/{delivery['id']}")

    def invoice(self, order: Any) -> Any:
        """Invoice what was delivered; gives the invoice as the accountant sees it."""
        self.do("anna", f"/erp_sales/orders/{order['id']}/invoice")
        [found] = [each for each in self.rows("clerk", "/erp_finance/invoices")
                   if each["kind"] == "sale" and each["state"] == "posted"]
        return found

    def pay(self, invoice: Any) -> None:
        """Settle an invoice in full."""
        self.do("clerk", f"/erp_finance/invoices/{invoice['id']}/pay")

    # ------------------------------------------------------------------ what must hold

    def on_hand(self, product: int) -> tuple[Decimal, Decimal]:
        """Give how much of a product there is and how much of that is reserved."""
        only = f'[["product","eq",{product}]]'
        rows = self.see("keeper", f"/erp_inventory/balances?filter={only}&fields=on_hand,reserved")
        return (sum((Decimal(each["on_hand"]) for each in rows["data"]), Decimal(0)),
                sum((Decimal(each["reserved"]) for each in rows["data"]), Decimal(0)))

    def agrees(self) -> None:
        """See that every invariant of every plugin holds, the ledger's and the stock's equality among them.

        But one: the tables of a test are made without the registry, so no plugin counts as installed.
        """
        report = run_checks(each.name for each in invariants() if each.name != "kernel.rights")
        found = [f"{each.name} {finding.record}: {finding.message}" for each, finding in report.found]
        assert not found, "\n".join(found)
        assert {"erp_finance.stock_equals_ledger"} <= {each.name for each in report.checked}


def found_works(
    make_user: MakeUser, client_of: Callable[[Actor], Client], goods: Goods, system: Actor, *, bikes: int = 4
) -> Works:
    """Set the company up: people, a bicycle of one frame and two wheels, a frame of three tubes, a supplier, stock."""
    actors = {name: make_user(name, roles=roles) for name, roles in ROLES.items()}
    actors["director"] = make_user("director", grant("*", "read"))
    with unit_of_work(system) as opened:
        head = Employee(number="1", name="Mei-Hua", user_id=actors["meihua"].user_id, company_id=system.company_id)
        opened.add(head)
        opened.flush()
        for number, name in enumerate(ROLES, start=2):
            if name != "meihua":
                opened.add(Employee(number=str(number), name=name.capitalize(), user_id=actors[name].user_id,
                                    manager_id=head.id, company_id=system.company_id))
        piece = opened.scalars(select(Unit.id).where(Unit.code == "PCS")).one()
        parts = {
            code: Product(code=code, name=name, unit_id=piece, cost=Decimal(cost), sellable=False)
            for code, name, cost in (("FRAME", "Frame", 6000), ("WHEEL", "Wheel", 1500), ("TUBE", "Tube", 800))}
        supplier = Party(name="Suntek Carbon", is_supplier=True)
        opened.add_all([*parts.values(), supplier])
        opened.flush()
        bike = opened.get_one(Product, goods.bike)
        for product in (bike, parts["FRAME"]):
            product[Planning].supply = "made"
        centre = WorkCentre(code="ASM", name="Assembly", cost_per_hour=Decimal(300))
        opened.add(centre)
        opened.flush()
        built = Bom(product_id=bike.id)
        built.components = [
            BomLine(component_id=parts["FRAME"].id, quantity=Decimal(1)),
            BomLine(component_id=parts["WHEEL"].id, quantity=Decimal(2))]
        built.operations = [
            BomOperation(sequence=10, name="Assemble", work_centre_id=centre.id, run_hours=Decimal("0.3"))]
        welded = Bom(product_id=parts["FRAME"].id)
        welded.components = [BomLine(component_id=parts["TUBE"].id, quantity=Decimal(3))]
        opened.add_all([built, welded])
        for code, price in (("WHEEL", 1600), ("TUBE", 750)):
            opened.add(ProductSupplier(product_id=parts[code].id, supplier_id=supplier.id, price=Decimal(price)))
        opened.flush()
        if bikes:
            post([Posting(AnyRef("kernel.product", bike.id, "Opening"), "opening", [
                Movement(bike.id, Decimal(bikes), value=Decimal(21_000 * bikes))])])
        ids = {code: part.id for code, part in parts.items()}
    return Works(
        {name: client_of(who) for name, who in actors.items()}, actors, system, goods.bike, ids["FRAME"], ids["WHEEL"],
        ids["TUBE"], supplier.id, goods.customer)
