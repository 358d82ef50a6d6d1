"""A database with the tables of all plugins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.entities.database import Database
from kernel.entities.work import set_database
from kernel.registry.discovery import discover
from kernel.registry.loading import load
from kernel.registry.order import with_requirements
from kernel.testing.databases import fill_basics, postgres_database

# Loaded before the first template is made, so that it has the tables of all plugins.
here = discover()
load(with_requirements([name for name, found in here.items() if found.plugin is not None], here), here)

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for a module's tests, which look at what one import left."""
    if request.param == "sqlite":
        yield from _opened(f"sqlite:///{tmp_path_factory.mktemp('imports') / 'trellis.db'}")
        return
    with postgres_database() as url:
        yield from _opened(url)


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    fill_basics(database)
    set_database(database)
    yield database
    set_database(None)
    database.dispose()
