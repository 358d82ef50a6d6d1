"""What `trellis check` finds of production: each planted fault is named, and a shop at work has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

import pytest
from sqlalchemy import Table, select

from kernel.entities.work import Session, session
from kernel.registry.checks import Finding
from plugins.erp_mrp.boms.checks import no_loops, sensible_lines
from plugins.erp_mrp.boms.models import BomLine
from plugins.erp_mrp.planning.checks import delivered_within_demand, pegged_within_orders, received_supplies_are_closed
from plugins.erp_mrp.planning.models import Demand, Peg, Supply
from plugins.erp_mrp.planning.services import firm_plan, run_plan
from plugins.erp_mrp.products.checks import sensible_planning
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_orders.checks import cost_gathered, received_within_order, steps_follow_reports
from plugins.erp_mrp.work_orders.models import OperationReport, WorkOrder, WorkOrderComponent, WorkOrderOperation
from plugins.erp_mrp.work_orders.services import (
    cancel_orders,
    close_orders,
    issue_orders,
    post_work,
    receive_orders,
    release_orders,
)
from tests.plugins.conftest import Goods
from tests.plugins.erp_mrp.bicycles import Shop, set_up, stock

Check = Callable[[], Iterable[Finding]]
ALL: tuple[Check, ...] = (
    no_loops, sensible_lines, delivered_within_demand, received_supplies_are_closed, pegged_within_orders,
    sensible_planning, cost_gathered, received_within_order, steps_follow_reports)


@pytest.fixture
def shop(work: Session, goods: Goods) -> Shop:
    """A shop that has planned, made and cancelled something."""
    made = set_up(goods)
    stock(made.frame, 5, 500)
    stock(made.wheel, 9, 90)
    orders = [WorkOrder(product_id=made.bike, quantity=Decimal(quantity)) for quantity in (1, 2)]
    work.add_all([*orders, Demand(product_id=made.bike, quantity=Decimal(9), due_on=work.today),
                  Supply(product_id=made.rim, quantity=Decimal(2), expected_on=work.today)])
    work.flush()
    release_orders(orders)
    issue_orders(orders)
    done = OperationReport(work_order_id=orders[0].id, sequence=10, good=Decimal(1), hours=Decimal(1))
    work.add(done)
    work.flush()
    post_work([done])
    receive_orders(orders[:1])
    close_orders(orders[:1])
    cancel_orders(orders[1:], "Not wanted")
    firm_plan(run_plan())
    return made


def test_a_shop_at_work_has_no_faults(shop: Shop) -> None:
    assert [finding for check in ALL for finding in check()] == []


PLANTED: tuple[tuple[Check, type, dict[str, object]], ...] = (
    (sensible_lines, BomLine, {"quantity": Decimal(0)}),
    (delivered_within_demand, Demand, {"delivered": Decimal(10)}),
    (delivered_within_demand, Demand, {"state": "done"}),
    (received_supplies_are_closed, Supply, {"received": Decimal(99)}),
    (pegged_within_orders, Peg, {"quantity": Decimal(1000)}),
    (cost_gathered, WorkOrder, {"labour_cost": Decimal(7)}),
    (cost_gathered, WorkOrderComponent, {"issued_value": Decimal(7)}),
    (received_within_order, WorkOrder, {"received": Decimal(70)}),
    (received_within_order, WorkOrder, {"variance": Decimal(70)}),
    (steps_follow_reports, WorkOrderOperation, {"good": Decimal(3)}),
)


def test_every_planted_fault_is_found(shop: Shop) -> None:
    for check, entity, values in PLANTED:
        table: Table = entity.__table__  # type: ignore[attr-defined]  # an entity
        with session().begin_nested() as savepoint:
            row = session().scalars(select(table.c.id).order_by(table.c.id)).first()
            session().connection().execute(table.update().where(table.c.id == row).values(**values))
            assert len(list(check())) == 1, (check.__name__, values)
            savepoint.rollback()
        assert list(check()) == []


def test_a_planted_loop_is_found_with_its_path(shop: Shop) -> None:
    lines: Table = BomLine.__table__  # type: ignore[assignment]  # a mapped class's Table
    session().connection().execute(
        lines.update().where(lines.c.component_id == shop.rim).values(component_id=shop.bike))
    [finding] = no_loops()
    assert "CC8-L → WHEEL → CC8-L" in str(finding.message)


def test_planted_planning_data_that_makes_no_sense_is_found(shop: Shop) -> None:
    table: Table = Planning.__table__  # type: ignore[assignment]  # a mapped class's Table
    session().connection().execute(table.update().where(table.c.row_id == shop.rim).values(lead_days=-1))
    [finding] = sensible_planning()
    assert finding.record == "RIM"
