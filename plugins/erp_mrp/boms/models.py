"""The bill of materials: its components and its operations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from kernel import (
    Entity,
    Mapped,
    Problem,
    Product,
    Quantity,
    Unit,
    _,
    boolean,
    date,
    integer,
    lines,
    link,
    note,
    percent,
    text,
    within,
)
from kernel import quantity as measure
from plugins.erp_mrp.boms.loops import refuse_loops
from plugins.erp_mrp.work_centres.models import WorkCentre

LEAST = Decimal("0.000001")


class Bom(
    Entity, label=_("Bill of materials"), plural=_("Bills of materials"), icon="sitemap",
    unique=[("product", "revision")],
):
    """What a batch of a product is made of while the bill is valid.

    Of the active bills valid on a day the one that began last counts. `valid_until` is the first day without it.
    """

    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    revision: Mapped[str] = text(20, label=_("Version"), default="1", searchable=True)
    quantity: Mapped[Quantity] = measure(
        label=_("Batch"), default=1, help=_("The lines say what so many pieces are made of"))
    valid_from: Mapped[dt.date | None] = date(label=_("Valid from"))
    valid_until: Mapped[dt.date | None] = date(label=_("Valid until"), help=_("The first day on which it is over"))
    active: Mapped[bool] = boolean(label=_("In use"), default=True)
    comment: Mapped[str | None] = note(label=_("Note"))
    operations: Mapped[list[BomOperation]] = lines("bom", label=_("Operations"))
    components: Mapped[list[BomLine]] = lines("bom", label=_("Components"))

    @property
    def title(self) -> str:
        """Name the bill by its product and version."""
        return f"{self.product.title} / {self.revision}"

    @classmethod
    def check(cls, records: Sequence[Bom]) -> Iterable[Problem]:
        for record in records:
            if not within(record.quantity, LEAST):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            yield from _days(record)
        yield from refuse_loops(records, ())


class BomOperation(
    Entity, label=_("Operation"), plural=_("Operations"), icon="settings-cog",
):
    """One step in making a batch: where, in which order, how long."""

    bom: Mapped[Bom] = link(parent=True, label=_("Bill of materials"))
    bom_id: Mapped[int]
    sequence: Mapped[int] = integer(label=_("Step"), default=10)
    name: Mapped[str] = text(120, label=_("Operation"))
    work_centre: Mapped[WorkCentre] = link(label=_("Work centre"))
    work_centre_id: Mapped[int]
    setup_hours: Mapped[Quantity] = measure(label=_("Setup, hours"), default=0, decimals=4)
    run_hours: Mapped[Quantity] = measure(label=_("Hours per piece"), default=0, decimals=4)

    @classmethod
    def check(cls, records: Sequence[BomOperation]) -> Iterable[Problem]:
        for record in records:
            for name in ("setup_hours", "run_hours"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)


class BomLine(Entity, label=_("Component"), plural=_("Components"), icon="puzzle", title="component"):
    """A component of a batch. A fixed quantity is needed once per order, however large it is."""

    bom: Mapped[Bom] = link(parent=True, label=_("Bill of materials"))
    bom_id: Mapped[int]
    component: Mapped[Product] = link(label=_("Component"))
    component_id: Mapped[int]
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), default=1, unit="unit")
    unit: Mapped[Unit | None] = link(label=_("Unit"), help=_("The component's own where empty"), index=False)
    unit_id: Mapped[int | None]
    fixed: Mapped[bool] = boolean(label=_("Fixed"), default=False, help=_("Needed once per order"))
    scrap_percent: Mapped[Decimal] = percent(
        label=_("Scrap"), default=0, help=_("Of a hundred pieces taken, so many are lost"))
    valid_from: Mapped[dt.date | None] = date(label=_("Valid from"))
    valid_until: Mapped[dt.date | None] = date(label=_("Valid until"), help=_("The first day on which it is over"))
    operation: Mapped[BomOperation | None] = link(label=_("Used in"), index=False)
    operation_id: Mapped[int | None]

    @classmethod
    def check(cls, records: Sequence[BomLine]) -> Iterable[Problem]:
        for record in records:
            if not within(record.quantity, LEAST):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            if not within(record.scrap_percent, 0, Decimal("99.99")):
                yield Problem("scrap_percent", _("Scrap lies between 0 and 99.99 %"), "SCRAP", record)
            yield from _days(record)
        yield from refuse_loops((), records)


def _days(record: Bom | BomLine) -> Iterable[Problem]:
    if record.valid_from and record.valid_until and record.valid_until <= record.valid_from:
        yield Problem("valid_until", _("This lies before the first day of validity"), "DATES", record)
