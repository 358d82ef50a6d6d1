"""What one does with opportunities."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import select

from kernel import Refusal, _, label_of, session, workflow_of
from plugins.crm.opportunities.models import Opportunity, OpportunityLine
from plugins.crm.opportunities.signals import OpportunityWon, WantedProduct, opportunity_won

REQUIRED = {
    "qualified": ("amount",),
    "proposal": ("amount", "closes_on"),
    "negotiation": ("amount", "closes_on", "contact"),
    "commit": ("amount", "closes_on", "contact"),
    "won": ("amount", "closes_on"),
}
"""The fields an opportunity must have to come to a stage."""


def fields_of_stage(stage: str) -> Callable[[Sequence[Opportunity]], Iterable[Refusal]]:
    """Make the guard of a stage: refuse STAGE_FIELDS, naming the first field it still wants."""

    def has_fields(opportunities: Sequence[Opportunity]) -> Iterable[Refusal]:
        for opportunity in opportunities:
            missing = [
                name for name in REQUIRED.get(stage, ())
                if getattr(opportunity, Opportunity.__fields__[name].column) is None]
            if missing:
                labels = ", ".join(str(label_of(Opportunity, name)) for name in missing)
                yield Refusal(
                    "STAGE_FIELDS", _("{name} still needs: {fields}", name=opportunity.name, fields=labels),
                    record=opportunity, field=missing[0], allowed=", ".join(REQUIRED[stage]),
                    fix=_("Fill them in and move it again"))

    return has_fields


def win_opportunities(opportunities: Sequence[Opportunity]) -> None:
    """Mark opportunities as won, which starts what follows in sales; raises Refusal STAGE_FIELDS, ALREADY_WON."""
    flow = workflow_of(Opportunity)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Opportunities have no workflow"))
    flow.run("win", opportunities)


def note_stage(opportunities: Sequence[Opportunity]) -> None:
    """Remember the day an opportunity came to its stage: the effect of every move."""
    today = session().today
    for opportunity in opportunities:
        opportunity.stage_since = today


def tell_won(opportunities: Sequence[Opportunity]) -> None:
    """Tell crm.opportunity_won, with the wanted products, once for all: the effect of winning."""
    note_stage(opportunities)
    wanted: dict[int, list[WantedProduct]] = {}
    found = session().scalars(
        select(OpportunityLine).where(OpportunityLine.opportunity_id.in_([each.id for each in opportunities]))
        .order_by(OpportunityLine.id))
    for line in found:
        wanted.setdefault(line.opportunity_id, []).append(
            WantedProduct(product_id=line.product_id, quantity=line.quantity, unit_price=line.unit_price))
    opportunity_won.tell([
        OpportunityWon(
            opportunity_id=each.id, number=each.number, name=each.name, customer_id=each.customer_id,
            owner_id=each.owner_id, amount=each.amount, closes_on=each.closes_on,
            lines=tuple(wanted.get(each.id, ())))
        for each in opportunities])
