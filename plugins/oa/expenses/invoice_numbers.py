"""An invoice is claimed once: which numbers other claims of the company have already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel import Text, _, entity, session

if TYPE_CHECKING:
    from plugins.oa.expenses.models import ExpenseLine

ENDED = ("cancelled",)
"""Claims in these states have let go of their invoices."""


def invoice_key(number: str | None) -> str | None:
    """Give what two ways of writing the same number have in common; None for an empty one."""
    return "".join(each for each in (number or "").upper() if each.isalnum())[:60] or None


def used_elsewhere(
    lines: Sequence[ExpenseLine], *, but: Sequence[str] = ENDED
) -> Iterable[tuple[ExpenseLine, Text]]:
    """Find lines whose invoice another claim has, and say which, as far as one may see that.

    Claims in the states `but` don't count; archived ones do. A claim may split one invoice over several lines. Two
    statements at most.
    """
    wanted = {line.invoice_key for line in lines if line.invoice_key}
    if not wanted:
        return
    line_table, claim_table = _table("oa.expense_line"), _table("oa.expense_claim")
    # A flush can't open the system's session, and others' claims lie beyond one's own: hence the connection.
    rows = session().work.connection.execute(
        select(line_table.c.invoice_key, line_table.c.company_id, claim_table.c.id, claim_table.c.number)
        .join(claim_table, claim_table.c.id == line_table.c.claim_id)
        .where(line_table.c.invoice_key.in_(wanted), claim_table.c.state.not_in(but))
        .order_by(claim_table.c.id)).all()
    held: dict[tuple[int | None, str | None], list[tuple[int, str]]] = {}
    for row in rows:
        held.setdefault((row.company_id, row.invoice_key), []).append((row.id, row.number))
    found = []
    for line in lines:
        if line.invoice_key is None:
            continue
        mine = (line.claim.id, line.claim.number)
        sharing = held.setdefault((line.company_id, line.invoice_key), [])
        others = [each for each in sharing if each[0] != mine[0]]
        if others:
            found.append((line, others[0]))
        sharing.append(mine)  # of claims written together, the first has it
    if not found:
        return
    claim = entity("oa.expense_claim")
    seen = set(session().scalars(select(claim.id).where(claim.id.in_([other[0] for _line, other in found]))))
    for line, (id_, number) in found:
        yield line, (
            _("Invoice {invoice} is on {claim} already", invoice=line.invoice_number, claim=number) if id_ in seen
            else _("Invoice {invoice} is on somebody else's claim already", invoice=line.invoice_number))


def _table(name: str) -> Any:
    return entity(name).__table__
