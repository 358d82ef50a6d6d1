"""Documents that follow each other by links and refs, on heads and on lines: what the tests of traces play with."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from kernel.entities.base import Document, Entity
from kernel.entities.fields import AnyRef, lines, link, ref, text
from kernel.entities.work import session


class PaperOrder(Document, label="Paper order"):
    name: Mapped[str] = text(80)
    source: Mapped[AnyRef | None] = ref(label="Source")
    source_id: Mapped[int | None]
    lines: Mapped[list[PaperOrderLine]] = lines("order")


class PaperOrderLine(Entity, label="Paper order line"):
    order: Mapped[PaperOrder] = link(parent=True)
    order_id: Mapped[int]
    name: Mapped[str] = text(80)


class PaperDelivery(Document, label="Paper delivery"):
    name: Mapped[str] = text(80)
    rest_of: Mapped[PaperDelivery | None] = link(follows=True)
    rest_of_id: Mapped[int | None]
    lines: Mapped[list[PaperDeliveryLine]] = lines("delivery")


class PaperDeliveryLine(Entity, label="Paper delivery line"):
    delivery: Mapped[PaperDelivery] = link(parent=True)
    delivery_id: Mapped[int]
    name: Mapped[str] = text(80)
    ordered: Mapped[AnyRef | None] = ref(label="Ordered")
    ordered_id: Mapped[int | None]


class PaperBill(Document, label="Paper bill"):
    name: Mapped[str] = text(80)
    lines: Mapped[list[PaperBillLine]] = lines("bill")


class PaperBillLine(Entity, label="Paper bill line"):
    bill: Mapped[PaperBill] = link(parent=True)
    bill_id: Mapped[int]
    name: Mapped[str] = text(80)
    delivered: Mapped[PaperDeliveryLine | None] = link(follows=True)
    delivered_id: Mapped[int | None]


def chain(count: int = 1) -> list[list[Entity]]:
    """Write orders, each with a delivery whose lines name its lines, and a bill whose lines name the delivery's."""
    written: list[list[Entity]] = []
    for at in range(count):
        order = PaperOrder(name=f"order {at}")
        order.lines = [PaperOrderLine(name=f"line {n}") for n in range(3)]
        session().add(order)
        session().flush()
        delivery = PaperDelivery(name=f"delivery {at}")
        delivery.lines = [PaperDeliveryLine(name=each.name, ordered=AnyRef.to(each)) for each in order.lines]
        session().add(delivery)
        session().flush()
        bill = PaperBill(name=f"bill {at}")
        bill.lines = [PaperBillLine(name=each.name, delivered_id=each.id) for each in delivery.lines]
        session().add(bill)
        session().flush()
        written.append([order, delivery, bill])
    return written
