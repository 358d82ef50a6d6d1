"""Demo records of production: how Formosa Cycle Works makes its bicycles, a plan, and some days in the shop."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from kernel import AnyRef, Product, ProductCategory, Unit, User, acting_as, give_roles, session
from plugins.erp_inventory.api import Movement, Posting, post
from plugins.erp_mrp.boms.models import Bom, BomLine, BomOperation
from plugins.erp_mrp.planning.models import Demand, PlannedOrder
from plugins.erp_mrp.planning.services import firm_orders, run_plan
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_centres.models import ScrapReason, WorkCentre
from plugins.erp_mrp.work_orders.models import OperationReport, WorkOrder
from plugins.erp_mrp.work_orders.services import close_orders, issue_orders, post_work, receive_orders, release_orders

CENTRES = (
    # code, name, cost per hour, hours a day, machines
    ("WELD", "Frame welding", 720, 22, 3), ("PAINT", "Painting", 860, 15, 1), ("WHEEL", "Wheel building", 540, 30, 4),
    ("ASM-A", "Assembly A", 600, 60, 8), ("ASM-B", "Assembly B", 600, 45, 6),
)
PARTS = (
    # code, name, unit, cost, lead days, safety stock, opening stock
    ("TUB-CC8", "Tube set, City Commuter", "PCS", 2_150, 12, 20, 130), ("PNT-SAND", "Paint, sand", "KG", 380, 5, 5, 60),
    ("RIM-700", "Rim 700C", "PCS", 460, 10, 0, 300), ("SPK-290", "Spoke 290 mm", "PCS", 4, 7, 2000, 12_000),
    ("HUB-F", "Front hub", "PCS", 520, 14, 0, 160), ("HUB-R", "Rear hub, 8 speeds", "PCS", 1_480, 14, 0, 160),
    ("TYR-700", "Tyre 700C", "PCS", 310, 6, 40, 340), ("DRV-8S", "Drivetrain, 8 speeds", "PCS", 6_900, 20, 10, 90),
    ("DRV-12S", "Drivetrain, 12 speeds", "PCS", 14_800, 25, 6, 24), ("SDL-C", "Saddle, comfort", "PCS", 640, 8, 0, 110),
    ("WHS-29", "Wheel set 29, carbon", "PCS", 11_200, 18, 4, 20),
)
MADE = (
    # code, name, cost, lead days
    ("FRM-CC8", "Frame, City Commuter, painted", 4_300, 3), ("WHP-700", "Wheel pair 700C", 3_900, 2),
)
BILLS = {
    # product: components, operations (centre, name, hours a piece)
    "FRM-CC8": ((("TUB-CC8", "1"), ("PNT-SAND", "0.15")), (("WELD", "Weld", "0.9"), ("PAINT", "Paint", "0.4"))),
    "WHP-700": ((("RIM-700", "2"), ("SPK-290", "64"), ("HUB-F", "1"), ("HUB-R", "1")),
                (("WHEEL", "Lace and true", "0.7"),)),
    "CC8-L": ((("FRM-CC8", "1"), ("WHP-700", "1"), ("TYR-700", "2"), ("DRV-8S", "1"), ("SDL-C", "1")),
              (("ASM-A", "Assemble", "1.2"), ("ASM-A", "Check", "0.2"))),
    "CC8-M": ((("FRM-CC8", "1"), ("WHP-700", "1"), ("TYR-700", "2"), ("DRV-8S", "1"), ("SDL-C", "1")),
              (("ASM-A", "Assemble", "1.2"), ("ASM-A", "Check", "0.2"))),
    "CC8-D": ((("FRM-CC8", "1"), ("WHP-700", "1"), ("TYR-700", "2"), ("DRV-8S", "1"), ("SDL-C", "1")),
              (("ASM-B", "Assemble", "1.2"), ("ASM-B", "Check", "0.2"))),
    "RG29-M": ((("RG29-F-M", "1"), ("FRK-C-29", "1"), ("WHS-29", "1"), ("DRV-12S", "1")),
               (("ASM-B", "Assemble", "1.8"), ("ASM-B", "Check", "0.3"))),
    "RG29-L": ((("RG29-F-L", "1"), ("FRK-C-29", "1"), ("WHS-29", "1"), ("DRV-12S", "1")),
               (("ASM-B", "Assemble", "1.8"), ("ASM-B", "Check", "0.3"))),
}
FORECAST = (
    ("CC8-L", 36, 14), ("CC8-M", 40, 21), ("CC8-D", 96, 28), ("RG29-M", 60, 30), ("CC8-L", 80, 45), ("RG29-L", 90, 60))
SCRAP = ("Weld cracked", "Paint run", "Rim bent")


def found() -> None:
    """Make the work centres, and the reasons why something is scrapped."""
    session().add_all([*(
        WorkCentre(code=code, name=name, cost_per_hour=Decimal(cost), hours_per_day=Decimal(hours), machines=count)
        for code, name, cost, hours, count in CENTRES), *(ScrapReason(name=name) for name in SCRAP)])


def make() -> None:
    """Make the demo's bills of materials, plan and work orders through the services, and give people their roles."""
    current = session()
    users = {user.login: user for user in current.scalars(select(User))}
    give_roles([users["planner"]], ["erp_mrp.planner"])
    give_roles([users["worker"]], ["erp_mrp.worker"])
    give_roles([users[login] for login in ("manager", "director", "buyer", "warehouse", "accountant", "agent")],
               ["erp_mrp.viewer"])
    products = _products()
    _bills(products)
    for code, count, days in FORECAST:
        current.add(Demand(
            product_id=products[code].id, quantity=Decimal(count), comment="Forecast",
            due_on=current.today + dt.timedelta(days=days)))
    current.flush()
    with acting_as(users["planner"]):
        _shop(products)


