"""An opportunity moves over its board, and winning it tells what was sold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.entities.work import Session
from kernel.errors import Invalid, Refusal
from kernel.shared.models import Party
from kernel.workflows.machine import workflow_of
from plugins.crm.customers.services import find_duplicates
from plugins.crm.customers.views import opportunities as opportunities_panel
from plugins.crm.opportunities.checks import weighted_amounts
from plugins.crm.opportunities.models import Opportunity, OpportunityLine
from plugins.crm.opportunities.services import win_opportunities
from plugins.crm.opportunities.signals import opportunity_won
from plugins.crm.opportunities.views import pipeline
from tests.plugins.conftest import Goods


def make(work: Session, goods: Goods, **values: object) -> Opportunity:
    opportunity = Opportunity(**{"name": "City relaunch", "customer_id": goods.customer, "amount": Decimal(3_100_000),
                                 "closes_on": dt.date(2026, 12, 18), **values})
    work.add(opportunity)
    work.flush()
    return opportunity


def move(action: str, *opportunities: Opportunity, **values: object) -> None:
    flow = workflow_of(Opportunity)
    assert flow is not None
    flow.run(action, opportunities, values)


@pytest.mark.parametrize(("action", "probability", "weighted"), [
    ("qualify", 25, 775_000), ("propose", 50, 1_550_000), ("win", 100, 3_100_000)])
def test_the_weighted_amount_follows_the_stage(
    work: Session, goods: Goods, action: str, probability: int, weighted: int
) -> None:
    opportunity = make(work, goods)
    assert (opportunity.probability, opportunity.weighted) == (10, 310_000)
    move(action, opportunity)
    assert (opportunity.probability, opportunity.weighted) == (probability, weighted)


def test_a_stage_names_the_fields_it_wants(work: Session, goods: Goods) -> None:
    opportunity = make(work, goods, amount=None, closes_on=None)
    with pytest.raises(Refusal) as refused:
        move("propose", opportunity)
    assert (refused.value.code, refused.value.field) == ("STAGE_FIELDS", "amount")
    assert "Closes on" in str(refused.value)
    assert opportunity.stage == "need"


def test_winning_tells_customer_products_and_amount_once(work: Session, goods: Goods) -> None:
    opportunity = make(work, goods)
    opportunity.lines = [OpportunityLine(product_id=goods.bike, quantity=Decimal(24), unit_price=Decimal(38_000))]
    with opportunity_won.overheard() as told:
        win_opportunities([opportunity])
        with pytest.raises(Refusal) as refused:
            win_opportunities([opportunity])
    assert refused.value.code == "ALREADY_WON"
    [won] = told
    assert (won.customer_id, won.amount) == (goods.customer, 3_100_000)
    assert [(line.product_id, line.quantity, line.unit_price) for line in won.lines] == [(goods.bike, 24, 38_000)]


def test_a_lost_opportunity_needs_its_reason_and_counts_for_nothing(work: Session, goods: Goods) -> None:
    opportunity = make(work, goods)
    with pytest.raises(Invalid):
        move("lose", opportunity)
    move("lose", opportunity, lost_reason="Price")
    assert (opportunity.stage, opportunity.weighted) == ("lost", 0)


def test_the_pipeline_report_sums_each_stage(work: Session, goods: Goods) -> None:
    make(work, goods)
    move("propose", make(work, goods, amount=Decimal(1_000_000)), make(work, goods, amount=Decimal(500_000)))
    table = pipeline()
    assert [row[1:] for row in table.rows][:3] == [(1, 3_100_000, 310_000), (0, 0, 0), (2, 1_500_000, 750_000)]
    assert table.totals["weighted"] == 1_060_000


def test_parties_alike_are_named_with_what_they_share(work: Session, goods: Goods) -> None:
    twin = Party(name="NORDRAD G.m.b.H.", email="office@nordrad.example")
    other = Party(name="Alpine Outdoor AG", email="Office@Nordrad.example ")
    work.add_all([twin, other])
    work.flush()
    found = find_duplicates([twin])
    assert {(each.other_id, each.by) for each in found} == {(goods.customer, ("name",)), (other.id, ("email",))}
    assert "pool" in str(found[0].sentence)


def test_a_customers_panel_shows_open_and_won(work: Session, goods: Goods) -> None:
    make(work, goods)
    move("win", make(work, goods))
    party = work.scalars(select(Party).where(Party.id == goods.customer)).one()
    [panel] = opportunities_panel([party])
    assert panel is not None
    assert len(panel.rows) == 2


def test_the_check_finds_a_planted_weighted_amount(work: Session, goods: Goods) -> None:
    opportunity = make(work, goods)
    work.flush()
    work.connection().exec_driver_sql(f"UPDATE crm_opportunity SET weighted = 5 WHERE id = {opportunity.id}")
    assert [finding.record for finding in weighted_amounts()] == [opportunity.number]
