"""Money of production: rounded to the decimals of the company's currency."""

from decimal import Decimal

from kernel import Rounding, company_currency


def own_rounding() -> Rounding:
    """Give how amounts in the currency of the company's books are rounded."""
    return Rounding(Decimal(1).scaleb(-company_currency().decimals))
