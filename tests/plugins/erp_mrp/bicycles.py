"""A small bicycle shop: a bike of a frame and two wheels, a wheel of 32 spokes and a rim; and what is in stock."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import session
from kernel.shared.models import Product
from plugins.erp_inventory.api import Movement, Posting, post, stock_of
from plugins.erp_mrp.boms.models import Bom, BomLine, BomOperation
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_centres.models import WorkCentre
from tests.plugins.conftest import Goods


@dataclass(frozen=True)
class Shop:
    """Ids of what the shop makes and takes."""

    bike: int
    frame: int
    wheel: int
    spoke: int
    rim: int
    assembly: int


def product(code: str, unit: int, **planning: object) -> Product:
    """Make a product with planning data."""
    made = Product(code=code, name=code.capitalize(), unit_id=unit, cost=Decimal(10))
    session().add(made)
    session().flush()
    for name, value in planning.items():
        setattr(made[Planning], name, value)
    session().flush()
    return made


def bill(parent: int, *lines: tuple[int, object], **values: object) -> Bom:
    """Make a bill of materials of (component, quantity) pairs."""
    made = Bom(product_id=parent, **values)
    made.components = [BomLine(component_id=id_, quantity=Decimal(str(quantity))) for id_, quantity in lines]
    session().add(made)
    session().flush()
    return made


def set_up(goods: Goods) -> Shop:
    """Make the shop: a bike takes 2 days, a wheel 3; frames are bought in 10 days, spokes in 5, rims in 4."""
    frame = product("FRAME", goods.piece, lead_days=10)
    wheel = product("WHEEL", goods.piece, lead_days=3)
    spoke = product("SPOKE", goods.piece, lead_days=5)
    rim = product("RIM", goods.piece, lead_days=4)
    bike = session().get(Product, goods.bike)
    assert bike is not None
    bike[Planning].lead_days = 2
    centre = WorkCentre(code="ASM", name="Assembly", cost_per_hour=Decimal(600))
    session().add(centre)
    session().flush()
    of_bike = bill(bike.id, (frame.id, 1), (wheel.id, 2))
    of_bike.operations = [
        BomOperation(sequence=10, name="Build", work_centre_id=centre.id, run_hours=Decimal("0.5")),
        BomOperation(sequence=20, name="Check", work_centre_id=centre.id, run_hours=Decimal("0.25"))]
    bill(wheel.id, (spoke.id, 32), (rim.id, 1))
    session().flush()
    return Shop(bike.id, frame.id, wheel.id, spoke.id, rim.id, centre.id)


def stock(product_id: int, quantity: object, value: object | None = None) -> None:
    """Bring goods into stock."""
    amount = None if value is None else Decimal(str(value))
    post([Posting(AnyRef("kernel.company", 1, "opening"), "opening", [
        Movement(product_id, Decimal(str(quantity)), value=amount)])])


def on_hand(product_id: int) -> tuple[Decimal, Decimal]:
    """Give what is there, and what of it is reserved."""
    found = stock_of([product_id])[product_id]
    return found.on_hand, found.reserved


def codes() -> dict[int, str]:
    """Give the codes of all products."""
    return dict(session().execute(select(Product.id, Product.code)).all())
