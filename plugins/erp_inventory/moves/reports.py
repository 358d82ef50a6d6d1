"""What is in stock, what came and went, and what was there on a day. Imported history counts in none of them."""

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import case, func, select

from kernel import Parameter, Product, ReportTable, Unit, _, amount, company_currency, report, rights, session
from plugins.erp_inventory.moves.models import Balance, Move, Valuation
from plugins.erp_inventory.places.models import Place
from plugins.erp_inventory.places.services import current_company

ZERO = Decimal(0)
FROM = Parameter("first", _("From"), "date", usual=lambda: session().today.replace(day=1))
UNTIL = Parameter("last", _("Until"), "date", usual=lambda: session().today)
AS_OF = Parameter("day", _("Day"), "date", usual=lambda: session().today)
Columns = tuple[tuple[str, Any, str], ...]


def _sees_values() -> bool:
    return rights().may("read", Valuation.__entity__)


def _table(
    columns: Columns, rows: Sequence[Sequence[Any]], links: Sequence[str], summed: Sequence[str],
    values: Sequence[str] = (), chart: Any = None,
) -> ReportTable:
    """Make a table with the sums of some columns; columns of values are left out for those who may not see them."""
    kept = [at for at, (name, _label, _kind) in enumerate(columns) if name not in values or _sees_values()]
    shown = tuple(columns[at] for at in kept)
    figures = [tuple(row[at] for at in kept) for row in rows]
    places = {name: at for at, (name, _label, _kind) in enumerate(shown)}
    return ReportTable(
        columns=shown, rows=figures, links=links, chart=chart,
        totals={name: sum((row[places[name]] for row in figures), ZERO) for name in summed if name in places})


@report(_("Stock on hand"), needs="erp_inventory.balance",
    shows="erp_inventory.balance.on_hand erp_inventory.balance.reserved "
          "erp_inventory.valuation.value kernel.unit.code", icon="stack-2",
        help=_("Every product that is or was in stock: how much is there, how much is free, and what it is worth"))
def stock_on_hand() -> ReportTable:
    """Sum up the balances of each product, with its value and moving average."""
    company = current_company()
    balances = (
        select(Balance.product_id, func.sum(Balance.on_hand).label("on_hand"),
               func.sum(Balance.reserved).label("reserved"), func.count().label("places"))
        .where(Balance.company_id == company).group_by(Balance.product_id).subquery())
    found = session().execute(
        select(Product.id, Product.code, Product.name, Unit.code.label("unit"), balances.c.on_hand,
               balances.c.reserved, Valuation.quantity, Valuation.value)
        .select_from(balances).join(Product, Product.id == balances.c.product_id)
        .join(Unit, Unit.id == Product.unit_id)
        .outerjoin(Valuation, (Valuation.product_id == Product.id) & (Valuation.company_id == company))
        .order_by(Product.code))
    rows, links = [], []
    for row in found:
        average = None if not row.quantity else (row.value / row.quantity).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        rows.append((row.code, row.name, row.on_hand, row.reserved, row.on_hand - row.reserved, row.unit, average,
                     row.value or ZERO))
        links.append(f"/erp_inventory/move?f.product={row.id}")
    return _table(
        (("code", _("Code"), "text"), ("product", _("Product"), "text"), ("on_hand", _("On hand"), "quantity"),
         ("reserved", _("Reserved"), "quantity"), ("free", _("Free"), "quantity"), ("unit", _("Unit"), "text"),
         ("average", _("Average cost"), "money"), ("value", _("Value"), "money")),
        rows, links, ("on_hand", "reserved", "free", "value"), ("average", "value"))


@report(_("Stock by place"), needs="erp_inventory.balance",
    shows="erp_inventory.balance.on_hand erp_inventory.balance.reserved erp_inventory.valuation.value", icon="map-pin",
        help=_("How many products lie in each place, how much of them, and what that is worth; the total counts each "
               "product once that is or was in stock"))
