"""What each plugin is for, done to the end in whatever company it keeps: by hand where a neighbour is missing.

Two people do it with the roles that the plugins ship: Anna works, Mei-Hua is her manager and agrees. Entities are
named, never imported, so that nothing is loaded that the subset doesn't have.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from kernel.entities.base import entity
from kernel.entities.work import SYSTEM, Actor, unit_of_work
from kernel.exchange import records
from kernel.identity.models import Company, Employee, User
from kernel.permissions.actors import actor_of
from kernel.permissions.roles import give_roles
from kernel.shared.models import Party, Product, Tax, Unit
from kernel.workflows.approvals import approve, my_tasks
from kernel.workflows.machine import workflow_of

ROLES = {
    "crm": ("crm.agent",), "erp_sales": ("erp_sales.agent",), "erp_inventory": ("erp_inventory.manager",),
    "erp_mrp": ("erp_mrp.planner",), "erp_purchase": ("erp_purchase.buyer",),
    "erp_finance": ("erp_finance.accountant",), "oa": ("oa.employee", "oa.cashier"),
}
MANAGER = {
    "crm": "crm.manager", "erp_sales": "erp_sales.manager", "erp_purchase": "erp_purchase.manager", "oa": "oa.manager"}
ALL = Decimal(100)


class Works:
    """A bicycle maker with the plugins of a subset."""

    def __init__(self, plugins: Collection[str]) -> None:
        self.plugins = set(plugins)
        with unit_of_work(SYSTEM) as system:
            company = system.scalars(select(Company.id)).one()
        with unit_of_work(Actor(system=True, company_id=company)) as system:
            boss, anna = (
                User(login=login, name=login.title(), home_company_id=company) for login in ("meihua", "anna"))
            system.add_all([boss, anna])
            system.flush()
            give_roles([anna], [code for name in sorted(self.plugins) for code in ROLES[name]])
            give_roles([boss], [code for name, code in MANAGER.items() if name in self.plugins])
            system.add(head := Employee(number="1", name="Mei-Hua", user_id=boss.id))
            system.flush()
            system.add(Employee(number="2", name="Anna", user_id=anna.id, manager_id=head.id))
            piece = system.scalars(select(Unit.id).where(Unit.code == "PCS")).one()
            system.add(tax := Tax(code="V5", name="Business tax", rate=Decimal(5)))
            system.flush()
            self.customer, self.supplier = made = (
                Party(name="Nordrad GmbH", is_customer=True), Party(name="Suntek Carbon", is_supplier=True))
            self.bike, self.wheel = goods = (
                Product(code="CC8-L", name="City Commuter", unit_id=piece, list_price=Decimal(38_900),
                        cost=Decimal(21_000), tax_id=tax.id),
                Product(code="WHEEL", name="Wheel", unit_id=piece, cost=Decimal(1_500), sellable=False))
            system.add_all([*made, *goods])
            system.flush()
        with unit_of_work(SYSTEM):
            self.anna, self.boss = actor_of(anna.id), actor_of(boss.id)
            self.system = Actor(system=True, company_id=company)
        with unit_of_work(self.anna, reading=True) as hers:
            self.today = hers.today

    def has(self, *plugins: str) -> bool:
        return self.plugins.issuperset(plugins)

    def enter(self, name: str, /, **values: object) -> int:
        """Let Anna enter a record; gives its id."""
        with unit_of_work(self.anna):
            [made] = records.create(entity(name), [values])
        return made.id

    def prepare(self, name: str, /, **values: object) -> int:
        """Set up a master record that an administrator would."""
        with unit_of_work(self.system):
            [made] = records.create(entity(name), [values])
        return made.id

    def change(self, name: str, id_: int, /, **values: object) -> None:
        with unit_of_work(self.anna):
            records.change(entity(name), [(id_, None, values)])

    def do(self, action: str, name: str, id_: int, /, **values: object) -> None:
        """Let Anna take a step; where it waits for an approval, Mei-Hua agrees."""
        with unit_of_work(self.anna):
            cls: Any = entity(name)
            record = records.get(cls, id_)
            flow = workflow_of(cls)
            assert flow is not None
            flow.run(action, [record], values or None)
            waits = record.state == "submitted" if "state" in cls.__fields__ else False
        if waits and name != "erp_purchase.request":
            with unit_of_work(self.boss):
                approve([task.id for task in my_tasks()])

    def see(self, name: str, /, **where: object) -> list[Any]:
        """Give all records of an entity that are so, in the order they were made."""
        cls: Any = entity(name)
        with unit_of_work(self.system, reading=True) as opened:
            return list(opened.scalars(select(cls).filter_by(**where).order_by(cls.id)))

    def one(self, name: str, /, **where: object) -> Any:
        """Give the one record of an entity that is so."""
        [found] = self.see(name, **where)
        return found

    def on_hand(self, product: Product) -> Decimal:
        return sum((each.on_hand for each in self.see("erp_inventory.balance", product_id=product.id)), Decimal(0))


def work(plugins: Collection[str]) -> None:
    """Do the work of all plugins of a subset, each step where it belongs in a company's day."""
    works = Works(plugins)
    if works.has("crm"):
        win(works)
    if works.has("erp_inventory"):
        keep_stock_by_hand(works)
    if works.has("erp_purchase"):
        name_supplier(works)
    if works.has("erp_mrp"):
        describe(works)
    if works.has("erp_sales"):
        confirm(works)
    if works.has("erp_mrp"):
        plan(works)
    if works.has("erp_purchase"):
        buy(works)
    if works.has("erp_mrp"):
        make(works)
    if works.has("erp_sales"):
        fulfil(works)
    if works.has("erp_finance"):
        keep_books_by_hand(works)
    if works.has("oa"):
        spend_in_the_office(works)
    if works.has("erp_finance", "erp_inventory"):
        agree_on_stock(works)


