"""What the field did in each half month of the demo company's two years: leads that came, deals won and lost."""

import datetime as dt
from decimal import Decimal
from random import Random

from sqlalchemy import select

from kernel import Contact, Country, Party, Product, User, session, workflow_of
from plugins.crm.customers.extends import Customer
from plugins.crm.demo import OWNERS
from plugins.crm.leads.models import Lead
from plugins.crm.opportunities.models import Opportunity, OpportunityLine

LEADS, DEALS = 7, 6
"""How many come in a half month."""
SOURCES = ("web", "web", "fair", "fair", "referral", "call", "dealer", "tender")
WHERE = ("Harbour", "Station", "Old Town", "Riverside", "Hillside", "Campus", "Market", "Coast", "Valley", "Lakeside")
WHAT = ("Bike Hire", "Cycle Tours", "Couriers", "Hotels", "Bike Kitchen", "Outdoor Club", "Mobility", "Sports Store")
PEOPLE = ("Alex Morgan", "Nina Weiss", "Paul Roche", "Yuki Mori", "Chang Wei", "Ida Larsen", "Marc Keller", "Ana Costa")
NEEDS = ("Rental fleet for next season", "Wants the dealer price list", "Touring bikes for guests", "Company bicycles",
         "Replaces bicycles of five years", "Asked at the stand about trekking bikes")
DEAL = ("Spring order", "Autumn order", "Rental fleet", "Shop opening", "Model change", "Club season", "Repeat order")
LOST = ("Price", "Bought from a competitor", "Project postponed", "Delivery too late for the season")
NEXT = {"need": "qualify", "qualified": "propose", "proposal": "negotiate", "negotiation": "commit", "commit": "win"}
ONWARD = {"new": ("contact", "contact", "junk"), "contacted": ("qualify", "qualify", "nurture", "disqualify"),
          "nurture": ("qualify", "disqualify"), "qualified": ("convert", "disqualify", "nurture")}


def follow_leads(first: dt.date, last: dt.date) -> None:
    """Note the leads that came, and move those of before onward."""
    chance, current = Random(f"leads {first}"), session()  # noqa: S311  # chance of a demo, the same every time
    moves: dict[str, list[Lead]] = {}
    for lead in current.scalars(select(Lead).where(Lead.state.in_(ONWARD)).order_by(Lead.id)):
        if chance.random() < 0.6:
            moves.setdefault(chance.choice(ONWARD[lead.state]), []).append(lead)
    flow = workflow_of(Lead)
    for action, leads in moves.items():
        if flow is not None:
            flow.run(action, leads, {"reason": "No answer" if action == "junk" else "No budget this year"})
    users = {user.login: user.id for user in current.scalars(select(User))}
    countries = {each.code: each.id for each in current.scalars(select(Country).where(Country.code.in_(OWNERS)))}
    for _number in range(LEADS):
        country = chance.choice(list(OWNERS))
        current.add(Lead(
            name=f"{chance.choice(WHERE)} {chance.choice(WHAT)} {country}", contact_name=chance.choice(PEOPLE),
            country_id=countries[country], source=chance.choice(SOURCES), need=chance.choice(NEEDS),
            budget=Decimal(chance.randint(4, 60) * 50_000), owner_id=users[OWNERS[country]], with_opportunity=False,
            follow_up_on=last + dt.timedelta(days=chance.randint(3, 20))))
    current.flush()


def follow_deals(first: dt.date, last: dt.date) -> None:
    """Open deals with customers, and bring those of before nearer to their end."""
    chance, current = Random(f"deals {first}"), session()  # noqa: S311  # chance of a demo, the same every time
    moves: dict[str, list[Opportunity]] = {}
    for deal in current.scalars(select(Opportunity).where(Opportunity.stage.in_(NEXT)).order_by(Opportunity.id)):
        if (draw := chance.random()) < 0.5:
            moves.setdefault(NEXT[deal.stage], []).append(deal)
        elif draw < 0.58:
            moves.setdefault("lose", []).append(deal)
    flow = workflow_of(Opportunity)
    for action, deals in moves.items():
        if flow is not None:
            flow.run(action, deals, {"lost_reason": chance.choice(LOST)})
    owned = current.execute(
        select(Party.id, Customer.owner_id).join(Customer).where(Party.is_customer.is_(True), Party.email.like("shop%"))
        .order_by(Party.id)).all()
    contacts = dict(current.execute(select(Contact.party_id, Contact.id).order_by(Contact.id.desc())).all())
    goods = current.execute(
        select(Product.id, Product.list_price).where(Product.code.like("FC-1%")).order_by(Product.code)).all()
    for customer, owner in chance.sample(owned, DEALS):
        wanted = [(product, price, chance.randint(4, 20)) for product, price in chance.sample(goods, 2)]
        deal = Opportunity(
            name=f"{chance.choice(DEAL)} {last.year}", customer_id=customer, contact_id=contacts.get(customer),
            owner_id=owner, amount=sum((price * count for _id, price, count in wanted), Decimal(0)),
            closes_on=last + dt.timedelta(days=chance.randint(30, 100)), source=chance.choice(SOURCES),
            next_step=chance.choice(("Send the offer", "Visit", "Call back", "Agree on dates")),
            next_step_on=last + dt.timedelta(days=chance.randint(2, 14)))
        deal.lines = [
            OpportunityLine(product_id=product, quantity=Decimal(count)) for product, _price, count in wanted]
        current.add(deal)
    current.flush()


STEPS = {7: follow_leads, 8: follow_deals}
