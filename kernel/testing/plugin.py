"""What pytest finds of the kernel: the fixtures for tests of plugins. A conftest.py may put its own in their place.

Everything is imported when a test asks for it, so that other tests in the same environment pay nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from kernel.authoring.faults import Finding
    from kernel.entities.work import Session
    from kernel.testing.browser import Browser
    from kernel.testing.clocks import Clock
    from kernel.testing.databases import Databases
    from kernel.testing.installations import CountStatements, Installation
    from kernel.testing.mailbox import Mailbox

POSTGRES = "TRELLIS_TEST_POSTGRES"
"""Where it is set, tests that take `installation` run on PostgreSQL too: the URL of a server to make databases on."""

pytest.register_assert_rewrite("kernel.testing.owed")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that takes an installation on every database there is."""
    if "installation_kind" in metafunc.fixturenames:
        kinds = ["sqlite", "postgresql"] if os.environ.get(POSTGRES) else ["sqlite"]
        metafunc.parametrize("installation_kind", kinds, scope="function")


@pytest.fixture
def plugins(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The plugins of the installation: the class's own one; a module or a conftest.py may have others."""
    named = getattr(request.cls, "plugin", "")
    return (named,) if named else ()


@pytest.fixture(scope="session")
def installation_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """What installations are made in, once for each set of plugins."""
    from kernel.testing.databases import Databases  # noqa: PLC0415  # only where a test asks for it

    made = Databases(tmp_path_factory.mktemp("installations"))
    yield made
    made.end()


@pytest.fixture
def installation(
    installation_kind: str, installation_databases: Databases, plugins: tuple[str, ...], tmp_path: Path
) -> Iterator[Installation]:
    """A company with the plugins, as new: on SQLite, and on PostgreSQL where TRELLIS_TEST_POSTGRES says where."""
    from kernel.testing.installations import opened  # noqa: PLC0415  # as above

    with opened(installation_databases, installation_kind, plugins, tmp_path) as made:
        yield made


@pytest.fixture
def session_as(installation: Installation) -> Callable[[str], AbstractContextManager[Session]]:
    """Open a unit of work of somebody with a role: `with session_as("warranty.clerk"): ...`."""
    return installation.session_as


@pytest.fixture
def signed_in(installation: Installation) -> Callable[[str], Browser]:
    """Give the browser of somebody with a role: `signed_in("warranty.clerk").page("/warranty/card")`."""
    return installation.signed_in


@pytest.fixture
def count_statements(installation: Installation) -> CountStatements:
    """Count statements: `with count_statements() as counter: ...; assert len(counter) <= 5`."""
    from kernel.authoring.counting import counting  # noqa: PLC0415  # as above

    return lambda: counting(installation.database)


@pytest.fixture
def frozen_clock() -> Iterator[Clock]:
    """The kernel's clock, stopped: `frozen_clock.set("2027-03-05T09:00:00+08:00")`, `frozen_clock.advance(days=1)`."""
    from kernel.testing.clocks import frozen  # noqa: PLC0415  # as above

    with frozen() as clock:
        yield clock


@pytest.fixture
def mailbox(installation: Installation) -> Iterator[Mailbox]:
    """What signals tell during the test: `mailbox["warranty.claim_settled"]` gives the events."""
    from kernel.testing.mailbox import overhearing  # noqa: PLC0415  # as above

    with overhearing() as box:
        yield box


@pytest.fixture(scope="class")
def findings(request: pytest.FixtureRequest) -> list[Finding]:
    """What `trellis plugin check` finds in the class's plugin."""
    from kernel.testing.owed import findings_of  # noqa: PLC0415  # as above

    return findings_of(request.cls.plugin)
