"""What sales answers: the price of a product."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select

from kernel import ExchangeRates, Party, PriceAnswer, PriceQuestion, Product, _, hook, session, unit_facts
from plugins.erp_sales.terms.extends import SalesTerms


@hook(trylast=True)
def unit_price(questions: Sequence[PriceQuestion]) -> Sequence[PriceAnswer | None]:
    """Answer with the list price, in the unit and currency asked for, and the discount of the party's terms."""
    asked = [question for question in questions if question.side == "sale"]
    if not asked:
        return [None] * len(questions)
    products = {
        product.id: product for product in session().execute(
            select(Product.id, Product.unit_id, Product.list_price)
            .where(Product.id.in_({each.product_id for each in asked})))}
    discounts = _discounts({each.party_id for each in asked if each.party_id})
    units = unit_facts()
    rates = ExchangeRates(each.currency for each in asked if each.currency)
    answers: list[PriceAnswer | None] = []
    for each in questions:
        product = products.get(each.product_id) if each.side == "sale" else None
        rate = rates.on(each.currency, each.day) if product else None
        if product is None or rate is None:
            answers.append(None)
            continue
        price: Decimal = product.list_price
        if each.unit_id != product.unit_id or rate != 1:
            per_unit = units[each.unit_id].factor / units[product.unit_id].factor
            price = _exact(Fraction(price) * per_unit / Fraction(rate))
        answers.append(PriceAnswer(price, _("List price"), discounts.get(each.party_id or 0, Decimal(0))))
    return answers


def _discounts(parties: set[int]) -> dict[int, Decimal]:
    if not parties:
        return {}
    rows = session().execute(select(Party.id, SalesTerms.discount).join(SalesTerms).where(Party.id.in_(parties)))
    return dict(rows.all())


def _exact(price: Fraction) -> Decimal:
    return (Decimal(price.numerator) / Decimal(price.denominator)).quantize(Decimal("0.0001"))

