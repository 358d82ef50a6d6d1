"""May a customer owe this much? What isn't invoiced of open orders and what plugins say is owed, against the limit.

Whoever checks a customer's limit holds the customer until the transaction ends: two orders at once can't both pass.
"""

from collections.abc import Iterable, Mapping, Sequence
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
    """Give the credit of customers by id: of all owners' confirmed orders what isn't invoiced, and what is owed.

    A fixed number of statements for any number of customers.
    """
    wanted = sorted(set(customers))
    with as_system("credit counts everybody's orders") as system:
        limits = dict(system.execute(
            select(Party.id, SalesTerms.credit_limit).join(SalesTerms).where(Party.id.in_(wanted))).all())
        return _used({customer: limits.get(customer) for customer in wanted})


def within_credit(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse CREDIT for orders that would take their customer over the limit, the ones before them included."""
    with as_system("credit counts everybody's orders"):
        credit = _used(_hold_limits({order.customer_id for order in orders}))
    adding: dict[int, Decimal] = {}
    for order in orders:
        known = credit.get(order.customer_id)
        if known is None or known.limit is None:
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


def _hold_limits(customers: set[int]) -> dict[int, Decimal | None]:
    """Give the limits of those customers that have one, held so that nobody else checks one of theirs meanwhile."""
    rows = session().execute(
        select(Party.id, SalesTerms.credit_limit).join(SalesTerms)
        .where(Party.id.in_(customers), SalesTerms.credit_limit.is_not(None)).order_by(Party.id)
        .with_for_update(of=Party, key_share=True))
    return dict(rows.all())


def _used(limits: Mapping[int, Decimal | None]) -> dict[int, Credit]:
    if not limits:
        return {}
    system = session()
    rows = system.execute(
        select(Order.customer_id, Order.exchange_rate, func.sum(Order.total - Order.invoiced_amount))
        .where(Order.customer_id.in_(limits), Order.state == "confirmed", Order.historical.is_(False),
               Order.archived.is_(False), Order.company_id == system.actor.company_id)
        .group_by(Order.customer_id, Order.exchange_rate))
    ordered: dict[int, Decimal] = {}
    for customer, rate, total in rows:
        ordered[customer] = ordered.get(customer, Decimal(0)) + total * rate
    questions = [BalanceQuestion(customer, system.today) for customer in limits]
    balances = summed(ask.open_balance(questions=questions), len(questions))
    return {
        customer: Credit(limit, ordered.get(customer, Decimal(0)), balance)
        for (customer, limit), balance in zip(limits.items(), balances, strict=True)}
