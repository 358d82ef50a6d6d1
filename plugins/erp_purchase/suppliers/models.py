"""Who delivers a product, and at which price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from kernel import (
    Currency,
    Entity,
    Mapped,
    Money,
    Party,
    Problem,
    Product,
    Quantity,
    Unit,
    _,
    date,
    integer,
    link,
    money,
    quantity,
    text,
    within,
)


class ProductSupplier(
    Entity, label=_("Supplier of a product"), plural=_("Suppliers of products"), icon="truck", title="supplier_code"
):
    """A supplier's price for a product, from a quantity on and between two days. The lowest priority is taken first."""

    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    supplier: Mapped[Party] = link(label=_("Supplier"), among={"is_supplier": "1"})
    supplier_id: Mapped[int]
    supplier_code: Mapped[str | None] = text(60, label=_("Supplier's code"), searchable=True)
    price: Mapped[Money] = money(label=_("Price"), currency="currency", decimals=4)
    currency: Mapped[Currency | None] = link(label=_("Currency"), help=_("The company's where empty"), index=False)
    currency_id: Mapped[int | None]
    unit: Mapped[Unit | None] = link(label=_("Unit"), help=_("The product's where empty"), index=False)
    unit_id: Mapped[int | None]
    minimum: Mapped[Quantity] = quantity(label=_("From quantity"), default=0, unit="unit")
    maximum: Mapped[Quantity | None] = quantity(label=_("Up to quantity"), unit="unit")
    lead_days: Mapped[int | None] = integer(label=_("Days to deliver"), help=_("The supplier's where empty"))
    valid_from: Mapped[dt.date | None] = date(label=_("Valid from"))
    valid_until: Mapped[dt.date | None] = date(label=_("Valid until"))
    priority: Mapped[int] = integer(label=_("Priority"), default=10, help=_("The lowest is asked first"))

    @classmethod
    def check(cls, records: Sequence[ProductSupplier]) -> Iterable[Problem]:
        for record in records:
            for name in ("price", "minimum", "lead_days"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)
            if record.maximum is not None and record.maximum < (record.minimum or 0):
                yield Problem("maximum", _("This is less than the quantity the price starts from"), "RANGE", record)
            if record.valid_from and record.valid_until and record.valid_until < record.valid_from:
                yield Problem("valid_until", _("This lies before the first day"), "DATES", record)
