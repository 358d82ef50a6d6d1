"""Adjustments, opening stock and transfers: goods found, lost, counted, begun with and moved inside."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, Session, session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.exchange.importing.run import run_import
from kernel.identity.models import Employee
from kernel.registry.checks import run_checks
from kernel.shared.models import Product, Unit
from kernel.workflows.approvals import approve, my_tasks
from plugins.erp_inventory.adjustments.models import Adjustment, AdjustmentLine, Opening
from plugins.erp_inventory.adjustments.services import post_adjustments, reverse_adjustments, reverse_openings
from plugins.erp_inventory.api import default_place, reserve
from plugins.erp_inventory.moves.reports import stock_by_place
from plugins.erp_inventory.moves.signals import move_posted
from plugins.erp_inventory.places.models import Lot, Place, Warehouse
from plugins.erp_inventory.transfers.models import Transfer, TransferLine
from plugins.erp_inventory.transfers.services import move_transfers, reverse_transfers
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import bring, moves, need, on_hand, on_sqlite, worth


def adjust(kind: str, *lines: dict[str, Any]) -> Adjustment:
    adjustment = Adjustment(kind=kind, reason="Looked again")
    adjustment.lines = [AdjustmentLine(**{
        name: Decimal(str(value)) if name in ("quantity", "counted", "unit_value") else value
        for name, value in line.items()}) for line in lines]
    session().add(adjustment)
    session().flush()
    return adjustment


def place(code: str, kind: str = "stock") -> Place:
    default_place()  # the first of its kind is the default
    made = Place(code=code, name=f"Aisle {code}", kind=kind)
    session().add(made)
    session().flush()
    return made


def test_goods_found_and_lost_change_the_stock_and_are_taken_back(work: Session, goods: Goods) -> None:
    found = adjust("found", {"product_id": goods.bike, "quantity": 4, "unit_value": 100})
    with move_posted.overheard() as told:
        post_adjustments([found])
        lost = adjust("lost", {"product_id": goods.bike, "quantity": 1})
        post_adjustments([lost])
    assert [(each.kind, each.lines[0].quantity, each.lines[0].value) for each in told] == [
        ("adjustment", 4, 400), ("adjustment", -1, -100)]
    assert (found.value, lost.value, found.lines[0].difference, lost.lines[0].difference) == (400, 100, 4, -1)
    reverse_adjustments([lost])
    assert worth(goods.bike) == (4, 400)
    with pytest.raises(Refusal) as refused:
        reverse_adjustments([lost])
    assert refused.value.code == "ALREADY_REVERSED"


def test_a_count_posts_only_the_differences(work: Session, goods: Goods) -> None:
    aisle = place("K")
    other = Product(code="X", name="X", unit_id=goods.piece)
    work.add(other)
    work.flush()
    bring(goods.bike, 5, 500)
    bring(goods.bike, 2, 200, place_id=aisle.id)
    bring(other.id, 3, 30)
    count = adjust("count", {"product_id": goods.bike, "counted": 7, "place_id": default_place()},
                   {"product_id": goods.bike, "counted": 0, "place_id": aisle.id},
                   {"product_id": other.id, "counted": 3})
    post_adjustments([count])
    assert [line.difference for line in count.lines] == [2, -2, 0]
    assert [row[:3] for row in moves(goods.bike)[2:]] == [("adjustment", "in", 2), ("adjustment", "out", 2)]
    assert on_hand(goods.bike) == (7, 0)
    reverse_adjustments([count])
    assert worth(goods.bike) == (7, 700)


@on_sqlite
def test_reserved_goods_are_not_counted_away(work: Session, goods: Goods) -> None:
    bring(goods.bike, 5)
    reserve([need(goods.bike, 4)])
    with pytest.raises(Refusal) as refused:
        post_adjustments([adjust("count", {"product_id": goods.bike, "counted": 3})])
    assert refused.value.code == "NOT_RESERVED"


@on_sqlite
def test_an_adjustment_that_says_nothing_is_refused(work: Session, goods: Goods) -> None:
    for adjustment, code in ((adjust("found"), "NO_LINES"), (adjust("lost", {"product_id": goods.bike}), "QUANTITY"),
                             (adjust("count", {"product_id": goods.bike, "quantity": 2}), "QUANTITY")):
        with pytest.raises(Refusal) as refused:
            post_adjustments([adjustment])
        assert refused.value.code == code
    with pytest.raises(Invalid, match="less than zero"), work.begin_nested():
        adjust("lost", {"product_id": goods.bike, "quantity": -1})
    posted = adjust("found", {"product_id": goods.bike, "quantity": 1})
    post_adjustments([posted])
    with pytest.raises(Invalid, match="is no draft any more"), work.begin_nested():
        posted.lines[0].quantity = Decimal(9)
        work.flush()


def test_a_large_difference_waits_for_the_manager(
    system: Actor, goods: Goods, make_user: MakeUser
) -> None:
    clerk = make_user("clerk", roles=["erp_inventory.clerk"])
    head = make_user("head", roles=["erp_inventory.manager"])
    with unit_of_work(system) as opened:
        boss = Employee(number="1", name="Head", user_id=head.user_id)
        opened.add(boss)
        opened.flush()
        opened.add(Employee(number="2", name="Clerk", user_id=clerk.user_id, manager_id=boss.id))
        bring(goods.bike, 10, 210_000)
    with unit_of_work(clerk):
        small, large = (adjust("lost", {"product_id": goods.bike, "quantity": quantity}) for quantity in (1, 3))
        post_adjustments([small, large])
        assert (small.state, large.state) == ("done", "submitted")
    with unit_of_work(clerk), pytest.raises(Forbidden):
        reverse_adjustments(list(session().scalars(select(Adjustment).where(Adjustment.state == "done"))))
    with unit_of_work(head):
        [task] = my_tasks()
        approve([task.id], "The yard was flooded")
    with unit_of_work(system, reading=True):
        assert on_hand(goods.bike) == (6, 0)


def test_opening_stock_is_posted_as_it_is_entered(system: Actor, goods: Goods) -> None:
    with unit_of_work(system) as opened:
        opened.add(Opening(product_id=goods.bike, quantity=Decimal(3), unit_value=Decimal(7)))
        opened.add(Opening(product_id=goods.bike, quantity=Decimal(2)))
    with unit_of_work(system) as opened:
        assert worth(goods.bike) == (5, 21 + 42_000 - 41_986)  # the second came at the moving average
        reverse_openings(list(opened.scalars(select(Opening))))
        assert worth(goods.bike) == (0, 0)


@on_sqlite
def test_opening_stock_that_makes_no_sense_is_refused(work: Session, goods: Goods) -> None:
    wrong = [
        ({"quantity": Decimal(-1)}, "quantity"), ({"product_id": goods.service}, "product"),
        ({"place_id": place("S", "supplier").id}, "place"), ({"unit_value": Decimal(-1)}, "unit_value"),
        ({"day": work.today + dt.timedelta(days=1)}, "day")]
    lot = Lot(number="L", product_id=goods.service)
    work.add(lot)
    work.flush()
    wrong.append(({"lot_id": lot.id}, "lot"))
    for values, field in wrong:
        with pytest.raises(Invalid) as refused, work.begin_nested():
            work.add(Opening(**({"product_id": goods.bike, "quantity": Decimal(1)} | values)))
            work.flush()
        assert [problem.field for problem in refused.value.problems] == [field]


MAPPING = """
source = "Elsewhere"

