"""Make an installation to measure: a fresh database with a company and a user who has one role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import insert

from kernel.entities.base import Base
from kernel.entities.database import Database
from kernel.entities.ids import IdCounter
from kernel.entities.work import Actor, set_database, unit_of_work
from kernel.identity.models import Company, User
from kernel.permissions.actors import actor_of
from kernel.permissions.declare import GrantDeclaration, role
from kernel.permissions.roles import KERNEL_ROLES, give_roles, sync_roles


@contextmanager
def installation(url: str, grants: Sequence[GrantDeclaration]) -> Iterator[Actor]:
    """Open a new installation at a URL as the process's own; yields a user whom a role gives the grants."""
    database = Database(url)
    try:
        Base.metadata.create_all(database.engine)
        if database.is_sqlite:
            with database.engine.begin() as connection:
                connection.execute(insert(IdCounter).values(name="id", next=1))
        set_database(database)
        yield _user(grants)
    finally:
        set_database(None)
        database.dispose()


def _user(grants: Sequence[GrantDeclaration]) -> Actor:
    with unit_of_work() as system:
        company = Company(name="Bench Cycles", currency="TWD", timezone="Asia/Taipei")
        system.add(company)
        system.flush()
        sync_roles("kernel", KERNEL_ROLES)
        sync_roles("bench", [role("bench.clerk", "Clerk", *grants)])
        user = User(login="bench", name="Bench", home_company_id=company.id)
        system.add(user)
        system.flush()
        give_roles([user], ["bench.clerk"])
    with unit_of_work(reading=True):
        return actor_of(user.id)
