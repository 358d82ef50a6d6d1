"""A lead goes from new to converted, once, or out with a reason."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.entities.work import Session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.shared.models import Contact, Party
from kernel.workflows.machine import workflow_of
from plugins.crm.customers.extends import Customer
from plugins.crm.leads.models import Lead
from plugins.crm.leads.services import convert_leads
from plugins.crm.leads.signals import lead_converted
from plugins.crm.opportunities.models import Opportunity
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods


def make_lead(work: Session, **values: object) -> Lead:
    lead = Lead(**{"name": "Velo Lyon SAS", "contact_name": "Claire Moreau", "email": "claire@velolyon.example",
                   "phone": "+33 4 72 00 11 22", "budget": Decimal(3_100_000), **values})
    work.add(lead)
    work.flush()
    return lead


def step(name: str, *leads: Lead, **values: object) -> None:
    flow = workflow_of(Lead)
    assert flow is not None
    flow.run(name, leads, values)


def test_a_converted_lead_is_a_customer_with_a_contact_and_an_opportunity(work: Session) -> None:
    lead = make_lead(work, source="fair")
    step("contact", lead)
    with lead_converted.overheard() as told:
        convert_leads([lead])
    assert lead.state == "converted"
    party = work.scalars(select(Party).where(Party.name == "Velo Lyon SAS")).one()
    assert party.is_customer
    assert party[Customer].source == "fair"
    contact = work.scalars(select(Contact)).one()
    assert (contact.name, contact.party_id) == ("Claire Moreau", party.id)
    opportunity = work.scalars(select(Opportunity)).one()
    assert (opportunity.amount, opportunity.contact_id, opportunity.lead_id) == (3_100_000, contact.id, lead.id)
    assert [(each.lead_id, each.customer_id, each.opportunity_id) for each in told] == [
        (lead.id, party.id, opportunity.id)]


def test_a_lead_is_converted_once(work: Session) -> None:
    lead = make_lead(work)
    step("contact", lead)
    convert_leads([lead])
    with pytest.raises(Refusal) as refused:
        convert_leads([lead])
    assert refused.value.code == "ALREADY_CONVERTED"
    assert work.scalar(select(func.count()).select_from(Opportunity)) == 1


def test_a_lead_that_nobody_contacted_is_not_converted(work: Session) -> None:
    lead = make_lead(work)
    with pytest.raises(Refusal) as refused:
        convert_leads([lead])
    assert refused.value.code == "STATE"


def test_a_lead_leaves_with_a_reason_only(work: Session) -> None:
    lead = make_lead(work)
    with pytest.raises(Invalid) as refused:
        step("junk", lead)
    assert refused.value.problems[0].field == "reason"
    step("junk", lead, reason="A robot")
    assert (lead.state, lead.reason) == ("junk", "A robot")


def test_converting_with_a_known_tax_id_is_refused_and_leaves_nothing(work: Session) -> None:
    work.add(Party(name="Velo Lyon", tax_id="FR 12-345"))
    work.flush()
    lead = make_lead(work, tax_id="fr12345")
    step("contact", lead)
    with pytest.raises(Invalid) as refused, work.begin_nested():
        convert_leads([lead])
    assert refused.value.code == "DUPLICATE"


def test_a_named_customer_is_taken_instead_of_a_new_one(work: Session, goods: Goods) -> None:
    lead = make_lead(work, customer_id=goods.customer, with_opportunity=False)
    step("contact", lead)
    convert_leads([lead])
    assert lead.customer_id == goods.customer
    assert work.scalar(select(func.count()).select_from(Party)) == 1
    assert work.scalar(select(func.count()).select_from(Opportunity)) == 0


def test_fifty_leads_are_converted_with_as_many_queries_as_five(
    work: Session, count_statements: Callable[[], Any]
) -> None:
    counts = []
    for number in (1, 5, 50):  # the first one also reads what processes remember
        leads = [make_lead(work, name=f"Shop {number}-{i}", email=None, phone=None) for i in range(number)]
        step("contact", *leads)
        with count_statements() as counter:
            convert_leads(leads)
            work.flush()
        counts.append(sum(statement.startswith("SELECT") for statement in counter.statements))
    assert counts[1] == counts[2]


def test_an_agent_works_on_own_leads_alone(shipped: None, make_user: MakeUser) -> None:
    anna, tom = make_user("anna", roles=["crm.agent"]), make_user("tom", roles=["crm.agent"])
    with unit_of_work(anna) as hers:
        lead = make_lead(hers)
        assert lead.owner_id == anna.user_id
        step("contact", lead)
        id_ = lead.id
    with unit_of_work(tom) as his:
        assert his.get(Lead, id_) is None
    with unit_of_work(anna) as hers:
        mine = hers.get(Lead, id_)
        assert mine is not None
        convert_leads([mine])
        assert mine.customer is not None
        customer = mine.customer_id
    with unit_of_work(tom) as his:
        assert his.get(Party, customer) is None
    with pytest.raises(Forbidden), unit_of_work(tom) as his:
        his.add(Lead(name="For somebody else", owner_id=anna.user_id))
