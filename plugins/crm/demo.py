"""Demo records of CRM: leads and opportunities of Formosa Cycle Works, at every stage."""

# ruff: noqa: E501  # tables of records read best with one on a line
import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from kernel import Contact, Country, Party, Product, User, follow_up, give_roles, session, workflow_of
from plugins.crm.customers.extends import Customer
from plugins.crm.leads.models import Lead
from plugins.crm.opportunities.models import Opportunity, OpportunityLine
from plugins.crm.opportunities.workflow import STAGES

OWNERS = {
    "DE": "agent", "CH": "agent", "AT": "agent", "GB": "tom", "SE": "tom", "FI": "tom", "FR": "sofia", "PT": "sofia",
    "NL": "agent", "DK": "tom", "IT": "sofia", "ES": "sofia", "JP": "jiawei", "AU": "jiawei", "TW": "jiawei",
    "CN": "jiawei", "US": "wanting",
}
LEVELS = {"Nordrad GmbH": "a", "Alpine Outdoor AG": "a", "Pacific Bike Co.": "a", "Taichung Riders Club": "c"}

LEADS = (
    # name, contact, country, source, budget, way, need
    ("Fietshuis Utrecht", "Sanne de Vries", "DE", "fair", 1_200_000, (), "City bikes for the spring window"),
    ("Kantstrasse Räder", "Miriam Vogt", "DE", "web", 640_000, (), "Asked for the dealer price list"),
    ("Rhein Cargo", "Oliver Brandt", "DE", "web", 4_900_000, ("contact",), "Parcel company, 30 cargo bikes"),
    ("Zürisee Velo", "Nadja Frei", "CH", "referral", 2_100_000, ("contact", "qualify"), "Gravel range for two shops"),
    ("Grazer Bergrad", "Paul Steiner", "AT", "call", 900_000, ("contact", "nurture"), "Wants to see Ridge 29 in spring"),
    ("Dublin Wheelworks", "Aoife Byrne", "GB", "fair", 1_500_000, ("contact",), "Kids range"),
    ("Leeds Cycle Hire", "Ben Hartley", "GB", "tender", 3_800_000, ("contact", "qualify"), "Rental fleet, 80 bikes"),
    ("Göteborg Lastcyklar", "Karin Lund", "SE", "web", 2_700_000, (), "E-cargo for the old town"),
    ("Tampere Pyörä", "Jussi Laine", "FI", "dealer", 700_000, (), "Frame kits"),
    ("Nantes Vélo Libre", "Hugo Petit", "FR", "tender", 6_300_000, ("contact", "nurture"), "City scheme, decided in May"),
    ("Porto Pedala", "Inês Rocha", "PT", "referral", 1_100_000, ("contact",), "Two demo bikes first"),
    ("Shikoku Ride Tours", "Mori Aya", "JP", "fair", 1_900_000, ("contact", "qualify"), "Gravel bikes for tours"),
    ("Tasman Bike Traders", "Jack Nolan", "AU", "web", 820_000, (), "Spare batteries"),
    ("Hualien Coast Rental", "Wu Yi-Chen", "TW", "call", 1_300_000, ("contact",), "Fifty low-step bikes"),
    ("Boulder Dirt Supply", "Kyle Sanders", "US", "fair", 2_400_000, ("contact", "qualify"), "Ridge 29 dealer pack"),
    ("Windy City Couriers", "Rosa Diaz", "US", "web", 3_100_000, (), "Three-wheelers with cooling box"),
    ("Bike4Free Online", "n/a", "US", "web", None, ("junk",), "Wants free samples"),
    ("Lago Noleggio", "Marco Riva", "CH", "web", 300_000, ("contact", "disqualify"), "Needs used bikes"),
    ("Nordsee Strandrad", "Ute Jansen", "DE", "fair", 1_700_000, ("contact", "qualify", "convert"), "Beach rental fleet"),
    ("Mekong Cycle Tours", "Pham Linh", "TW", "referral", 950_000, ("contact", "convert"), "Touring bikes"),
)
REASONS = {"junk": "Not a buyer", "disqualify": "We build new bikes only"}

