"""What is kept for whom, and what somebody still waits for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import CheckConstraint, Index, Table, event

from kernel import AnyRef, Entity, Mapped, Problem, Product, Quantity, _, date, link, quantity, ref
from plugins.erp_inventory.moves.models import kept_by_moves, refuse_to_delete
from plugins.erp_inventory.places.models import Lot, Place


class Reservation(Entity, label=_("Reservation"), plural=_("Reservations"), icon="lock", company="required"):
    """Goods in a place that are kept for one line of a document."""

    product: Mapped[Product] = link(label=_("Product"), readonly=True, index=False)
    product_id: Mapped[int]
    place: Mapped[Place] = link(label=_("Place"), readonly=True, index=False)
    place_id: Mapped[int]
    lot: Mapped[Lot | None] = link(label=_("Lot"), readonly=True)
    lot_id: Mapped[int | None]
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), readonly=True)
    needed_on: Mapped[dt.date | None] = date(label=_("Needed"), readonly=True)
    source: Mapped[AnyRef] = ref(label=_("Kept for"), follows=False)
    source_entity: Mapped[str]
    source_id: Mapped[int]
    source_title: Mapped[str]
    source_line: Mapped[AnyRef] = ref(label=_("Line"), follows=False, hidden=True)
    source_line_entity: Mapped[str]
    source_line_id: Mapped[int]
    source_line_title: Mapped[str]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    @property
    def title(self) -> str:
        """Name the reservation by whom it is for."""
        return f"{self.source.title} · {self.product.title}"

    @classmethod
    def check(cls, records: Sequence[Reservation]) -> Iterable[Problem]:
        yield from kept_by_moves(records)


class Wait(Entity, label=_("Waiting need"), plural=_("Waiting needs"), icon="hourglass", company="required"):
    """What one line of a document lacks: goods that come in are offered to it, the earliest needed first."""

    product: Mapped[Product] = link(label=_("Product"), readonly=True, index=False)
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), readonly=True)
    needed_on: Mapped[dt.date | None] = date(label=_("Needed"), readonly=True)
    source: Mapped[AnyRef] = ref(label=_("Needed for"), follows=False)
    source_entity: Mapped[str]
    source_id: Mapped[int]
    source_title: Mapped[str]
    source_line: Mapped[AnyRef] = ref(label=_("Line"), follows=False, hidden=True)
    source_line_entity: Mapped[str]
    source_line_id: Mapped[int]
    source_line_title: Mapped[str]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    @property
    def title(self) -> str:
        """Name the need by whom it is for."""
        return f"{self.source.title} · {self.product.title}"

    @classmethod
    def check(cls, records: Sequence[Wait]) -> Iterable[Problem]:
        yield from kept_by_moves(records)


for _book in (Reservation, Wait):
    _table: Table = _book.__table__  # type: ignore[assignment]  # a mapped class's Table
    Index(f"ix_{_table.name}_product", _table.c.company_id, _table.c.product_id)
    event.listen(_book, "before_delete", refuse_to_delete)
