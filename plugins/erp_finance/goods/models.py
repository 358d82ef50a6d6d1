"""What was shipped or received of a line and isn't invoiced yet."""

from __future__ import annotations

from kernel import (
    AnyRef,
    Entity,
    Mapped,
    Money,
    Product,
    Quantity,
    Unit,
    _,
    choice,
    link,
    money,
    quantity,
    ref,
)


class UnbilledGoods(
    Entity, label=_("Goods not invoiced"), plural=_("Goods not invoiced"), icon="truck-loading", company="required",
    unique=[("line",)],
):
    """The goods of one order line, moved against invoiced: what the accounts for shipped and received goods hold.

    Quantities are in the product's unit, values in the company's currency. What was moved and invoiced is cleared:
    its cost went to the cost of sales, or against the supplier's invoice.
    """

    side: Mapped[str] = choice(("shipped", _("Shipped")), ("received", _("Received")), label=_("Side"), readonly=True)
    order: Mapped[AnyRef | None] = ref(label=_("Order"), follows=False)
    order_entity: Mapped[str | None]
    order_id: Mapped[int | None]
    order_title: Mapped[str | None]
    line: Mapped[AnyRef | None] = ref(label=_("Order line"), hidden=True, follows=False)
    line_entity: Mapped[str | None]
    line_id: Mapped[int | None]
    line_title: Mapped[str | None]
    product: Mapped[Product] = link(label=_("Product"), readonly=True, index=False)
    product_id: Mapped[int]
    unit: Mapped[Unit] = link(label=_("Unit"), readonly=True, index=False)
    unit_id: Mapped[int]
    moved_quantity: Mapped[Quantity] = quantity(label=_("Moved"), default=0, readonly=True, unit="unit", decimals=2)
    moved_value: Mapped[Money] = money(label=_("Value moved"), default=0, readonly=True)
    invoiced_quantity: Mapped[Quantity] = quantity(
        label=_("Invoiced"), default=0, readonly=True, unit="unit", decimals=2)
    cleared_quantity: Mapped[Quantity] = quantity(
        label=_("Moved and invoiced"), default=0, readonly=True, unit="unit", decimals=2)
    cleared_value: Mapped[Money] = money(label=_("Value cleared"), default=0, readonly=True)
    ahead_value: Mapped[Money] = money(label=_("Invoiced ahead"), default=0, readonly=True)
    """What a supplier invoiced before the goods came: it waits for them on the same account."""

    @property
    def title(self) -> str:
        """Name the line by its order."""
        return self.order_title or f"{self.__label__} {self.id}"
