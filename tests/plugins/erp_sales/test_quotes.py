"""A quote becomes an order when it is accepted in time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.entities.work import Session
from kernel.errors import Invalid, Refusal
from kernel.workflows.machine import workflow_of
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.quotes.models import Quote, QuoteLine
from tests.plugins.conftest import Goods


def make(work: Session, goods: Goods, **values: object) -> Quote:
    quote = Quote(customer_id=goods.customer, **values)
    quote.lines = [QuoteLine(product_id=goods.bike, quantity=Decimal(10), discount=Decimal(3))]
    work.add(quote)
    work.flush()
    return quote


def step(action: str, *quotes: Quote, **values: object) -> None:
    flow = workflow_of(Quote)
    assert flow is not None
    flow.run(action, quotes, values)


def test_an_accepted_quote_drafts_an_order_whose_lines_point_back(work: Session, goods: Goods) -> None:
    quote = make(work, goods)
    assert quote.valid_until == work.today + dt.timedelta(days=30)
    step("send", quote)
    step("accept", quote)
    order = work.scalars(select(Order)).one()
    assert (order.state, order.quote_id, order.total) == ("draft", quote.id, quote.total)
    assert [line.quote_line_id for line in order.lines] == [line.id for line in quote.lines]
    with pytest.raises(Refusal) as refused:
        step("accept", quote)
    assert refused.value.code == "ALREADY_ACCEPTED"


def test_a_quote_past_its_day_is_not_accepted(work: Session, goods: Goods) -> None:
    quote = make(work, goods, quote_date=dt.date(2020, 1, 1), valid_until=dt.date(2020, 2, 1))
    step("send", quote)
    with pytest.raises(Refusal) as refused:
        step("accept", quote)
    assert refused.value.code == "QUOTE_EXPIRED"
    assert work.scalars(select(Order)).all() == []


def test_a_sent_quote_stays_as_it_is_until_it_is_a_draft_again(work: Session, goods: Goods) -> None:
    quote = make(work, goods)
    step("send", quote)
    with pytest.raises(Invalid), work.begin_nested():
        quote.lines[0].quantity = Decimal(5)
        work.flush()
    work.expire_all()
    step("reopen", quote)
    quote.lines[0].quantity = Decimal(5)
    work.flush()
    assert quote.subtotal == 188_665
