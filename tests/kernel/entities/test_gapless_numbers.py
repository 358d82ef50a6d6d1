"""Gapless numbers are given at posting, by series and year, and one that is lost is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped

import kernel.registry.invariants  # noqa: F401  # declares the checks
from kernel.entities.base import Document
from kernel.entities.bulk import insert_rows
from kernel.entities.fields import date, serial, text
from kernel.entities.gapless import give_numbers
from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import UsageError
from kernel.identity.models import Company
from kernel.registry.checks import run_checks


class Chit(Document, label="Chit", plural="Chits"):
    """Something numbered by its kind and the year of its day."""

    number: Mapped[str | None] = serial("{kind}-{year}-{n:04}", gapless=True)
    kind: Mapped[str] = text(10, default="A")
    day: Mapped[dt.date] = date()


def chit(year: int, kind: str = "A", number: str | None = None) -> Chit:
    return Chit(kind=kind, day=dt.date(year, 5, 1), number=number)


def test_each_kind_and_year_counts_by_itself_in_the_given_order(work: Session) -> None:
    chits = [chit(2025), chit(2026), chit(2026, "B"), chit(2026)]
    work.add_all(chits)
    work.flush()
    assert [each.number for each in chits] == [None] * 4
    give_numbers(Chit, chits, dated="day")
    assert [each.number for each in chits] == ["A-2025-0001", "A-2026-0001", "B-2026-0001", "A-2026-0002"]
    work.flush()


def test_rows_are_numbered_like_records_and_what_has_a_number_keeps_it(work: Session) -> None:
    rows: list[dict[str, Any]] = [
        {"kind": "A", "day": dt.date(2026, 1, 1), "number": number} for number in (None, "A-2026-0777", None)]
    give_numbers(Chit, rows, dated="day")
    assert [row["number"] for row in rows] == ["A-2026-0001", "A-2026-0777", "A-2026-0002"]
    insert_rows(Chit, rows)


def test_without_a_date_field_today_counts(work: Session) -> None:
    found = chit(1999)
    give_numbers(Chit, [found])
    assert found.number == f"A-{work.today.year}-0001"


def test_two_hundred_take_as_many_statements_as_one(work: Session, count_statements: Callable[[], Any]) -> None:
    give_numbers(Chit, [chit(2026)], dated="day")
    counts = []
    for number in (1, 200):
        with count_statements() as counter:
            give_numbers(Chit, [chit(2026) for _each in range(number)], dated="day")
        counts.append(len(counter))
    assert counts == [1, 1]


def test_an_entity_without_such_a_field_is_a_mistake(work: Session) -> None:
    with pytest.raises(UsageError):
        give_numbers(Company, [])


def test_a_missing_number_is_named_and_history_may_have_gaps(system: Actor) -> None:
    with unit_of_work(system) as opened:
        chits = [chit(2026) for _each in range(3)]
        give_numbers(Chit, chits, dated="day")
        opened.add_all(chits)
    checks = ["kernel.gapless_numbers", "kernel.number_counters"]
    assert run_checks(checks).clean
    with unit_of_work(system) as opened:
        opened.connection().execute(sql("DELETE FROM tests_chit WHERE number = 'A-2026-0003'"))
        opened.connection().execute(sql("DELETE FROM tests_chit WHERE number = 'A-2026-0001'"))
    found = [(each.name, finding.record) for each, finding in run_checks(checks).found]
    assert found == [("kernel.gapless_numbers", "1"), ("kernel.gapless_numbers", "3")]
    with unit_of_work(system) as opened:
        opened.add(chit(2026, number="A-2026-0009"))
    found = [(each.name, finding.record) for each, finding in run_checks(["kernel.number_counters"]).found]
    assert found == [("kernel.number_counters", "A-2026-0009")]
