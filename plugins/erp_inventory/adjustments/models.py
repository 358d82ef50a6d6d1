"""The adjustment with its lines, and the opening stock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from kernel import (
    Document,
    Entity,
    Mapped,
    Money,
    Problem,
    Product,
    Quantity,
    Unit,
    _,
    choice,
    date,
    lines,
    link,
    money,
    note,
    quantity,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.erp_inventory.documents import changed, check_products, fill_units, id_of
from plugins.erp_inventory.places.models import STOCK, Lot, Place


class Adjustment(
    Document, label=_("Stock adjustment"), plural=_("Stock adjustments"), icon="adjustments", title="number"
):
    """Goods that were found, lost or counted: what comes in or goes out for no order's sake."""

    number: Mapped[str] = serial("AD-{year}-{n:05}", label=_("Number"))
    kind: Mapped[str] = choice(
        ("found", _("Found"), "green"), ("lost", _("Lost"), "red"), ("count", _("Counted"), "blue"),
        label=_("Kind"), default="count")
    reason: Mapped[str] = text(200, label=_("Reason"), searchable=True)
    day: Mapped[dt.date | None] = date(label=_("Day"), required=False, present=True)
    state: Mapped[str] = state("draft", label=_("State"))
    value: Mapped[Money] = money(label=_("Value of the differences"), default=0, readonly=True)
    comment: Mapped[str | None] = note(label=_("Note"))
    lines: Mapped[list[AdjustmentLine]] = lines("adjustment", label=_("Lines"))

    @classmethod
    def check(cls, records: Sequence[Adjustment]) -> Iterable[Problem]:
        for record in records:
            if record.state != "draft" and not changed(record, ("state",)):
                for name in changed(record, ("kind", "day")):
                    yield Problem(name, _("{number} is no draft any more: this stays as it is", number=record.number),
                                  "APPROVED", record)


class AdjustmentLine(Entity, label=_("Adjustment line"), plural=_("Adjustment lines"), icon="list", title="id"):
    """A product in a place: how much was found or lost there, or how much was counted."""

    adjustment: Mapped[Adjustment] = link(parent=True, label=_("Adjustment"))
    adjustment_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    place: Mapped[Place | None] = link(label=_("Place"), index=False, help=_("The company's first where empty"))
    place_id: Mapped[int | None]
    lot: Mapped[Lot | None] = link(label=_("Lot"))
    lot_id: Mapped[int | None]
    unit: Mapped[Unit] = link(label=_("Unit"), readonly=True, required=False, index=False)
    unit_id: Mapped[int]
    counted: Mapped[Quantity | None] = quantity(
        label=_("Counted"), unit="unit", decimals=2, help=_("All there is in the place, reserved goods too"))
    difference: Mapped[Quantity | None] = quantity(label=_("Difference"), unit="unit", decimals=2, readonly=True)
    quantity: Mapped[Quantity | None] = quantity(label=_("Quantity"), unit="unit", decimals=2)
    unit_value: Mapped[Money | None] = money(
        label=_("Unit cost"), decimals=6, help=_("Of goods found; the moving average where empty"))

    @property
    def title(self) -> str:
        """Name the line by its product."""
        return self.product.title

    @classmethod
    def prepare(cls, records: Sequence[AdjustmentLine]) -> None:
        fill_units(records)

    @classmethod
    def check(cls, records: Sequence[AdjustmentLine]) -> Iterable[Problem]:
        yield from check_products(records)
        for record in records:
            for name in ("counted", "quantity", "unit_value"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)
            for name in changed(record, ("product_id", "place_id", "lot_id", "counted", "quantity", "unit_value")):
                if record.adjustment.state != "draft":
                    yield Problem(name, _("{number} is no draft any more: its lines stay as they are",
                                          number=record.adjustment.number), "APPROVED", record)


class Opening(Document, label=_("Opening stock"), plural=_("Opening stock"), icon="flag", title="number"):
    """What a company begins with of a product in a place: posted as it is entered, at the end of the same work."""

    number: Mapped[str] = serial("OB-{year}-{n:05}", label=_("Number"))
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    place: Mapped[Place | None] = link(label=_("Place"), index=False, help=_("The company's first where empty"))
    place_id: Mapped[int | None]
    lot: Mapped[Lot | None] = link(label=_("Lot"))
    lot_id: Mapped[int | None]
    unit: Mapped[Unit] = link(label=_("Unit"), readonly=True, required=False, index=False)
    unit_id: Mapped[int]
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), unit="unit", decimals=2)
    unit_value: Mapped[Money | None] = money(
        label=_("Unit cost"), decimals=6, help=_("The standard cost where empty"))
    day: Mapped[dt.date | None] = date(label=_("Day"), required=False, present=True)
    state: Mapped[str] = state("draft", label=_("State"))
    comment: Mapped[str | None] = note(label=_("Note"))

    @classmethod
    def prepare(cls, records: Sequence[Opening]) -> None:
        fill_units(records)

    @classmethod
    def check(cls, records: Sequence[Opening]) -> Iterable[Problem]:
        yield from check_products(records)
        today = session().today
        for record in records:
            if not within(record.quantity, 0):
                yield Problem("quantity", _("This can't be less than zero"), "NEGATIVE", record)
            if not within(record.unit_value, 0):
                yield Problem("unit_value", _("This can't be less than zero"), "NEGATIVE", record)
            if record.day is not None and record.day > today:
                yield Problem("day", _("This day is still to come"), "FUTURE", record)
            place = session().get(Place, record.place_id) if record.place_id else None
            if place is not None and place.kind != STOCK:
                yield Problem("place", _("{place} can't hold goods: it is no place of kind “stock”", place=place.name),
                              "PLACE", record)
            lot = session().get(Lot, record.lot_id) if record.lot_id else None
            if lot is not None and lot.product_id != id_of(record, "product"):
                yield Problem("lot", _("Lot {lot} is of another product", lot=lot.number), "LOT", record)
            if record.state != "draft" and not changed(record, ("state",)):
                for name in changed(record, ("product_id", "place_id", "lot_id", "quantity", "unit_value", "day")):
                    yield Problem(name, _("{number} has been posted: reverse it and enter another",
                                          number=record.number), "POSTED", record)
