"""Money of production: rounded to the decimals of the company's currency."""

from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from kernel import Company, Currency, actor, session

ZERO = Decimal(0)


def currency_step() -> Decimal:
    """Give the smallest amount of the currency the company keeps its books in."""
    decimals = session().scalar(
        select(Currency.decimals).join(Company, Company.currency == Currency.code)
        .where(Company.id == actor().company_id))
    return Decimal(1).scaleb(-(2 if decimals is None else decimals))


def rounded_to(value: Decimal, step: Decimal) -> Decimal:
    """Round an amount to the currency, halves away from zero."""
    return value.quantize(step, ROUND_HALF_UP)
