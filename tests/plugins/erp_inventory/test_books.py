"""The books of stock: reports that add up, checks that name what is off, and nobody who writes them by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from kernel.entities.work import Session, unit_of_work
from kernel.errors import Invalid, Refusal
from kernel.registry.checks import run_checks
from plugins.erp_inventory.api import reserve
from plugins.erp_inventory.deliveries.reports import open_deliveries
from plugins.erp_inventory.deliveries.services import reserve_deliveries, ship_deliveries
from plugins.erp_inventory.moves.models import Balance, Move, Valuation
from plugins.erp_inventory.moves.reports import stock_as_of, stock_by_place, stock_in_and_out, stock_on_hand
from plugins.erp_inventory.receipts.models import Receipt, ReceiptLine
from plugins.erp_inventory.receipts.services import receive_goods
from plugins.erp_inventory.reservations.models import Reservation, Wait
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import bring, need, on_sqlite, paper, take
from tests.plugins.erp_inventory.test_deliveries import by_hand, confirm, deliveries


def test_opening_and_in_and_out_come_to_closing(work: Session, goods: Goods) -> None:
    def ago(days: int) -> dt.date:
        return work.today - dt.timedelta(days=days)

    bring(goods.bike, 10, 1000, day=ago(40))
    take(goods.bike, 4, day=ago(20))
    bring(goods.bike, 2, 300, day=ago(10))
    take(goods.bike, 1)
    [row] = stock_in_and_out(ago(25), ago(5)).rows
    assert row[2:] == (10, 2, 4, 8, 1000, 300, 400, 900)
    assert stock_in_and_out(ago(25), ago(5)).totals["closing_value"] == 900
    assert [row[2:] for row in stock_as_of(ago(15)).rows] == [(6, 600)]
    assert [row[2:] for row in stock_as_of().rows] == [(7, 787)]
    assert stock_as_of(ago(41)).rows == []


def test_stock_on_hand_is_told_by_product_and_by_place(work: Session, goods: Goods) -> None:
    bring(goods.bike, 4, 400)
    reserve([need(goods.bike, 1)])
    [row] = stock_on_hand().rows
    assert row == ("CC8-L", "City Commuter 8s", 4, 1, 3, "PCS", 100, 400)
    table = stock_by_place()
    assert [tuple(each) for each in table.rows] == [("Main stock", 1, 4, 1, 400)]
    assert (table.totals["products"], table.totals["on_hand"]) == (1, 4)


def test_open_deliveries_are_told_line_by_line(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    confirm(goods, (goods.bike, 2, goods.piece), promised_on=work.today - dt.timedelta(days=1))
    confirm(goods, (goods.bike, 5, goods.piece))
    first, second = deliveries()
    assert [row[0] for row in open_deliveries().rows] == [first.number, second.number]
    assert open_deliveries().totals == {"quantity": 7, "reserved": 3, "short": 4}
    shown = {show: [row[0] for row in open_deliveries(show).rows] for show in ("ready", "short", "late")}
    assert shown == {"ready": [first.number], "short": [second.number], "late": [first.number]}


@on_sqlite
@pytest.mark.parametrize("cls", [Move, Balance, Valuation, Reservation, Wait])
def test_nobody_writes_the_books_by_hand(work: Session, goods: Goods, cls: type) -> None:
    bring(goods.bike, 1)
    reserve([need(goods.bike, 2)])
    record = work.query(cls).first()
    assert record is not None
    with pytest.raises(Invalid) as refused, work.begin_nested():
        record.archived = True
        work.flush()
    assert {problem.code for problem in refused.value.problems} == {"BOOKS"}
    with pytest.raises(Refusal) as deleted, work.begin_nested():
        work.delete(work.get(cls, record.id))
        work.flush()
    assert deleted.value.code == "BOOKS"


def found(name: str) -> list[str]:
    return [f"{finding.record}: {finding.message}" for _each, finding in run_checks([f"erp_inventory.{name}"]).found]


def test_every_planted_corruption_is_named(system: object, goods: Goods) -> None:
    with unit_of_work(system) as opened:  # type: ignore[arg-type]  # the system's actor
        bring(goods.bike, 5, 500, day=opened.today - dt.timedelta(days=3))
        receipt = Receipt(lines=[ReceiptLine(product_id=goods.bike, quantity=Decimal(4), unit_value=Decimal(100))])
        opened.add(receipt)
        opened.flush()
        receive_goods([receipt])
        gone, waiting = by_hand(goods, 2), by_hand(goods, 9)
        reserve_deliveries([gone, waiting])
        ship_deliveries([gone])
    assert run_checks(["erp_inventory"]).found == []
    ghost = paper().id
    planted: tuple[tuple[str, str, Callable[[list[str]], bool]], ...] = (
        ("on_hand", "UPDATE erp_inventory_balance SET on_hand = on_hand + {one}",
         lambda said: said == ["CC8-L · Main stock: the balance differs from its moves by 1"]),
        ("valuation_quantity", "UPDATE erp_inventory_valuation SET quantity = quantity + {one} + {one}",
         lambda said: said == ["CC8-L: the valued quantity differs from what is on hand by 1"]),
        ("valuation_value", "UPDATE erp_inventory_valuation SET value = value - {one}",
         lambda said: said == ["CC8-L: the value differs from that of its moves by -1"]),
        ("reservations", "UPDATE erp_inventory_balance SET reserved = reserved - {one}",
         lambda said: said == ["CC8-L · Main stock: the reserved quantity differs from its reservations by -1"]),
        ("delivery_lines", "DELETE FROM erp_inventory_wait",
         lambda said: said == [f"{waiting.number}: a line says 0 more reserved and 2 more short than is kept for it"]),
        ("deliveries", "UPDATE erp_inventory_move SET document_id = {ghost} WHERE kind = 'delivery'",
         lambda said: said == [f"{gone.number}: its moves differ from what it shipped by 2"]),
        ("receipts", "UPDATE erp_inventory_move SET quantity = quantity + {one} WHERE kind = 'receipt'",
         lambda said: said == [f"{receipt.number}: its moves differ from what it took in by -1"]),
        ("past", "UPDATE erp_inventory_move SET day = '2020-01-01' WHERE kind = 'delivery'",
         lambda said: said == ["CC8-L · Main stock: -2 were left on 2020-01-01"]),
    )
    for name, statement, is_right in planted:
        with unit_of_work(system) as opened:  # type: ignore[arg-type]  # the system's actor
            one = 1_000_000 if opened.work.database.is_sqlite else 1
            opened.connection().exec_driver_sql(statement.format(one=one, ghost=ghost))
        said = found(name)
        assert is_right(said), said
