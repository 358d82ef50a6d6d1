"""Money and quantities stay exact decimals on both databases, also inside SQL."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import money, quantity
from kernel.entities.types import Money, Quantity, amount, ratio, times
from kernel.entities.work import Session, session

EXACT = st.decimals(min_value="-9000000", max_value="9000000", places=6)


class Weighing(Entity):
    price: Mapped[Money] = money(default=0)
    pieces: Mapped[Quantity] = quantity(default=0)
    tare: Mapped[Money | None] = money()


def add(*pairs: tuple[str, str]) -> None:
    session().add_all(Weighing(price=Decimal(price), pieces=Decimal(pieces)) for price, pieces in pairs)
    session().flush()


def test_sums_are_exact(work: Session) -> None:
    add(("0.1", "1"), ("0.2", "1"), ("109846381.4039", "1"))
    assert work.scalar(select(func.sum(Weighing.price))) == Decimal("109846381.7039")


def test_comparison_and_order_are_numeric(work: Session) -> None:
    add(("9", "1"), ("10", "1"), ("-1.5", "1"))
    assert list(work.scalars(select(Weighing.price).order_by(Weighing.price))) == [Decimal("-1.5"), 9, 10]
    assert work.scalar(select(func.count()).select_from(Weighing).where(Weighing.price > Decimal("8.999999"))) == 2


def test_coalesce_takes_an_exact_constant(work: Session) -> None:
    add(("1", "1"))
    assert work.scalar(select(func.coalesce(Weighing.tare, amount(5)))) == Decimal(5)


@pytest.mark.parametrize(("price", "pieces", "product", "quotient"), [
    ("2.5", "3", "7.5", "0.833333"), ("-2.5", "3", "-7.5", "-0.833333"), ("7", "-2", "-14", "-3.5"),
    ("0.000001", "0.5", "0.000001", "0.000002"), ("1", "0", "0", None), ("2", "3", "6", "0.666667"),
])
def test_times_and_ratio_round_to_six_places(
    work: Session, price: str, pieces: str, product: str, quotient: str | None
) -> None:
    add((price, pieces))
    row = work.execute(select(times(Weighing.price, Weighing.pieces), ratio(Weighing.price, Weighing.pieces))).one()
    assert row[0] == Decimal(product)
    assert row[1] == (None if quotient is None else Decimal(quotient))


def test_multiplying_in_sql_without_the_helpers_is_refused() -> None:
    with pytest.raises(TypeError, match="times"):
        Weighing.price * Weighing.pieces
    with pytest.raises(TypeError, match="ratio"):
        Weighing.price / 2


@pytest.mark.parametrize("value", [0.1, "1", Decimal("0.0000001"), Decimal("NaN"), True, Decimal(10**13)])
def test_what_is_not_exact_is_refused_at_binding(work: Session, value: object) -> None:
    with pytest.raises((StatementError, ValueError)):
        work.execute(select(Weighing).where(Weighing.price == value)).all()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(EXACT, min_size=1, max_size=8))
def test_any_list_of_amounts_comes_back_and_sums_exactly(work: Session, values: list[Decimal]) -> None:
    rows = [Weighing(price=value) for value in values]
    work.add_all(rows)
    work.flush()
    mine = Weighing.id.in_([row.id for row in rows])
    assert work.scalar(select(func.sum(Weighing.price)).where(mine)) == sum(values)
    assert sorted(work.scalars(select(Weighing.price).where(mine))) == sorted(values)
