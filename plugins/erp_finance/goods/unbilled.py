"""Match goods with invoices, line by line and to the last cent: the rest of a value goes with the rest of its goods."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import bindparam, select

from kernel import AnyRef, actor, as_system, ask, insert_rows, update_rows
from plugins.erp_finance.amounts import ZERO, share
from plugins.erp_finance.goods.models import UnbilledGoods

Side = Literal["shipped", "received"]
FIGURES = (
    "moved_quantity", "moved_value", "invoiced_quantity", "cleared_quantity", "cleared_value", "ahead_value")

_goods = UnbilledGoods.__table__.c
_KNOWN = (
    select(_goods.id, _goods.line_entity, _goods.line_id, _goods.product_id, _goods.unit_id,
           *(_goods[name] for name in FIGURES))
    .where(_goods.line_id.in_(bindparam("lines", expanding=True)), _goods.company_id == bindparam("company"),
           _goods.archived.is_(False))
    .order_by(_goods.id).with_for_update(key_share=True))


@dataclass(frozen=True, slots=True)
class Cleared:
    """What one invoiced line takes off the account of its goods, and by how much its price differs from their value.

    Both in the company's currency and signed; for sales `amount` is the cost of what was sold.
    """

    amount: Decimal = ZERO
    difference: Decimal = ZERO


@dataclass(slots=True)
class _Row:
    id: int | None
    line: AnyRef
    order: AnyRef | None
    product_id: int
    unit_id: int
    moved_quantity: Decimal = ZERO
    moved_value: Decimal = ZERO
    invoiced_quantity: Decimal = ZERO
    cleared_quantity: Decimal = ZERO
    cleared_value: Decimal = ZERO
    ahead_value: Decimal = ZERO
    touched: bool = False

    @property
    def waiting(self) -> Decimal:
        """Give the quantity that was moved and not invoiced."""
        return self.moved_quantity - self.cleared_quantity

    @property
    def waiting_value(self) -> Decimal:
        return self.moved_value - self.cleared_value

    @property
    def ahead(self) -> Decimal:
        """Give the quantity that was invoiced and not moved."""
        return self.invoiced_quantity - self.cleared_quantity

    def clear(self, quantity: Decimal, value: Decimal) -> None:
        self.cleared_quantity += quantity
        self.cleared_value += value


class Unbilled:
    """The lines of one posting: read once, matched one after another, written once."""

    def __init__(self, side: Side, lines: Iterable[AnyRef], step: Decimal) -> None:
        self._side = side
        self._step = step
        wanted = sorted({line.id for line in lines})
        self._rows: dict[int, _Row] = {}
        if not wanted:
            return
        with as_system("goods not invoiced yet") as system:
            found = system.work.connection.execute(_KNOWN, {"lines": wanted, "company": actor().company_id or 0})
            for id_, entity, line, product, unit, *figures in found:
                self._rows[line] = _Row(id_, AnyRef(entity or "", line or 0), None, product, unit, *figures)

    def knows(self, line: AnyRef | None) -> bool:
        """Say whether goods of a line were moved or invoiced before."""
        return line is not None and line.id in self._rows

    def move(self, line: AnyRef, order: AnyRef | None, product_id: int, unit_id: int, quantity: Decimal,
             value: Decimal) -> Decimal:
        """Add goods that were moved (negative where they came back); gives what is cleared by it.

        For shipped goods that is the cost of what had been invoiced already; for received ones how much more they
        are worth than had been invoiced.
        """
        row = self._row(line, order, product_id, unit_id)
        before = row.waiting
        row.moved_quantity += quantity
        row.moved_value += value
        if quantity > 0:
            return self._settle_ahead(row, min(quantity, max(row.ahead, ZERO)), quantity, value)
        back = -quantity - max(before, ZERO)
        if back <= 0 or row.cleared_quantity <= 0:
            return self._rest(row)
        undone = share(row.cleared_value, back, row.cleared_quantity, self._step)
        row.clear(-min(back, row.cleared_quantity), -undone)
        if self._side == "received":
            row.ahead_value += undone
            return self._rest(row)
        return -undone + self._rest(row)

    def invoice(self, line: AnyRef, order: AnyRef | None, product_id: int, unit_id: int, quantity: Decimal,
                net: Decimal) -> Cleared:
        """Add goods that were invoiced, in the product's unit and for `net` in the company's currency."""
        row = self._row(line, order, product_id, unit_id)
        ahead, waiting, value = row.ahead, row.waiting, row.waiting_value
        row.invoiced_quantity += quantity
        if quantity < 0:
            amount = self._take_back(row, -quantity, ahead)
        else:
            taken = min(quantity, max(waiting, ZERO))
            cost = share(value, taken, waiting, self._step) if taken > 0 else ZERO
            row.clear(taken, cost)
            early = ZERO
            if self._side == "received" and taken < quantity:
                early = net - share(net, taken, quantity, self._step) if taken > 0 else net
                row.ahead_value += early
            amount = cost + early + self._rest(row)
        return Cleared(amount, net - amount)

    def write(self) -> None:
        """Write what changed, in two statements."""
        changed = [row for row in self._rows.values() if row.touched]
        with as_system("goods not invoiced yet"):
            insert_rows(UnbilledGoods, [
                {
                    "side": self._side, "line_entity": row.line.entity, "line_id": row.line.id,
                    "line_title": row.line.title, "order_entity": row.order.entity if row.order else None,
                    "order_id": row.order.id if row.order else None,
                    "order_title": row.order.title if row.order else None,
                    "product_id": row.product_id, "unit_id": row.unit_id, **_figures(row),
                } for row in changed if row.id is None], audit=False)
            update_rows(UnbilledGoods, [
                {"id": row.id, **_figures(row)} for row in changed if row.id is not None], audit=False)

    def _row(self, line: AnyRef, order: AnyRef | None, product_id: int, unit_id: int) -> _Row:
        row = self._rows.setdefault(line.id, _Row(None, line, order, product_id, unit_id))
        row.touched = True
        return row

    def _settle_ahead(self, row: _Row, taken: Decimal, quantity: Decimal, value: Decimal) -> Decimal:
        if taken <= 0:
            return ZERO
        ahead = row.ahead
        worth = share(value, taken, quantity, self._step)
        row.clear(taken, worth)
        if self._side == "shipped":
            return worth + self._rest(row)
        paid = share(row.ahead_value, taken, ahead, self._step)
        row.ahead_value -= paid
        return worth - paid + self._rest(row)

    def _take_back(self, row: _Row, quantity: Decimal, ahead: Decimal) -> Decimal:
        early = min(quantity, max(ahead, ZERO))
        undone = share(row.ahead_value, early, ahead, self._step) if early > 0 else ZERO
        row.ahead_value -= undone
        rest = min(quantity - early, row.cleared_quantity)
        if rest > 0:
            cost = share(row.cleared_value, rest, row.cleared_quantity, self._step)
            row.clear(-rest, -cost)
            undone += cost
        return -undone

    @staticmethod
    def _rest(row: _Row) -> Decimal:
        """Clear the value left over where no goods wait any more."""
        left = row.waiting_value
        if row.waiting != 0 or left == 0:
            return ZERO
        row.cleared_value += left
        return left


def _figures(row: _Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIGURES}


def keeps_stock() -> bool:
    """Say whether somebody here keeps stock, so that goods invoiced before they move will move one day."""
    company = actor().company_id or 0
    return any(value is not None for answer in ask.stock_value(companies=[company]) for value in answer)
