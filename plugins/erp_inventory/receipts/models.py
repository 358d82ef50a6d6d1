"""The receipt and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import event

from kernel import (
    AnyRef,
    Document,
    Entity,
    Mapped,
    Money,
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
    money,
    note,
    percent,
    quantity,
    ref,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.erp_inventory.documents import changed, check_products, fill_units
from plugins.erp_inventory.places.models import Lot, Place

LEAST = Decimal("0.000001")


class Receipt(Document, label=_("Receipt"), plural=_("Receipts"), icon="truck-loading", title="number", tagged=True):
    """Goods that are expected, or came, from a supplier: made of an approved purchase order, or by hand."""

    number: Mapped[str] = serial("RC-{year}-{n:05}", label=_("Number"))
    supplier: Mapped[Party | None] = link(label=_("Supplier"), among={"is_supplier": "1"})
    supplier_id: Mapped[int | None]
    supplier_reference: Mapped[str | None] = text(60, label=_("Supplier's delivery note"), searchable=True)
    state: Mapped[str] = state("open", label=_("State"))
    expected_on: Mapped[dt.date | None] = date(label=_("Expected"), index=True)
    received_on: Mapped[dt.date | None] = date(label=_("Received"), help=_("Today where empty"))
    place: Mapped[Place | None] = link(label=_("Place"), index=False, help=_("The company's first where empty"))
    place_id: Mapped[int | None]
    over_percent: Mapped[Decimal] = percent(label=_("More allowed %"), default=0,
                                            help=_("How much more than expected may come"))
    source: Mapped[AnyRef | None] = ref(label=_("Made for"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    earlier: Mapped[Receipt | None] = link(label=_("Earlier receipt"), readonly=True, follows=True)
    earlier_id: Mapped[int | None]
    cancel_reason: Mapped[str | None] = text(200, label=_("Reason for cancelling"))
    comment: Mapped[str | None] = note(label=_("Note"))
    lines: Mapped[list[ReceiptLine]] = lines("receipt", label=_("Lines"))

    @classmethod
    def prepare(cls, records: Sequence[Receipt]) -> None:
        for record in records:
            if record.state == "done" and record.received_on is None:
                record.received_on = session().today

    @classmethod
    def check(cls, records: Sequence[Receipt]) -> Iterable[Problem]:
        for record in records:
            if not within(record.over_percent, 0):
                yield Problem("over_percent", _("This can't be less than zero"), "NEGATIVE", record)
            if record.archived and record.state == "open" and changed(record, ("archived",)):
                yield Problem("archived", _("{number} is open: cancel it instead", number=record.number), "OPEN",
                              record)
            if record.state in ("done", "reversed") and not changed(record, ("state",)):
                for name in changed(record, ("supplier_id", "received_on", "place_id")):
                    yield Problem(name, _("{number} has been received: this stays as it is", number=record.number),
                                  "RECEIVED", record)


class ReceiptLine(Entity, label=_("Receipt line"), plural=_("Receipt lines"), icon="list", title="id"):
    """A product that is expected: how much of it, how much came, and what one unit of it costs."""

    receipt: Mapped[Receipt] = link(parent=True, label=_("Receipt"))
    receipt_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    unit: Mapped[Unit] = link(label=_("Unit"), readonly=True, required=False, index=False)
    unit_id: Mapped[int]
    received: Mapped[Quantity | None] = quantity(
        label=_("Received"), unit="unit", decimals=2, help=_("What is expected where empty"))
    quantity: Mapped[Quantity] = quantity(label=_("Expected"), default=1, unit="unit", decimals=2)
    lot: Mapped[Lot | None] = link(label=_("Lot"))
    lot_id: Mapped[int | None]
    unit_value: Mapped[Money | None] = money(
        label=_("Unit cost"), decimals=6, help=_("In the company's currency; the moving average where empty"))
    source_line: Mapped[AnyRef | None] = ref(label=_("Line"), hidden=True, follows=False)
    source_line_entity: Mapped[str | None]
    source_line_id: Mapped[int | None]
    source_line_title: Mapped[str | None]

    @property
    def title(self) -> str:
        """Name the line by its product."""
        return self.product.title

    @classmethod
    def prepare(cls, records: Sequence[ReceiptLine]) -> None:
        fill_units(records)
        for record in records:
            if record.received is None:
                record.received = record.quantity

    @classmethod
    def check(cls, records: Sequence[ReceiptLine]) -> Iterable[Problem]:
        yield from check_products(records)
        for record in records:
            if not within(record.quantity, LEAST):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            for name in ("received", "unit_value"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)
            yield from _fixed(record)


def _fixed(record: ReceiptLine) -> Iterable[Problem]:
    """Refuse changes of what follows from a purchase order, and of what has come."""
    for name in changed(record, ("product_id", "quantity", "received", "unit_value", "lot_id")):
        number = record.receipt.number
        if record.receipt.state != "open":
            yield Problem(name, _("{number} isn't open any more: its lines stay as they are", number=number),
                          "RECEIVED", record)
        elif name not in ("received", "lot_id") and record.source_line_id is not None:
            yield Problem(name, _("{number} follows {order}: change it there", number=number,
                                  order=record.receipt.source_title), "FOLLOWS", record)


def _keep(mapper: object, connection: object, record: Any) -> None:
    followed = record.source_line_id if isinstance(record, ReceiptLine) else record.source_id
    if followed is not None:
        raise Refusal("FOLLOWS", _("This receipt follows an order: it can't be deleted"), record=record,
                      fix=_("Cancel it instead"))


event.listen(ReceiptLine, "before_delete", _keep)
event.listen(Receipt, "before_delete", _keep)
