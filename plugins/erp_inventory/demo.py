"""Demo records of the stock: the warehouse of Formosa Cycle Works, what it began with, and some days of its clerk."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from kernel import Party, Product, User, acting_as, give_roles, session
from plugins.erp_inventory.adjustments.models import Adjustment, AdjustmentLine, Opening
from plugins.erp_inventory.adjustments.services import post_adjustments, post_openings
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.deliveries.services import reserve_deliveries, ship_deliveries
from plugins.erp_inventory.places.models import Lot, Place, Warehouse
from plugins.erp_inventory.places.services import grounds
from plugins.erp_inventory.receipts.models import Receipt, ReceiptLine
from plugins.erp_inventory.receipts.services import receive_goods
from plugins.erp_inventory.transfers.models import Transfer, TransferLine
from plugins.erp_inventory.transfers.services import move_transfers

PLACES = (("FG", "Finished goods"), ("PARTS", "Parts store"), ("SHOW", "Showroom"))
OPENING = (
    # code, place, quantity
    ("CC8-L", "FG", 30), ("CC8-M", "FG", 28), ("CC8-D", "FG", 36), ("G2C-700-54", "FG", 40), ("G2C-700-56", "FG", 12),
    ("G2A-700-54", "FG", 44), ("RG29-M", "FG", 26), ("RG29-L", "FG", 38), ("RG29-F-M", "PARTS", 48),
    ("RG29-F-L", "PARTS", 20), ("ECL-2W", "FG", 9), ("ECL-3W", "FG", 6), ("ECL-BAT-625", "PARTS", 30),
    ("ECL-BAT-500", "PARTS", 18), ("KID-20", "FG", 42), ("KID-24", "FG", 35), ("FRK-C-29", "PARTS", 60),
)
BATTERY_LOTS = {"ECL-BAT-625": "B625-2608", "ECL-BAT-500": "B500-2605"}
READERS = ("agent", "tom", "sofia", "jiawei", "wanting", "manager", "planner", "worker", "buyer", "personnel")


def found() -> None:
    """Make the warehouse and its places."""
    _places()


def make() -> None:
    """Make the demo's opening stock and documents through the services, and give the people their roles."""
    current = session()
    users = {user.login: user for user in current.scalars(select(User))}
    give_roles([users[login] for login in READERS], ["erp_inventory.reader"])
    give_roles([users["warehouse"]], ["erp_inventory.manager"])
    give_roles([users["worker"]], ["erp_inventory.clerk"])
    give_roles([users["accountant"], users["director"]], ["erp_inventory.values"])
    products = {each.code: each for each in current.scalars(select(Product))}
    parties = {each.name: each.id for each in current.scalars(select(Party))}
    places = dict(current.execute(
        select(Place.code, Place.id).where(Place.code.in_([code for code, _name in PLACES]))).all())
    _opening(products, places)
    _receipts(products, parties, places)
    _deliveries(products, parties)
    _inside(products, places)
    with acting_as(users["warehouse"]):
        _counts(products)


def go_on() -> None:
    """Take in what suppliers owed long ago, and ship the orders that everything is there for and a part of the rest."""
    current = session()
    today, lately = current.today, current.now - dt.timedelta(hours=6)
    arrived = current.scalars(select(Receipt).where(
        Receipt.state == "open", Receipt.created_at > lately, Receipt.expected_on < today - dt.timedelta(days=5))
        .order_by(Receipt.expected_on)).all()
    for receipt in arrived:
        receipt.received_on = receipt.expected_on
    if arrived:
        receive_goods(arrived)
    waiting = current.scalars(select(Delivery).where(
        Delivery.state == "open", Delivery.created_at > lately, Delivery.source_id.is_not(None))
        .order_by(Delivery.promised_on, Delivery.id)).all()
    lines = {delivery.id: current.scalars(select(DeliveryLine).where(
        DeliveryLine.delivery_id == delivery.id)).all() for delivery in waiting}
    whole = [each for each in waiting if not any(line.short for line in lines[each.id])]
    some = [each for each in waiting if each not in whole and any(line.reserved for line in lines[each.id])]
    going = [*whole[:4], *some[:2]]
    for number, delivery in enumerate(going):
        delivery.tracking = f"TC-12{40 + number}-07"
    if going:
        ship_deliveries(going)