def stock_by_place() -> ReportTable:
    """Sum up the balances of each place."""
    company = current_company()
    found = session().execute(
        select(Place.id, Place.name, Balance.product_id, func.sum(Balance.on_hand), func.sum(Balance.reserved),
               Valuation.quantity, Valuation.value)
        .select_from(Balance).join(Place, Place.id == Balance.place_id)
        .outerjoin(Valuation, (Valuation.product_id == Balance.product_id) & (Valuation.company_id == company))
        .where(Balance.company_id == company)
        .group_by(Place.id, Place.name, Balance.product_id, Valuation.quantity, Valuation.value)
        .order_by(Place.name, Place.id))
    step = company_currency().step
    products: set[int] = set()
    places: dict[int, list[Any]] = {}
    for id_, name, product, on_hand, reserved, valued, value in found:
        row = places.setdefault(id_, [name, 0, ZERO, ZERO, ZERO])
        products.add(product)
        row[1] += 1 if on_hand else 0
        row[2] += on_hand
        row[3] += reserved
        row[4] += (value * on_hand / valued).quantize(step, ROUND_HALF_UP) if valued else ZERO
    table = _table(
        (("place", _("Place"), "text"), ("products", _("Products"), "integer"), ("on_hand", _("On hand"), "quantity"),
         ("reserved", _("Reserved"), "quantity"), ("value", _("Value"), "money")),
        list(places.values()), [f"/erp_inventory/balance?f.place={id_}" for id_ in places],
        ("on_hand", "reserved", "value"), ("value",), chart=("bar", "place", ("on_hand",)))
    return ReportTable(table.columns, table.rows, table.chart, {**table.totals, "products": len(products)}, table.links)


@report(_("Stock in and out"), FROM, UNTIL, needs="erp_inventory.move",
    shows="erp_inventory.move.quantity erp_inventory.move.value erp_inventory.move.day", icon="arrows-exchange",
        help=_("Opening + in − out = closing, in quantity and value; this month where no days are given"))
def stock_in_and_out(first: dt.date | None = None, last: dt.date | None = None) -> ReportTable:
    """Sum up each product's moves before and within a period."""
    last = last or session().today
    first = first or last.replace(day=1)
    before, within = Move.day < first, Move.day >= first
    incoming, outgoing = Move.direction == "in", Move.direction == "out"

    def total(column: Any, *conditions: Any) -> Any:
        return func.sum(case((conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1], column),
                             else_=amount(0)))

    sums = [
        total(column, when, direction)
        for when in (before, within) for column in (Move.quantity, Move.value) for direction in (incoming, outgoing)]
    found = session().execute(
        select(Product.id, Product.code, Product.name, *sums)
        .join(Product, Product.id == Move.product_id)
        .where(Move.company_id == current_company(), Move.historical.is_(False), Move.direction != "inside",
               Move.day <= last)
        .group_by(Product.id, Product.code, Product.name).order_by(Product.code))
    rows, links = [], []
    for id_, code, name, q_before_in, q_before_out, v_before_in, v_before_out, q_in, q_out, v_in, v_out in found:
        opening, opening_value = q_before_in - q_before_out, v_before_in - v_before_out
        rows.append((code, name, opening, q_in, q_out, opening + q_in - q_out,
                     opening_value, v_in, v_out, opening_value + v_in - v_out))
        links.append(f"/erp_inventory/move?f.product={id_}&f.day.from={first}&f.day.to={last}")
    quantities = ("opening", "in", "out", "closing")
    values = ("opening_value", "in_value", "out_value", "closing_value")
    return _table(
        (("code", _("Code"), "text"), ("product", _("Product"), "text"), ("opening", _("Opening"), "quantity"),
         ("in", _("In"), "quantity"), ("out", _("Out"), "quantity"), ("closing", _("Closing"), "quantity"),
         ("opening_value", _("Opening value"), "money"), ("in_value", _("Value in"), "money"),
         ("out_value", _("Value out"), "money"), ("closing_value", _("Closing value"), "money")),
        rows, links, (*quantities, *values), values)


@report(_("Stock as of a day"), AS_OF, needs="erp_inventory.move",
    shows="erp_inventory.move.quantity erp_inventory.move.value erp_inventory.move.day", icon="calendar-stats",
        help=_("What was there at the end of a day, by the moves until then; today where none is given"))
def stock_as_of(day: dt.date | None = None) -> ReportTable:
    """Sum up each product's moves up to a day."""
    day = day or session().today
    signed = [
        func.sum(case((Move.direction == "in", column), else_=amount(0) - column))
        for column in (Move.quantity, Move.value)]
    found = session().execute(
        select(Product.id, Product.code, Product.name, *signed)
        .join(Product, Product.id == Move.product_id)
        .where(Move.company_id == current_company(), Move.historical.is_(False), Move.direction != "inside",
               Move.day <= day)
        .group_by(Product.id, Product.code, Product.name).having(signed[0] != amount(0)).order_by(Product.code)).all()
    return _table(
        (("code", _("Code"), "text"), ("product", _("Product"), "text"), ("quantity", _("Quantity"), "quantity"),
         ("value", _("Value"), "money")),
        [row[1:] for row in found], [f"/erp_inventory/move?f.product={row.id}&f.day.to={day}" for row in found],
        ("quantity", "value"), ("value",))
