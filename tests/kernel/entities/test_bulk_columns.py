"""Rows written by columns hold what rows written one by one would, on both databases."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.entities.audit import AuditEntry
from kernel.entities.bulk import insert_columns, insert_rows
from kernel.entities.columns import Encoded, Same
from kernel.entities.work import Session, unit_of_work
from kernel.errors import Conflict, UsageError
from kernel.identity.models import Employee
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Commission, Patron

AWKWARD = ["plain", "tab\tand\nline\rbreaks", "back\\slash \\N \\.", "‘quotes’ \"'", "王小明 \u202e", " ", "\\x41"]


def test_awkward_text_comes_back_as_it_was(work: Session) -> None:
    ids = insert_rows(Employee, [
        {"number": str(at), "name": text, "email": None, "born_on": dt.date(1, 1, 1)}
        for at, text in enumerate(AWKWARD)])
    found = {each.id: each for each in work.scalars(select(Employee))}
    assert [found[id_].name for id_ in ids] == AWKWARD
    assert {(each.email, each.born_on, each.heads_department, each.version, each.archived)
            for each in found.values()} == {(None, dt.date(1, 1, 1), False, 1, False)}


def test_exact_numbers_moments_and_json_keep_their_values(work: Session) -> None:
    patron = insert_rows(Patron, [{"code": "P", "name": "P", "custom": {"a": ["\\", "\t", None, 1]}}])[0]
    moment = dt.datetime(2026, 3, 1, 12, 30, 1, 123456, dt.UTC)
    totals = [Decimal("0.000001"), Decimal("-123456789.5"), Decimal("1E+3")]
    insert_columns(
        Commission, {"patron_id": Same(patron), "total": totals, "seen_at": Same(moment), "state": Same("done")}, 3,
        note={"why": "test"})
    found = work.scalars(select(Commission).order_by(Commission.id)).all()
    assert [each.total for each in found] == totals
    assert {(each.seen_at, each.state) for each in found} == {(moment, "done")}
    assert len({each.number for each in found}) == 3
    assert found[0].patron.custom == {"a": ["\\", "\t", None, 1]}
    work.work.audit.write(work.work.connection, work.work.take_ids)
    entry = work.scalars(select(AuditEntry).where(AuditEntry.entity == "tests.commission")).one()
    assert (entry.action, entry.changes["created"], entry.changes["why"]) == ("bulk", 3, "test")


def test_given_numbers_are_kept_and_gaps_filled(work: Session) -> None:
    patron = insert_rows(Patron, [{"code": "P", "name": "P"}])[0]
    insert_columns(Commission, {"patron_id": Same(patron), "number": ["MINE", None, "YOURS"]}, 3)
    numbers = work.scalars(select(Commission.number).order_by(Commission.id)).all()
    assert (numbers[0], numbers[2]) == ("MINE", "YOURS")
    assert numbers[1].startswith("C-")


def test_a_broken_constraint_is_told_in_the_users_words(work: Session) -> None:
    with pytest.raises(Conflict, match="exists already"), work.begin_nested():
        insert_rows(Patron, [{"code": "P", "name": "A"}, {"code": "P", "name": "B"}])


def test_only_the_system_writes_what_no_guard_could_judge(make_user: MakeUser) -> None:
    anna = make_user("anna", *EVERYTHING)
    for column in (Same("P"), Encoded(["P"])):
        with pytest.raises(UsageError, match="judged"), unit_of_work(anna):
            insert_columns(Patron, {"code": ["1"], "name": column}, 1)
