"""The books of stock: moves, which are the truth, and what follows from them for each place and product."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Table, event, func

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
    choice,
    date,
    link,
    money,
    quantity,
    ref,
)
from plugins.erp_inventory.places.models import Lot, Place

KINDS = (
    ("receipt", _("Receipt"), "green"), ("delivery", _("Delivery"), "blue"), ("issue", _("Issue"), "amber"),
    ("production", _("Production"), "green"), ("adjustment", _("Adjustment"), "violet"),
    ("opening", _("Opening"), "gray"), ("transfer", _("Transfer"), "gray"),
)


class Move(Document, label=_("Stock move"), plural=_("Stock moves"), icon="arrows-exchange"):
    """Goods that went from one place to another, once and for all: a move is never changed, only reversed.

    Quantity and value are positive; whether the stock gained or lost them is told by `direction`.
    """

    product: Mapped[Product] = link(label=_("Product"), readonly=True, index=False)
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), unit="unit", readonly=True)
    unit: Mapped[Unit] = link(label=_("Unit"), readonly=True, index=False)
    unit_id: Mapped[int]
    direction: Mapped[str] = choice(
        ("in", _("In"), "green"), ("out", _("Out"), "blue"), ("inside", _("Inside"), "gray"), label=_("Direction"),
        readonly=True)
    value: Mapped[Money] = money(label=_("Value"), default=0, readonly=True)
    day: Mapped[dt.date] = date(label=_("Day"), readonly=True)
    kind: Mapped[str] = choice(*KINDS, label=_("Kind"), readonly=True)
    from_place: Mapped[Place] = link(label=_("From"), readonly=True, index=False)
    from_place_id: Mapped[int]
    to_place: Mapped[Place] = link(label=_("To"), readonly=True, index=False)
    to_place_id: Mapped[int]
    lot: Mapped[Lot | None] = link(label=_("Lot"), readonly=True)
    lot_id: Mapped[int | None]
    document: Mapped[AnyRef] = ref(label=_("Document"), follows=False)
    document_entity: Mapped[str]
    document_id: Mapped[int]
    document_title: Mapped[str]
    source: Mapped[AnyRef | None] = ref(label=_("Made for"), follows=False)
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    source_line: Mapped[AnyRef | None] = ref(label=_("Line"), follows=False, hidden=True)
    source_line_entity: Mapped[str | None]
    source_line_id: Mapped[int | None]
    source_line_title: Mapped[str | None]
    party: Mapped[Party | None] = link(label=_("Party"), readonly=True, index=False)
    party_id: Mapped[int | None]
    reverses: Mapped[Move | None] = link(label=_("Takes back"), readonly=True, index=False)
    reverses_id: Mapped[int | None]

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"), CheckConstraint("value >= 0", name="value"))

    @property
    def title(self) -> str:
        """Name the move by its document."""
        return f"{self.document.title} {self.id}"

    @classmethod
    def check(cls, records: Sequence[Move]) -> Iterable[Problem]:
        for record in records:
            yield Problem("document", _("Moves are written by posting a document, and never changed"), "BOOKS", record)


_moves: Table = Move.__table__  # type: ignore[assignment]  # a mapped class's Table
Index("ix_erp_inventory_move_product_day", _moves.c.product_id, _moves.c.day)
Index("ux_erp_inventory_move_reverses", _moves.c.reverses_id, unique=True)


class Balance(Entity, label=_("Stock balance"), plural=_("Stock balances"), icon="stack-2", company="required"):
    """How much of a product lies in one place, and how much of it is kept for somebody."""

    product: Mapped[Product] = link(label=_("Product"), readonly=True, index=False)
    product_id: Mapped[int]
    place: Mapped[Place] = link(label=_("Place"), readonly=True)
    place_id: Mapped[int]
    lot: Mapped[Lot | None] = link(label=_("Lot"), readonly=True)
    lot_id: Mapped[int | None]
    on_hand: Mapped[Quantity] = quantity(label=_("On hand"), default=0, readonly=True)
    reserved: Mapped[Quantity] = quantity(label=_("Reserved"), default=0, readonly=True)

    __table_args__ = (CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved"),)

    @property
    def title(self) -> str:
        """Name the balance by product and place."""
        return f"{self.product.title} · {self.place.title}"

    @classmethod
    def check(cls, records: Sequence[Balance]) -> Iterable[Problem]:
        yield from kept_by_moves(records)


_balances: Table = Balance.__table__  # type: ignore[assignment]  # a mapped class's Table
Index("ux_erp_inventory_balance_product_place_lot", _balances.c.company_id, _balances.c.product_id,
      _balances.c.place_id, func.coalesce(_balances.c.lot_id, 0), unique=True)


class Valuation(
    Entity, label=_("Stock value"), plural=_("Stock values"), icon="coins", company="required", unique=[("product",)],
):
    """What a company's stock of a product is worth: value ÷ quantity is its moving average."""

    product: Mapped[Product] = link(label=_("Product"), readonly=True)
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), default=0, readonly=True)
    value: Mapped[Money] = money(label=_("Value"), default=0, readonly=True)

    __table_args__ = (
        CheckConstraint("quantity >= 0 AND value >= 0", name="positive"),
        CheckConstraint("quantity > 0 OR value = 0", name="nothing_is_worth_nothing"),
    )

    @property
    def title(self) -> str:
        """Name the value by its product."""
        return self.product.title

    @property
    def average(self) -> Decimal | None:
        """Give what one unit is worth, to six decimals; None where there is none."""
        return round(self.value / self.quantity, 6) if self.quantity else None

    @classmethod
    def check(cls, records: Sequence[Valuation]) -> Iterable[Problem]:
        yield from kept_by_moves(records)


def kept_by_moves(records: Sequence[Entity]) -> Iterable[Problem]:
    """Refuse what somebody typed into a book that only postings and reservations write."""
    for record in records:
        yield Problem("product", _("This follows from moves and reservations; nobody types it"), "BOOKS", record)


def refuse_to_delete(mapper: object, connection: object, record: Any) -> None:
    """Keep the books whole: what was moved stays moved."""
    raise Refusal("BOOKS", _("{title} is part of the stock's books and can't be deleted", title=record.title),
                  record=record, fix=_("Reverse the document it came of"))


for _book in (Move, Balance, Valuation):
    event.listen(_book, "before_delete", refuse_to_delete)