def _places() -> None:
    current = session()
    warehouse = Warehouse(code="TC1", name="Taichung works")
    current.add(warehouse)
    current.flush()
    for code, name in PLACES:
        current.add(Place(code=code, name=name, warehouse_id=warehouse.id))
        current.flush()
    grounds()


def _opening(products: dict[str, Product], places: dict[str, int]) -> None:
    current = session()
    lots = {code: Lot(number=number, product_id=products[code].id) for code, number in BATTERY_LOTS.items()}
    current.add_all(lots.values())
    current.flush()
    openings = [
        Opening(product_id=products[code].id, place_id=places[place], quantity=Decimal(quantity),
                lot_id=lots[code].id if code in lots else None, day=current.today - dt.timedelta(days=60))
        for code, place, quantity in OPENING]
    current.add_all(openings)
    current.flush()
    post_openings(openings)


def _receipts(products: dict[str, Product], parties: dict[str, int], places: dict[str, int]) -> None:
    current = session()
    rows = (
        # supplier, delivery note, days from today, lines of (code, quantity, unit cost)
        ("Suntek Carbon", "ST-55120", -9, (("RG29-F-M", 10, "24350"), ("FRK-C-29", 12, "12900"))),
        ("Suntek Carbon", None, 6, (("RG29-F-L", 24, "24100"),)),
        ("Chang Jiang Components", None, 12, (("ECL-BAT-500", 20, "31800"),)),
    )
    made = []
    for supplier, note, days, lines in rows:
        receipt = Receipt(
            supplier_id=parties[supplier], supplier_reference=note, place_id=places["PARTS"],
            expected_on=current.today + dt.timedelta(days=days))
        receipt.lines = [
            ReceiptLine(product_id=products[code].id, quantity=Decimal(quantity), unit_value=Decimal(cost))
            for code, quantity, cost in lines]
        if days < 0:
            receipt.received_on = receipt.expected_on
        made.append(receipt)
    current.add_all(made)
    current.flush()
    receive_goods(made[:1])


def _deliveries(products: dict[str, Product], parties: dict[str, int]) -> None:
    """Two by hand: bicycles on loan that went, and some that are late."""
    current = session()
    rows = (("Taichung Riders Club", -4, "KID-20", 2), ("Lisboa Bikes Lda", -1, "CC8-L", 3))
    made = []
    for customer, days, code, quantity in rows:
        delivery = Delivery(
            customer_id=parties[customer], promised_on=current.today + dt.timedelta(days=days), comment="On loan")
        delivery.lines = [DeliveryLine(product_id=products[code].id, quantity=Decimal(quantity))]
        made.append(delivery)
    current.add_all(made)
    current.flush()
    reserve_deliveries(made)
    made[0].shipped_on, made[0].tracking = current.today - dt.timedelta(days=3), "TC-1180-33"
    ship_deliveries(made[:1])


def _inside(products: dict[str, Product], places: dict[str, int]) -> None:
    current = session()
    transfer = Transfer(from_place_id=places["FG"], to_place_id=places["SHOW"], comment="For the autumn show")
    transfer.lines = [TransferLine(product_id=products[code].id, quantity=Decimal(1))
                      for code in ("G2C-700-54", "RG29-L", "ECL-3W")]
    current.add(transfer)
    current.flush()
    move_transfers([transfer])


def _counts(products: dict[str, Product]) -> None:
    """A count that is posted, and a loss so large that the clerk's manager is asked."""
    current = session()
    count = Adjustment(kind="count", reason="Cycle count, aisle K")
    count.lines = [AdjustmentLine(product_id=products["KID-24"].id, counted=Decimal(36))]
    lost = Adjustment(kind="lost", reason="Water damage in the yard")
    lost.lines = [AdjustmentLine(product_id=products["G2C-700-54"].id, quantity=Decimal(1))]
    current.add_all([count, lost])
    current.flush()
    post_adjustments([count, lost])
