"""What one does with quotes."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from kernel import Refusal, _, session
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.quotes.models import Quote, QuoteLine


def has_lines(quotes: Sequence[Quote]) -> Iterable[Refusal]:
    """Refuse quotes that offer nothing."""
    ids = [quote.id for quote in quotes]
    filled = set(session().scalars(
        select(QuoteLine.quote_id).where(QuoteLine.quote_id.in_(ids)).group_by(QuoteLine.quote_id)
        .having(func.count() > 0)))
    for quote in quotes:
        if quote.id not in filled:
            yield Refusal("NO_LINES", _("{number} has no lines", number=quote.number), record=quote, field="lines",
                          fix=_("Add what the customer would buy"))


def still_valid(quotes: Sequence[Quote]) -> Iterable[Refusal]:
    """Refuse quotes whose day has passed."""
    today = session().today
    for quote in quotes:
        if quote.valid_until is not None and quote.valid_until < today:
            yield Refusal(
                "QUOTE_EXPIRED", _("{number} was valid until {day}", number=quote.number, day=quote.valid_until),
                record=quote, field="valid_until", actual=today, allowed=quote.valid_until,
                fix=_("Make it a draft again and give it a later day"))


def draft_orders(quotes: Sequence[Quote]) -> None:
    """Draft an order for each accepted quote, its lines pointing to the quote's: the effect of accepting."""
    current = session()
    lines: dict[int, list[QuoteLine]] = {}
    found = current.scalars(
        select(QuoteLine).where(QuoteLine.quote_id.in_([quote.id for quote in quotes])).order_by(QuoteLine.id))
    for line in found:
        lines.setdefault(line.quote_id, []).append(line)
    for quote in quotes:
        order = Order(
            customer_id=quote.customer_id, contact_id=quote.contact_id, owner_id=quote.owner_id,
            currency_id=quote.currency_id, freight=quote.freight, quote_id=quote.id, origin=quote.number)
        order.lines = [
            OrderLine(
                product_id=line.product_id, description=line.description, quantity=line.quantity, unit_id=line.unit_id,
                unit_price=line.unit_price, discount=line.discount, tax_id=line.tax_id,
                price_source=str(_("Quote {number}", number=quote.number)), quote_line_id=line.id)
            for line in lines.get(quote.id, ())]
        current.add(order)
    current.flush()
