"""Installations for tests: made once for each set of plugins and database, and given to each test as new."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias, cast

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Table, select

from kernel.authoring.counting import StatementCounter
from kernel.config import Config
from kernel.entities.base import Base, plugin_of
from kernel.entities.database import Database
from kernel.entities.work import Actor, Session, set_database, unit_of_work
from kernel.files import open_store, set_files
from kernel.hooks.outbox import deliver_outbox
from kernel.identity.models import Company, User
from kernel.identity.signing import passwords
from kernel.permissions.actors import actor_of
from kernel.permissions.roles import give_roles
from kernel.registry.discovery import discover
from kernel.registry.installing import install
from kernel.registry.loading import load, loaded_plugins
from kernel.registry.order import dependents_of, with_requirements
from kernel.registry.start import make_installation
from kernel.testing.browser import Browser, words
from kernel.testing.databases import Databases, Filling
from kernel.web.app import create_app

__all__ = ["CountStatements", "Installation", "OpenSession", "SignedIn", "installed_for", "opened"]

OpenSession: TypeAlias = Callable[[str], AbstractContextManager[Session]]
"""Opens a unit of work of somebody with a role: `with session_as("warranty.clerk"): ...`."""
SignedIn: TypeAlias = Callable[[str], Browser]
"""Gives the browser of somebody with a role, signed in."""
CountStatements: TypeAlias = Callable[[], AbstractContextManager[StatementCounter]]
"""Counts statements: `with count_statements() as counter: ...; assert len(counter) <= 5`."""

PASSWORD = "a long enough password"  # of people who exist for a test


@dataclass
class Installation:
    """A company with some plugins, in a database of its own."""

    database: Database
    company_id: int
    plugins: tuple[str, ...]
    config: Config
    _people: dict[str, Actor] = field(default_factory=dict)
    _app: Flask | None = None

    @property
    def system(self) -> Actor:
        """The system, working in the company."""
        return Actor(system=True, company_id=self.company_id)

    def person(self, role: str = "") -> Actor:
        """Give somebody who has one role, the same each time it is asked; with "" somebody without any."""
        if role not in self._people:
            login = (role or "nobody").replace(".", "-").replace("_", "-")
            with unit_of_work(self.system, database=self.database) as opened_:
                user = User(login=login, name=login, home_company_id=self.company_id)
                passwords.set_password(user, PASSWORD)
                opened_.add(user)
                opened_.flush()
                give_roles([user], [role] if role else [])
                user_id = user.id
            with unit_of_work(self.system, reading=True, database=self.database):
                self._people[role] = actor_of(user_id)
        return self._people[role]

    @contextmanager
    def session_as(self, role: str) -> Iterator[Session]:
        """Open a unit of work of somebody with a role; it is committed at the end."""
        who = self.person(role)
        with unit_of_work(who, database=self.database) as opened_:
            yield opened_

    def signed_in(self, role: str) -> Browser:
        """Give the browser of somebody with a role, signed in."""
        who = self.person(role)
        with unit_of_work(self.system, reading=True, database=self.database) as opened_:
            login = opened_.get_one(User, who.user_id).login
        browser = Browser(self.app.test_client())
        answer = browser.post("/sign-in", {"login": login, "password": PASSWORD}, token_from="/sign-in")
        if answer.status_code != 302:
            raise AssertionError(words(answer.text))
        return browser

    @property
    def app(self) -> Flask:
        """The web application."""
        if self._app is None:
            self._app = create_app(self.config)
            self._app.config.update(TRELLIS_RESTART=lambda: None)
        return self._app

    def deliver(self) -> None:
        """Let those hear who listen later; in life a job does it, right after the commit."""
        deliver_outbox(database=self.database)


def installed_for(plugins: Sequence[str]) -> tuple[str, ...]:
    """Give the plugins of an installation for a test: those wanted, what they require, and whatever is loaded.

    What a process has loaded can't be unloaded, and its models ask for their tables.
    """
    loaded = [name for name in loaded_plugins() if name != "kernel"]
    return tuple(with_requirements([*loaded, *plugins], discover()))


@contextmanager
def opened(
    databases: Databases, kind: str, plugins: Sequence[str], folder: Path, *, without: Sequence[str] = ()
) -> Iterator[Installation]:
    """Open an installation with some plugins on "sqlite" or "postgresql", as new, and make it the process's own.

    `without` names plugins that are loaded, but not installed, with all that require them.
    """
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # people sign in for each test anew
    available = discover()
    loaded = installed_for(plugins)
    load(loaded, available)
    left_out = {*without, *dependents_of(without, {name: requires_of(name) for name in loaded})}
    names = tuple(name for name in loaded if name not in left_out)
    with databases.open(kind, filling_of(names), folder) as database:
        config = Config(
            database_url=database.url.render_as_string(hide_password=False),
            data_dir=str(folder / f"data-{uuid.uuid4().hex[:8]}"), secret_key="a test's")
        set_files(open_store(config))
        set_database(database)
        try:
            with unit_of_work(reading=True) as system:
                company = system.scalars(select(Company.id)).one()
            yield Installation(database, company, names, config)
        finally:
            set_database(None)


def requires_of(name: str) -> tuple[str, ...]:
    """Give what a loaded plugin requires."""
    return loaded_plugins()[name].requires


@cache
def filling_of(plugins: tuple[str, ...]) -> Filling:
    """Give what fills an empty database with an installation of some plugins: the same function for the same ones."""

    def fill(database: Database) -> None:
        make_installation(
            database, Company(name="Formosa Cycle Works", currency="TWD", timezone="Asia/Taipei"),
            User(login="admin", name="Administrator"))
        Base.metadata.create_all(database.engine, tables=_strangers())
        if plugins:
            install(plugins, database=database)

    return fill


def _strangers() -> list[Table]:
    """Give the tables of models that belong to no plugin: those that tests themselves declare."""
    known = {"kernel", *discover(), *loaded_plugins()}
    return [
        cast(Table, mapper.local_table) for mapper in Base.registry.mappers
        if plugin_of(mapper.class_.__module__) not in known]
