"""The limit of P1 and P2 writes the set of rows that was agreed, one by one and in bulk."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa

from benchmarks.limits.order_to_cash import COLUMNS, WRITTEN, BareOrders

AGREED = "shared/bench/limit_order_to_cash.py"


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    made = sa.create_engine("sqlite://")
    yield made
    made.dispose()


@pytest.mark.parametrize("way", ["each", "batch"])
def test_an_order_adds_the_same_rows_one_by_one_and_in_bulk(engine: sa.Engine, way: str) -> None:
    orders = BareOrders(engine)
    before = orders.counts()
    getattr(orders, way)(3)
    added = {name: count - before[name] for name, count in orders.counts().items()}
    assert added == {name: 3 * WRITTEN.get(name, 0) for name in COLUMNS}


def test_the_rows_are_those_of_the_agreed_script(engine: sa.Engine) -> None:
    agreed = _agreed_script()
    assert agreed.WIDTHS == COLUMNS
    assert BareOrders(engine).counts()["balance"] == agreed.PRODUCTS
    other = sa.create_engine("sqlite://")
    agreed.metadata.create_all(other)
    with other.begin() as connection:
        agreed.one_order(connection)
        assert _rows(connection, agreed.T) == {name: WRITTEN.get(name, 0) for name in COLUMNS}
        agreed.bulk(connection, 2)
        assert _rows(connection, agreed.T) == {name: 3 * WRITTEN.get(name, 0) for name in COLUMNS}
    other.dispose()


def _agreed_script() -> ModuleType:
    """Load the script that measured the limit first, where it lies beside the repository."""
    found = next((above / AGREED for above in Path(__file__).parents if (above / AGREED).is_file()), None)
    if found is None:
        pytest.skip("the agreed script is not here")
    spec = importlib.util.spec_from_file_location("agreed_rows", found)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rows(connection: sa.Connection, tables: dict[str, sa.Table]) -> dict[str, int]:
    return {name: connection.scalar(sa.select(sa.func.count()).select_from(t)) or 0 for name, t in tables.items()}
