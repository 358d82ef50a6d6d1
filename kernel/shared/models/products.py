"""Products, their categories and the taxes on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import inspect
from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import boolean, choice, date, link, money, note, percent, quantity, text
from kernel.entities.types import Money, Quantity
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.i18n import _
from kernel.shared.gs1 import wrong_check_digit
from kernel.shared.models.units import Unit
from kernel.shared.ranges import within

__all__ = ["Product", "ProductCategory", "Tax"]


class ProductCategory(
    Entity, label=_("Product category"), plural=_("Product categories"), icon="category", unique=[("name", "parent")]
):
    """A group of products; `path` holds the ids from the root to itself, so that a subtree is one LIKE."""

    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    parent: Mapped[ProductCategory | None] = link(label=_("Part of"))
    parent_id: Mapped[int | None]
    path: Mapped[str] = text(400, label=_("Path"), default="", readonly=True, hidden=True, index=True)

    @classmethod
    def prepare(cls, records: Sequence[ProductCategory]) -> None:
        for record in records:
            above = record.parent
            if above is None and record.parent_id is not None:
                above = session().get(ProductCategory, record.parent_id)
            record.path = f"{above.path if above is not None and above.path else '/'}{record.id}/"

    @classmethod
    def check(cls, records: Sequence[ProductCategory]) -> Iterable[Problem]:
        for record in records:
            if str(record.id) in record.path.strip("/").split("/")[:-1]:
                yield Problem("parent", _("A category can't be part of itself"), "CATEGORY_LOOP", record)


class Tax(Entity, label=_("Tax"), plural=_("Taxes"), icon="receipt-tax", unique=[("code",)]):
    """A tax on sales and purchases, as a rate on the net amount."""

    code: Mapped[str] = text(20, label=_("Code"), searchable=True)
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    rate: Mapped[Decimal] = percent(label=_("Rate"), default=0)

    @classmethod
    def check(cls, records: Sequence[Tax]) -> Iterable[Problem]:
        for record in records:
            if not within(record.rate, 0, 100):
                yield Problem("rate", _("A tax rate lies between 0 and 100 %"), "RATE", record)


class Product(
    Entity, label=_("Product"), plural=_("Products"), icon="box", unique=[("code",)], tagged=True, mergeable=True,
):
    """Something bought, made, kept or sold: one record for all plugins, each of which adds its component."""

    code: Mapped[str] = text(60, label=_("Code"), searchable=True)
    name: Mapped[str] = text(200, label=_("Name"), searchable=True)
    category: Mapped[ProductCategory | None] = link(label=_("Category"))
    category_id: Mapped[int | None]
    kind: Mapped[str] = choice(
        ("goods", _("Goods")), ("service", _("Service")), ("supply", _("Supply")), ("asset", _("Asset")),
        label=_("Kind"), default="goods")
    unit: Mapped[Unit] = link(label=_("Unit"))
    unit_id: Mapped[int]
    list_price: Mapped[Money] = money(label=_("List price"), default=0)
    cost: Mapped[Money] = money(label=_("Standard cost"), default=0)
    tax: Mapped[Tax | None] = link(label=_("Tax"))
    tax_id: Mapped[int | None]
    sellable: Mapped[bool] = boolean(label=_("Can be sold"), default=True)
    buyable: Mapped[bool] = boolean(label=_("Can be bought"), default=True)
    sold_from: Mapped[dt.date | None] = date(label=_("Sold from"))
    sold_until: Mapped[dt.date | None] = date(label=_("Sold until"))
    barcode: Mapped[str | None] = text(60, label=_("Barcode"), searchable=True, index=True,
                                       help=_("EAN, UPC or ITF-14, or a code of one's own"))
    colour: Mapped[str | None] = text(40, label=_("Colour"))
    size: Mapped[str | None] = text(40, label=_("Size"))
    size_unit: Mapped[Unit | None] = link(label=_("Unit of size"), index=False)
    size_unit_id: Mapped[int | None]
    weight: Mapped[Quantity | None] = quantity(label=_("Weight"), unit="weight_unit")
    weight_unit: Mapped[Unit | None] = link(label=_("Unit of weight"), index=False)
    weight_unit_id: Mapped[int | None]
    description: Mapped[str | None] = note(label=_("Description"))

    @property
    def title(self) -> str:
        """Name the product as people look for it: by code and name."""
        return f"{self.name}" if not self.code else f"{self.code} {self.name}"

    @classmethod
    def check(cls, records: Sequence[Product]) -> Iterable[Problem]:
        for record in records:
            for name in ("list_price", "cost", "weight"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)
            if record.sold_from and record.sold_until and record.sold_until < record.sold_from:
                yield Problem("sold_until", _("This lies before the day sales begin"), "DATES", record)
            yield from record._barcode_problems()

    @classmethod
    def check_merge(cls, survivor: Product, others: Sequence[Product]) -> Iterable[Problem]:
        if any(other.unit_id != survivor.unit_id for other in others):
            yield Problem("unit", _("They are counted in different units: quantities would mean something else"),
                          "MERGE_UNIT", survivor)

    def _barcode_problems(self) -> Iterable[Problem]:
        """Refuse a new GTIN whose check digit is wrong: a slip of the fingers that no scanner would ever find."""
        if not inspect(self).attrs.barcode.history.has_changes():
            return
        if right := wrong_check_digit(self.barcode or ""):
            yield Problem("barcode", _("{code} can't be right: its check digit would be {digit}", code=self.barcode,
                                       digit=right), "CHECK_DIGIT", self)
