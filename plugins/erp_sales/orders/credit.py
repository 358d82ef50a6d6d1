"""May a customer owe this much? Open orders and what plugins say is owed, against the limit of their terms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from kernel import BalanceQuestion, Party, Refusal, _, as_system, ask, format_number, session, summed
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.terms.extends import SalesTerms


@dataclass(frozen=True, slots=True)
class Credit:
    """What a customer has bought and not yet paid, in the company's currency."""

    limit: Decimal | None
    open_orders: Decimal
    balance: Decimal

    @property
    def used(self) -> Decimal:
        """Give all that counts against the limit."""
        return self.open_orders + self.balance


def credit_of(customers: Sequence[int]) -> dict[int, Credit]:
    """Give the credit of customers by id: all owners' confirmed orders count, and what other plugins know is owed.

    A fixed number of statements for any number of customers.
    """
    wanted = sorted(set(customers))
    with as_system("credit counts everybody's orders") as system:
        limits = dict(system.execute(
            select(Party.id, SalesTerms.credit_limit).join(SalesTerms).where(Party.id.in_(wanted))).all())
        rows = system.execute(
            select(Order.customer_id, Order.exchange_rate, func.sum(Order.total))
            .where(Order.customer_id.in_(wanted), Order.state == "confirmed", Order.historical.is_(False),
                   Order.archived.is_(False), Order.company_id == system.actor.company_id)
            .group_by(Order.customer_id, Order.exchange_rate))
        ordered: dict[int, Decimal] = {}
        for customer, rate, total in rows:
            ordered[customer] = ordered.get(customer, Decimal(0)) + total * rate
        questions = [BalanceQuestion(customer, system.today) for customer in wanted]
        balances = summed(ask.open_balance(questions=questions), len(questions))
    return {
        customer: Credit(limits.get(customer), ordered.get(customer, Decimal(0)), balance)
        for customer, balance in zip(wanted, balances, strict=True)}


def within_credit(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse CREDIT for orders that would take their customer over the limit, the ones before them included."""
    session().flush()
    credit = credit_of([order.customer_id for order in orders])
    adding: dict[int, Decimal] = {}
    for order in orders:
        known = credit[order.customer_id]
        if known.limit is None:
            continue
        so_far = known.used + adding.get(order.customer_id, Decimal(0))
        after = so_far + order.total * order.exchange_rate
        if after > known.limit:
            yield Refusal(
                "CREDIT",
                _("{customer} would owe {after}, their credit limit is {limit}", customer=order.customer.name,
                  after=format_number(after, 2), limit=format_number(known.limit, 2)),
                record=order, field="customer", actual=after, allowed=known.limit,
                fix=_("Ask for a payment first, or have the limit raised"))
        else:
            adding[order.customer_id] = after - known.used
