"""What one does with leads."""

from collections.abc import Sequence

from sqlalchemy import select

from kernel import Contact, Party, Refusal, _, session, workflow_of
from plugins.crm.customers.extends import Customer
from plugins.crm.leads.models import Lead
from plugins.crm.leads.signals import LeadConverted, lead_converted
from plugins.crm.opportunities.models import Opportunity


def convert_leads(leads: Sequence[Lead]) -> None:
    """Turn leads into customers with a contact and, where wanted, an opportunity; each once.

    Raises Refusal ALREADY_CONVERTED, DUPLICATE where another party has the tax id (name that customer on the lead
    instead), STATE where a lead was never contacted.
    """
    flow = workflow_of(Lead)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Leads have no workflow"))
    flow.run("convert", leads)


def make_customers(leads: Sequence[Lead]) -> None:
    """Do what converting means: the effect of the transition. Tells crm.lead_converted once for all."""
    current = session()
    known = _customers_named(leads)
    opportunities: dict[int, Opportunity] = {}
    contacts: dict[int, Contact] = {}
    for lead in leads:
        party = known.get(lead.customer_id or 0) or _new_customer(lead)
        party.is_customer = True
        if party[Customer].owner_id is None:
            party[Customer].owner_id = lead.owner_id
        if contact := _contact(lead, party):
            contacts[lead.id] = contact
        lead.customer = party
        lead.converted_at = current.now
        if lead.with_opportunity:
            opportunities[lead.id] = _opportunity(lead, party, contacts.get(lead.id))
    current.flush()
    lead_converted.tell([
        LeadConverted(
            lead_id=lead.id, customer_id=lead.customer_id or 0, owner_id=lead.owner_id,
            contact_id=contacts[lead.id].id if lead.id in contacts else None,
            opportunity_id=opportunities[lead.id].id if lead.id in opportunities else None)
        for lead in leads
    ], created=[
        [record for record in (lead.customer, contacts.get(lead.id), opportunities.get(lead.id)) if record]
        for lead in leads])


def _customers_named(leads: Sequence[Lead]) -> dict[int, Party]:
    ids = {lead.customer_id for lead in leads if lead.customer_id}
    if not ids:
        return {}
    return {party.id: party for party in session().scalars(select(Party).where(Party.id.in_(ids)))}


def _new_customer(lead: Lead) -> Party:
    party = Party(
        name=lead.name, kind="person" if lead.person else "organisation", email=lead.email, phone=lead.phone,
        website=lead.website, country_id=lead.country_id, tax_id=lead.tax_id)
    session().add(party)
    party[Customer].owner_id = lead.owner_id
    party[Customer].source = lead.source
    return party


def _contact(lead: Lead, party: Party) -> Contact | None:
    name = lead.contact_name or (lead.name if lead.person else None)
    if not name:
        return None
    contact = Contact(name=name, job_title=lead.job_title, email=lead.email, phone=lead.phone)
    contact.party = party
    session().add(contact)
    return contact


def _opportunity(lead: Lead, party: Party, contact: Contact | None) -> Opportunity:
    opportunity = Opportunity(
        name=str(_("{name}: first order", name=lead.name)), owner_id=lead.owner_id, source=lead.source,
        amount=lead.budget, description=lead.need)
    opportunity.customer = party
    opportunity.contact = contact
    opportunity.lead = lead
    session().add(opportunity)
    return opportunity
