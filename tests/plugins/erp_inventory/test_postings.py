"""Postings: exact values, no negative stock at any date, reservations first, and reversals that leave no trace."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kernel.entities.work import Session
from kernel.errors import Invalid, Refusal
from plugins.erp_inventory.api import Movement, Posting, Stock, post, release, reserve, reserved_for, reverse, stock_of
from plugins.erp_inventory.moves.signals import move_posted, stock_short
from plugins.erp_inventory.places.models import Lot, Place
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import bring, moves, need, on_hand, on_sqlite, paper, sent, take, worth


@pytest.fixture
def dollars(work: Session) -> None:
    """A company that counts in cents."""
    work.connection().exec_driver_sql("UPDATE kernel_currency SET decimals = 2")


def test_what_goes_out_takes_its_exact_share_of_the_value(work: Session, goods: Goods, dollars: None) -> None:
    bring(goods.bike, 2, "2.00")
    bring(goods.bike, 1, "1.01")
    assert worth(goods.bike) == (3, Decimal("3.01"))
    assert take(goods.bike, 3).value == Decimal("-3.01")
    assert worth(goods.bike) == (0, 0)


@on_sqlite
def test_no_cent_is_lost_in_parts(work: Session, goods: Goods, dollars: None) -> None:
    bring(goods.bike, 3, "10.00")
    assert [take(goods.bike, 1).value for _each in range(3)] == [Decimal("-3.33"), Decimal("-3.34"), Decimal("-3.33")]
    assert worth(goods.bike) == (0, 0)


def test_without_a_value_goods_come_in_at_the_average_or_their_standard_cost(work: Session, goods: Goods) -> None:
    assert bring(goods.bike, 2).value == 42_000
    bring(goods.bike, 2, 40_000)
    assert bring(goods.bike, 1).value == 20_500


@on_sqlite
def test_values_are_rounded_to_the_companys_currency(work: Session, goods: Goods) -> None:
    assert bring(goods.bike, 1, "10.5").value == 11


def test_stock_never_becomes_negative(work: Session, goods: Goods) -> None:
    bring(goods.bike, 2)
    with pytest.raises(Refusal) as refused:
        take(goods.bike, 3)
    assert refused.value.code == "STOCK_NEGATIVE"
    assert str(refused.value) == "OUT: 3 of CC8-L are to go out, but only 2 are there"
    assert (refused.value.actual, refused.value.allowed, refused.value.field) == (3, 2, "quantity")
    assert on_hand(goods.bike) == (2, 0)


def test_what_is_kept_for_others_is_not_taken(work: Session, goods: Goods) -> None:
    bring(goods.bike, 5)
    reserve([need(goods.bike, 3)])
    with pytest.raises(Refusal) as refused:
        take(goods.bike, 4)
    assert refused.value.code == "NOT_RESERVED"
    assert str(refused.value) == "OUT: 4 of CC8-L are to go out, but only 2 are free: the rest is kept for others"
    take(goods.bike, 2)
    assert on_hand(goods.bike) == (3, 3)


def test_a_line_uses_up_its_own_reservation_first(work: Session, goods: Goods) -> None:
    bring(goods.bike, 5)
    wanted = need(goods.bike, 3)
    reserve([wanted, need(goods.bike, 1)])
    take(goods.bike, 4, source_line=wanted.source_line)
    assert on_hand(goods.bike) == (1, 1)
    assert reserved_for([wanted.source]) == {}


@on_sqlite
@pytest.mark.parametrize(("quantity", "value"), [(0, None), (-1, None), (1, -5)])
def test_quantities_and_values_that_make_no_sense_are_named(
    work: Session, goods: Goods, quantity: int, value: int | None
) -> None:
    with pytest.raises(Invalid):
        bring(goods.bike, quantity, value)


@on_sqlite
def test_goods_don_t_move_in_the_future(work: Session, goods: Goods) -> None:
    with pytest.raises(Refusal) as refused:
        bring(goods.bike, 1, day=work.today + dt.timedelta(days=1))
    assert refused.value.code == "FUTURE"


def test_nothing_goes_out_on_a_day_on_which_it_was_not_there(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3, day=work.today - dt.timedelta(days=10))
    take(goods.bike, 2, day=work.today - dt.timedelta(days=4))
    bring(goods.bike, 9)
    with pytest.raises(Refusal) as refused:
        take(goods.bike, 2, day=work.today - dt.timedelta(days=6))
    assert refused.value.code == "STOCK_NEGATIVE"
    assert "weren't there" in str(refused.value)


def test_something_may_go_out_on_an_earlier_day_on_which_it_was_there(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3, day=work.today - dt.timedelta(days=10))
    take(goods.bike, 2, day=work.today - dt.timedelta(days=4))
    take(goods.bike, 1, day=work.today - dt.timedelta(days=6))
    assert on_hand(goods.bike) == (0, 0)


def test_goods_that_come_in_go_to_those_who_need_them_first(work: Session, goods: Goods) -> None:
    late, early, open_end = (
        need(goods.bike, 2, work.today + dt.timedelta(days=9)), need(goods.bike, 2, work.today),
        need(goods.bike, 2))
    with stock_short.overheard() as told:
        assert reserve([late, open_end, early]) == [0, 0, 0]
    assert [(each.source, each.lines[0].quantity) for each in told] == [
        (late.source, 2), (open_end.source, 2), (early.source, 2)]
    bring(goods.bike, 3)
    assert reserved_for([early.source, late.source, open_end.source]) == {early.source_line: 2, late.source_line: 1}
    bring(goods.bike, 5)
    assert on_hand(goods.bike) == (8, 6)


def test_what_is_given_up_goes_to_those_who_wait(work: Session, goods: Goods) -> None:
    bring(goods.bike, 2)
    first, second = need(goods.bike, 2), need(goods.bike, 3)
    assert reserve([first, second]) == [2, 0]
    release([first.source])
    assert reserved_for([first.source, second.source]) == {second.source_line: 2}
    release([second.source])
    assert on_hand(goods.bike) == (2, 0)
    bring(goods.bike, 5)
    assert on_hand(goods.bike) == (7, 0)


def test_a_posting_is_told_once_for_all_documents(work: Session, goods: Goods) -> None:
    with move_posted.overheard() as told:
        post([Posting(paper("A"), "receipt", [Movement(goods.bike, Decimal(2), Decimal(30_000))],
                      party_id=goods.customer, source=paper("PO-1")),
              Posting(paper("B"), "production", [Movement(goods.bike, Decimal(1), Decimal(12_000))])])
    assert [(each.document.title, each.kind, each.lines[0].quantity, each.lines[0].value) for each in told] == [
        ("A", "receipt", 2, 30_000), ("B", "production", 1, 12_000)]
    assert (told[0].party_id, told[0].source.title, told[0].day) == (goods.customer, "PO-1", work.today)
    with move_posted.overheard() as told:
        line = take(goods.bike, 2)
    assert (told[0].lines, told[0].reversal) == ((line,), False)
    assert (line.quantity, line.value, line.unit_id) == (-2, -28_000, goods.piece)


def test_a_reversal_takes_everything_back_at_the_values_it_had(work: Session, goods: Goods) -> None:
    bring(goods.bike, 4, 40_000)
    document = paper("DN-7")
    post([Posting(document, "delivery", [Movement(goods.bike, Decimal(3))])])
    bring(goods.bike, 1, 99_000)
    with move_posted.overheard() as told:
        [[line]] = reverse([document])
    assert (line.quantity, line.value) == (3, 30_000)
    assert (told[0].reversal, told[0].document, told[0].kind) == (True, document, "delivery")
    assert worth(goods.bike) == (5, 139_000)
    assert reverse([document]) == [[]]


@on_sqlite
def test_what_came_in_and_has_gone_is_not_taken_back(work: Session, goods: Goods) -> None:
    document = paper("RC-1")
    post([Posting(document, "receipt", [Movement(goods.bike, Decimal(3))])])
    take(goods.bike, 1)
    with pytest.raises(Refusal) as refused:
        reverse([document])
    assert refused.value.code == "STOCK_NEGATIVE"
    assert str(refused.value) == "RC-1 brought in 3 of CC8-L, but only 2 are still there"


def test_what_came_in_and_is_kept_for_somebody_is_taken_from_them(work: Session, goods: Goods) -> None:
    document, wanted = paper("RC-1"), need(goods.bike, 2)
    reserve([wanted])
    post([Posting(document, "receipt", [Movement(goods.bike, Decimal(3))])])
    assert reserved_for([wanted.source]) == {wanted.source_line: 2}
    reverse([document])
    assert on_hand(goods.bike) == (0, 0)
    bring(goods.bike, 1)
    assert reserved_for([wanted.source]) == {wanted.source_line: 1}


@on_sqlite
def test_a_dear_receipt_taken_back_leaves_no_negative_value(work: Session, goods: Goods) -> None:
    bring(goods.bike, 10, 10)
    document = paper("RC-1")
    post([Posting(document, "receipt", [Movement(goods.bike, Decimal(10), Decimal(50))])])
    take(goods.bike, 5)
    [[line]] = reverse([document])
    assert line.value == -45
    assert worth(goods.bike) == (5, 0)


def test_what_expires_first_goes_first_and_expired_goods_stay(work: Session, goods: Goods) -> None:
    days = (-1, 30, 5)
    lots = [Lot(number=f"L{day}", product_id=goods.bike, expires_on=work.today + dt.timedelta(days=day))
            for day in days]
    work.add_all(lots)
    work.flush()
    for lot in lots:
        bring(goods.bike, 2, lot_id=lot.id)
    take(goods.bike, 3)
    assert {row.number: row.on_hand for row in work.connection().exec_driver_sql(
        "SELECT number, on_hand FROM erp_inventory_balance b JOIN erp_inventory_lot l ON l.id = b.lot_id")
        if row.on_hand} .keys() == {"L-1", "L30"}
    with pytest.raises(Refusal) as refused:
        take(goods.bike, 2)
    assert refused.value.code == "EXPIRED"


@on_sqlite
def test_goods_go_to_places_of_kind_stock_only(work: Session, goods: Goods) -> None:
    place = Place(code="S", name="Somewhere else", kind="supplier")
    work.add(place)
    work.flush()
    with pytest.raises(Refusal) as refused:
        bring(goods.bike, 1, place_id=place.id)
    assert refused.value.code == "PLACE"


def test_stock_is_asked_for_some_products_or_all(work: Session, goods: Goods) -> None:
    bring(goods.bike, 2)
    reserve([need(goods.bike, 1)])
    assert stock_of() == {goods.bike: Stock(Decimal(2), Decimal(1))}
    assert stock_of([goods.bike, goods.service])[goods.service] == Stock(Decimal(0), Decimal(0))


def test_many_postings_take_as_many_statements_as_one(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    bring(goods.bike, 1000)
    counts = []
    for number in (1, 2, 60):  # the first reads what is read once in a piece of work
        with count_statements() as counter:
            needs = [need(goods.bike, 2) for _each in range(number)]
            reserve(needs)
            post([Posting(paper(), "delivery", [Movement(goods.bike, Decimal(2), source_line=each.source_line)])
                  for each in needs])
            post([Posting(paper(), "receipt", [Movement(goods.bike, Decimal(1))]) for _each in needs])
        counts.append(len(sent(counter)))
        own = [statement for statement in sent(counter) if "erp_inventory_" in statement]
    assert counts[1] == counts[2]
    assert len(own) <= 18, own
    assert len(moves(goods.bike)) == 1 + 2 * 63
