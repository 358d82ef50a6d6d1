"""Plugins loaded as the registry loads them, their roles in the database, and a few records to work on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.entities.database import Database
from kernel.entities.work import Actor, Session, unit_of_work
from kernel.identity.models import Company
from kernel.permissions.roles import sync_roles
from kernel.registry.discovery import discover
from kernel.registry.loading import load, loaded_plugins
from kernel.registry.order import with_requirements
from kernel.shared.models import Country, Currency, Party, Product, Tax, Unit
from kernel.shared.roles import SHARED_ROLES
from kernel.testing.databases import Filling, fill_basics
from kernel.workflows.approvals import APPROVAL_ROLES, sync_approvals

PLUGINS = with_requirements([name for name, found in discover().items() if found.plugin is not None], discover())
"""All of this tree, in the order of their dependencies."""

load(PLUGINS, discover())


@dataclass(frozen=True)
class Goods:
    """Ids of what the tests trade in."""

    customer: int
    bike: int
    service: int
    piece: int
    dozen: int


def fill_shipped(database: Database) -> None:
    """Give an empty schema the basics, and the roles and approvals that the kernel and the plugins ship."""
    fill_basics(database)
    with unit_of_work(database=database, reading=True) as system:
        company = system.scalars(select(Company.id)).one()
    with unit_of_work(Actor(system=True, company_id=company), database=database):
        sync_roles("kernel", (*APPROVAL_ROLES, *SHARED_ROLES))
        for name in PLUGINS:
            plugin = loaded_plugins()[name]
            sync_roles(name, plugin.roles)
            sync_approvals(name, plugin.approvals)


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling:
    return fill_shipped if "shipped" in request.fixturenames else fill_basics


@pytest.fixture
def shipped(database: Database) -> None:
    """The roles and approvals that the kernel and the plugins ship; `filling` puts them there."""


@pytest.fixture
def goods(shipped: None, system: Actor) -> Goods:
    """A customer, a bicycle at 38,900 taxed at 5 %, and a service without tax, in a currency without decimals."""
    with unit_of_work(system) as opened:
        opened.add(Currency(code="TWD", name="New Taiwan dollar", decimals=0))
        opened.add(Country(code="TW", name="Taiwan", calling_code="886"))
        piece = Unit(code="PCS", name="Piece")
        opened.add(piece)
        opened.flush()
        dozen = Unit(code="DZ", name="Dozen", base_id=piece.id, numerator=12)
        tax = Tax(code="V5", name="Business tax 5 %", rate=Decimal(5))
        opened.add_all([dozen, tax])
        opened.flush()
        bike = Product(
            code="CC8-L", name="City Commuter 8s", unit_id=piece.id, list_price=Decimal(38_900), cost=Decimal(21_000),
            tax_id=tax.id)
        service = Product(
            code="SVC-ASM", name="Assembly", kind="service", unit_id=piece.id, list_price=Decimal("333.33"))
        customer = Party(name="Nordrad GmbH", is_customer=True)
        opened.add_all([bike, service, customer])
        opened.flush()
        return Goods(customer.id, bike.id, service.id, piece.id, dozen.id)


@pytest.fixture
def work(shipped: None, goods: Goods, system: Actor) -> Iterator[Session]:
    """A unit of work of the system, with the goods in place."""
    with unit_of_work(system) as opened:
        yield opened
