"""The transfer and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from kernel import (
    Document,
    Entity,
    Mapped,
    Problem,
    Product,
    Quantity,
    Unit,
    _,
    date,
    lines,
    link,
    note,
    quantity,
    serial,
    state,
    within,
)
from plugins.erp_inventory.documents import changed, check_products, fill_units, id_of
from plugins.erp_inventory.places.models import Lot, Place


class Transfer(Document, label=_("Transfer"), plural=_("Transfers"), icon="transfer", title="number"):
    """Goods that change their place inside the company, in one step; their value stays what it was."""

    number: Mapped[str] = serial("TR-{year}-{n:05}", label=_("Number"))
    from_place: Mapped[Place] = link(label=_("From"), index=False)
    from_place_id: Mapped[int]
    to_place: Mapped[Place] = link(label=_("To"), index=False)
    to_place_id: Mapped[int]
    day: Mapped[dt.date | None] = date(label=_("Day"), required=False, present=True)
    state: Mapped[str] = state("draft", label=_("State"))
    comment: Mapped[str | None] = note(label=_("Note"))
    lines: Mapped[list[TransferLine]] = lines("transfer", label=_("Lines"))

    @classmethod
    def check(cls, records: Sequence[Transfer]) -> Iterable[Problem]:
        for record in records:
            if id_of(record, "from_place") is not None and id_of(record, "from_place") == id_of(record, "to_place"):
                yield Problem("to_place", _("Goods go to another place than they lie in"), "SAME_PLACE", record)
            if record.state != "draft" and not changed(record, ("state",)):
                for name in changed(record, ("from_place_id", "to_place_id", "day")):
                    yield Problem(name, _("{number} is no draft any more: this stays as it is", number=record.number),
                                  "APPROVED", record)


class TransferLine(Entity, label=_("Transfer line"), plural=_("Transfer lines"), icon="list", title="id"):
    """A product that changes its place."""

    transfer: Mapped[Transfer] = link(parent=True, label=_("Transfer"))
    transfer_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    lot: Mapped[Lot | None] = link(label=_("Lot"))
    lot_id: Mapped[int | None]
    unit: Mapped[Unit] = link(label=_("Unit"), readonly=True, required=False, index=False)
    unit_id: Mapped[int]
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), default=1, unit="unit", decimals=2)

    @property
    def title(self) -> str:
        """Name the line by its product."""
        return self.product.title

    @classmethod
    def prepare(cls, records: Sequence[TransferLine]) -> None:
        fill_units(records)

    @classmethod
    def check(cls, records: Sequence[TransferLine]) -> Iterable[Problem]:
        yield from check_products(records)
        for record in records:
            if not within(record.quantity, Decimal("0.000001")):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            for name in changed(record, ("product_id", "lot_id", "quantity")):
                if record.transfer.state != "draft":
                    yield Problem(name, _("{number} is no draft any more: its lines stay as they are",
                                          number=record.transfer.number), "APPROVED", record)
