"""The opportunity and the products it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from kernel import (
    Contact,
    Document,
    Entity,
    Mapped,
    Money,
    Party,
    Problem,
    Product,
    Quantity,
    User,
    _,
    choice,
    date,
    lines,
    link,
    money,
    note,
    percent,
    quantity,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.crm.leads.models import Lead
from plugins.crm.sources import SOURCES

PROBABILITY = {
    "need": 10, "qualified": 25, "proposal": 50, "negotiation": 70, "commit": 90, "won": 100, "lost": 0,
}
"""How likely an opportunity is to be won, in percent, by its stage."""


class Opportunity(Document, label=_("Opportunity"), plural=_("Opportunities"), icon="target-arrow", tagged=True):
    """A deal that may come about, at a stage that says how likely it is; a customer may have many."""

    number: Mapped[str] = serial("OPP-{year}-{n:05}", label=_("Number"))
    name: Mapped[str] = text(200, label=_("Name"), searchable=True)
    stage: Mapped[str] = state("need", label=_("Stage"))
    customer: Mapped[Party] = link(label=_("Customer"), among={"is_customer": "1"})
    customer_id: Mapped[int]
    contact: Mapped[Contact | None] = link(label=_("Contact"))
    contact_id: Mapped[int | None]
    owner: Mapped[User | None] = link(label=_("Owner"), present=True)
    owner_id: Mapped[int | None]
    amount: Mapped[Money | None] = money(label=_("Amount"))
    probability: Mapped[Decimal] = percent(label=_("Probability"), default=10, readonly=True)
    weighted: Mapped[Money] = money(label=_("Weighted"), default=0, readonly=True)
    closes_on: Mapped[dt.date | None] = date(label=_("Closes on"), index=True)
    stage_since: Mapped[dt.date | None] = date(label=_("At this stage since"), readonly=True)
    source: Mapped[str | None] = choice(*SOURCES, label=_("Source"))
    next_step: Mapped[str | None] = text(200, label=_("Next step"))
    next_step_on: Mapped[dt.date | None] = date(label=_("Next step on"))
    lost_reason: Mapped[str | None] = text(200, label=_("Reason it was lost"))
    description: Mapped[str | None] = note(label=_("Description"))
    lead: Mapped[Lead | None] = link(label=_("Lead"), readonly=True, follows=True)
    lead_id: Mapped[int | None]
    lines: Mapped[list[OpportunityLine]] = lines("opportunity", label=_("Wanted products"))

    @classmethod
    def prepare(cls, records: Sequence[Opportunity]) -> None:
        today = session().today
        for record in records:
            record.probability = Decimal(PROBABILITY.get(record.stage or "need", 0))
            record.weighted = ((record.amount or Decimal(0)) * record.probability / 100).quantize(Decimal("0.01"))
            record.stage_since = record.stage_since or today

    @classmethod
    def check(cls, records: Sequence[Opportunity]) -> Iterable[Problem]:
        for record in records:
            if not within(record.amount, 0):
                yield Problem("amount", _("An amount can't be less than zero"), "NEGATIVE", record)


class OpportunityLine(Entity, label=_("Wanted product"), plural=_("Wanted products"), icon="box", title="product"):
    """A product the customer would take, in a quantity and at a price that was talked about."""

    opportunity: Mapped[Opportunity] = link(parent=True, label=_("Opportunity"))
    opportunity_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), default=1, decimals=2)
    unit_price: Mapped[Money | None] = money(label=_("Price"), help=_("Empty for the list price"))

    @classmethod
    def check(cls, records: Sequence[OpportunityLine]) -> Iterable[Problem]:
        for record in records:
            if not within(record.quantity, Decimal("0.000001")):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            if not within(record.unit_price, 0):
                yield Problem("unit_price", _("A price can't be less than zero"), "NEGATIVE", record)
