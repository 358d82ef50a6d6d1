"""How far orders are: what of them was delivered, invoiced and paid, and the orders that are through.

Whoever delivers counts in the product's unit, an order's line in its own: lines keep the sum in the product's unit, so
that twelve pieces delivered one by one are exactly the dozen that was sold.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from sqlalchemy import bindparam, select

from kernel import Product, as_system, unit_facts, update_rows, workflow_of
from plugins.erp_sales.orders.models import Order, OrderLine

ALL = Decimal(100)
ZERO = Decimal(0)
FINEST = Decimal("0.000001")
CENT = Decimal("0.01")


_order, _line, _product = Order.__table__.c, OrderLine.__table__.c, Product.__table__.c
_BOOKS = (
    select(_order.id, _order.state, _order.total, _order.freight, _order.invoiced_amount, _order.invoiced_freight,
           _order.paid_amount)
    .where(_order.id.in_(bindparam("orders", expanding=True)), _order.historical.is_(False))
    .order_by(_order.id).with_for_update())
_LINES = (
    select(_line.order_id, _line.id, _line.quantity, _line.line_total, _line.tax_amount, _line.shipped,
           _line.delivered, _line.invoiced, _line.invoiced_net, _product.kind, _line.unit_id, _product.unit_id)
    .select_from(OrderLine.__table__.join(Product.__table__, _product.id == _line.product_id))
    .where(_line.order_id.in_(bindparam("orders", expanding=True))).order_by(_line.id))


@dataclass(slots=True)
class LineBook:
    """What has happened to one line; `shipped` is in the product's unit, the other quantities in the line's."""

    id: int
    quantity: Decimal
    line_total: Decimal
    tax_amount: Decimal
    shipped: Decimal
    delivered: Decimal
    invoiced: Decimal
    invoiced_net: Decimal
    goods: bool
    """Goods are delivered; of services only the invoice is known."""
    in_product_units: Fraction
    """How many of the product's unit the line's unit is."""
    decimals: int
    """Those of the product's unit, which quantities in it are rounded to."""

    @property
    def wanted(self) -> Decimal:
        """Give what was ordered, in the product's unit."""
        return _exact(Fraction(self.quantity) * self.in_product_units).quantize(
            Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)

    def ship(self, count: Decimal) -> None:
        """Count goods out (or, negative, back), in the product's unit."""
        self.shipped += count
        self.delivered = (
            self.quantity if self.shipped == self.wanted else _exact(Fraction(self.shipped) / self.in_product_units))


@dataclass(slots=True)
class OrderBook:
    """What has happened to one order; amounts are in its currency."""

    id: int
    state: str
    total: Decimal
    freight: Decimal
    invoiced_amount: Decimal
    invoiced_freight: Decimal
    paid_amount: Decimal
    lines: list[LineBook] = field(default_factory=list)

    @property
    def goods(self) -> list[LineBook]:
        """Give the lines that are delivered."""
        return [line for line in self.lines if line.goods]

    @property
    def percents(self) -> dict[str, Decimal]:
        """Say how far it is, by the amounts of its lines; 100 only where nothing is left."""
        invoiced = _share([(line.line_total, line.invoiced, line.quantity) for line in self.lines])
        paid = ALL if self.paid_amount >= self.total and invoiced == ALL else _percent(self.paid_amount, self.total)
        return {
            "delivered_percent": _share([(line.line_total, line.delivered, line.quantity) for line in self.goods]),
            "invoiced_percent": invoiced, "paid_percent": paid}


@dataclass(frozen=True, slots=True)
class Billed:
    """What invoices made of an order since: its total with tax, the freight in it, quantity and net by line."""

    total: Decimal
    freight: Decimal
    lines: Mapping[int, tuple[Decimal, Decimal]]


def note_shipped(shipped: Mapping[int, Mapping[int, Decimal]]) -> None:
    """Count goods as delivered (negative: as come back), by order and line, in the product's unit."""
    books = books_of(shipped)
    for order_id, counts in shipped.items():
        for line in books[order_id].lines if order_id in books else ():
            if line.id in counts:
                line.ship(counts[line.id])
    _keep(books.values(), returned={
        order_id for order_id, counts in shipped.items() if any(count < 0 for count in counts.values())})


def note_invoiced(billed: Mapping[int, Billed]) -> None:
    """Count what was invoiced (negative: taken back), by order."""
    books = books_of(billed)
    for order_id, bill in billed.items():
        if (book := books.get(order_id)) is None:
            continue
        book.invoiced_amount += bill.total
        book.invoiced_freight += bill.freight
        for line in book.lines:
            quantity, net = bill.lines.get(line.id, (ZERO, ZERO))
            line.invoiced += quantity
            line.invoiced_net += net
    _keep(books.values(), returned={order_id for order_id, bill in billed.items() if bill.total < 0})


