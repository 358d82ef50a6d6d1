"""What must hold of opportunities in a live database."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import select

from kernel import Finding, _, invariant, session
from plugins.crm.opportunities.models import PROBABILITY, Opportunity


@invariant("crm.weighted_amounts", _("An opportunity's weighted amount is its amount times its stage's probability"))
def weighted_amounts() -> Iterable[Finding]:
    """Find opportunities whose weighted amount or probability is not what their stage says."""
    rows = session().execute(select(
        Opportunity.number, Opportunity.stage, Opportunity.amount, Opportunity.probability,
        Opportunity.weighted).where(Opportunity.historical.is_(False)))
    for number, stage, amount, probability, weighted in rows:
        right = ((amount or Decimal(0)) * PROBABILITY.get(stage, 0) / 100).quantize(Decimal("0.01"))
        if probability != PROBABILITY.get(stage, 0) or weighted != right:
            yield Finding("crm.opportunity", number, _("weighted {weighted} should be {right}",
                          weighted=weighted, right=right))