[[step]]
name = "products"
entity = "kernel.product"
file = "Product.csv"
key = "ID"
[step.fields]
code = "ID"
name = "Name"
cost = "Cost"
unit = { constant = "EA", find = "code" }

[[step]]
name = "places"
entity = "erp_inventory.place"
file = "Location.csv"
key = "LocationID"
[step.fields]
code = { template = "L{LocationID}" }
name = "Name"

[[step]]
name = "stock"
entity = "erp_inventory.opening"
file = "Inventory.csv"
key = ["ProductID", "LocationID"]
[step.fields]
product = { column = "ProductID", ref = "products" }
place = { column = "LocationID", ref = "places" }
quantity = "Quantity"
comment = { template = "Shelf {Shelf}" }
"""


def test_an_import_brings_stock_in_by_place_once(system: Actor, shipped: None, tmp_path: Path) -> None:
    with unit_of_work(system) as opened:
        opened.add(Unit(code="EA", name="Each"))
    files = {
        "mapping.toml": MAPPING, "Product.csv": "ID,Name,Cost\n1,Race,10.50\n2,Bearing,2\n3,Nothing,1\n",
        "Location.csv": "LocationID,Name\n1,Tool crib\n6,Storage\n",
        "Inventory.csv": "ProductID,LocationID,Shelf,Quantity\n1,1,A,408\n1,6,B,324\n2,6,C,5\n3,1,N/A,0\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run_import(tmp_path / "mapping.toml", tmp_path, dry_run=True).clean
    for _again in range(2):
        report = run_import(tmp_path / "mapping.toml", tmp_path)
        assert report.clean, [str(each) for each in report.problems]
    with unit_of_work(system, reading=True):
        table = stock_by_place()
        assert [tuple(row) for row in table.rows] == [("Storage", 2, 329, 0, 3_412), ("Tool crib", 1, 408, 0, 4_284)]
        assert table.totals == {"on_hand": 737, "reserved": 0, "value": 7_696, "products": 3}
        assert set(session().scalars(select(Opening.state))) == {"done"}
    assert run_checks(["erp_inventory"]).found == []


def test_goods_change_their_place_and_keep_their_value(work: Session, goods: Goods) -> None:
    aisle = place("K")
    bring(goods.bike, 5, 500)
    reserve([need(goods.bike, 2)])
    transfer = Transfer(from_place_id=default_place(), to_place_id=aisle.id)
    transfer.lines = [TransferLine(product_id=goods.bike, quantity=Decimal(3))]
    work.add(transfer)
    work.flush()
    with move_posted.overheard() as told:
        move_transfers([transfer])
    assert told == []
    assert {row[0]: row[2] for row in stock_by_place().rows} == {"Aisle K": 3, "Main stock": 2}
    assert worth(goods.bike) == (5, 500)
    with move_posted.overheard() as told:
        reverse_transfers([transfer])
    assert told == []
    assert {row[0]: row[2] for row in stock_by_place().rows} == {"Aisle K": 0, "Main stock": 5}


@on_sqlite
def test_a_transfer_that_makes_no_sense_is_refused(work: Session, goods: Goods) -> None:
    here, outside = default_place(), place("S", "supplier")
    bring(goods.bike, 3)
    reserve([need(goods.bike, 2)])

    def transfer(to: int, *quantities: int) -> Transfer:
        made = Transfer(from_place_id=here, to_place_id=to)
        made.lines = [TransferLine(product_id=goods.bike, quantity=Decimal(each)) for each in quantities]
        work.add(made)
        work.flush()
        return made

    with pytest.raises(Invalid, match="another place"), work.begin_nested():
        transfer(here, 1)
    aisle = place("K")
    for made, code in ((transfer(aisle.id), "NO_LINES"), (transfer(outside.id, 1), "PLACE"),
                       (transfer(aisle.id, 2), "NOT_RESERVED"), (transfer(aisle.id, 4), "STOCK_NEGATIVE")):
        with pytest.raises(Refusal) as refused, work.begin_nested():
            move_transfers([made])
        assert refused.value.code == code


@on_sqlite
def test_a_place_is_not_part_of_itself(work: Session, goods: Goods) -> None:
    work.add(Warehouse(code="W", name="Yard"))
    made = place("K")
    with pytest.raises(Invalid, match="part of itself"), work.begin_nested():
        made.parent_id = made.id
        work.flush()