def note_paid(paid: Mapping[int, Decimal]) -> None:
    """Count what was paid (negative: paid back), by order, in its currency."""
    books = books_of(paid)
    for order_id, amount in paid.items():
        if order_id in books:
            books[order_id].paid_amount += amount
    _keep(books.values(), returned={order_id for order_id, amount in paid.items() if amount < 0}, lines=False)


def mark_delivered(orders: Sequence[Order]) -> None:
    """Count all goods of orders as delivered: by hand, where no inventory does it."""
    books = books_of([order.id for order in orders])
    for book in books.values():
        for line in book.goods:
            line.shipped, line.delivered = line.wanted, line.quantity
    _keep(books.values())


def mark_invoiced(orders: Sequence[Order]) -> None:
    """Count orders as invoiced: by hand, where no finance does it."""
    books = books_of([order.id for order in orders])
    for book in books.values():
        book.invoiced_amount, book.invoiced_freight = book.total, book.freight
        for line in book.lines:
            line.invoiced, line.invoiced_net = line.quantity, line.line_total
    _keep(books.values())


def mark_paid(orders: Sequence[Order]) -> None:
    """Count orders as paid: by hand, where no finance does it."""
    books = books_of([order.id for order in orders])
    for book in books.values():
        book.paid_amount = book.total
    _keep(books.values(), lines=False)


def take_back(orders: Sequence[Order], *, deliveries: bool, invoices: bool) -> None:
    """Forget what was marked by hand: deliveries, or invoices with their payments."""
    books = books_of([order.id for order in orders])
    for book in books.values():
        if invoices:
            book.invoiced_amount = book.invoiced_freight = book.paid_amount = ZERO
        for line in book.lines:
            if deliveries:
                line.shipped = line.delivered = ZERO
            if invoices:
                line.invoiced = line.invoiced_net = ZERO
    _keep(books.values())


def books_of(orders: Collection[int]) -> dict[int, OrderBook]:
    """Read how far orders are, and keep others from changing it until the transaction ends; two statements."""
    if not orders:
        return {}
    with as_system("how far orders are is everybody's") as system:
        connection = system.work.connection
        books = {row.id: OrderBook(*row) for row in connection.execute(_BOOKS, {"orders": list(orders)})}
        units = unit_facts()
        found = connection.execute(_LINES, {"orders": list(books)})
        for order_id, line_id, count, net, tax, shipped, delivered, invoiced, billed, kind, unit, stock_unit in found:
            books[order_id].lines.append(LineBook(
                line_id, count, net, tax, shipped, delivered, invoiced, billed, kind != "service",
                units[unit].factor / units[stock_unit].factor, units[stock_unit].decimals))
    return books


def _keep(books: Iterable[OrderBook], *, returned: Collection[int] = (), lines: bool = True) -> None:
    """Write how far orders are; close those that are through, open closed ones that something was returned of."""
    books = list(books)
    if not books:
        return
    percents = {book.id: book.percents for book in books}
    with as_system("how far orders are is everybody's") as system:
        update_rows(OrderLine, [
            {"id": line.id, "shipped": line.shipped, "delivered": line.delivered, "invoiced": line.invoiced,
             "invoiced_net": line.invoiced_net} for book in books for line in book.lines if lines])
        update_rows(Order, [
            {"id": book.id, "invoiced_amount": book.invoiced_amount, "invoiced_freight": book.invoiced_freight,
             "paid_amount": book.paid_amount, **percents[book.id]} for book in books])
        through = {id_ for id_, each in percents.items() if min(each.values()) >= ALL}
        steps = {
            "close": [book.id for book in books if book.state == "confirmed" and book.id in through],
            "reopen": [book.id for book in books
                       if book.state == "done" and book.id in returned and book.id not in through]}
        flow = workflow_of(Order)
        for action, ids in steps.items():
            if ids and flow is not None:
                flow.run(action, system.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id)).all())


def _share(parts: Sequence[tuple[Decimal, Decimal, Decimal]]) -> Decimal:
    """Give the percentage done of parts (weight, done, of): lines of no value count alike where all are."""
    if all(done >= of for _weight, done, of in parts):
        return ALL
    if not any(weight for weight, _done, _of in parts):
        parts = [(Decimal(1), done, of) for _weight, done, of in parts]
    return _percent(
        sum((weight * min(done, of) / of for weight, done, of in parts), ZERO),
        sum((weight for weight, _done, _of in parts), ZERO))


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    """Give a percentage of 2 decimals that says 100 only where nothing is missing."""
    if whole <= 0:
        return ZERO
    share = min(part * 100 / whole, ALL if part >= whole else ALL - CENT)
    return max(share, ZERO).quantize(CENT, ROUND_DOWN)


def _exact(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(FINEST, ROUND_HALF_UP)
