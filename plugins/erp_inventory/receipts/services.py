"""What one does with receipts: make them, take goods in, take them back."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, func, select

from kernel import AnyRef, Refusal, _, as_system, format_number, insert_rows, session, workflow_of
from plugins.erp_inventory.documents import plain, products_of
from plugins.erp_inventory.moves.postings import Movement, Posting
from plugins.erp_inventory.moves.services import post, reverse
from plugins.erp_inventory.places.services import current_company
from plugins.erp_inventory.receipts.models import Receipt, ReceiptLine

_lines: Table = ReceiptLine.__table__  # type: ignore[assignment]  # a mapped class's Table


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of a receipt to be made, in the product's own unit."""

    product_id: int
    unit_id: int
    quantity: Decimal
    unit_value: Decimal | None = None
    source_line: AnyRef | None = None
    lot_id: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A receipt to be made."""

    supplier_id: int | None
    lines: Sequence[DraftLine]
    source: AnyRef | None = None
    expected_on: dt.date | None = None
    over_percent: Decimal = Decimal(0)
    place_id: int | None = None
    earlier_id: int | None = None


def receive_goods(receipts: Sequence[Receipt]) -> None:
    """Take the goods of open receipts in; what didn't come stays expected on a new receipt each.

    Raises Refusal NOTHING, OVER_RECEIPT or STATE, for one as for all.
    """
    _run("receive", receipts)


def cancel_receipts(receipts: Sequence[Receipt], reason: str | None = None) -> None:
    """Cancel open receipts: nothing is expected any more; without a reason each must have its own."""
    _run("cancel", receipts, {"cancel_reason": reason} if reason else None)


def reverse_receipts(receipts: Sequence[Receipt]) -> None:
    """Take goods that came out of stock again; they are expected anew where an order is about them."""
    _run("reverse", receipts)


def _run(action: str, receipts: Sequence[Receipt], values: Mapping[str, object] | None = None) -> None:
    flow = workflow_of(Receipt)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Receipts have no workflow"))
    flow.run(action, receipts, values)


def open_receipts(drafts: Iterable[Draft]) -> list[Receipt]:
    """Make open receipts: a fixed number of statements. Drafts may come from a generator over events."""
    with as_system("make receipts") as system:
        made: list[tuple[Receipt, Draft]] = []
        for draft in drafts:
            receipt = Receipt(
                supplier_id=draft.supplier_id, source=draft.source, expected_on=draft.expected_on,
                over_percent=draft.over_percent, place_id=draft.place_id, earlier_id=draft.earlier_id)
            system.add(receipt)
            made.append((receipt, draft))
        system.flush()
        insert_rows(ReceiptLine, [
            {"company_id": receipt.company_id, "receipt_id": receipt.id, "product_id": line.product_id,
             "unit_id": line.unit_id, "quantity": line.quantity, "received": line.quantity, "lot_id": line.lot_id,
             "unit_value": line.unit_value, **_named(line.source_line)}
            for receipt, draft in made for line in draft.lines])
    return [receipt for receipt, _draft in made]


def _named(ref: AnyRef | None) -> dict[str, Any]:
    return {
        "source_line_entity": ref.entity if ref else None, "source_line_id": ref.id if ref else None,
        "source_line_title": ref.title if ref else None}


def lines_of(receipts: Sequence[Receipt]) -> dict[int, list[Any]]:
    """Read the lines of receipts as plain rows, by receipt."""
    found: dict[int, list[Any]] = {receipt.id: [] for receipt in receipts}
    with as_system("read all lines of receipts") as system:
        rows = system.work.connection.execute(
            select(_lines).where(_lines.c.receipt_id.in_(found)).order_by(_lines.c.id))
        for row in rows:
            found[row.receipt_id].append(row)
    return found


def may_receive(receipts: Sequence[Receipt]) -> Iterable[Refusal]:
    """Refuse NOTHING where nothing came, OVER_RECEIPT where more came than is allowed: the guard of receiving."""
    lines = lines_of(receipts)
    over = {
        row.id: allowed for receipt in receipts for row in lines[receipt.id]
        if row.received > (allowed := row.quantity * (100 + receipt.over_percent) / 100)}
    products = products_of(row.product_id for rows in lines.values() for row in rows if row.id in over)
    for receipt in receipts:
        rows = lines[receipt.id]
        if not any(row.received for row in rows):
            yield Refusal("NOTHING", _("Nothing of {number} was received", number=receipt.number), record=receipt,
                          field="lines", fix=_("Say how much came, or cancel it"))
        for row in rows:
            if row.id in over:
                yield Refusal(
                    "OVER_RECEIPT",
                    _("{number}: {received} of {product} came, {ordered} are expected and {allowed} allowed",
                      number=receipt.number, received=format_number(row.received),
                      product=products[row.product_id].code, ordered=format_number(row.quantity),
                      allowed=format_number(over[row.id])),
                    record=receipt, field="received", actual=plain(row.received), allowed=plain(over[row.id]),
                    fix=_("Send the rest back, or have the order changed"))


def bring_goods_in(receipts: Sequence[Receipt]) -> None:
    """Move the goods in, and expect what didn't come on a new receipt each: the effect of receiving."""
    lines = lines_of(receipts)
    post([
        Posting(
            document=AnyRef.to(receipt), kind="receipt", source=receipt.source, party_id=receipt.supplier_id,
            day=receipt.received_on,
            lines=[
                Movement(row.product_id, row.received,
                         None if row.unit_value is None else row.unit_value * row.received,
                         place_id=receipt.place_id, lot_id=row.lot_id, source_line=_source_line(row))
                for row in lines[receipt.id] if row.received])
        for receipt in receipts])
    _expect(receipts, {
        receipt.id: [(row, row.quantity - row.received) for row in lines[receipt.id] if row.quantity > row.received]
        for receipt in receipts})


def take_back(receipts: Sequence[Receipt]) -> None:
    """Move the goods out again, and expect them anew where an order is about them: the effect of reversing."""
    lines = lines_of(receipts)
    reverse([AnyRef.to(receipt) for receipt in receipts])
    _expect(receipts, {
        receipt.id: [(row, min(row.received, row.quantity)) for row in lines[receipt.id] if row.received]
        for receipt in receipts if receipt.source is not None})


def _expect(receipts: Sequence[Receipt], rows: Mapping[int, Sequence[tuple[Any, Decimal]]]) -> None:
    open_receipts(
        Draft(receipt.supplier_id,
              [DraftLine(row.product_id, row.unit_id, quantity, row.unit_value, _source_line(row))
               for row, quantity in rows[receipt.id]],
              receipt.source, receipt.expected_on, receipt.over_percent, receipt.place_id, receipt.id)
        for receipt in receipts if rows.get(receipt.id))


def _source_line(row: Any) -> AnyRef | None:
    if row.source_line_id is None:
        return None
    return AnyRef(row.source_line_entity, row.source_line_id, row.source_line_title)


def expected_by(products: Sequence[int]) -> dict[int, list[tuple[dt.date | None, Decimal]]]:
    """Give what is expected of products, with the days: one statement."""
    rows = session().execute(
        select(ReceiptLine.product_id, Receipt.expected_on, func.sum(ReceiptLine.quantity))
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .where(Receipt.company_id == current_company(), Receipt.state == "open", Receipt.historical.is_(False),
               ReceiptLine.product_id.in_(set(products)))
        .group_by(ReceiptLine.product_id, Receipt.expected_on))
    found: dict[int, list[tuple[dt.date | None, Decimal]]] = {}
    for product, day, quantity in rows:
        found.setdefault(product, []).append((day, quantity))
    return found
