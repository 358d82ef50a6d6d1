"""P9's structure and the bare plan of it, against a plan made with dictionaries."""

from collections import defaultdict

import pytest
import sqlalchemy as sa

from benchmarks.limits.planning import BarePlan
from benchmarks.structure import LEAD_DAYS, Structure, small, structure


def test_components_come_from_the_next_level_and_the_last_is_bought() -> None:
    given = small()
    assert [len(level) for level in given.levels] == [40] * 5
    for here, below in zip(given.levels, given.levels[1:], strict=False):
        assert all(child in below for product in here for child, _ in given.components[product])
    assert not any(given.components[product] for product in given.bought)
    assert given == small()


def test_the_demands_are_for_what_is_sold_and_can_be_made_in_time() -> None:
    given = small()
    assert len(given.demands) == 100
    assert all(product in given.levels[0] and day > len(given.levels) for product, _, day in given.demands)


@pytest.mark.parametrize("given", [small(), structure(37, 3, 40, each=2)], ids=["small", "uneven"])
def test_the_bare_plan_is_that_of_dictionaries(given: Structure) -> None:
    engine = sa.create_engine("sqlite://")
    bare = BarePlan(engine, given)
    bare.plan()
    bare.plan()
    with engine.connect() as connection:
        planned, peg = bare.tables
        found = {
            (row.product, row.due): row.quantity
            for row in connection.execute(sa.select(planned.c.product, planned.c.due, planned.c.quantity))
        }
        pegged = connection.scalar(sa.select(sa.func.sum(peg.c.quantity)))
    assert found == _planned(given)
    assert pegged == sum(found.values())
    engine.dispose()


def _planned(given: Structure) -> dict[tuple[int, int], int]:
    """Net and explode product by product, day by day: the quantity to plan for each of them."""
    needs: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for product, quantity, day in given.demands:
        needs[product][day] += quantity
    plan = {}
    for product in range(len(given.components)):  # a product's users come before it
        left = given.stock[product]
        for day in sorted(needs[product]):
            taken = min(left, needs[product][day])
            left -= taken
            if lacking := needs[product][day] - taken:
                plan[product, day] = lacking
                for child, quantity in given.components[product]:
                    needs[child][day - LEAD_DAYS] += lacking * quantity
    return plan
