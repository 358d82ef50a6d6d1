"""32 at once on PostgreSQL: numbers are given once, approvals and orders have one winner, a credit limit holds."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from kernel.entities.database import Database
from kernel.entities.work import Actor, perform, session, set_database, unit_of_work
from kernel.errors import Refusal
from kernel.hooks.models import Event
from kernel.shared.models import Party
from kernel.testing.databases import Databases, Filling
from kernel.workflows.approvals import approve, my_tasks
from kernel.workflows.models import ApprovalRun, ApprovalTask
from plugins.crm.leads.models import Lead
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.services import confirm_orders
from plugins.erp_sales.terms.extends import SalesTerms
from tests.plugins.conftest import Goods
from tests.scenarios.conftest import filling, goods, people, shipped

__all__ = ["filling", "goods", "people", "shipped"]

CLIENTS = 32
EACH = int(os.environ.get("TRELLIS_TEST_ROUNDS", "5"))
T = TypeVar("T")


@pytest.fixture
def database(databases: Databases, filling: Filling, tmp_path: Path) -> Iterator[Database]:
    """A database on PostgreSQL; the server's usual 100 connections do for one such test at a time."""
    lock = Path(tempfile.gettempdir(), "trellis-many-clients.lock")
    with lock.open("w") as turn, databases.open("postgresql", filling, tmp_path) as opened:
        fcntl.flock(turn, fcntl.LOCK_EX)
        set_database(opened)
        yield opened
        set_database(None)


def all_at_once(do: Callable[[int], T]) -> list[T | Refusal]:
    """Let every client begin at the same moment; gives what each got, or how it was refused."""
    start = threading.Barrier(CLIENTS)

    def client(number: int) -> T | Refusal:
        start.wait()
        try:
            return do(number)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(client, range(CLIENTS)))


def test_documents_numbered_by_many_clients_have_a_number_each(people: dict[str, Actor]) -> None:
    def enter(number: int) -> list[str]:
        given = []
        for _round in range(EACH):
            def one() -> str:
                lead = Lead(name=f"Client {number}")
                session().add(lead)
                session().flush()
                return lead.number
            given.append(perform(people["anna"], one))
        return given

    found = all_at_once(enter)

    numbers = [number for each in found if isinstance(each, list) for number in each]
    assert len(numbers) == CLIENTS * EACH, [str(each) for each in found if isinstance(each, Refusal)]
    assert [number for number, count in Counter(numbers).items() if count > 1] == []
    with unit_of_work(reading=True) as opened:
        assert set(opened.scalars(select(Lead.number))) == set(numbers)


def test_one_of_many_who_approve_the_same_step_wins(people: dict[str, Actor], goods: Goods) -> None:
    with unit_of_work(people["anna"]) as hers:
        order = Order(customer_id=goods.customer)
        order.lines = [OrderLine(product_id=goods.bike, quantity=2, discount=9)]
        hers.add(order)
        hers.flush()
        confirm_orders([order])
        assert order.state == "submitted"
    with unit_of_work(people["meihua"], reading=True):
        [task] = [task.id for task in my_tasks()]

    found = all_at_once(lambda number: perform(people["meihua"], lambda: approve([task], f"From window {number}")))

    losers = [each for each in found if isinstance(each, Refusal)]
    assert found.count(None) == 1
    assert {each.code for each in losers} == {"ALREADY_DECIDED"}
    assert {str(each) for each in losers} == {f"{order.number} has been decided already"}
    with unit_of_work(reading=True) as opened:
        assert opened.scalars(select(ApprovalTask.outcome)).all() == ["approved"]
        assert opened.scalars(select(ApprovalRun.outcome)).all() == ["approved"]
        assert opened.scalars(select(Order.state)).all() == ["confirmed"]
        told = opened.work.connection.execute(
            select(Event.__table__.c.id).where(Event.__table__.c.name == "erp_sales.order_confirmed")).all()
        assert len(told) == 1


def test_one_of_many_who_confirm_an_order_confirms_it(people: dict[str, Actor], goods: Goods) -> None:
    with unit_of_work(people["anna"]) as hers:
        order = Order(customer_id=goods.customer)
        order.lines = [OrderLine(product_id=goods.bike, quantity=2)]
        hers.add(order)
        hers.flush()
        id_ = order.id

    def confirm(number: int) -> None:
        def one() -> None:
            mine = session().get(Order, id_)
            assert mine is not None
            confirm_orders([mine])
        perform(people["anna"], one)

    found = all_at_once(confirm)

    assert found.count(None) == 1
    assert {each.code for each in found if isinstance(each, Refusal)} == {"ALREADY_CONFIRMED"}
    with unit_of_work(reading=True) as opened:
        told = opened.work.connection.execute(
            select(Event.__table__.c.id).where(Event.__table__.c.name == "erp_sales.order_confirmed")).all()
        assert len(told) == 1


def test_many_orders_at_once_never_pass_one_limit_together(
    people: dict[str, Actor], system: Actor, goods: Goods
) -> None:
    with unit_of_work(system) as opened:
        customer = opened.get(Party, goods.customer)
        assert customer is not None
        customer[SalesTerms].credit_limit = Decimal(250_000)  # three orders of 81,690

    def order_and_confirm(number: int) -> str:
        def one() -> str:
            order = Order(customer_id=goods.customer)
            order.lines = [OrderLine(product_id=goods.bike, quantity=2)]
            session().add(order)
            session().flush()
            confirm_orders([order])
            return order.number
        return perform(people["anna"], one)

    found = all_at_once(order_and_confirm)

    assert len([each for each in found if isinstance(each, str)]) == 3
    assert {each.code for each in found if isinstance(each, Refusal)} == {"CREDIT"}
