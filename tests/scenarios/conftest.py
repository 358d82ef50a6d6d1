"""Whole installations in processes of their own, and people who use the API and the pages of one in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from kernel.config import Config
from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import Employee
from kernel.testing.databases import postgres_database
from kernel.web.app import create_app
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client, client_of
from tests.kernel.registry.site import Site
from tests.plugins.conftest import Goods, filling, goods, shipped

__all__ = ["client_of", "filling", "goods", "shipped"]


@pytest.fixture
def app(shipped: None, tmp_path: Path) -> Flask:
    return create_app(Config(secret_key="not a secret", data_dir=str(tmp_path)))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The plugins of this tree, and an empty database."""
    if request.param == "sqlite":
        yield Site(tmp_path, f"sqlite:///{tmp_path}/trellis.db")
        return
    with postgres_database() as url:
        yield Site(tmp_path, url)


SELLER = ("crm.agent", "erp_sales.agent")
LEADER = ("crm.manager", "erp_sales.manager")


@pytest.fixture
def people(make_user: MakeUser, system: Actor, goods: Goods) -> dict[str, Actor]:
    """Anna sells, Mei-Hua is her manager, Tom may do nothing."""
    made = {"anna": make_user("anna", roles=SELLER), "meihua": make_user("meihua", roles=LEADER),
            "tom": make_user("tom")}
    with unit_of_work(system) as opened:
        head = Employee(number="1", name="Mei-Hua", user_id=made["meihua"].user_id)
        opened.add(head)
        opened.flush()
        opened.add(Employee(number="2", name="Anna", user_id=made["anna"].user_id, manager_id=head.id))
    return made


@pytest.fixture
def anna(people: dict[str, Actor], client_of: Callable[[Actor], Client]) -> Client:
    """The agent's client of the API."""
    return client_of(people["anna"])


@pytest.fixture
def meihua(people: dict[str, Actor], client_of: Callable[[Actor], Client]) -> Client:
    """The manager's client of the API."""
    return client_of(people["meihua"])
