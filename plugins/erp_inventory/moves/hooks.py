"""What stock answers: what it is worth, and which products can't become one."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from kernel import MergeQuestion, Text, _, as_system, hook
from plugins.erp_inventory.moves.models import Move, Valuation


@hook
def stock_value(companies: Sequence[int]) -> Sequence[Decimal | None]:
    """Answer with the value of all stock at moving average, nothing where a company has none."""
    with as_system("what the stock is worth") as system:
        worth = dict(system.execute(
            select(Valuation.company_id, func.sum(Valuation.value))
            .where(Valuation.company_id.in_(companies)).group_by(Valuation.company_id)).all())
    return [worth.get(company, Decimal(0)) for company in companies]


@hook
def merge_objection(questions: Sequence[MergeQuestion]) -> Sequence[Text | None]:
    """Refuse to merge a product away that was ever moved: its moves bear its own cost, and the ledger their value."""
    asked = [each for question in questions if question.entity == "kernel.product" for each in question.merged_ids]
    if not asked:
        return [None for _question in questions]
    with as_system("which products have been moved") as system:
        moved = set(system.scalars(select(Move.product_id).where(Move.product_id.in_(asked)).distinct()))
    return [
        _("Stock of a product that would go was moved, at a cost of its own: let that one be what stays, or archive it")
        if question.entity == "kernel.product" and moved.intersection(question.merged_ids) else None
        for question in questions]
