"""Signals within a transaction: all or nothing, causes recorded, listeners under their own grants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.audit import AuditEntry
from kernel.entities.database import Database
from kernel.entities.work import Actor, actor, as_system, current_work, session, unit_of_work
from kernel.errors import Forbidden, Refusal, UsageError
from kernel.hooks import signals
from kernel.hooks.models import Event, Outbox
from kernel.hooks.participation import switch_off, switch_on
from kernel.hooks.signals import decode, signal, upcast
from kernel.permissions.declare import grant
from tests.kernel.hooks.shop import (
    GoodsHeld,
    OrderedLine,
    OrderPlaced,
    Placed,
    ShopHold,
    ShopOrder,
    held,
    hold_goods,
    listening,
    place,
    placed,
)


def stored(name: str) -> Sequence[Event]:
    return session().scalars(select(Event).where(Event.name == name).order_by(Event.id)).all()


def test_an_event_is_kept_with_what_it_is_about_and_who_told_it(system: Actor) -> None:
    with unit_of_work(system, request_id="r-1"):
        order, = place("one")
    with unit_of_work(system, reading=True):
        event, = stored("tests.order_placed")
        assert (event.subject_entity, event.subject_id, event.version) == ("tests.shop_order", order.id, 1)
        assert (event.cause_id, event.company_id, event.request_id) == (None, system.company_id, "r-1")
        assert decode(event.name, event.version, event.payload) == OrderPlaced(
            order.id, (OrderedLine(7, Decimal("1.5")),))


def test_what_rolled_back_left_nothing(system: Actor) -> None:
    with listening("tests.order_placed", hold_goods), pytest.raises(ZeroDivisionError), unit_of_work(system):
        place("one")
        _ = 1 / 0
    with unit_of_work(system, reading=True) as reading:
        assert not stored("tests.order_placed")
        assert not reading.scalars(select(ShopHold)).all()


def test_a_listener_that_refuses_takes_everything_with_it(system: Actor) -> None:
    def refuse(events: Sequence[Placed]) -> None:
        raise Refusal("STOCK_SHORT", "Nothing left")

    refused = pytest.raises(Refusal, match="Nothing left")
    with listening("tests.order_placed", refuse), refused, unit_of_work(system):
        place("one")
    with unit_of_work(system, reading=True) as reading:
        assert not stored("tests.order_placed")
        assert not reading.scalars(select(ShopOrder)).all()


def test_what_a_listener_does_and_tells_names_its_cause_event_by_event(system: Actor) -> None:
    with listening("tests.order_placed", hold_goods), unit_of_work(system):
        place("one", "two", "three")
    with unit_of_work(system, reading=True) as reading:
        causes = {event.id: event.subject_id for event in stored("tests.order_placed")}
        told = stored("tests.goods_held")
        holds = {hold.id: hold.name for hold in reading.scalars(select(ShopHold))}
        assert len(told) == 3
        for event in told:
            assert event.cause_id is not None
            assert event.subject_id is not None
            assert holds[event.subject_id] == f"for {causes[event.cause_id]}"
            assert event.plugin == "tests"
        audited = reading.scalars(select(AuditEntry).where(AuditEntry.entity == "tests.shop_hold")).all()
        assert {holds[row.record_id or 0]: causes[row.event_id or 0] for row in audited} == {
            name: int(name.removeprefix("for ")) for name in holds.values()}


def test_a_loop_that_ends_early_leaves_the_first_event_as_the_cause(system: Actor) -> None:
    seen: list[int | None] = []

    def look(events: Sequence[Placed]) -> None:
        seen.append(current_work().cause)
        for _ in events:
            pass
        seen.append(current_work().cause)
        next(iter(events))
        seen.append(current_work().cause)

    with listening("tests.order_placed", look), unit_of_work(system) as work:
        place("one", "two")
        assert work.work.cause is None
    with unit_of_work(system, reading=True):
        assert seen == [stored("tests.order_placed")[0].id] * 3


def test_an_event_heard_elsewhere_is_no_cause(work: Any) -> None:
    with pytest.raises(UsageError, match="no event that was told or heard"):
        held.tell([GoodsHeld(1)], because=[OrderPlaced(1)])
    with pytest.raises(UsageError, match="1 events but 2 causes"):
        held.tell([GoodsHeld(1)], because=[OrderPlaced(1), OrderPlaced(2)])


def test_a_listener_works_under_its_own_plugins_grants_for_the_person(make_user: Callable[..., Actor]) -> None:
    anna = make_user("anna", grant("tests.shop_order", "read create"))
    who: list[Actor] = []

    def watch(events: Sequence[Placed]) -> None:
        who.append(actor())

    watched = listening("tests.order_placed", watch, plugin="alpha")
    with listening("tests.order_placed", hold_goods), watched, unit_of_work(anna):
        place("one")
        with pytest.raises(Forbidden):
            session().add(ShopHold(name="by hand"))
            session().flush()
        session().expunge_all()
        with as_system("look at what the listener made"):
            hold, = session().scalars(select(ShopHold)).all()
            assert hold.created_by_id == anna.user_id
    assert [(each.user_id, each.plugin, each.system) for each in who] == [(anna.user_id, "alpha", False)]


def test_a_listener_may_not_write_what_its_plugin_was_not_given(system: Actor) -> None:
    with listening("tests.order_placed", hold_goods, plugin="alpha"):
        hold_goods.__module__ = "tests.kernel.hooks.shop"
        with pytest.raises(Forbidden), unit_of_work(system):
            place("one")


def test_a_plugin_that_was_switched_off_hears_nothing(system: Actor) -> None:
    with listening("tests.order_placed", hold_goods):
        switch_off("tests")
        try:
            with unit_of_work(system):
                place("one")
        finally:
            switch_on("tests")
    with unit_of_work(system, reading=True) as reading:
        assert not reading.scalars(select(ShopHold)).all()
        assert len(stored("tests.order_placed")) == 1


def test_a_savepoint_that_is_rolled_back_takes_its_events_along(system: Actor) -> None:
    def ignore(events: Sequence[Placed]) -> None:
        """Wait."""

    with listening("tests.order_placed", ignore, later=True), unit_of_work(system) as work:
        kept, = place("kept")
        with pytest.raises(ZeroDivisionError), work.begin_nested():
            place("lost")
            _ = 1 / 0
        with work.begin_nested():
            also, = place("also kept")
    with unit_of_work(system, reading=True) as reading:
        assert [event.subject_id for event in stored("tests.order_placed")] == [kept.id, also.id]
        assert len(reading.scalars(select(Outbox)).all()) == 2
        audited = reading.scalars(select(AuditEntry.record_id).where(AuditEntry.entity == "tests.shop_order"))
        assert set(audited) == {kept.id, also.id}


def test_telling_is_refused_in_reading_work(system: Actor) -> None:
    with pytest.raises(UsageError, match="reading"), unit_of_work(system, reading=True):
        placed.tell([OrderPlaced(1)])


def test_two_hundred_events_cost_as_many_statements_as_two(system: Actor, count_statements: Any) -> None:
    def later(events: Sequence[Placed]) -> None:
        """Wait."""

    def cost(count: int) -> int:
        at_once, waiting = (
            listening("tests.order_placed", hold_goods), listening("tests.order_placed", later, later=True))
        with at_once, waiting, count_statements() as counter, unit_of_work(system):
            place(*(f"order {n}" for n in range(count)))
        return len(counter)

    cost(1)
    few, many = cost(2), cost(200)
    assert many <= few + 2  # two more where a block of ids ran out


def test_a_test_can_overhear_what_is_told(work: Any) -> None:
    with placed.overheard() as told:
        order, = place("one")
    place("two")
    assert [event.order_id for event in told] == [order.id]


def test_a_payload_must_be_frozen_and_plain() -> None:
    @dataclass
    class Soft:
        order_id: int

    @dataclass(frozen=True)
    class Rich:
        when: dt.date
        price: float

    with pytest.raises(UsageError, match="Soft must be a frozen dataclass"):
        signal("tests.soft", Soft)
    with pytest.raises(UsageError, match=r"Rich\.price: a payload holds .* not float"):
        signal("tests.rich", Rich)
    with pytest.raises(UsageError, match="which GoodsHeld does not have"):
        signal("tests.odd", GoodsHeld, about=("tests.shop_hold", "order_id"))


@dataclass(frozen=True)
class PricedV3:
    order_id: int
    amount: Decimal
    due_on: dt.date | None = None
    tags: tuple[str, ...] = ()


def test_stored_events_of_older_versions_are_raised(database: Database) -> None:
    signal("tests.priced", PricedV3, version=3)
    upcast("tests.priced", from_version=1)(lambda old: {"order": old["id"], "amount": old["amount"]})
    upcast("tests.priced", from_version=2)(lambda old: {"order_id": old["order"], "amount": old["amount"]})
    try:
        assert decode("tests.priced", 1, {"id": 5, "amount": "9.50"}) == PricedV3(5, Decimal("9.50"))
        assert decode("tests.priced", 3, {
            "order_id": 5, "amount": "1", "due_on": "2024-02-29", "tags": ["a"], "later_addition": 1,
        }) == PricedV3(5, Decimal(1), dt.date(2024, 2, 29), ("a",))
        with pytest.raises(UsageError, match="upgrade the plugin"):
            decode("tests.priced", 4, {})
    finally:
        del signals._signals["tests.priced"]
