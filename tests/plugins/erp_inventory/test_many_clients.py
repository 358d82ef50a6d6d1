"""32 at once on PostgreSQL: the last pieces are promised once, shipped once, and nobody waits in a circle."""

from __future__ import annotations

from decimal import Decimal

from kernel.entities.work import Actor, perform, unit_of_work
from kernel.errors import Refusal
from kernel.registry.checks import run_checks
from kernel.shared.models import Product
from plugins.erp_inventory.deliveries.services import ship_deliveries
from plugins.erp_inventory.places.services import grounds
from plugins.erp_sales.orders.signals import order_confirmed
from tests.faults.test_concurrency import CLIENTS, all_at_once, database
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import bring, need, on_hand, take
from tests.plugins.erp_inventory.test_deliveries import deliveries, order

__all__ = ["database"]


def test_the_last_pieces_are_promised_once(system: Actor, goods: Goods) -> None:
    with unit_of_work(system):
        bring(goods.bike, 10)

    def confirm(number: int) -> None:
        perform(system, lambda: order_confirmed.tell([order(goods, (goods.bike, 1, goods.piece))]))

    assert all_at_once(confirm) == [None] * CLIENTS
    with unit_of_work(system):
        assert on_hand(goods.bike) == (10, 10)
        made = deliveries("open")
        assert len(made) == CLIENTS
        ready = [each.id for each in made if each.lines[0].reserved]
        assert (len(ready), sum(each.lines[0].short for each in made)) == (10, CLIENTS - 10)

    def ship(number: int) -> None:
        def one() -> None:
            ship_deliveries([each for each in deliveries() if each.id == ready[number % 10]])

        perform(system, one)

    found = all_at_once(ship)
    assert found.count(None) == 10
    assert {each.code for each in found if isinstance(each, Refusal)} <= {"ALREADY_SHIPPED", "CHANGED_MEANWHILE"}
    with unit_of_work(system):
        assert on_hand(goods.bike) == (0, 0)
    assert run_checks(["erp_inventory"]).found == []


def test_many_who_move_the_same_products_in_any_order_all_come_through(system: Actor, goods: Goods) -> None:
    from plugins.erp_inventory.api import Movement, Posting, post, reserve
    from tests.plugins.erp_inventory.stock import paper

    with unit_of_work(system) as opened:
        more = Product(code="X", name="X", unit_id=goods.piece, cost=Decimal(3))
        opened.add(more)
        opened.flush()
        both = [goods.bike, more.id]

    def begin(number: int) -> None:
        def one() -> None:
            order_of = both if number % 2 else both[::-1]
            post([Posting(paper(), "receipt", [Movement(each, Decimal(2)) for each in order_of])])
            reserve([need(each, 1) for each in order_of])
            for each in order_of[::-1]:
                take(each, 1)

        perform(system, one)

    assert all_at_once(begin) == [None] * CLIENTS
    with unit_of_work(system):
        assert on_hand(goods.bike) == on_hand(more.id) == (CLIENTS, CLIENTS)
        assert grounds().places.keys() == {"stock", "supplier", "customer", "production", "loss", "transit"}
    assert run_checks(["erp_inventory"]).found == []
