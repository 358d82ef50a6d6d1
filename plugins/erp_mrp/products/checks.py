"""What must hold of planning data in a live database."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel import Finding, Product, _, invariant, session
from plugins.erp_mrp.products.extends import Planning


@invariant("erp_mrp.planning_data",
           _("Lead times, stocks and lots aren't negative; a yield lies above 0 and up to 100 %"))
def sensible_planning() -> Iterable[Finding]:
    """Find planning data that no plan can be made with."""
    rows = session().execute(
        select(Product.code, Planning.lead_days, Planning.safety_stock, Planning.lot_size, Planning.yield_percent)
        .join(Planning).where(
            (Planning.lead_days < 0) | (Planning.safety_stock < 0) | (Planning.lot_size < 0) | (Planning.minimum < 0)
            | (Planning.period_days < 1) | (Planning.yield_percent <= 0) | (Planning.yield_percent > 100)))
    for code, days, stock, lot, good in rows:
        yield Finding("kernel.product", code, _(
            "lead time {days}, safety stock {stock}, lot {lot}, yield {good} %", days=days, stock=stock, lot=lot,
            good=good))
