"""Make an installation to measure: a fresh database with all plugins, a company and a user with roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kernel.config import Config
from kernel.entities.work import Actor, set_database, unit_of_work
from kernel.identity.models import User
from kernel.permissions.actors import actor_of
from kernel.permissions.roles import give_roles
from kernel.registry import initialise, settle
from kernel.registry.discovery import discover


@contextmanager
def installation(url: str, roles: Sequence[str]) -> Iterator[Actor]:
    """Make an installation at a URL the process's own; yields a user who has the roles, and no other rights."""
    made = initialise(Config(database_url=url), company="Bench Cycles", plugins=list(discover()))
    try:
        with unit_of_work(Actor(system=True, company_id=made.company_id)) as system:
            user = User(login="bench", name="Bench", home_company_id=made.company_id)
            system.add(user)
            system.flush()
            give_roles([user], roles)
        with unit_of_work(reading=True):
            clerk = actor_of(user.id)
        settle()  # as a process that serves does
        yield clerk
    finally:
        set_database(None)
        made.database.dispose()
