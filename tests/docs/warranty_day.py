"""A day with the tutorial's plugin, run in an environment of its own: prints what was seen, as JSON.

The facade and the plugin are used as their author would use them; the page is fetched as a user would.
"""

import json
import re
import sys

from plugins.warranty.extends import Care, Cover
from plugins.warranty.models import Card, Claim
from sqlalchemy import select

from kernel import (
    Company,
    Employee,
    Party,
    Product,
    Refusal,
    Unit,
    User,
    components_of,
    entity,
    insert_rows,
    session,
    workflow_of,
)
from kernel.config import load_config
from kernel.entities.work import Actor, unit_of_work
from kernel.identity.signing.passwords import set_password
from kernel.permissions.actors import actor_of
from kernel.permissions.roles import give_roles
from kernel.registry.start import open_installation
from kernel.workflows.approvals import approve, my_tasks

config = load_config()
open_installation(config)
seen: dict[str, object] = {}

with unit_of_work(Actor(system=True)) as system:
    company = system.scalars(select(Company)).one()
with unit_of_work(Actor(system=True, company_id=company.id)) as system:
    people = {login: User(login=login, name=login.capitalize(), locale="zh_Hant", home_company_id=company.id)
              for login in ("seller", "clerk", "boss")}
    system.add_all(people.values())
    system.flush()
    boss = Employee(number="1", name="Boss", user_id=people["boss"].id)
    system.add(boss)
    system.flush()
    system.add(Employee(number="2", name="Clerk", user_id=people["clerk"].id, manager_id=boss.id))
    give_roles([people["seller"]], ["erp_sales.agent"])
    give_roles([people["clerk"], people["boss"]], ["warranty.clerk"])
    set_password(people["clerk"], "warranty-clerk")
    unit = system.scalars(select(Unit)).first() or Unit(code="PC", name="Piece")
    system.add(unit)
    system.flush()
    bike = Product(code="BIKE", name="Bike", unit_id=unit.id, list_price=900)
    bell = Product(code="BELL", name="Bell", unit_id=unit.id, list_price=9)
    customer = Party(name="Nordrad GmbH", is_customer=True)
    system.add_all([bike, bell, customer])
    bell[Cover].months = 0
    system.flush()
    ids = {"bike": bike.id, "bell": bell.id, "customer": customer.id}
    who = {login: actor_of(user.id) for login, user in people.items()}

Order, OrderLine = entity("erp_sales.order"), entity("erp_sales.order_line")
with unit_of_work(who["seller"]):
    order = Order(customer_id=ids["customer"], owner_id=who["seller"].user_id)
    order.lines = [OrderLine(product_id=ids[name], quantity=1) for name in ("bike", "bell")]
    session().add(order)
    session().flush()
    workflow_of(Order).run("confirm", [order])
    seen["order"] = order.state

with unit_of_work(who["clerk"]):
    cards = session().scalars(select(Card)).all()
    seen["cards"] = [card.product.code for card in cards]
    claims = [Claim(card=cards[0], fault="Frame cracked", cost=cost) for cost in (50, 600)]
    session().add_all(claims)
    session().flush()
    workflow_of(Claim).run("settle", claims)
    seen["claims"] = [claim.state for claim in claims]
with unit_of_work(who["boss"]):
    approve([task.id for task in my_tasks()], "fine")
with unit_of_work(who["clerk"]) as opened:
    seen["after approval"] = opened.get_one(Claim, claims[1].id).state
    late = Card(product_id=ids["bike"], party_id=ids["customer"], ends_on=opened.today.replace(year=2020))
with unit_of_work(Actor(system=True, company_id=company.id)) as system:
    system.add(late)
    system.flush()
    insert_rows(Claim, [{"card_id": late.id, "cost": 1, "state": "open"}])
with unit_of_work(who["clerk"]) as opened:
    old = opened.scalars(select(Claim).where(Claim.card_id == late.id)).one()
    try:
        workflow_of(Claim).run("settle", [old])
    except Refusal as refusal:
        seen["refusal"] = refusal.code
    seen["defaults in SQL"] = opened.scalars(
        select(Product.code).join(Cover).where(Cover.months == 24)).all()
    seen["slots"] = sorted({*components_of(Party), *components_of(Product)} & {"warranty"})
    seen["goodwill"] = opened.get_one(Party, ids["customer"])[Care].goodwill

from kernel.web.app import create_app  # noqa: E402  # after the installation is open

client = create_app(config).test_client()
token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
client.post("/sign-in", data={
    "login": "clerk", "password": "warranty-clerk", "csrf_token": token.group(1) if token else ""})
page = client.get(f"/kernel/party/{ids['customer']}").text
listing = client.get("/warranty/claim").text
seen["page"] = {
    "panel": "Open claims" in page, "translated": "保固" in page, "list": "CLAIM-" in listing,
    "api": client.get("/api/v1/openapi.json").status_code,
}
json.dump(seen, sys.stdout)
