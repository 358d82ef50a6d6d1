"""What planning adds to a product."""

from decimal import Decimal

from kernel import Extension, Mapped, Product, Quantity, _, boolean, choice, integer, percent, quantity


class Planning(Extension[Product], label=_("Planning")):
    """How a product is supplied: made or bought, how long that takes, what is kept in reserve, in which lots."""

    supply: Mapped[str] = choice(
        ("auto", _("As bills of materials say")), ("bought", _("Bought")), ("made", _("Made")),
        ("phantom", _("Phantom")), label=_("Supply"), default="auto",
        help=_("A phantom is never made by itself: its components go straight into what it is part of"))
    planned: Mapped[bool] = boolean(
        label=_("Planned"), default=False,
        help=_("Products with a bill of materials, and their components, are planned anyway"))
    lead_days: Mapped[int] = integer(label=_("Lead time, days"), default=0)
    safety_stock: Mapped[Quantity] = quantity(label=_("Safety stock"), default=0)
    lot_rule: Mapped[str] = choice(
        ("lot_for_lot", _("As needed")), ("fixed", _("Fixed lots")), ("multiple", _("Multiples of the lot")),
        ("period", _("What a period needs")), label=_("Lots"), default="lot_for_lot")
    lot_size: Mapped[Quantity] = quantity(label=_("Lot size"), default=0)
    minimum: Mapped[Quantity] = quantity(label=_("Smallest order"), default=0)
    period_days: Mapped[int] = integer(label=_("Period, days"), default=7)
    yield_percent: Mapped[Decimal] = percent(
        label=_("Yield"), default=100, help=_("Good pieces out of a hundred that are started"))
