"""Read what a plan starts from: products, bills of materials, stock, what is needed and what is to come."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, select

from kernel import Product, Unit, actor, session, setting
from plugins.erp_inventory.api import stock_of
from plugins.erp_mrp.boms.structure import HUNDRED, Structure, load_structure
from plugins.erp_mrp.micro import MICRO, Whole, fitting, micro_of, millionths
from plugins.erp_mrp.planning.flows import BOUGHT, DEMAND, MADE, WORK_ORDER, Flow
from plugins.erp_mrp.planning.lots import RULES, Lots
from plugins.erp_mrp.planning.models import Demand, Supply
from plugins.erp_mrp.planning.netting import Grounds
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_orders.models import WorkOrder, WorkOrderComponent

OPEN = ("draft", "released", "in_progress")
"""The states of work orders that take and give something yet."""
_SUPPLY = ("auto", "bought", "made", "phantom")
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Masters:
    """Products that are planned, with their planning data, by place in `structure.products`."""

    structure: Structure
    made: "np.ndarray[Any, np.dtype[np.bool_]]"
    lead: Whole
    safety: Whole
    good: Whole
    lots: Lots


def load_masters(day: dt.date) -> Masters:
    """Load the products a plan cares for: those marked as planned, those with bills of materials, their components."""
    bills = load_structure(day)
    rows = session().execute(
        select(Product.id, Unit.decimals, Planning.supply, Planning.planned, Planning.lead_days,
               millionths(Planning.safety_stock), Planning.lot_rule, millionths(Planning.lot_size),
               millionths(Planning.minimum), Planning.period_days, millionths(Planning.yield_percent))
        .join(Unit, Unit.id == Product.unit_id).join(Planning).where(Product.kind != "service")
        .order_by(Product.id)).all()
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * 11
    ids = fitting(columns[0])
    wanted = np.array(columns[3], dtype=bool) | np.isin(ids, bills.products)
    structure = bills.over(np.union1d(bills.products, ids[wanted]))
    at = np.searchsorted(structure.products, ids[wanted])

    def of(column: int, default: int, codes: dict[str, int] | None = None) -> Whole:
        values = columns[column] if codes is None else [codes[each] for each in columns[column]]
        found = np.full(len(structure.products), default, dtype=np.int64)
        found[at] = fitting(values)[wanted]
        return found

    supply = of(2, 0, {code: place for place, code in enumerate(_SUPPLY)})
    decimals = of(1, 6)
    phantoms = np.flatnonzero((supply == _SUPPLY.index("phantom")) & (structure.bom > 0))
    return Masters(
        structure.without(phantoms),
        (supply == _SUPPLY.index("made")) | ((structure.bom > 0) & (supply != _SUPPLY.index("bought"))),
        np.maximum(of(4, 0), 0), of(5, 0), of(10, HUNDRED),
        Lots(of(6, 0, RULES), of(7, 0), of(8, 0), np.maximum(of(9, 7), 1), MICRO // 10 ** np.minimum(decimals, 6)))


def gather(horizon: dt.date | None) -> Grounds:
    """Load everything a plan up to a day starts from: a fixed number of statements; run it as the system."""
    today = session().today
    masters = load_masters(today)
    products = masters.structure.products
    on_hand = np.zeros(len(products), dtype=np.int64)
    stocks = stock_of()
    places = masters.structure.places(list(stocks))
    known = np.flatnonzero(places >= 0)
    amounts = fitting([micro_of(stock.on_hand) for stock in stocks.values()])
    on_hand[places[known]] = amounts[known]
    first = ordinal(today)
    needs = Flow.joined([_demands(products, first, horizon), _components(products, first)])
    receipts = Flow.joined([_work_orders(products, first), _supplies(products, first)])
    return Grounds(
        first, masters.structure, masters.made, masters.lead, masters.safety, masters.good, masters.lots, on_hand,
        needs, receipts, bool(setting("erp_mrp.workdays")))


def ordinal(day: dt.date) -> int:
    """Give a day as the number of days since 1970."""
    return day.toordinal() - _EPOCH


def days_of(values: Whole) -> Sequence[dt.date]:
    """Give numbers of days since 1970 as dates."""
    return values.astype("datetime64[D]").tolist()  # type: ignore[no-any-return]  # dates


def _demands(products: Whole, first: int, horizon: dt.date | None) -> Flow:
    wanted = select(Demand.product_id, Demand.due_on, millionths(Demand.quantity), millionths(Demand.delivered),
                    Demand.id).where(Demand.state == "open", Demand.company_id == actor().company_id,
                                     Demand.archived.is_(False), Demand.historical.is_(False))
    if horizon is not None:
        wanted = wanted.where(Demand.due_on <= horizon)
    return _flow(products, first, wanted, DEMAND)


def _components(products: Whole, first: int) -> Flow:
    """What open work orders take yet, on the day they start."""
    return _flow(products, first, select(
        WorkOrderComponent.product_id, WorkOrder.start_on, millionths(WorkOrderComponent.quantity),
        millionths(WorkOrderComponent.issued), WorkOrder.id)
        .join(WorkOrder, WorkOrder.id == WorkOrderComponent.work_order_id).where(_running()), WORK_ORDER)


def _work_orders(products: Whole, first: int) -> Flow:
    found = _columns(select(
        WorkOrder.product_id, WorkOrder.due_on, millionths(WorkOrder.quantity), millionths(WorkOrder.received),
        WorkOrder.id, millionths(WorkOrder.yield_percent)).where(_running()), 6)
    expected = _share(fitting(found[2]), fitting(found[5]))
    return _made(products, first, found, expected - fitting(found[3]), MADE)


def _share(quantity: Whole, good: Whole) -> Whole:
    lossy = np.flatnonzero(good != HUNDRED)
    expected = quantity.copy()
    expected[lossy] = [int(all_) * int(share) // HUNDRED for all_, share in zip(
        quantity[lossy], good[lossy], strict=True)]
    return expected


def _supplies(products: Whole, first: int) -> Flow:
    return _flow(products, first, select(
        Supply.product_id, Supply.expected_on, millionths(Supply.quantity), millionths(Supply.received), Supply.id)
        .where(Supply.state == "open", Supply.company_id == actor().company_id, Supply.archived.is_(False),
               Supply.historical.is_(False)), BOUGHT)


def _running() -> ColumnElement[bool]:
    return and_(WorkOrder.state.in_(OPEN), WorkOrder.company_id == actor().company_id,
                WorkOrder.archived.is_(False), WorkOrder.historical.is_(False))


def _flow(products: Whole, first: int, wanted: Select[*tuple[Any, ...]], kind: int) -> Flow:
    found = _columns(wanted, 5)
    return _made(products, first, found, fitting(found[2]) - fitting(found[3]), kind)


def _made(products: Whole, first: int, found: Sequence[Any], quantity: Whole, kind: int) -> Flow:
    """Make rows of the products that are planned; what is overdue is due today."""
    ids = fitting(found[0])
    place = np.minimum(np.searchsorted(products, ids), max(len(products) - 1, 0))
    known = np.flatnonzero((products[place] == ids) & (quantity > 0)) if len(products) else np.zeros(0, dtype=np.int64)
    day = np.array(found[1], dtype="datetime64[D]")
    day = np.where(np.isnat(day), np.datetime64(first, "D"), day).astype(np.int64)
    return Flow.of(place[known], np.maximum(day[known], first), quantity[known], kind, fitting(found[4])[known])


def _columns(wanted: Select[*tuple[Any, ...]], count: int) -> Sequence[Any]:
    return list(zip(*session().execute(wanted).all(), strict=True)) or [()] * count
