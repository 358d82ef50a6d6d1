"""The delivery and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, event

from kernel import (
    Address,
    AnyRef,
    Document,
    Entity,
    Mapped,
    Party,
    Problem,
    Product,
    Quantity,
    Refusal,
    Unit,
    _,
    date,
    lines,
    link,
    note,
    quantity,
    ref,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.erp_inventory.documents import changed, check_products, fill_units


class Delivery(
    Document, label=_("Delivery"), plural=_("Deliveries"), icon="truck-delivery", title="number", tagged=True,
):
    """Goods that are to go, or went, to a customer: made of a confirmed order, or by hand."""

    number: Mapped[str] = serial("DN-{year}-{n:05}", label=_("Number"))
    customer: Mapped[Party] = link(label=_("Customer"))
    customer_id: Mapped[int]
    ship_to: Mapped[Address | None] = link(label=_("Deliver to"), index=False)
    ship_to_id: Mapped[int | None]
    state: Mapped[str] = state("open", label=_("State"))
    promised_on: Mapped[dt.date | None] = date(label=_("Promised"), index=True)
    shipped_on: Mapped[dt.date | None] = date(label=_("Shipped"), help=_("Today where empty"))
    tracking: Mapped[str | None] = text(60, label=_("Tracking number"), searchable=True)
    source: Mapped[AnyRef | None] = ref(label=_("Made for"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    earlier: Mapped[Delivery | None] = link(label=_("Earlier delivery"), readonly=True, follows=True)
    earlier_id: Mapped[int | None]
    cancel_reason: Mapped[str | None] = text(200, label=_("Reason for cancelling"))
    comment: Mapped[str | None] = note(label=_("Note"))
    lines: Mapped[list[DeliveryLine]] = lines("delivery", label=_("Lines"))

    @classmethod
    def prepare(cls, records: Sequence[Delivery]) -> None:
        for record in records:
            if record.state == "done" and record.shipped_on is None:
                record.shipped_on = session().today

    @classmethod
    def check(cls, records: Sequence[Delivery]) -> Iterable[Problem]:
        for record in records:
            if record.archived and record.state == "open" and changed(record, ("archived",)):
                yield Problem("archived", _("{number} is open: cancel it instead", number=record.number), "OPEN",
                              record)
            if record.state in ("done", "reversed") and not changed(record, ("state",)):
                for name in changed(record, ("customer_id", "shipped_on")):
                    yield Problem(name, _("{number} has been shipped: this stays as it is", number=record.number),
                                  "SHIPPED", record)


class DeliveryLine(Entity, label=_("Delivery line"), plural=_("Delivery lines"), icon="list", title="id"):
    """A product to deliver: what is wanted, what is kept for it, what it still lacks, and what is to go now."""

    delivery: Mapped[Delivery] = link(parent=True, label=_("Delivery"))
    delivery_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    unit: Mapped[Unit] = link(label=_("Unit"), readonly=True, required=False, index=False)
    unit_id: Mapped[int]
    reserved: Mapped[Quantity] = quantity(label=_("Reserved"), default=0, unit="unit", readonly=True, decimals=2)
    short: Mapped[Quantity] = quantity(label=_("Short"), default=0, unit="unit", readonly=True, decimals=2)
    to_ship: Mapped[Quantity] = quantity(label=_("To ship"), default=0, unit="unit", decimals=2)
    shipped: Mapped[Quantity] = quantity(label=_("Shipped"), default=0, unit="unit", readonly=True, decimals=2)
    quantity: Mapped[Quantity] = quantity(label=_("Wanted"), default=1, unit="unit", decimals=2)
    source_line: Mapped[AnyRef | None] = ref(label=_("Line"), hidden=True, follows=False)
    source_line_entity: Mapped[str | None]
    source_line_id: Mapped[int | None]
    source_line_title: Mapped[str | None]

    __table_args__ = (CheckConstraint("reserved >= 0 AND short >= 0", name="kept"),)

    @property
    def title(self) -> str:
        """Name the line by its product."""
        return self.product.title

    @classmethod
    def prepare(cls, records: Sequence[DeliveryLine]) -> None:
        fill_units(records)

    @classmethod
    def check(cls, records: Sequence[DeliveryLine]) -> Iterable[Problem]:
        yield from check_products(records)
        for record in records:
            if not within(record.quantity, LEAST):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            if not within(record.to_ship, 0):
                yield Problem("to_ship", _("This can't be less than zero"), "NEGATIVE", record)
            yield from _fixed(record)


LEAST = Decimal("0.000001")


def _fixed(record: DeliveryLine) -> Iterable[Problem]:
    """Refuse changes of what follows from an order, of what goods are kept for, and of what has gone."""
    for name in changed(record, ("product_id", "quantity", "to_ship")):
        number = record.delivery.number
        if record.delivery.state != "open":
            yield Problem(name, _("{number} isn't open any more: its lines stay as they are", number=number), "SHIPPED",
                          record)
        elif name != "to_ship" and record.source_line_id is not None:
            yield Problem(name, _("{number} follows {order}: change it there", number=number,
                                  order=record.delivery.source_title), "FOLLOWS", record)
        elif name != "to_ship" and (record.reserved or record.short):
            yield Problem(name, _("Goods are reserved for this line of {number}: release them first", number=number),
                          "RESERVED", record)


def _keep_reserved(mapper: object, connection: object, line: Any) -> None:
    if line.reserved or line.short or line.source_line_id is not None:
        raise Refusal("RESERVED", _("Goods are reserved for this line, or it follows an order: it can't be deleted"),
                      record=line, fix=_("Release the reservation, or cancel the delivery"))


def _keep_documents(mapper: object, connection: object, record: Any) -> None:
    if record.source_id is not None or any(line.reserved or line.short for line in record.lines):
        raise Refusal("RESERVED", _("{number} has goods reserved or follows an order: it can't be deleted",
                                    number=record.number),
                      record=record, fix=_("Cancel it instead"))


event.listen(DeliveryLine, "before_delete", _keep_reserved)
event.listen(Delivery, "before_delete", _keep_documents)
