"""What one does with transfers: move the goods, take them back."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, select

from kernel import AnyRef, Refusal, _, as_system, session, workflow_of
from plugins.erp_inventory.moves.postings import Movement
from plugins.erp_inventory.moves.services import Shift, reverse, shift
from plugins.erp_inventory.transfers.models import Transfer, TransferLine

_lines: Table = TransferLine.__table__  # type: ignore[assignment]  # a mapped class's Table


def move_transfers(transfers: Sequence[Transfer]) -> None:
    """Move the goods of drafts; raises Refusal NO_LINES, STOCK_NEGATIVE, NOT_RESERVED or PLACE, for one as for all."""
    _run("move", transfers)


def reverse_transfers(transfers: Sequence[Transfer]) -> None:
    """Take the goods back where they lay."""
    _run("reverse", transfers)


def _run(action: str, transfers: Sequence[Transfer]) -> None:
    flow = workflow_of(Transfer)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Transfers have no workflow"))
    flow.run(action, transfers)


def _lines_of(transfers: Sequence[Transfer]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {transfer.id: [] for transfer in transfers}
    with as_system("read all lines of transfers") as system:
        rows = system.work.connection.execute(
            select(_lines).where(_lines.c.transfer_id.in_(found)).order_by(_lines.c.id))
        for row in rows:
            found[row.transfer_id].append(row)
    return found


def have_lines(transfers: Sequence[Transfer]) -> Iterable[Refusal]:
    """Refuse transfers of nothing: the guard of moving."""
    lines = _lines_of(transfers)
    for transfer in transfers:
        if not lines[transfer.id]:
            yield Refusal("NO_LINES", _("{number} has no lines", number=transfer.number), record=transfer,
                          field="lines", fix=_("Add what is to be moved"))


def move_inside(transfers: Sequence[Transfer]) -> None:
    """Move the goods from place to place: the effect of moving."""
    lines = _lines_of(transfers)
    shift([
        Shift(AnyRef.to(transfer), transfer.day or session().today, transfer.to_place_id, [
            Movement(row.product_id, row.quantity, place_id=transfer.from_place_id, lot_id=row.lot_id)
            for row in lines[transfer.id]])
        for transfer in transfers])


def take_back(transfers: Sequence[Transfer]) -> None:
    """Move the goods back: the effect of reversing."""
    reverse([AnyRef.to(transfer) for transfer in transfers])
