"""Goods counted by scanning: picked for a delivery, taken in on a receipt, counted in stock."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select, update

from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Refusal
from kernel.exchange.scans.counting import KEPT_FOR, finish, forget_scans, open_work
from kernel.exchange.scans.models import Scan
from kernel.shared.models import Product
from plugins.erp_inventory.adjustments.models import Adjustment, AdjustmentLine
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.deliveries.services import Draft, DraftLine, cancel_deliveries, open_deliveries
from plugins.erp_inventory.places.models import Lot
from plugins.erp_inventory.receipts.models import Receipt, ReceiptLine
from tests.kernel.web.conftest import Browser, SignIn, sign_in, words
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import bring
from tests.scenarios.conftest import app

__all__ = ["app", "sign_in"]

GTIN, OTHER, END = "4006381333931", "96385074", "\x1d"
_keys = count()


@pytest.fixture
def bell(system: Actor, goods: Goods) -> int:
    """A second product; both have a GTIN."""
    with unit_of_work(system) as opened:
        opened.get_one(Product, goods.bike).barcode = GTIN
        bell = Product(code="BELL", name="Bell, brass", unit_id=goods.piece, barcode=OTHER)
        opened.add(bell)
        opened.flush()
        return bell.id


@pytest.fixture
def clerk(sign_in: SignIn, bell: int) -> Browser:
    return sign_in("clerk", roles=("erp_inventory.manager",))


@pytest.fixture
def delivery(system: Actor, goods: Goods, bell: int) -> int:
    """Five bicycles, all in lot B77 and reserved."""
    with unit_of_work(system) as opened:
        lot = Lot(product_id=goods.bike, number="B77")
        opened.add(lot)
        opened.flush()
        bring(goods.bike, 5, 500, lot_id=lot.id)
        [made] = open_deliveries([Draft(goods.customer, [DraftLine(goods.bike, Decimal(5))])])
        return made.id


def send(browser: Browser, path: str, **form: str) -> tuple[int, str]:
    """Post a scan and give the status and what the page then says."""
    answer = browser.post(path, {"once": f"k{next(_keys)}", **form})
    return answer.status_code, words(browser.page(path) if answer.status_code == 302 else answer.text)


def test_a_delivery_is_picked_by_its_products_code(clerk: Browser, delivery: int, system: Actor) -> None:
    here = f"/erp_inventory/delivery/{delivery}"
    assert f'href="{here}/scan"' in clerk.page(here)
    page = words(clerk.page(f"{here}/scan"))
    assert "Scan the first product" in page
    assert "Place MAIN Lot B77 City Commuter 8s CC8-L 0 of 5" in page
    status, page = send(clerk, f"{here}/scan", code=GTIN)
    assert (status, "Right: City Commuter 8s +1 · CC8-L" in page, "1 of 5" in page) == (302, True, True)
    status, page = send(clerk, f"{here}/scan", code=f"]C1010{GTIN}10B77{END}373")
    assert (status, "Lot B77" in page, "0 of 1 lines" in page) == (302, True, True)
    assert "4 of 5" in page
    assert clerk.post(f"{here}/scan/finish").location == here
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(DeliveryLine.to_ship)).one() == 4
        assert opened.scalar(select(func.count(Scan.id))) == 0


def test_wrong_goods_are_refused_loudly_and_the_code_is_kept(
    clerk: Browser, delivery: int, goods: Goods, system: Actor
) -> None:
    here = f"/erp_inventory/delivery/{delivery}/scan"
    for code, said in (
        (OTHER, "BELL Bell, brass isn't on DN-"), ("4006381333948", "No product or lot has the code 04006381333948"),
        (f"(01)0{GTIN}(10)B78", "lot B78 isn't the one meant, B77 is"), ("", "Scan a code, or type it"),
        (f"(01)0{GTIN}(37)6", "0 of 5 are counted, 6 more are too many"),
    ):
        answer = clerk.post(here, {"once": "k", "code": code})
        assert (answer.status_code, said in words(answer.text)) == (422, True), words(answer.text)
        assert 'class="scan wrong"' in answer.text
        assert f'name="code" value="{code}"' in answer.text
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(func.count(Scan.id))) == 0


def test_a_scan_sent_twice_counts_once_and_the_last_is_taken_back(clerk: Browser, delivery: int) -> None:
    here = f"/erp_inventory/delivery/{delivery}/scan"
    for _again in range(2):
        clerk.post(here, {"once": "same", "code": GTIN})
    html = clerk.page(here)
    assert "1 of 5" in words(html)
    assert "2 of 5" in send(clerk, here, more="0")[1]
    assert "1 of 5" in send(clerk, here, less="0")[1]
    last = re.search(r'name="undo" value="(\d+)"', clerk.page(here))
    assert last
    for _again in range(2):
        page = send(clerk, here, undo=last[1])[1]
        assert "2 of 5" in page
    assert "0 of 5" in [send(clerk, here, less="0")[1] for _each in range(3)][-1]


def test_a_serial_number_counts_once(clerk: Browser, system: Actor, goods: Goods, bell: int) -> None:
    with unit_of_work(system) as opened:
        receipt = Receipt()
        receipt.lines = [ReceiptLine(product_id=goods.bike, quantity=Decimal(2))]
        opened.add(receipt)
        opened.flush()
        here = f"/erp_inventory/receipt/{receipt.id}/scan"
    code = f"(01)0{GTIN}(21)S-1"
    assert send(clerk, here, code=code)[0] == 302
    status, page = send(clerk, here, code=code)
    assert (status, "S-1 was scanned already" in page) == (422, True)


def test_a_receipt_takes_the_lot_with_its_expiry(clerk: Browser, system: Actor, goods: Goods, bell: int) -> None:
    with unit_of_work(system) as opened:
        receipt = Receipt()
        receipt.lines = [ReceiptLine(product_id=goods.bike, quantity=Decimal(3)),
                         ReceiptLine(product_id=bell, quantity=Decimal(10))]
        opened.add(receipt)
        opened.flush()
        id_ = receipt.id
    here = f"/erp_inventory/receipt/{id_}"
    assert send(clerk, f"{here}/scan", code=f"(01)0{GTIN}(10)C9(17)280630(37)4")[0] == 302
    assert "lot C8 isn't the one meant, C9 is" in send(clerk, f"{here}/scan", code=f"(01)0{GTIN}(10)C8")[1]
    assert clerk.post(f"{here}/scan/finish").location == here
    with unit_of_work(system, reading=True) as opened:
        first, second = opened.scalars(select(ReceiptLine).order_by(ReceiptLine.id))
        assert (first.received, second.received, second.lot_id) == (4, 0, None)
        lot = opened.get_one(Lot, first.lot_id)
        assert (lot.number, lot.product_id, str(lot.expires_on)) == ("C9", goods.bike, "2028-06-30")


def test_stock_is_counted_with_lines_made_for_what_is_found(
    clerk: Browser, system: Actor, goods: Goods, bell: int
) -> None:
    with unit_of_work(system) as opened:
        stock = Adjustment(kind="count", reason="Year's end")
        stock.lines = [AdjustmentLine(product_id=bell)]
        other = Adjustment(kind="lost", reason="Broken")
        opened.add_all([stock, other])
        opened.flush()
        ids = stock.id, other.id
    here = f"/erp_inventory/adjustment/{ids[0]}"
    nothing = clerk.post(f"{here}/scan/finish")
    assert (nothing.status_code, "was scanned yet" in words(nothing.text)) == (422, True)
    for code in (GTIN, GTIN, "CC8-L"):
        assert send(clerk, f"{here}/scan", code=code)[0] == 302
    assert "1 product counted" in words(clerk.page(f"{here}/scan"))
    clerk.post(f"{here}/scan/finish")
    with unit_of_work(system, reading=True):
        rows = session().execute(
            select(AdjustmentLine.product_id, AdjustmentLine.counted).order_by(AdjustmentLine.id)).all()
        assert [tuple(row) for row in rows] == [(bell, None), (goods.bike, 3)]
    assert clerk.get(f"/erp_inventory/adjustment/{ids[1]}/scan").status_code == 422


def test_who_may_not_change_it_counts_nothing(sign_in: SignIn, delivery: int, clerk: Browser, system: Actor) -> None:
    here = f"/erp_inventory/delivery/{delivery}"
    reader = sign_in("reader", roles=("erp_inventory.reader",))
    assert f"{here}/scan" not in reader.page(here)
    assert reader.get(f"{here}/scan").status_code == 403
    assert reader.post(f"{here}/scan", {"code": GTIN, "once": "x"}).status_code == 403
    assert reader.post(f"{here}/scan/finish").status_code == 403
    stranger = sign_in("stranger")
    assert stranger.get(f"{here}/scan").status_code == 403
    assert clerk.get("/erp_inventory/place/1/scan").status_code == 404
    with unit_of_work(system) as opened:
        cancel_deliveries([opened.get_one(Delivery, delivery)], "Sold elsewhere")
    assert clerk.get(f"{here}/scan").status_code == 422


def test_a_code_opens_the_one_thing_it_stands_for(
    clerk: Browser, sign_in: SignIn, delivery: int, goods: Goods, system: Actor
) -> None:
    with unit_of_work(system, reading=True) as opened:
        number = opened.get_one(Delivery, delivery).number
        lot = opened.scalars(select(Lot.id)).one()
    for code, opens in (
        (GTIN, f"/kernel/product/{goods.bike}"), (f"0{GTIN}", f"/kernel/product/{goods.bike}"),
        ("cc8-l", f"/kernel/product/{goods.bike}"), (number, f"/erp_inventory/delivery/{delivery}"),
        ("B77", f"/erp_inventory/lot/{lot}"),
    ):
        assert clerk.get(f"/scan/{code}").location == opens, code
        assert clerk.get("/scan", query_string={"code": code}).location == opens
    both = clerk.get("/scan", query_string={"code": f"(01)0{GTIN}(10)B77(17)281231"})
    assert both.status_code == 200
    assert "CC8-L City Commuter 8s" in words(both.text)
    assert "Lot B77 Expires" in words(both.text)
    none = clerk.page("/scan/X-1/2")
    assert "Nothing has the code “X-1/2”." in words(none)
    assert 'name="code" value="X-1/2"' in none
    stranger = sign_in("stranger")
    assert "Nothing has the code" in words(stranger.page(f"/scan/{number}"))


def test_a_count_takes_as_many_statements_with_many_lines_as_with_one(
    clerk: Browser, system: Actor, goods: Goods, bell: int, count_statements: Callable[[], Any]
) -> None:
    counts = []
    for lines in (1, 60):
        with unit_of_work(system) as opened:
            receipt = Receipt()
            receipt.lines = [ReceiptLine(product_id=bell, quantity=Decimal(3)) for _each in range(lines)]
            opened.add(receipt)
            opened.flush()
            here = f"/erp_inventory/receipt/{receipt.id}/scan"
        for _each in range(lines):
            clerk.post(here, {"once": f"k{next(_keys)}", "code": OTHER})
        with count_statements() as counter:
            clerk.page(here)
        counts.append(len(counter))
    assert counts[0] == counts[1] <= 16


def test_scans_of_a_count_that_nobody_finished_go_after_a_while(
    clerk: Browser, delivery: int, system: Actor
) -> None:
    clerk.post(f"/erp_inventory/delivery/{delivery}/scan", {"once": "old", "code": GTIN})
    with unit_of_work(system) as opened:
        assert forget_scans() == 0
        opened.execute(update(Scan).values(at=opened.now - KEPT_FOR * 2))
        assert forget_scans() == 1


def test_what_somebody_scans_while_another_finishes_is_not_lost(
    clerk: Browser, delivery: int, system: Actor
) -> None:
    here = f"/erp_inventory/delivery/{delivery}/scan"
    clerk.post(here, {"once": "first", "code": GTIN})
    with unit_of_work(system):
        read = open_work(Delivery, delivery)
    clerk.post(here, {"once": "meanwhile", "code": GTIN})
    with pytest.raises(Refusal, match="meanwhile"), unit_of_work(system):
        finish(read)
    assert "2 of 5" in words(clerk.page(here))


def test_a_link_picker_takes_a_scanned_code(clerk: Browser, goods: Goods) -> None:
    found = clerk.get(f"/kernel/product/options?code={GTIN}").json
    assert [each["value"] for each in found or []] == [str(goods.bike)]
    assert clerk.get("/kernel/product/options?code=nothing-7").json == []
