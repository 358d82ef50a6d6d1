"""Warehouses, the places in and around them, and lots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import Index, Table

from kernel import Entity, Mapped, Problem, Product, _, choice, date, link, text

STOCK = "stock"


class Warehouse(
    Entity, label=_("Warehouse"), plural=_("Warehouses"), icon="building-warehouse", unique=[("code",)],
    company="required",
):
    """A building or yard that goods are kept in."""

    code: Mapped[str] = text(20, label=_("Code"), searchable=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)


class Place(
    Entity, label=_("Place"), plural=_("Places"), icon="map-pin", unique=[("code",)], company="required",
):
    """Where goods lie or come from: only places of kind “stock” hold goods; the others are where moves end outside.

    A place may be part of another: an aisle of its hall.
    """

    code: Mapped[str] = text(40, label=_("Code"), searchable=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    kind: Mapped[str] = choice(
        (STOCK, _("Stock")), ("supplier", _("At suppliers")), ("customer", _("At customers")),
        ("production", _("In production")), ("loss", _("Found and lost")), ("transit", _("In transit")),
        label=_("Kind"), default=STOCK)
    warehouse: Mapped[Warehouse | None] = link(label=_("Warehouse"))
    warehouse_id: Mapped[int | None]
    parent: Mapped[Place | None] = link(label=_("Part of"))
    parent_id: Mapped[int | None]

    @classmethod
    def check(cls, records: Sequence[Place]) -> Iterable[Problem]:
        for record in records:
            if record.parent_id is not None and record.parent_id == record.id:
                yield Problem("parent", _("A place can't be part of itself"), "PLACE_LOOP", record)


_places: Table = Place.__table__  # type: ignore[assignment]  # a mapped class's Table
Index("ix_erp_inventory_place_kind", _places.c.company_id, _places.c.kind, _places.c.id)


class Lot(
    Entity, label=_("Lot"), plural=_("Lots"), icon="barcode", title="number", unique=[("product", "number")],
    company="required",
):
    """Goods of one product that came or were made together, under one number; expired ones are not handed out."""

    number: Mapped[str] = text(60, label=_("Number"), searchable=True, index=True)
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    expires_on: Mapped[dt.date | None] = date(label=_("Expires"))
