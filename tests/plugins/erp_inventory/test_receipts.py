"""Receipts: made of purchase orders, received in parts, never too much, taken back; and by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.work import Session, session
from kernel.errors import Invalid, Refusal
from kernel.hooks.specifications import ask
from kernel.shared.contracts.questions import AvailabilityQuestion, PromiseQuestion
from kernel.shared.models import Product
from plugins.erp_inventory.api import reserve
from plugins.erp_inventory.moves.signals import move_posted
from plugins.erp_inventory.receipts.hooks import availability, promise_date
from plugins.erp_inventory.receipts.models import Receipt, ReceiptLine
from plugins.erp_inventory.receipts.services import cancel_receipts, receive_goods, reverse_receipts
from plugins.erp_purchase.orders.signals import OrderApproved, OrderEnded, PurchasedLine, order_approved, order_ended
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import bring, need, on_hand, on_sqlite, sent, take, worth


def purchase(goods: Goods, *lines: tuple[int, object, int, object], **more: Any) -> OrderApproved:
    """Say that a purchase was approved: lines of product, quantity, unit and net amount."""
    ids = session().work.take_ids(1 + len(lines))
    return OrderApproved(
        order_id=ids[0], number=f"PO-{ids[0]}", supplier_id=goods.customer, order_date=session().today,
        lines=tuple(PurchasedLine(id_, product, Decimal(str(quantity)), unit, Decimal(1), Decimal(str(net)),
                                  session().today + dt.timedelta(days=5))
                    for id_, (product, quantity, unit, net) in zip(ids[1:], lines, strict=True)), **more)


def approve(goods: Goods, *lines: tuple[int, object, int, object], **more: Any) -> OrderApproved:
    event = purchase(goods, *lines, **more)
    order_approved.tell([event])
    return event


def receipts(state: str | None = None) -> list[Receipt]:
    session().expire_all()
    wanted = select(Receipt).order_by(Receipt.id)
    return list(session().scalars(wanted if state is None else wanted.where(Receipt.state == state)))


def test_an_approved_purchase_is_expected_and_received_at_its_price(work: Session, goods: Goods) -> None:
    event = approve(goods, (goods.bike, 1, goods.dozen, 7_500), (goods.service, 1, goods.piece, 5),
                    exchange_rate=Decimal(32))
    [receipt] = receipts()
    assert (receipt.state, receipt.source.id, receipt.expected_on) == (
        "open", event.order_id, work.today + dt.timedelta(days=5))
    [line] = receipt.lines
    assert (line.quantity, line.received, line.unit_value, line.unit_id) == (12, 12, 20_000, goods.piece)
    with move_posted.overheard() as told:
        receive_goods([receipt])
    assert (receipt.state, receipt.received_on) == ("done", work.today)
    [moved] = told
    assert (moved.kind, moved.source.id, moved.party_id) == ("receipt", event.order_id, goods.customer)
    assert [(each.quantity, each.value, each.source_line.id, each.source_line.entity) for each in moved.lines] == [
        (12, 240_000, event.lines[0].line_id, "erp_purchase.order_line")]
    assert worth(goods.bike) == (12, 240_000)
    assert len(receipts()) == 1


def test_what_did_not_come_stays_expected_until_the_order_ends(work: Session, goods: Goods) -> None:
    event = approve(goods, (goods.bike, 10, goods.piece, 1000))
    [receipt] = receipts()
    receipt.lines[0].received = Decimal(4)
    work.flush()
    receive_goods([receipt])
    _done, rest = receipts()
    assert (rest.state, rest.earlier_id, rest.source.id) == ("open", receipt.id, event.order_id)
    assert (rest.lines[0].quantity, rest.lines[0].unit_value) == (6, 100)
    order_ended.tell([OrderEnded(event.order_id, event.number, goods.customer, "Closed early")])
    assert [(each.state, each.cancel_reason) for each in receipts()] == [("done", None), ("cancelled", "Closed early")]


@on_sqlite
def test_more_than_is_allowed_is_not_received(work: Session, goods: Goods) -> None:
    approve(goods, (goods.bike, 10, goods.piece, 1000), over_percent=Decimal(10))
    [receipt] = receipts()
    receipt.lines[0].received = Decimal(12)
    work.flush()
    with pytest.raises(Refusal) as refused:
        receive_goods([receipt])
    assert refused.value.code == "OVER_RECEIPT"
    assert str(refused.value) == f"{receipt.number}: 12 of CC8-L came, 10 are expected and 11 allowed"
    receipt.lines[0].received = Decimal(0)
    with pytest.raises(Refusal) as refused:
        receive_goods([receipt])
    assert refused.value.code == "NOTHING"
    receipt.lines[0].received = Decimal(11)
    receive_goods([receipt])
    assert on_hand(goods.bike) == (11, 0)
    with pytest.raises(Refusal) as refused:
        receive_goods([receipt])
    assert refused.value.code == "ALREADY_RECEIVED"


def test_a_receipt_taken_back_is_expected_anew(work: Session, goods: Goods) -> None:
    approve(goods, (goods.bike, 10, goods.piece, 1000))
    [receipt] = receipts()
    receive_goods([receipt])
    with move_posted.overheard() as told:
        reverse_receipts([receipt])
    assert [(each.reversal, each.lines[0].quantity, each.lines[0].value) for each in told] == [(True, -10, -1000)]
    back, again = receipts()
    assert (back.state, again.state, again.lines[0].quantity) == ("reversed", "open", 10)
    assert worth(goods.bike) == (0, 0)


@on_sqlite
def test_goods_that_have_gone_are_not_sent_back(work: Session, goods: Goods) -> None:
    approve(goods, (goods.bike, 10, goods.piece, 1000))
    [receipt] = receipts()
    receive_goods([receipt])
    take(goods.bike, 1)
    with pytest.raises(Refusal) as refused:
        reverse_receipts([receipt])
    assert refused.value.code == "STOCK_NEGATIVE"


@on_sqlite
def test_a_receipt_by_hand_comes_at_the_typed_or_the_average_cost(work: Session, goods: Goods) -> None:
    def by_hand(cost: object) -> Receipt:
        receipt = Receipt(supplier_id=goods.customer)
        receipt.lines = [ReceiptLine(product_id=goods.bike, quantity=Decimal(2), unit_value=cost)]
        work.add(receipt)
        work.flush()
        return receipt

    receive_goods([by_hand(Decimal(100)), by_hand(None)])
    assert worth(goods.bike) == (4, 400)
    cancelled = by_hand(None)
    cancel_receipts([cancelled], "Never ordered")
    assert cancelled.state == "cancelled"


@on_sqlite
def test_what_follows_a_purchase_is_not_changed_or_deleted_here(work: Session, goods: Goods) -> None:
    event = approve(goods, (goods.bike, 10, goods.piece, 1000))
    for name, value in (("quantity", 9), ("unit_value", 1)):
        with pytest.raises(Invalid, match=f"follows {event.number}"), work.begin_nested():
            setattr(receipts()[0].lines[0], name, Decimal(value))
            work.flush()
    with pytest.raises(Refusal) as refused, work.begin_nested():
        work.delete(receipts()[0])
        work.flush()
    assert refused.value.code == "FOLLOWS"
    with pytest.raises(Invalid, match="less than zero"), work.begin_nested():
        receipts()[0].lines[0].received = Decimal(-1)
        work.flush()
    [receipt] = receipts()
    receive_goods([receipt])
    with pytest.raises(Invalid, match="isn't open any more"), work.begin_nested():
        receipt.lines[0].received = Decimal(1)
        work.flush()


def test_stock_says_what_may_be_promised(work: Session, goods: Goods) -> None:
    bring(goods.bike, 5)
    reserve([need(goods.bike, 3)])
    approve(goods, (goods.bike, 10, goods.piece, 1000))
    soon, later = work.today + dt.timedelta(days=1), work.today + dt.timedelta(days=9)
    questions = [AvailabilityQuestion(goods.bike), AvailabilityQuestion(goods.bike, soon),
                 AvailabilityQuestion(goods.bike, later), AvailabilityQuestion(goods.service)]
    assert availability(questions) == [2, 2, 12, None]
    asked = [PromiseQuestion(goods.bike, Decimal(quantity)) for quantity in (2, 3)]
    assert promise_date(asked) == [work.today, None]
    assert [work.today, None] in ask.promise_date(questions=asked)
    reserve([need(goods.bike, 4)])
    assert availability(questions[:1]) == [-2]


def test_as_many_statements_for_many_purchases_as_for_few(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    extra = [Product(code=f"P{n}", name=f"P{n}", unit_id=goods.piece) for n in range(5)]
    work.add_all(extra)
    work.flush()
    for product in extra:
        bring(product.id, 1)
    counts = []
    for number in (1, 3, 30):  # the first makes what is made once, and remembers
        events = [purchase(goods, *((product.id, 2, goods.piece, 9) for product in extra)) for _n in range(number)]
        with count_statements() as approving:
            order_approved.tell(events)
        open_ = receipts("open")
        with count_statements() as receiving:
            receive_goods(open_)
        with count_statements() as reversing:
            reverse_receipts(open_)
        with count_statements() as ending:
            order_ended.tell([OrderEnded(each.order_id, each.number, goods.customer) for each in events])
        counts.append([len(sent(each)) for each in (approving, receiving, reversing, ending)])
    assert counts[1] == counts[2]
