"""What stock answers: what it is worth."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from kernel import as_system, hook
from plugins.erp_inventory.moves.models import Valuation


@hook
def stock_value(companies: Sequence[int]) -> Sequence[Decimal | None]:
    """Answer with the value of all stock at moving average, nothing where a company has none."""
    with as_system("what the stock is worth") as system:
        worth = dict(system.execute(
            select(Valuation.company_id, func.sum(Valuation.value))
            .where(Valuation.company_id.in_(companies)).group_by(Valuation.company_id)).all())
    return [worth.get(company, Decimal(0)) for company in companies]