def pieces(works: Works) -> int:
    """Say how many bicycles are sold: more than there are, where more can be made or bought."""
    return 10 if works.has("erp_inventory") and (works.has("erp_mrp") or works.has("erp_purchase")) else 2


def win(works: Works) -> None:
    """Take a lead to an opportunity that is won; a sales order comes of it where there are any."""
    lead = works.enter("crm.lead", name="Quayside Rentals", contact_name="Petra Holm", budget="400000")
    works.do("contact", "crm.lead", lead)
    works.do("convert", "crm.lead", lead)
    deal = works.one("crm.opportunity", lead_id=lead)
    works.change("crm.opportunity", deal.id, closes_on="2026-12-24", lines=[
        {"product": works.bike.id, "quantity": str(pieces(works))}])
    works.do("win", "crm.opportunity", deal.id)
    assert works.one("crm.opportunity").stage == "won"
    assert works.one("crm.lead").state == "converted"
    if works.has("erp_sales"):
        source = works.one("erp_sales.order").source
        assert (source.entity, source.id) == ("crm.opportunity", deal.id)


def keep_stock_by_hand(works: Works) -> None:
    """Receive, adjust and deliver goods that nobody ordered."""
    receipt = works.enter("erp_inventory.receipt", supplier=works.supplier.id, lines=[
        {"product": works.bike.id, "quantity": "5", "unit_value": "21000"}])
    works.do("receive", "erp_inventory.receipt", receipt)
    lost = works.enter("erp_inventory.adjustment", kind="lost", reason="Fell off the lift", lines=[
        {"product": works.bike.id, "quantity": "1"}])
    works.do("post", "erp_inventory.adjustment", lost)
    delivery = works.enter("erp_inventory.delivery", customer=works.customer.id, comment="On loan", lines=[
        {"product": works.bike.id, "quantity": "1"}])
    works.do("reserve", "erp_inventory.delivery", delivery)
    works.do("ship", "erp_inventory.delivery", delivery)
    assert works.one("erp_inventory.delivery").state == "done"
    assert works.on_hand(works.bike) == 3


def name_supplier(works: Works) -> None:
    for product, price in ((works.bike, "20000"), (works.wheel, "1600")):
        works.enter("erp_purchase.product_supplier", product=product.id, supplier=works.supplier.id, price=price)


