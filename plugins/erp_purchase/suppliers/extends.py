"""What purchase adds to a party."""

from decimal import Decimal

from kernel import Extension, Mapped, Money, Party, _, choice, integer, money, percent

STANDINGS = (
    ("potential", _("Potential"), "gray"), ("qualified", _("Qualified"), "blue"),
    ("preferred", _("Preferred"), "green"), ("suspended", _("Suspended"), "red"),
)


class SupplierTerms(Extension[Party], label=_("Purchase terms")):
    """What purchase needs to know of a party: its standing, when we pay, how soon and exactly it delivers."""

    standing: Mapped[str] = choice(
        *STANDINGS, label=_("Standing"), default="potential", help=_("Nothing is ordered from a suspended supplier"))
    payment_days: Mapped[int] = integer(label=_("Days to pay"), default=30)
    lead_days: Mapped[int] = integer(label=_("Days to deliver"), default=0)
    over_percent: Mapped[Decimal] = percent(
        label=_("Over-delivery %"), default=0, help=_("How much more than ordered may arrive"))
    minimum_order: Mapped[Money | None] = money(
        label=_("Minimum order"), help=_("Before tax, in the company's currency; empty for none"))
