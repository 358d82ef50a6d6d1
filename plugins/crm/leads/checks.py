"""What must hold of leads in a live database."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel import Finding, _, invariant, session
from plugins.crm.leads.models import Lead


@invariant("crm.converted_leads", _("A converted lead has its customer, and only a converted one was converted"))
def converted_leads() -> Iterable[Finding]:
    """Find leads whose state and customer don't agree."""
    lost = select(Lead).where(
        Lead.historical.is_(False),
        ((Lead.state == "converted") & (Lead.customer_id.is_(None) | Lead.converted_at.is_(None)))
        | ((Lead.state != "converted") & Lead.converted_at.is_not(None)))
    for lead in session().scalars(lost):
        yield Finding("crm.lead", lead.number, _("“{state}” doesn't go with its customer", state=lead.state))