def confirm(works: Works) -> None:
    """Confirm an order, the one of the deal where one was won; inventory and production learn of it."""
    if works.has("crm"):
        order = works.one("erp_sales.order").id
    else:
        order = works.enter("erp_sales.order", customer=works.customer.id, lines=[
            {"product": works.bike.id, "quantity": str(pieces(works))}])
    works.do("confirm", "erp_sales.order", order)
    assert works.one("erp_sales.order").state == "confirmed"
    if works.has("erp_inventory"):
        delivery = works.one("erp_inventory.delivery", state="open")
        assert (delivery.source.entity, delivery.source.id) == ("erp_sales.order", order)
    if works.has("erp_inventory", "erp_purchase") and not works.has("erp_mrp"):
        assert works.one("erp_purchase.request_line").quantity == pieces(works) - 3
    if works.has("erp_mrp"):
        assert works.one("erp_mrp.demand").source.id == order


def describe(works: Works) -> None:
    """Say what a bicycle is made of."""
    centre = works.enter("erp_mrp.work_centre", code="ASM", name="Assembly", cost_per_hour="300")
    works.change("kernel.product", works.bike.id, erp_mrp={"supply": "made"})
    works.enter("erp_mrp.bom", product=works.bike.id, components=[
        {"component": works.wheel.id, "quantity": "2"}], operations=[
        {"sequence": 10, "name": "Assemble", "work_centre": centre, "run_hours": "0.3"}])


def plan(works: Works) -> None:
    """Plan what is missing and make the plan firm: a work order, and a request to buy its parts."""
    if not works.has("erp_sales"):
        works.enter("erp_mrp.demand", product=works.bike.id, quantity="10", due_on="2026-12-24")
    made = works.enter("erp_mrp.plan")
    works.do("run", "erp_mrp.plan", made)
    works.do("firm", "erp_mrp.plan", made)
    assert works.one("erp_mrp.work_order").quantity == 7
    if works.has("erp_purchase"):
        line = works.one("erp_purchase.request_line")
        assert (line.product_id, line.quantity) == (works.wheel.id, 14)
        assert line.source.entity == "erp_mrp.planned_order"


def buy(works: Works) -> None:
    """Order what is requested, receive it and enter the supplier's invoice."""
    if not works.see("erp_purchase.request"):
        works.enter("erp_purchase.request", reason="Spare wheels", lines=[
            {"product": works.wheel.id, "quantity": "14"}])
    request = works.one("erp_purchase.request")
    if request.state == "draft":
        works.do("submit", "erp_purchase.request", request.id)
    if request.state != "approved":
        works.do("approve", "erp_purchase.request", request.id)
    works.do("order", "erp_purchase.request", request.id)
    order = works.one("erp_purchase.order")
    works.do("approve", "erp_purchase.order", order.id)
    if works.has("erp_inventory"):
        receipt = works.one("erp_inventory.receipt", state="open")
        assert (receipt.source.entity, receipt.source.id) == ("erp_purchase.order", order.id)
        works.do("receive", "erp_inventory.receipt", receipt.id)
    else:
        works.do("receive", "erp_purchase.order", order.id)
    assert works.one("erp_purchase.order").received_percent == ALL
    works.do("bill", "erp_purchase.order", order.id, supplier_reference="SC-7781", bill_day=works.today)
    if works.has("erp_finance"):
        bill = works.one("erp_finance.invoice", kind="purchase")
        assert (bill.state, bill.source.id) == ("posted", order.id)
        works.do("pay", "erp_finance.invoice", bill.id)
    billed = works.one("erp_purchase.order")
    assert (billed.state, billed.billed_percent) == ("done", ALL)


def make(works: Works) -> None:
    """Make what was planned, of parts that were bought or simply came."""
    if not works.has("erp_purchase"):
        receipt = works.enter("erp_inventory.receipt", supplier=works.supplier.id, lines=[
            {"product": works.wheel.id, "quantity": "14", "unit_value": "1600"}])
        works.do("receive", "erp_inventory.receipt", receipt)
    order = works.one("erp_mrp.work_order")
    works.do("release", "erp_mrp.work_order", order.id)
    works.do("issue", "erp_mrp.work_order", order.id)
    report = works.enter("erp_mrp.operation_report", work_order=order.id, sequence=10, good="7", hours="2")
    works.do("post", "erp_mrp.operation_report", report)
    works.do("receive", "erp_mrp.work_order", order.id)
    works.do("close", "erp_mrp.work_order", order.id)
    assert works.one("erp_mrp.work_order").state == "closed"
    assert works.on_hand(works.wheel) == 0
    assert works.on_hand(works.bike) == 10


