"""What stock and production tell, posted by the rules: one voucher an event, however many there are at once."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from kernel import AnyRef, Text, on
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.goods.unbilled import Side, Unbilled
from plugins.erp_finance.ledger.accounts import RULES
from plugins.erp_finance.ledger.books import Books
from plugins.erp_finance.ledger.chart import books
from plugins.erp_finance.ledger.posting import Line, Voucher, post_vouchers

OUTWARD = frozenset({"delivery", "delivery_unordered", "issue", "loss"})
"""Events that usually take goods out of stock: their values are negative, what is posted is positive."""
SIDES: dict[str, Side] = {"delivery": "shipped", "receipt": "received"}
NAMES: dict[str, Text] = {event: name for event, name, *_rest in RULES}


class MovedLine(Protocol):
    """A product of a posting, as far as the ledger goes."""

    @property
    def move_id(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def value(self) -> Decimal: ...
    @property
    def source_line(self) -> AnyRef | None: ...


class Moved(Protocol):
    """A posting of stock, as far as the ledger goes."""

    @property
    def document(self) -> AnyRef: ...
    @property
    def kind(self) -> str: ...
    @property
    def day(self) -> dt.date: ...
    @property
    def lines(self) -> Sequence[MovedLine]: ...
    @property
    def party_id(self) -> int | None: ...
    @property
    def source(self) -> AnyRef | None: ...
    @property
    def reversal(self) -> bool: ...


class Reported(Protocol):
    """Work reported on a work order, as far as the ledger goes."""

    @property
    def report_id(self) -> int: ...
    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def day(self) -> dt.date: ...
    @property
    def cost(self) -> Decimal: ...


class Closed(Protocol):
    """A closed work order, as far as the ledger goes."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def day(self) -> dt.date: ...
    @property
    def variance(self) -> Decimal: ...


@on("erp_inventory.move_posted")
def post_moves(events: Sequence[Moved]) -> None:
    """Post what stock gained or lost; goods shipped or received wait on their accounts until they are invoiced."""
    ours = books()
    step = ours.currency.step
    waiting = {
        side: Unbilled(side, (line.source_line for event in events if SIDES.get(event.kind) == side
                              for line in event.lines if line.source_line), step)
        for side in dict.fromkeys(SIDES[event.kind] for event in events if event.kind in SIDES)}
    post_vouchers([
        Voucher(
            event.day, ours.rule(_event_of(event)).journal, lines,
            f"{NAMES[_event_of(event)]}: {event.document.title}", event=f"move:{event.lines[0].move_id}",
            source=event.document)
        for event in events if (lines := _lines(event, ours, waiting))])
    for each in waiting.values():
        each.write()


@on("erp_mrp.operation_reported")
def post_work(events: Sequence[Reported]) -> None:
    """Post the cost of work to the orders it was done for."""
    ours = books()
    rule = ours.rule("operation")
    post_vouchers([
        Voucher(
            event.day, rule.journal, (Line(rule.debit, event.cost), Line(rule.credit, -event.cost)),
            f"{NAMES['operation']}: {event.number}",
            event=f"operation:{event.report_id}{':back' if event.cost < 0 else ''}",
            source=AnyRef("erp_mrp.work_order", event.order_id, event.number))
        for event in events if event.cost])


@on("erp_mrp.order_closed")
def post_variances(events: Sequence[Closed]) -> None:
    """Post what a closed work order cost more, or less, than its goods were valued at."""
    ours = books()
    rule = ours.rule("order_closed")
    post_vouchers([
        Voucher(
            event.day, rule.journal, (Line(rule.debit, event.variance), Line(rule.credit, -event.variance)),
            f"{NAMES['order_closed']}: {event.number}", event=f"order_closed:{event.order_id}",
            source=AnyRef("erp_mrp.work_order", event.order_id, event.number))
        for event in events if event.variance])


def _event_of(event: Moved, value: Decimal | None = None) -> str:
    if event.kind != "adjustment":
        return event.kind
    shown = sum((line.value for line in event.lines), ZERO) if value is None else value
    return "loss" if (shown < 0) != event.reversal else "gain"


def _lines(event: Moved, ours: Books, waiting: dict[Side, Unbilled]) -> list[Line]:
    """Give a voucher's lines, those of one account together."""
    sums: dict[int, Decimal] = {}
    side = SIDES.get(event.kind)
    cleared = ZERO
    for line in event.lines:
        name = _event_of(event, line.value)
        if side and line.source_line is None:
            name += "_unordered"  # no invoice of an order will come to take it off an account of goods not invoiced
        rule = ours.rule(name)
        amount = -line.value if name in OUTWARD else line.value
        sums[rule.debit] = sums.get(rule.debit, ZERO) + amount
        sums[rule.credit] = sums.get(rule.credit, ZERO) - amount
        if side and line.source_line is not None:
            sign = -1 if side == "shipped" else 1
            cleared += waiting[side].move(
                line.source_line, event.source, line.product_id, line.unit_id, sign * line.quantity, amount)
    if side == "shipped" and cleared:
        _add(sums, ours.account("cogs"), ours.account("shipped"), cleared)
    if side == "received" and cleared:
        _add(sums, ours.account("grni"), ours.account("price_variance"), cleared)
    stock = ours.roles.get("stock")
    return [
        Line(account, amount, party_id=event.party_id if account != stock else None)
        for account, amount in sums.items() if amount]


def _add(sums: dict[int, Decimal], debit: int, credit: int, amount: Decimal) -> None:
    sums[debit] = sums.get(debit, ZERO) + amount
    sums[credit] = sums.get(credit, ZERO) - amount
