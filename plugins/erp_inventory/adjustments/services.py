"""What one does with adjustments and opening stock: post them, take them back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, event, select

from kernel import AnyRef, Refusal, _, as_system, session, update_rows, workflow_of
from plugins.erp_inventory.adjustments.models import Adjustment, AdjustmentLine, Opening
from plugins.erp_inventory.documents import ZERO
from plugins.erp_inventory.moves.book import open_book
from plugins.erp_inventory.moves.postings import Movement, Posting
from plugins.erp_inventory.moves.services import begin_stock, post, reverse
from plugins.erp_inventory.places.models import STOCK

_lines: Table = AdjustmentLine.__table__  # type: ignore[assignment]  # a mapped class's Table


@dataclass(frozen=True, slots=True)
class Difference:
    """What a line of an adjustment comes to: how much more (or less) there is, and what that is worth about."""

    line: Any
    quantity: Decimal
    place_id: int
    worth: Decimal


def post_adjustments(adjustments: Sequence[Adjustment]) -> None:
    """Post drafts; those an approval applies to wait as submitted.

    Raises Refusal NO_LINES, QUANTITY, STOCK_NEGATIVE or NOT_RESERVED, for one as for all.
    """
    _run(Adjustment, "post", adjustments)


def reverse_adjustments(adjustments: Sequence[Adjustment]) -> None:
    """Take posted adjustments back at the values they had."""
    _run(Adjustment, "reverse", adjustments)


def post_openings(openings: Sequence[Opening]) -> None:
    """Post opening stock that was entered; the end of the work that enters it does so, too."""
    _run(Opening, "post", openings)


def reverse_openings(openings: Sequence[Opening]) -> None:
    """Take opening stock back."""
    _run(Opening, "reverse", openings)


def _run(entity: type[Any], action: str, records: Sequence[Any]) -> None:
    flow = workflow_of(entity)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("{plural} have no workflow", plural=entity.__plural__))
    flow.run(action, records)


def can_be_posted(adjustments: Sequence[Adjustment]) -> Iterable[Refusal]:
    """Refuse NO_LINES and QUANTITY, and say what the differences are worth: the guard of posting."""
    lines = _lines_of(adjustments)
    for adjustment in adjustments:
        rows = lines[adjustment.id]
        if not rows:
            yield Refusal("NO_LINES", _("{number} has no lines", number=adjustment.number), record=adjustment,
                          field="lines", fix=_("Add what was found, lost or counted"))
        for row in rows:
            if row.counted is None if adjustment.kind == "count" else not row.quantity:
                yield Refusal(
                    "QUANTITY", _("{number}: a line says no quantity", number=adjustment.number), record=adjustment,
                    field="counted" if adjustment.kind == "count" else "quantity",
                    fix=_("Say how much was counted, found or lost"))
                return
    differences = _differences(adjustments, lines)
    for adjustment in adjustments:
        adjustment.value = sum((each.worth for each in differences[adjustment.id]), ZERO)


def _lines_of(adjustments: Sequence[Adjustment]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {adjustment.id: [] for adjustment in adjustments}
    with as_system("read all lines of adjustments") as system:
        rows = system.work.connection.execute(
            select(_lines).where(_lines.c.adjustment_id.in_(found)).order_by(_lines.c.id))
        for row in rows:
            found[row.adjustment_id].append(row)
    return found


def _differences(
    adjustments: Sequence[Adjustment], lines: Mapping[int, Sequence[Any]]
) -> dict[int, list[Difference]]:
    """Compare what was counted with what the locked books say."""
    found: dict[int, list[Difference]] = {}
    with as_system("compare what was counted with the books"):
        book = open_book(row.product_id for rows in lines.values() for row in rows)
        for adjustment in adjustments:
            found[adjustment.id] = []
            for row in lines[adjustment.id]:
                place = row.place_id or book.grounds.places[STOCK]
                stocked = book.products[row.product_id]
                if adjustment.kind == "count":
                    known = sum((pile.on_hand for pile in stocked.piles
                                 if pile.place_id == place and row.lot_id in (None, pile.lot_id)), ZERO)
                    quantity = row.counted - known
                else:
                    quantity = -row.quantity if adjustment.kind == "lost" else row.quantity
                worth = (
                    stocked.cost_of(abs(quantity), book.grounds.step) if row.unit_value is None or quantity < 0
                    else row.unit_value * quantity)
                found[adjustment.id].append(Difference(row, quantity, place, worth))
    return found


def move_differences(adjustments: Sequence[Adjustment]) -> None:
    """Move in what there is more and out what there is less: the effect of posting."""
    differences = _differences(adjustments, _lines_of(adjustments))
    postings = []
    for adjustment in adjustments:
        document = AnyRef.to(adjustment)
        for incoming in (True, False):
            lines = [
                Movement(
                    each.line.product_id, abs(each.quantity),
                    None if each.line.unit_value is None or not incoming else each.line.unit_value * each.quantity,
                    place_id=each.place_id, lot_id=each.line.lot_id)
                for each in differences[adjustment.id] if (each.quantity > 0) is incoming and each.quantity]
            postings.append(Posting(document, "adjustment", lines, day=adjustment.day, incoming=incoming))
    with as_system("note the differences"):
        update_rows(AdjustmentLine, [
            {"id": each.line.id, "difference": each.quantity} for some in differences.values() for each in some])
    post(postings)


def take_back(adjustments: Sequence[Adjustment]) -> None:
    """Take the moves back: the effect of reversing."""
    reverse([AnyRef.to(adjustment) for adjustment in adjustments])


def open_stock(openings: Sequence[Opening]) -> None:
    """Move opening stock in; of a product that there is nothing of, only the books are opened: the effect."""
    begin_stock([(each.product_id, each.place_id, each.lot_id) for each in openings if not each.quantity])
    post([
        Posting(AnyRef.to(each), "opening", [Movement(
            each.product_id, each.quantity, None if each.unit_value is None else each.unit_value * each.quantity,
            place_id=each.place_id, lot_id=each.lot_id)], day=each.day)
        for each in openings if each.quantity])


def close_stock(openings: Sequence[Opening]) -> None:
    """Take the moves of opening stock back: the effect of reversing."""
    reverse([AnyRef.to(each) for each in openings])


def _post_entered() -> None:
    """Post what was entered in this work, before it commits: an import's thousand rows at once."""
    with as_system("post opening stock as it is entered") as system:
        entered = system.scalars(
            select(Opening).where(Opening.state == "draft", Opening.historical.is_(False),
                                  Opening.company_id == system.actor.company_id).order_by(Opening.id)).all()
        if entered:
            post_openings(entered)


@event.listens_for(Opening, "after_insert")
def _remember(mapper: object, connection: object, record: object) -> None:
    waiting = session().work.before_commit
    if _post_entered not in waiting:
        waiting.append(_post_entered)