def go_on() -> None:
    """Plan for what customers have ordered, and make the first of what is to be bought firm."""
    current = session()
    planner = current.scalars(select(User).where(User.login == "planner")).one()
    with acting_as(planner) as planning:
        plan = run_plan()
        firm_orders(planning.scalars(
            select(PlannedOrder).where(PlannedOrder.plan_id == plan.id, PlannedOrder.kind == "buy")
            .order_by(PlannedOrder.release_on, PlannedOrder.id).limit(3)).all())
    first = current.scalars(select(WorkOrder).where(WorkOrder.state == "completed")).first()
    if first is not None:
        close_orders([first])


def _products() -> dict[str, Product]:
    current = session()
    units = {each.code: each.id for each in current.scalars(select(Unit))}
    parts = ProductCategory(name="Components")
    current.add(parts)
    current.flush()
    for code, name, unit, cost, *_rest in PARTS:
        current.add(Product(code=code, name=name, unit_id=units[unit], cost=Decimal(cost), category_id=parts.id,
                            sellable=False))
    for code, name, cost, _days in MADE:
        current.add(Product(code=code, name=name, unit_id=units["PCS"], cost=Decimal(cost), category_id=parts.id,
                            sellable=False, buyable=False))
    current.flush()
    products = {each.code: each for each in current.scalars(select(Product))}
    for code, _name, _unit, _cost, days, safety, _opening in PARTS:
        planning = products[code][Planning]
        planning.lead_days, planning.safety_stock = days, Decimal(safety)
    products["SPK-290"][Planning].lot_rule, products["SPK-290"][Planning].lot_size = "multiple", Decimal(1000)
    for code, _name, _cost, days in MADE:
        products[code][Planning].lead_days = days
    for code, days in (("RG29-F-M", 21), ("RG29-F-L", 21), ("FRK-C-29", 15), *((each, 2) for each in BILLS)):
        if not products[code][Planning].lead_days:
            products[code][Planning].lead_days = days
    current.flush()
    post([
        Posting(AnyRef.to(products[code]), "opening", [Movement(products[code].id, Decimal(opening))],
                day=current.today - dt.timedelta(days=60))
        for code, _name, _unit, _cost, _days, _safety, opening in PARTS])
    return products


def _bills(products: dict[str, Product]) -> None:
    current = session()
    centres = {each.code: each for each in current.scalars(select(WorkCentre))}
    for code, (components, operations) in BILLS.items():
        bom = Bom(product_id=products[code].id)
        bom.components = [
            BomLine(component_id=products[each].id, quantity=Decimal(quantity)) for each, quantity in components]
        bom.operations = [
            BomOperation(sequence=10 * at, name=name, work_centre_id=centres[centre].id, run_hours=Decimal(hours))
            for at, (centre, name, hours) in enumerate(operations, 1)]
        current.add(bom)
    current.flush()


def _shop(products: dict[str, Product]) -> None:
    """Firm what the first forecasts need of wheels, frames and bicycles, and work on some of it."""
    current = session()
    plan = run_plan()
    codes = {products[code].id: code for code in BILLS}
    firm_orders([
        order for order in current.scalars(
            select(PlannedOrder).where(PlannedOrder.plan_id == plan.id, PlannedOrder.kind == "make")
            .order_by(PlannedOrder.release_on, PlannedOrder.id))
        if codes.get(order.product_id) in ("FRM-CC8", "WHP-700", "CC8-L", "CC8-M")])
    orders = current.scalars(
        select(WorkOrder).where(WorkOrder.product_id.in_(codes)).order_by(WorkOrder.start_on, WorkOrder.id)).all()
    first = {code: next((each for each in orders if codes[each.product_id] == code), None)
             for code in ("WHP-700", "FRM-CC8", "CC8-L")}
    running = [each for each in first.values() if each is not None]
    release_orders(running)
    wheels, frames = first["WHP-700"], first["FRM-CC8"]
    if wheels is None or frames is None:
        return
    issue_orders([wheels, frames])
    reports = [
        OperationReport(work_order_id=wheels.id, sequence=10, good=wheels.quantity, hours=Decimal("4.5")),
        OperationReport(work_order_id=frames.id, sequence=10, good=Decimal(2), hours=Decimal(2))]
    current.add_all(reports)
    current.flush()
    post_work(reports)
    receive_orders([wheels])
