"""What must hold of goods that wait for their invoice in a live database."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, or_, select

from kernel import Finding, _, invariant, session
from plugins.erp_finance.goods.models import UnbilledGoods
from plugins.erp_finance.ledger.checks import differences


@invariant("erp_finance.goods_equal_ledger", _("The accounts of goods not invoiced hold what waits, line by line"))
def goods_equal_ledger() -> Iterable[Finding]:
    """Compare the accounts of shipped and received goods with the lines that wait for their invoice."""
    for side, role in (("shipped", "shipped"), ("received", "grni")):
        rows = session().execute(
            select(UnbilledGoods.company_id, func.sum(
                UnbilledGoods.moved_value - UnbilledGoods.cleared_value - UnbilledGoods.ahead_value))
            .where(UnbilledGoods.side == side).group_by(UnbilledGoods.company_id))
        sign = Decimal(1 if side == "shipped" else -1)
        yield from differences(
            "erp_finance.unbilled_goods", role, {company: sign * total for company, total in rows if company})


@invariant("erp_finance.cleared_goods", _("No more goods are cleared than were moved, and than were invoiced"))
def cleared_goods() -> Iterable[Finding]:
    """Find lines that cleared more than there was."""
    rows = session().scalars(select(UnbilledGoods).where(or_(
        UnbilledGoods.cleared_quantity > UnbilledGoods.moved_quantity,
        UnbilledGoods.cleared_quantity > UnbilledGoods.invoiced_quantity)))
    for row in rows:
        yield Finding("erp_finance.unbilled_goods", row.title, _(
            "{cleared} cleared, {moved} moved, {invoiced} invoiced", cleared=row.cleared_quantity,
            moved=row.moved_quantity, invoiced=row.invoiced_quantity))
