"""What CRM shows on a party."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Panel, Party, _, format_number, panel, session
from plugins.crm.customers.services import find_duplicates
from plugins.crm.opportunities.models import Opportunity
from plugins.crm.opportunities.workflow import STAGES


@panel("kernel.party", _("Possible duplicates"), icon="copy", priority=10, needs="kernel.party")
def duplicates(parties: Sequence[Party]) -> list[Panel | None]:
    """Warn of other parties with the same name, phone, e-mail or tax id."""
    found: dict[int, list[tuple[str, object]]] = {}
    for number, each in enumerate(find_duplicates(parties), 1):
        found.setdefault(each.party_id, []).append((f"{number}", each.sentence))
    return [Panel(rows=found[party.id]) if party.id in found else None for party in parties]


@panel("kernel.party", _("Opportunities"), icon="target-arrow", priority=30, needs="crm.opportunity",
    shows="crm.opportunity.amount")
def opportunities(parties: Sequence[Party]) -> list[Panel | None]:
    """Count a customer's open and won opportunities, with their amounts."""
    rows = session().execute(
        select(Opportunity.customer_id, Opportunity.stage, func.count(), func.sum(Opportunity.amount))
        .where(Opportunity.customer_id.in_([party.id for party in parties]), Opportunity.archived.is_(False))
        .group_by(Opportunity.customer_id, Opportunity.stage))
    open_: dict[int, tuple[int, Decimal]] = {}
    won: dict[int, tuple[int, Decimal]] = {}
    for customer, stage, count, amount in rows:
        group = won if stage == "won" else open_ if stage in STAGES else None
        if group is not None:
            before = group.get(customer, (0, Decimal(0)))
            group[customer] = (before[0] + count, before[1] + (amount or 0))
    return [_summary(party.id, open_, won) for party in parties]


def _summary(
    party: int, open_: dict[int, tuple[int, Decimal]], won: dict[int, tuple[int, Decimal]]
) -> Panel | None:
    if party not in open_ and party not in won:
        return None
    shown = [(label, group[party]) for label, group in ((_("Open"), open_), (_("Won"), won)) if party in group]
    return Panel(
        rows=[(label, _("{count} for {amount}", count=count, amount=format_number(amount, 0)))
              for label, (count, amount) in shown],
        link=(_("All opportunities"), f"/crm/opportunity?f.customer={party}"))
