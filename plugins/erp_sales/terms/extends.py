"""What sales adds to a party."""

from decimal import Decimal

from kernel import Extension, Mapped, Money, Party, _, integer, money, percent


class SalesTerms(Extension[Party], label=_("Sales terms")):
    """What sales needs to know of a party: how much it may owe, when it pays, what it is granted."""

    credit_limit: Mapped[Money | None] = money(label=_("Credit limit"), help=_("Empty for no limit"))
    payment_days: Mapped[int] = integer(label=_("Days to pay"), default=30)
    discount: Mapped[Decimal] = percent(label=_("Discount"), default=0, help=_("Off every list price"))
