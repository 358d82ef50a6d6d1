"""What purchase answers: what a product costs to buy."""

from collections.abc import Sequence
from fractions import Fraction

from sqlalchemy import select

from kernel import ExchangeRates, PriceAnswer, PriceQuestion, Product, Text, _, format_number, hook, session
from plugins.erp_purchase.suppliers.offers import Offer, Want, best_offers, exact, unit_factors


@hook(trylast=True)
def unit_price(questions: Sequence[PriceQuestion]) -> Sequence[PriceAnswer | None]:
    """Answer with the supplier's price, in the unit and currency asked for; without one, with the standard cost."""
    asked = [each for each in questions if each.side == "purchase"]
    if not asked:
        return [None] * len(questions)
    offers = best_offers([
        Want(each.product_id, each.quantity, each.unit_id, each.day, each.party_id) for each in asked])
    costs = _costs([each for each, offer in zip(asked, offers, strict=True) if offer is None])
    rates = ExchangeRates(
        {each.currency for each in asked if each.currency}
        | {offer.currency for offer in offers if offer and offer.currency})
    answers: list[PriceAnswer | None] = [None] * len(questions)
    waiting = iter(zip(offers, asked, strict=True))
    for place, question in enumerate(questions):
        if question.side != "purchase":
            continue
        offer, each = next(waiting)
        price = offer.price if offer else costs.get((each.product_id, each.unit_id))
        worth, into = rates.on(offer.currency if offer else None, each.day), rates.on(each.currency, each.day)
        if price is not None and worth is not None and into is not None:
            answers[place] = PriceAnswer(exact(price * Fraction(worth) / Fraction(into)), why_offer(offer))
    return answers


def why_offer(offer: Offer | None) -> Text:
    """Say where a price comes from."""
    if offer is None:
        return _("Standard cost")
    if not offer.minimum:
        return _("Price of {supplier}", supplier=offer.supplier)
    return _("Price of {supplier} from {minimum} on", supplier=offer.supplier,
             minimum=format_number(exact(offer.minimum, 6).normalize()))


def _costs(questions: Sequence[PriceQuestion]) -> dict[tuple[int, int], Fraction]:
    """Give the standard cost of one asked unit, by product and unit; a cost of zero says nothing."""
    if not questions:
        return {}
    rows = session().execute(
        select(Product.id, Product.cost, Product.unit_id)
        .where(Product.id.in_({each.product_id for each in questions}), Product.cost > 0)).all()
    products = {id_: (cost, unit) for id_, cost, unit in rows}
    factors = unit_factors({each.unit_id for each in questions} | {unit for _id, _cost, unit in rows})
    found = {}
    for each in questions:
        if each.product_id in products:
            cost, unit = products[each.product_id]
            per = factors.get(each.unit_id, Fraction(1)) / factors.get(unit, Fraction(1))
            found[each.product_id, each.unit_id] = Fraction(cost) * per
    return found
