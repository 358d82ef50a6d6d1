"""Run plans: read the grounds, net them on arrays, write what comes of it as rows."""

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import select

from kernel import Entity, Same, as_system, insert_columns, session, setting, workflow_of
from plugins.erp_mrp.micro import Whole, encoded, fitting
from plugins.erp_mrp.planning.flows import BOUGHT, DEMAND, MADE, ORDER, SAFETY, WORK_ORDER
from plugins.erp_mrp.planning.gathering import days_of, gather
from plugins.erp_mrp.planning.models import Message, Peg, Plan, PlannedOrder
from plugins.erp_mrp.planning.netting import FAR, Grounds, Outcome, net

PEG_KINDS = {SAFETY: "safety", DEMAND: "demand", WORK_ORDER: "work_order", ORDER: "order"}


def make_plans(plans: Sequence[Plan]) -> None:
    """Plan anew and set the plans before aside: the effect of running a plan."""
    for plan in plans:
        begun = time.perf_counter()
        _set_aside_all_but(plan)
        with as_system("a plan counts everybody's demands and stock"):
            grounds = gather(plan.horizon_on)
            found = net(grounds)
            ids = _write_orders(plan.id, grounds, found)
            _write_pegs(found, ids)
            messages = _write_messages(plan.id, grounds, found, ids)
        current = session()
        plan.run_on, plan.ran_at = current.today, current.now
        plan.products = len(grounds.structure.products)
        plan.demands = int((grounds.needs.kind == DEMAND).sum())
        plan.to_make = int(found.make.sum())
        plan.to_buy = len(found.make) - plan.to_make
        plan.messages = messages
        plan.seconds = Decimal(f"{time.perf_counter() - begun:.3f}")
    session().flush()


def _set_aside_all_but(plan: Plan) -> None:
    before = session().scalars(
        select(Plan).where(Plan.state == "planned", Plan.id != plan.id, Plan.company_id == plan.company_id)).all()
    flow = workflow_of(Plan)
    if before and flow is not None:
        flow.run("supersede", before)


def _write_orders(plan_id: int, grounds: Grounds, found: Outcome) -> Whole:
    count = len(found.place)
    ids = fitting(session().work.take_ids(count)) if count else fitting([])
    bom = np.where(found.make == 1, grounds.structure.bom[found.place], 0)
    _insert(PlannedOrder, count, {
        "id": ids.tolist(), "plan_id": Same(plan_id),
        "product_id": grounds.structure.products[found.place].tolist(),
        "kind": ["make" if make else "buy" for make in found.make.tolist()],
        "quantity": encoded(found.quantity), "expected": encoded(found.expected),
        "release_on": days_of(found.release), "due_on": days_of(found.due), "late": (found.late > 0).tolist(),
        "bom_id": [each or None for each in bom.tolist()],
    })
    return ids


def _write_pegs(found: Outcome, ids: Whole) -> None:
    kind, ref = found.peg_kind, found.peg_ref.copy()
    by_order = kind == ORDER
    ref[by_order] = ids[ref[by_order]]

    def of(wanted: int) -> list[int | None]:
        return [each or None for each in np.where(kind == wanted, ref, 0).tolist()]

    _insert(Peg, len(kind), {
        "planned_order_id": ids[found.peg_order].tolist(), "kind": [PEG_KINDS[each] for each in kind.tolist()],
        "demand_id": of(DEMAND), "work_order_id": of(WORK_ORDER), "parent_order_id": of(ORDER),
        "quantity": encoded(found.peg_quantity),
    })


def _write_messages(plan_id: int, grounds: Grounds, found: Outcome, ids: Whole) -> int:
    """Say what should happen to supply under way, which orders start too late, and what has no bill of materials."""
    receipts, products = grounds.receipts, grounds.structure.products
    patience = int(str(setting("erp_mrp.defer_days")))
    kinds = (
        ("cancel", found.used == 0),
        ("reduce", (found.used > 0) & (found.used < receipts.quantity)),
        ("expedite", found.wanted < receipts.day),
        ("defer", (found.used > 0) & (found.wanted < FAR) & (found.wanted > receipts.day + patience)),
    )
    rows: list[dict[str, Any]] = []
    for kind, chosen in kinds:
        for at in np.flatnonzero(chosen).tolist():
            moved = kind in ("expedite", "defer")
            days = [int(receipts.day[at]), int(found.wanted[at]) if moved else None]
            amount = receipts.quantity[at] - (found.used[at] if kind == "reduce" else 0)
            rows.append(_message(
                kind, int(products[receipts.place[at]]), int(amount), days,
                work_order_id=int(receipts.ref[at]) if receipts.kind[at] == MADE else None,
                supply_id=int(receipts.ref[at]) if receipts.kind[at] == BOUGHT else None))
    for at in np.flatnonzero(found.late).tolist():
        days = [int(found.release[at]) - int(found.late[at]), int(found.release[at])]
        rows.append(_message("late", int(products[found.place[at]]), int(found.quantity[at]), days,
                             planned_order_id=int(ids[at])))
    unmade = np.unique(found.place[(found.make == 1) & (grounds.structure.bom[found.place] == 0)])
    rows += [_message("no_bom", int(products[place]), 0, [None, None]) for place in unmade.tolist()]
    if rows:
        columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
        columns["quantity"] = encoded(fitting(columns["quantity"]))
        _insert(Message, len(rows), {"plan_id": Same(plan_id), **columns})
    return len(rows)


def _message(
    kind: str, product: int, amount: int, days: Sequence[int | None], *, work_order_id: int | None = None,
    supply_id: int | None = None, planned_order_id: int | None = None,
) -> dict[str, Any]:
    from_on, to_on = (None if day is None else days_of(fitting([day]))[0] for day in days)
    return {"kind": kind, "product_id": product, "quantity": amount, "from_on": from_on, "to_on": to_on,
            "work_order_id": work_order_id, "supply_id": supply_id, "planned_order_id": planned_order_id}


def _insert(cls: type[Entity], count: int, columns: dict[str, Any]) -> None:
    if count:
        insert_columns(cls, columns, count)


def latest_plan() -> Plan | None:
    """Give the plan that holds: the last one that was run and not set aside."""
    return session().scalars(
        select(Plan).where(Plan.state.in_(("planned", "firmed"))).order_by(Plan.id.desc()).limit(1)).first()