OPPORTUNITIES = (
    # name, customer, amount, days to close, stage, next step, products
    ("School bike scheme", "Bristol Pedal Ltd", 5_400_000, 80, "need", "Call: budget holder?", ()),
    ("Trail frames, private label", "Nordrad GmbH", 4_800_000, 110, "need", "Send size run", ()),
    ("Rental city fleet", "Lisboa Bikes Lda", 3_900_000, 140, "need", None, ()),
    ("Kids 20-inch range", "Cykelhuset AB", 2_200_000, 115, "need", "Visit", ()),
    ("City 8s relaunch", "Velo Lyon SAS", 3_100_000, 60, "qualify", "Who decides?", ()),
    ("Gravel team bikes", "Alpine Outdoor AG", 2_600_000, 55, "qualify", "Meet at their shop", ()),
    ("Touring 2027", "Radhaus Wien", 1_900_000, 85, "qualify", "Call today", ()),
    ("E-cargo fleet, 120 units", "Bristol Pedal Ltd", 4_800_000, 25, "propose", None, (("ECL-2W", 28),)),
    ("Ridge 29 dealer pack", "Nordic Sport Oy", 4_200_000, 28, "propose", "Quote sent, call Thursday", (("RG29-M", 24), ("RG29-L", 20))),
    ("Frame kits, first quarter", "Kuroshio Cycles KK", 2_700_000, 20, "propose", "Quote expires Friday", (("RG29-F-M", 40), ("RG29-F-L", 24))),
    ("Batteries, spare", "Great Lakes Cargo Bikes", 1_400_000, 50, "propose", "Send price break", (("ECL-BAT-625", 23),)),
    ("2027 gravel programme", "Alpine Outdoor AG", 6_200_000, 29, "negotiate", "Price floor", (("G2C-700-54", 30), ("G2C-700-56", 24))),
    ("Post office e-cargo", "Velo Lyon SAS", 5_700_000, 58, "negotiate", "Meet the buyer", (("ECL-3W", 29),)),
    ("City L, step-through", "Velo Lyon SAS", 3_000_000, 24, "negotiate", "Contract at legal", (("CC8-L", 77),)),
    ("Winter programme", "Nordrad GmbH", 3_400_000, 7, "commit", "Signature Wednesday", (("CC8-D", 60), ("KID-24", 60))),
    ("Demo fleet, 40 units", "Cykelhuset AB", 4_900_000, 11, "commit", "Advance due", (("G2A-700-54", 40), ("CC8-M", 60))),
    ("Ridge 29 spring", "Pacific Bike Co.", 5_100_000, 15, "commit", "Signature Friday", (("RG29-M", 30), ("RG29-L", 23))),
    ("Spring range 2027", "Nordrad GmbH", 3_980_000, 2, "win", None, (("RG29-F-M", 40), ("CC8-L", 24), ("ECL-BAT-625", 12))),
    ("Club bikes", "Taichung Riders Club", 486_900, 4, "win", None, (("G2A-700-54", 7),)),
    ("Used fleet takeover", "Southern Cross Sports", 1_200_000, 10, "lose", None, ()),
)


def found() -> None:
    """Say whose customers they are."""
    users = {user.login: user for user in session().scalars(select(User))}
    countries = {each.code: each for each in session().scalars(select(Country))}
    customers = {each.name: each for each in session().scalars(select(Party).where(Party.is_customer.is_(True)))}
    codes = {each.id: each.code for each in countries.values()}
    for name, party in customers.items():
        party[Customer].owner_id = users[OWNERS[codes[party.country_id or 0]]].id
        party[Customer].level = LEVELS.get(name, "b")
        party[Customer].source = "dealer"


def make() -> None:
    """Make the demo's leads and opportunities through their workflows, and give the people their roles."""
    users = {user.login: user for user in session().scalars(select(User))}
    give_roles([users[login] for login in {*OWNERS.values()}], ["crm.agent"])
    give_roles([users["manager"], users["director"]], ["crm.manager"])
    _leads(users, {each.code: each for each in session().scalars(select(Country))})
    _opportunities({each.name: each for each in session().scalars(select(Party).where(Party.is_customer.is_(True)))})


def _leads(users: dict[str, User], countries: dict[str, Country]) -> None:
    current = session()
    leads = []
    for number, (name, contact, country, source, budget, _way, need) in enumerate(LEADS):
        lead = Lead(
            name=name, contact_name=contact, country_id=countries[country].id, source=source,
            budget=Decimal(budget) if budget else None, need=need, owner_id=users[OWNERS[country]].id,
            follow_up_on=current.today + dt.timedelta(days=number % 9 + 1))
        current.add(lead)
        leads.append(lead)
    current.flush()
    flow = workflow_of(Lead)
    for action in ("contact", "nurture", "qualify", "junk", "disqualify", "convert"):
        chosen = [lead for lead, row in zip(leads, LEADS, strict=True) if action in row[5]]
        if flow is not None:
            flow.run(action, chosen, {"reason": REASONS.get(action)})


def _opportunities(customers: dict[str, Party]) -> None:
    current = session()
    products = {each.code: each for each in current.scalars(select(Product))}
    contacts = {each.party_id: each for each in current.scalars(select(Contact))}
    made = []
    for number, (name, customer, amount, days, _stage, step, wanted) in enumerate(OPPORTUNITIES):
        party = customers[customer]
        opportunity = Opportunity(
            name=name, customer_id=party.id, contact_id=contacts[party.id].id, owner_id=party[Customer].owner_id,
            amount=Decimal(amount), closes_on=current.today + dt.timedelta(days=days), next_step=step,
            next_step_on=current.today + dt.timedelta(days=number % 6) if step else None, source="dealer")
        opportunity.lines = [
            OpportunityLine(product_id=products[code].id, quantity=Decimal(count)) for code, count in wanted]
        current.add(opportunity)
        made.append(opportunity)
    current.flush()
    flow = workflow_of(Opportunity)
    for action in ("qualify", "propose", "negotiate", "commit", "win", "lose"):
        chosen = [each for each, row in zip(made, OPPORTUNITIES, strict=True) if row[4] == action]
        if flow is not None:
            flow.run(action, chosen, {"lost_reason": "They bought used bikes"})
    for each in made:
        if each.next_step and each.next_step_on and each.stage in STAGES:
            follow_up(each, each.next_step_on + dt.timedelta(days=1), each.next_step, each.owner_id)
