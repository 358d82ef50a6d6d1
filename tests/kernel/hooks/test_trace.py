"""Why a record is here, and what followed from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kernel.entities.bulk import insert_rows
from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, session, unit_of_work
from kernel.hooks import trace as tracing
from kernel.hooks.signals import signal
from kernel.hooks.trace import Touched, Trace, trace
from kernel.permissions.declare import grant, hide
from tests.kernel.hooks.paper import PaperBill, PaperDelivery, PaperDeliveryLine, PaperOrder, PaperOrderLine, chain
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
        steps = trace("tests.shop_order", orders[1]).steps
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
        steps = trace("tests.shop_hold", invoices[0]).steps
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
        found = trace("tests.shop_order", orders[0])
    assert [(step.name, step.touched) for step in found.steps] == [("tests.order_placed", ())]
    assert [each.id for each in found.records] == [orders[0]]
    assert (found.arrows, found.hidden) == ((), 2)


def pairs(found: Trace) -> set[tuple[int, int]]:
    return {(arrow.source[1], arrow.target[1]) for arrow in found.arrows}


def test_listeners_deeds_are_arrows_that_name_the_signal_and_who_reacted(system: Actor) -> None:
    orders, holds, invoices = order_to_invoice(system)
    with unit_of_work(system, reading=True):
        found = trace("tests.shop_hold", holds[0])
    assert {(arrow.source[1], arrow.target[1], arrow.signals) for arrow in found.arrows} == {
        (orders[0], holds[0], ("tests.order_placed",)), (holds[0], invoices[0], ("tests.goods_packed",))}
    by_id = {each.id: each for each in found.records}
    assert {id_: each.side for id_, each in by_id.items()} == {
        orders[0]: "before", holds[0]: "here", invoices[0]: "after"}
    made = by_id[invoices[0]].made
    assert made is not None
    assert made.plugin == "tests"
    before = by_id[orders[0]].made
    assert before is not None
    assert before.plugin is None


def test_links_that_follow_are_walked_both_ways_through_the_lines_of_documents(system: Actor) -> None:
    with unit_of_work(system):
        (order, delivery, bill), other = chain(2)
    with unit_of_work(system, reading=True):
        for record in (order, delivery, bill):
            found = trace(record.__entity__, record.id)
            assert pairs(found) == {(order.id, delivery.id), (delivery.id, bill.id)}
            assert {each.id for each in found.records} == {order.id, delivery.id, bill.id}
            assert other[0].id not in {each.id for each in found.records}


def test_a_loop_of_links_ends(system: Actor) -> None:
    with unit_of_work(system) as work:
        first = PaperDelivery(name="first")
        second = PaperDelivery(name="second", rest_of=first)
        work.add_all([first, second])
        work.flush()
        first.rest_of = second
    with unit_of_work(system, reading=True):
        found = trace("tests.paper_delivery", first.id)
    assert pairs(found) == {(first.id, second.id), (second.id, first.id)}
    assert len(found.records) == 2


def test_what_a_person_may_not_read_is_bridged_and_counted(
    system: Actor, make_user: Callable[..., Actor]
) -> None:
    clerk = make_user("clerk", grant("tests.paper_order", "read"), grant("tests.paper_bill", "read"))
    with unit_of_work(system):
        [(order, delivery, bill)] = chain()
    with unit_of_work(clerk, reading=True):
        found = trace("tests.paper_order", order.id)
    assert [each.id for each in found.records] == [bill.id, order.id]
    assert [(arrow.source[1], arrow.target[1], arrow.skipped) for arrow in found.arrows] == [
        (order.id, bill.id, True)]
    assert found.hidden == 1
    assert delivery.id not in {each.id for each in found.records}


def test_a_hidden_link_leads_nowhere(system: Actor, make_user: Callable[..., Actor]) -> None:
    clerk = make_user(
        "clerk", grant("tests.paper_order", "read"), grant("tests.paper_delivery", "read"),
        hide("tests.paper_delivery_line", "ordered"))
    with unit_of_work(system):
        [(order, _delivery, _bill)] = chain()
    with unit_of_work(clerk, reading=True):
        assert [each.id for each in trace("tests.paper_order", order.id).records] == [order.id]


def test_a_record_whose_plugin_has_gone_keeps_its_name_and_place(
    system: Actor, make_user: Callable[..., Actor]
) -> None:
    clerk = make_user("clerk", grant("tests.paper_order", "read"))
    with unit_of_work(system) as work:
        order = PaperOrder(name="order", source=AnyRef("nowhere.deal", 77, "DEAL-77"))
        work.add(order)
    with unit_of_work(clerk, reading=True):
        found = trace("tests.paper_order", order.id)
    assert {(each.entity, each.id, each.title) for each in found.records} == {
        ("nowhere.deal", 77, "DEAL-77"), ("tests.paper_order", order.id, "")}
    assert pairs(found) == {(77, order.id)}


def test_rows_that_a_listener_wrote_in_bulk_know_who_made_them(system: Actor) -> None:
    def write_orders(events: Sequence[Packed]) -> None:
        insert_rows(PaperOrder, [
            {"name": f"for {event.hold_id}", "source_entity": "tests.shop_hold", "source_id": event.hold_id,
             "source_title": "hold"} for event in events])

    with listening("tests.order_placed", hold_goods), listening("tests.goods_packed", write_orders):
        with unit_of_work(system):
            place("order")
        with unit_of_work(system) as work:
            hold = work.query(ShopHold).one()
            packed.tell([GoodsPacked(hold.id)])
    with unit_of_work(system, reading=True):
        found = trace("tests.shop_hold", hold.id)
    made = {each.entity: each.made for each in found.records}["tests.paper_order"]
    assert made is not None
    assert made.plugin == "tests"
    assert [arrow.signals for arrow in found.arrows if arrow.target[0] == "tests.paper_order"] == [
        ("tests.goods_packed",)]


def test_a_chain_of_thousands_is_cut_and_says_so(system: Actor, monkeypatch: Any) -> None:
    monkeypatch.setattr(tracing, "LIMIT", 100)
    with unit_of_work(system) as work:
        order = PaperOrder(name="order", lines=[PaperOrderLine(name="line")])
        work.add(order)
        work.flush()
        line = order.lines[0]
        ids = insert_rows(PaperDelivery, [{"name": f"delivery {n}"} for n in range(1500)])
        insert_rows(PaperDeliveryLine, [
            {"delivery_id": id_, "name": "line", "ordered_entity": line.__entity__, "ordered_id": line.id,
             "ordered_title": "line"} for id_ in ids])
    with unit_of_work(system, reading=True):
        found = trace("tests.paper_order", order.id)
    assert len(found.records) == 101
    assert found.cut


def test_a_trace_costs_as_many_statements_however_many_records_stand_in_it(
    system: Actor, count_statements: Any
) -> None:
    orders, _, _ = order_to_invoice(system, 60)
    with unit_of_work(system) as work:
        written = chain(40)
        bill = PaperBill(name="of all")
        work.add(bill)
    counts = []
    for entity, record in (
        ("tests.shop_order", orders[0]), ("tests.shop_order", orders[59]),
        ("tests.paper_order", written[0][0].id), ("tests.paper_order", written[39][0].id),
    ):
        with count_statements() as counter, unit_of_work(system, reading=True):
            assert len(trace(entity, record).records) == 3
        counts.append(len(counter))
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]
    assert max(counts) <= 16
    wide_order = PaperOrder(name="wide", lines=[PaperOrderLine(name=f"line {n}") for n in range(20)])
    with unit_of_work(system) as work:
        work.add(wide_order)
        work.flush()
        for each in wide_order.lines:
            made = PaperDelivery(name=f"for {each.name}", lines=[
                PaperDeliveryLine(name=each.name, ordered=AnyRef.to(each))])
            work.add(made)
    with count_statements() as counter, unit_of_work(system, reading=True):
        assert len(trace("tests.paper_order", wide_order.id).records) == 21
    assert len(counter) <= counts[2]
