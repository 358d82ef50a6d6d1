"""An empty installation in a process of its own, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from kernel.registry.catalogue import snapshot
from kernel.search.schema import FULL_TEXT
from kernel.testing.databases import postgres_database
from tests.kernel.registry.site import Site


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Plugins and an empty database."""
    if request.param == "sqlite":
        yield Site(tmp_path, f"sqlite:///{tmp_path}/trellis.db")
        return
    with postgres_database() as url:
        yield Site(tmp_path, url)


@pytest.fixture
def site(empty: Site) -> Site:
    """Plugins and an installation of the kernel alone."""
    empty.trellis("init", "--company", "Blue Door", "--password", "correct horse")
    return empty


def schema_of(site: Site) -> dict[str, tuple[str, ...]]:
    engine = create_engine(site.url)
    with engine.connect() as connection:
        found = snapshot(connection)
    engine.dispose()
    return found


MOVING = {"kernel_id_counter", "kernel_generation"}
"""Tables that only ever count up."""

MAILS = "kernel.mail_notifications"
"""The kernel's own job that waits where something was told and no worker has run."""

USED = {"fingerprint", "changed_at", "version"}
"""Columns of a row that tell it was in use: giving a party a component is a change of the party."""


def kernel_rows(site: Site) -> dict[str, list[str]]:
    """Give the rows of all kernel tables, but for counters, the seal, and how SQLite keeps its full text."""
    engine = create_engine(site.url)
    with engine.connect() as connection:
        found = {
            name: rows_of(connection, name) for name in inspect(connection).get_table_names()
            if name.startswith("kernel_") and name not in MOVING
            and not name.startswith(FULL_TEXT)}
    engine.dispose()
    return found


def rows_of(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(text(f'SELECT * FROM "{table}"')).mappings()
    left_out = USED | {"id"} if table == "kernel_search" else USED  # made anew with the same words under other ids
    return sorted(str({key: value for key, value in row.items() if key not in left_out}) for row in rows
                  if row.get("name") != MAILS)


def execute(site: Site, *statements: str) -> None:
    """Do something to the database behind everybody's back."""
    engine = create_engine(site.url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
