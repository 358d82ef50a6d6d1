"""What must hold of receipts in a live database."""

from collections.abc import Iterable

from sqlalchemy import case, func, select, union_all

from kernel import Finding, _, amount, format_number, invariant, session
from plugins.erp_inventory.moves.models import Move
from plugins.erp_inventory.receipts.models import Receipt, ReceiptLine

SHOWN = 100


@invariant("erp_inventory.receipts", _("What a receipt took in has moved, and nothing else has for it"))
def received_goods_moved() -> Iterable[Finding]:
    """Find receipts whose moves aren't what their lines say was received; nothing where they were taken back."""
    none = amount(0)
    parts = union_all(
        select(ReceiptLine.receipt_id.label("receipt_id"), ReceiptLine.product_id,
               case((Receipt.state == "done", func.coalesce(ReceiptLine.received, none)), else_=none)
               .label("quantity"))
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id),
        select(Move.document_id, Move.product_id,
               case((Move.direction == "in", none - Move.quantity), else_=Move.quantity))
        .where(Move.document_entity == Receipt.__entity__, Move.historical.is_(False)),
    ).subquery()
    off = func.sum(parts.c.quantity)
    rows = session().execute(
        select(Receipt.number, off).select_from(parts).join(Receipt, Receipt.id == parts.c.receipt_id)
        .where(Receipt.historical.is_(False)).group_by(Receipt.number, parts.c.product_id)
        .having(off != none).limit(SHOWN))
    for number, quantity in rows:
        yield Finding("erp_inventory.receipt", number, _(
            "its moves differ from what it took in by {quantity}", quantity=format_number(quantity)))
