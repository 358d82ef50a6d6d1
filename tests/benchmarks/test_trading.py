"""What P1, P2, P4 and P9 measure is the whole work: in an installation with all plugins, by a user with roles."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.history import copied_number, fill
from benchmarks.installation import installation
from benchmarks.limits.planning import BarePlan
from benchmarks.planning import ROLES, Planned
from benchmarks.structure import structure
from benchmarks.trading import Trade, trade
from kernel.entities.work import Actor, current_database, perform, set_database, unit_of_work
from plugins.erp_sales.orders.models import Order

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def database_of_before() -> Iterator[None]:
    """Give the process its database back: an installation of its own takes its place meanwhile."""
    try:
        before = current_database()
    except Exception:  # noqa: BLE001  # no database was open
        before = None
    yield
    set_database(before)


def test_history_is_copied_until_the_tables_are_full_and_trade_goes_on(tmp_path: Path) -> None:
    with trade(f"sqlite:///{tmp_path / 'trellis.db'}") as trading:
        numbers: list[str] = []
        held = fill(lambda: numbers.extend(_traded(trading, 10)), 50)
        assert held["erp_sales_order"] == held["erp_inventory_move"] == held["erp_finance_invoice"] == 50
        with unit_of_work(Actor(system=True), reading=True) as system:
            (copy,) = system.scalars(sa.select(Order).where(Order.number == copied_number(numbers[3], 4)))
            assert (copy.state, len(copy.lines), copy.customer_id in trading.customers) == ("done", 1, True)
        assert _traded(trading, 2)
        trading.prove()


def test_trellis_plans_what_the_bare_arrays_plan(tmp_path: Path) -> None:
    given = structure(30, 3, 20, each=3)
    with installation(f"sqlite:///{tmp_path / 'trellis.db'}", ROLES) as planner:
        planned = Planned(planner, given)
        planned.plan()
        orders, pegs = BarePlan(sa.create_engine("sqlite://"), given).computed()
        made = sum(product < given.bought.start for product in orders[1].tolist())
        assert planned.written() == {"make": made, "buy": len(orders[0]) - made, "pegs": len(pegs[0])}


def _traded(trading: Trade, count: int) -> list[str]:
    return perform(trading.clerk, lambda: [order.number for order in trading.carry(count, lines=1)])
