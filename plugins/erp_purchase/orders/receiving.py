"""Receiving by hand, where no inventory does it: what is typed on the lines, or everything that is open."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from kernel import Refusal, _, as_system, format_number, update_rows
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.orders.progress import advance, arrived, lines_of

ZERO = Decimal(0)


def receivable(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse to receive nothing, or more than was ordered and tolerated: the guard of receiving by hand."""
    lines = lines_of(orders, lock=True)
    come = arrived([line for some in lines.values() for line in some])
    for order in orders:
        arriving = _arriving(lines[order.id], come)
        if not any(arriving.values()):
            yield Refusal("NOTHING_OPEN", _("Nothing of {number} is left to receive", number=order.number),
                          record=order, field="arriving", actual=0)
        for line in lines[order.id]:
            allowed = line.quantity * (100 + (order.over_percent or ZERO)) / 100
            if line.received + arriving[line.id] > allowed:
                yield Refusal(
                    "OVER_RECEIPT",
                    _("{number}: of {product} {ordered} were ordered, with {arriving} now {received} would have come, "
                      "{allowed} may", number=order.number, product=line.description or "",
                      ordered=format_number(line.quantity), arriving=format_number(arriving[line.id]),
                      received=format_number(line.received + arriving[line.id]), allowed=format_number(allowed)),
                    record=order, field="arriving", actual=line.received + arriving[line.id], allowed=allowed,
                    fix=_("Send back what is too much, or order it too"))


def receive_by_hand(orders: Sequence[Order]) -> None:
    """Note what arrived: the effect of receiving by hand."""
    lines = lines_of(orders)
    come = arrived([line for some in lines.values() for line in some])
    arriving = {id_: count for some in lines.values() for id_, count in _arriving(some, come).items()}
    with as_system("what arrived is taken off the lines"):
        update_rows(OrderLine, [{"id": id_, "arriving": None} for id_ in arriving])
    advance(received={id_: count for id_, count in arriving.items() if count})


def _arriving(lines: Sequence[OrderLine], come: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Give what comes now, by line: what is typed, or all that is open where nothing is."""
    if any(line.arriving is not None for line in lines):
        return {line.id: line.arriving or ZERO for line in lines}
    return {line.id: max(line.quantity - come[line.id], ZERO) for line in lines}