def fulfil(works: Works) -> None:
    """Deliver, invoice and settle the order: by those whose work it is, else by marking it."""
    order = works.one("erp_sales.order").id
    if works.has("erp_inventory"):
        works.do("ship", "erp_inventory.delivery", works.one("erp_inventory.delivery", state="open").id)
    else:
        works.do("deliver", "erp_sales.order", order)
    assert works.one("erp_sales.order").delivered_percent == ALL
    if works.has("erp_mrp"):
        assert works.one("erp_mrp.demand").delivered == 10
    if works.has("erp_finance"):
        works.do("invoice", "erp_sales.order", order)
        invoice = works.one("erp_finance.invoice", kind="sale")
        assert (invoice.state, invoice.source.id) == ("posted", order)
        assert invoice.total == works.one("erp_sales.order").total
        works.do("pay", "erp_finance.invoice", invoice.id)
    else:
        works.do("mark_invoiced", "erp_sales.order", order)
        works.do("mark_paid", "erp_sales.order", order)
    ended = works.one("erp_sales.order")
    assert (ended.state, ended.invoiced_percent, ended.paid_percent) == ("done", ALL, ALL)


def keep_books_by_hand(works: Works) -> None:
    """Post a voucher, an invoice of one's own, and the payment of it."""
    bank, rent = (works.see("erp_finance.account", role=role)[0].id for role in ("bank", "expense"))
    journal = works.see("erp_finance.journal", kind="general")[0].id
    entry = works.enter("erp_finance.entry", journal=journal, description="Rent", lines=[
        {"account": rent, "debit": "30000"}, {"account": bank, "credit": "30000"}])
    works.do("post", "erp_finance.entry", entry)
    invoice = works.enter("erp_finance.invoice", kind="sale", party=works.customer.id, lines=[
        {"description": "Use of the test track", "quantity": "1", "unit_price": "8000"}])
    works.do("post", "erp_finance.invoice", invoice)
    payment = works.enter("erp_finance.payment", direction="in", party=works.customer.id, account=bank, amount="8000",
                          allocations=[{"invoice": invoice, "amount": "8000"}])
    works.do("post", "erp_finance.payment", payment)
    assert works.one("erp_finance.invoice", id=invoice).outstanding == 0
    assert works.one("erp_finance.entry", id=entry).state == "posted"


def spend_in_the_office(works: Works) -> None:
    """Take leave and be paid an expense; both are agreed to by the manager."""
    kind = works.prepare("oa.leave_type", code="SL", name="Sick leave", counts="calendar")
    leave = works.enter("oa.leave_request", leave_type=kind, first_day="2026-12-01", last_day="2026-12-02")
    works.do("submit", "oa.leave_request", leave)
    assert works.one("oa.leave_request").state == "approved"
    travel = works.prepare("oa.expense_type", code="TRAVEL", name="Travel")
    claim = works.enter("oa.expense_claim", purpose="Fair in Taichung", lines=[
        {"expense_type": travel, "amount": "1400", "tax_amount": "67", "description": "Train"}])
    works.do("submit", "oa.expense_claim", claim)
    assert works.one("oa.expense_claim").state == "approved"
    if works.has("erp_finance"):
        invoice = works.one("erp_finance.invoice", kind="claim")
        assert (invoice.state, invoice.source.id, invoice.total) == ("posted", claim, 1400)
        works.do("pay", "erp_finance.invoice", invoice.id)
    else:
        works.do("mark_paid", "oa.expense_claim", claim)
    assert works.one("oa.expense_claim").state == "paid"


def agree_on_stock(works: Works) -> None:
    """See that the ledger has the stock at what the warehouse says it is worth."""
    accounts = {each.id for each in works.see("erp_finance.account", role="stock")}
    booked = sum(line.debit - line.credit for line in works.see("erp_finance.entry_line")
                 if line.account_id in accounts and line.posted_on)
    worth = sum(each.value for each in works.see("erp_inventory.valuation"))
    assert booked == worth
    assert worth > 0 or works.has("erp_sales") or works.has("erp_mrp")
