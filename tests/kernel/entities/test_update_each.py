"""Rows changed by their ids, each by values of its own, of every kind of column, alone and many at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.bulk import insert_rows, update_rows
from kernel.entities.update_each import UpdateEach
from kernel.entities.work import Session
from kernel.errors import UsageError
from tests.kernel.exchange.studio import Commission, CommissionItem, Patron

MOMENT = dt.datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=dt.UTC)
TOKYO = dt.timezone(dt.timedelta(hours=9))


def commissions(work: Session, count: int) -> list[int]:
    patron = insert_rows(Patron, [{"code": "P", "name": "Patron"}])[0]
    return [*insert_rows(Commission, [{"patron_id": patron} for _each in range(count)])]


@pytest.mark.parametrize("count", [1, 3])
def test_every_kind_of_value_comes_back_as_it_was(work: Session, count: int) -> None:
    ids = commissions(work, count)
    known = work.scalars(select(Commission).where(Commission.id.in_(ids))).all()
    assert len(known) == count  # held here: they show what was written, or are loaded anew
    given = [
        {"id": id_, "due": None if number else dt.date(2026, 12, 24), "seen_at": MOMENT.astimezone(TOKYO),
         "style": "ink" if number else None, "urgent": bool(number), "remark": "a, \"b\" {c} \\ d\n'e' NULL",
         "total": Decimal("-0.000001") + number, "custom": {"a": [1, None, "}"], "b": Decimal("1.5")}}
        for number, id_ in enumerate(ids)]
    update_rows(Commission, given)
    for row, told in zip(
        work.scalars(select(Commission).where(Commission.id.in_(ids)).order_by(Commission.id)), given, strict=True
    ):
        assert (row.due, row.seen_at, row.style, row.urgent, row.remark, row.total) == (
            told["due"], MOMENT, told["style"], told["urgent"], told["remark"], told["total"])
        assert row.custom == {"a": [1, None, "}"], "b": "1.5"}
        assert (row.version, row.changed_at) == (2, work.now)


def test_all_values_of_a_column_may_be_empty(work: Session) -> None:
    ids = commissions(work, 3)
    update_rows(Commission, [{"id": id_, "due": None, "remark": None, "custom": None} for id_ in ids])
    assert set(work.execute(select(Commission.due, Commission.remark).where(Commission.id.in_(ids)))) == {(None, None)}


def test_what_a_row_had_is_added_to_and_conditions_hold(
    work: Session, count_statements: Callable[[], Any]
) -> None:
    order = commissions(work, 1)[0]
    ids = insert_rows(CommissionItem, [
        {"commission_id": order, "what": "Frame", "quantity": Decimal(number), "price": Decimal(1)}
        for number in range(4)])
    more = UpdateEach(
        CommissionItem, {"more": CommissionItem.__table__.c.quantity.type},
        lambda given: {"quantity": CommissionItem.__table__.c.quantity + given["more"]},
        where=lambda given: [CommissionItem.__table__.c.quantity + given["more"] < 4])
    with count_statements() as counter:
        assert more.run([{"id": id_, "more": Decimal("1.5")} for id_ in ids]) == 3
    assert len(counter) == 1
    assert [*work.scalars(select(CommissionItem.quantity).where(CommissionItem.id.in_(ids)).order_by(
        CommissionItem.id))] == [Decimal("1.5"), Decimal("2.5"), Decimal("3.5"), 3]
    assert more.run([]) == 0


def test_a_number_with_too_many_decimals_is_refused_in_bulk_too(work: Session) -> None:
    ids = commissions(work, 2)
    with pytest.raises(Exception, match="decimals"):
        update_rows(Commission, [{"id": id_, "total": Decimal("0.0000001")} for id_ in ids])


def test_no_row_is_given_twice(work: Session) -> None:
    (only,) = commissions(work, 1)
    with pytest.raises(UsageError, match="twice"):
        update_rows(Commission, [{"id": only, "remark": "a"}, {"id": only, "remark": "b"}])
