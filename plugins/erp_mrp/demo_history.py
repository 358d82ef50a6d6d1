"""What the shop did in each half month of the demo company's two years: the bicycles that customers had ordered."""

import datetime as dt
from collections import defaultdict
from decimal import ROUND_CEILING, Decimal
from random import Random

from sqlalchemy import func, select

from kernel import AnyRef, AvailabilityQuestion, Employee, Product, User, ask, first_known, session
from plugins.erp_inventory.api import reserved_for
from plugins.erp_mrp.boms.models import Bom, BomLine, BomOperation
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_centres.models import WorkCentre
from plugins.erp_mrp.work_orders.models import OperationReport, WorkOrder, WorkOrderComponent, WorkOrderOperation
from plugins.erp_mrp.work_orders.services import close_orders, issue_orders, post_work, receive_orders, release_orders

OPEN = ("released", "in_progress")
TWICE = ("FC-3020", "FC-3030", "FC-3040", "FC-3120")
"""The parts that a bicycle has two of."""
BATCH = Decimal(20)
"""Made in multiples of this."""


def design(first: dt.date, last: dt.date) -> None:
    """Say how each bicycle of the range is made, once."""
    current = session()
    products = {each.code: each for each in current.scalars(select(Product).where(Product.code.like("FC-%")))}
    bicycles = {code: each for code, each in products.items() if not each.buyable}
    if current.scalar(select(Bom.id).where(Bom.product_id.in_([each.id for each in bicycles.values()])).limit(1)):
        return
    centres = dict(current.execute(select(WorkCentre.code, WorkCentre.id)).all())
    parts = [code for code in products if code.startswith("FC-3")]
    for number, (code, product) in enumerate(bicycles.items()):
        frame = f"FC-{int(code[3:7]) + 1000}"
        bom = Bom(product_id=product.id)
        bom.components = [BomLine(component_id=products[each].id, quantity=Decimal(2 if each in TWICE else 1))
                          for each in (frame, *parts)]
        line = "ASM-A" if number % 2 else "ASM-B"
        bom.operations = [
            BomOperation(sequence=10, name="Assemble", work_centre_id=centres[line], run_hours=Decimal("1.1")),
            BomOperation(sequence=20, name="Check and pack", work_centre_id=centres[line], run_hours=Decimal("0.3"))]
        current.add(bom)
        product[Planning].lead_days = 3
    for code, product in products.items():
        if product.buyable:
            product[Planning].planned = True
            product[Planning].lead_days = 14 if code.startswith("FC-2") else 10
    current.flush()


def release(first: dt.date, last: dt.date) -> None:
    """Release work orders for the bicycles that are short."""
    current = session()
    made = current.scalars(select(Product.id).where(
        Product.code.like("FC-%"), Product.buyable.is_(False)).order_by(Product.code)).all()
    free = first_known(ask.availability(questions=[AvailabilityQuestion(each) for each in made]), len(made))
    under_way = dict(current.execute(
        select(WorkOrder.product_id, func.sum(WorkOrder.quantity - WorkOrder.received))
        .where(WorkOrder.state.in_(OPEN)).group_by(WorkOrder.product_id)).all())
    planner = current.scalar(select(User.id).where(User.login == "planner"))
    orders = []
    for product, there in zip(made, free, strict=True):
        left = (there or Decimal(0)) + under_way.get(product, Decimal(0))
        if left < 0:
            orders.append(WorkOrder(
                product_id=product, quantity=(-left / BATCH).to_integral_value(ROUND_CEILING) * BATCH, owner_id=planner,
                start_on=first + dt.timedelta(days=2), due_on=last))
    current.add_all(orders)
    current.flush()
    if orders:
        release_orders(orders)


def work(first: dt.date, last: dt.date) -> None:
    """Make what all the material is there for."""
    chance = Random(f"work {first}")  # noqa: S311  # chance of a demo, the same every time
    current = session()
    orders = _complete()
    if not orders:
        return
    issue_orders(orders)
    steps = defaultdict(list)
    ids = [order.id for order in orders]
    for step in current.scalars(select(WorkOrderOperation).where(
            WorkOrderOperation.work_order_id.in_(ids)).order_by(WorkOrderOperation.sequence)):
        steps[step.work_order_id].append(step)
    worker = current.scalar(select(Employee.id).where(Employee.number == "1009"))
    reports = [
        OperationReport(
            work_order_id=order.id, sequence=step.sequence, employee_id=worker, good=order.quantity, day=last,
            hours=(step.planned_hours * chance.randint(92, 118) / 100).quantize(Decimal("0.1")))
        for order in orders for step in steps[order.id]]
    current.add_all(reports)
    current.flush()
    post_work(reports)
    receive_orders(orders)
    close_orders(orders)


def _complete() -> list[WorkOrder]:
    """Give the released orders all of whose parts are kept for them."""
    current = session()
    orders = current.scalars(select(WorkOrder).where(WorkOrder.state == "released").order_by(WorkOrder.id)).all()
    components = current.scalars(select(WorkOrderComponent).where(
        WorkOrderComponent.work_order_id.in_([order.id for order in orders]))).all()
    kept = reserved_for([AnyRef.to(order) for order in orders])
    there = {ref.id: quantity for ref, quantity in kept.items()}
    lacking = {each.work_order_id for each in components if there.get(each.id, Decimal(0)) < each.quantity}
    return [order for order in orders if order.id not in lacking]


STEPS = {6: design, 20: release, 50: work}
