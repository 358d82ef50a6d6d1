"""Why a record is here, and what followed from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kernel.entities.work import Actor, session, unit_of_work
from kernel.hooks.signals import signal
from kernel.hooks.trace import Touched, trace
from kernel.permissions.declare import grant
from tests.kernel.hooks.shop import ShopHold, hold_goods, listening, place


@dataclass(frozen=True)
class GoodsPacked:
    """A parcel is ready."""

    hold_id: int


packed = signal("tests.goods_packed", GoodsPacked, about=("tests.shop_hold", "hold_id"))


class Packed(Protocol):
    hold_id: int


def make_invoice(events: Sequence[Packed]) -> None:
    """Stand for any later document."""
    for event in events:
        session().add(ShopHold(name=f"invoice of {event.hold_id}"))


def order_to_invoice(system: Actor, count: int = 2) -> tuple[list[int], list[int], list[int]]:
    """Place orders, whose goods are held at once and packed by a person later; packing makes an invoice."""
    with listening("tests.order_placed", hold_goods), unit_of_work(system):
        orders = place(*(f"order {n}" for n in range(count)))
    with listening("tests.goods_packed", make_invoice), unit_of_work(system) as work:
        holds = work.query(ShopHold).order_by(ShopHold.id).all()
        packed.tell([GoodsPacked(hold.id) for hold in holds])
    with unit_of_work(system, reading=True) as reading:
        made = reading.query(ShopHold).filter(ShopHold.name.startswith("invoice")).order_by(ShopHold.id)
        return [each.id for each in orders], [each.id for each in holds], [each.id for each in made]


def test_a_trace_goes_through_people_from_the_order_to_the_invoice(system: Actor) -> None:
    orders, holds, invoices = order_to_invoice(system)
    with unit_of_work(system, reading=True):
        steps = trace("tests.shop_order", orders[1])
    assert [(step.name, step.subject, step.led_here) for step in steps] == [
        ("tests.order_placed", ("tests.shop_order", orders[1]), False),
        ("tests.goods_held", ("tests.shop_hold", holds[1]), False),
        ("tests.goods_packed", ("tests.shop_hold", holds[1]), False),
    ]
    assert steps[0].touched == (Touched("tests.shop_hold", holds[1], "create"),)
    assert steps[1].cause_id == steps[0].id
    assert steps[2].touched == (Touched("tests.shop_hold", invoices[1], "create"),)


def test_the_last_record_knows_what_led_to_it(system: Actor) -> None:
    orders, holds, invoices = order_to_invoice(system)
    with unit_of_work(system, reading=True):
        steps = trace("tests.shop_hold", invoices[0])
    assert [(step.name, step.subject) for step in steps if step.led_here] == [
        ("tests.order_placed", ("tests.shop_order", orders[0])), ("tests.goods_packed", ("tests.shop_hold", holds[0])),
    ]
    assert all(step.led_here for step in steps)


def test_a_trace_shows_nobody_what_they_may_not_read(
    system: Actor, make_user: Callable[..., Actor]
) -> None:
    anna = make_user("anna", grant("tests.shop_order", "read"))
    orders, _, _ = order_to_invoice(system)
    with unit_of_work(anna, reading=True):
        steps = trace("tests.shop_order", orders[0])
    assert [(step.name, step.touched) for step in steps] == [("tests.order_placed", ())]


def test_a_long_trace_costs_as_many_statements_as_a_short_one(system: Actor, count_statements: Any) -> None:
    orders, _, _ = order_to_invoice(system, 60)
    for record in (orders[0], orders[59]):
        with count_statements() as counter, unit_of_work(system, reading=True):
            assert len(trace("tests.shop_order", record)) == 3
        assert len(counter) == 4
