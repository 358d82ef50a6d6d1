"""A document's history tells what happened to its lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.permissions.declare import grant, hide
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, RepairPart, Rider


@pytest.fixture
def repair(system: Actor) -> int:
    with unit_of_work(system) as work:
        made = Repair(rider=Rider(name="Ada"), parts=[
            RepairPart(what="Tyre", quantity=Decimal(1), price=Decimal(20)),
            RepairPart(what="Chain", quantity=Decimal(1), price=Decimal(30))])
        work.add(made)
    return made.id


def alter(system: Actor, repair: int) -> None:
    """Change the first line, take the second away, add a third: each at a moment of its own."""
    with unit_of_work(system) as work:
        made = work.get_one(Repair, repair)
        made.parts[0].quantity = Decimal(2)
    with unit_of_work(system) as work:
        made = work.get_one(Repair, repair)
        made.parts.pop()
    with unit_of_work(system) as work:
        made = work.get_one(Repair, repair)
        made.parts.append(RepairPart(what="Bell", price=Decimal(5)))


def history(page: str) -> str:
    start = page.index('aria-label="What is shown"')
    return words(page[start:page.index('<section id="files"', start)])


def test_lines_added_changed_and_taken_away_stand_in_the_history(
    anna: Browser, system: Actor, repair: int
) -> None:
    alter(system, repair)
    text = history(anna.page(f"/tests/repair/{repair}"))
    assert "Parts: Bell → Bell · 1 · 5.00" in text
    assert "Part Chain · 1 · 30.00 → –" in text
    assert "Parts: Tyre, Quantity 1 → 2" in text
    assert text.index("Bell") < text.index("Chain") < text.index("Tyre, Quantity")
    assert text.count("created it") == 1


def test_making_a_document_with_lines_is_one_entry(anna: Browser, repair: int) -> None:
    text = history(anna.page(f"/tests/repair/{repair}"))
    assert "created it" in text
    assert "Tyre" not in text


def test_a_hidden_field_of_a_line_leaves_no_word(sign_in: SignIn, system: Actor, repair: int) -> None:
    alter(system, repair)
    browser = sign_in("bert", *MECHANIC, hide("tests.repair_part", "quantity", "price"), grant("tests.rider", "read"))
    text = history(browser.page(f"/tests/repair/{repair}"))
    assert "Part Chain → –" in text
    assert "Quantity" not in text
    assert "30.00" not in text


def test_many_changed_lines_cost_no_more_statements_than_few(
    anna: Browser, system: Actor, repair: int, count_statements: Any
) -> None:
    counts = []
    for number in (1, 40):
        with unit_of_work(system) as work:
            made = work.get_one(Repair, repair)
            made.parts += [RepairPart(what=f"Nut {n}") for n in range(number)]
        with unit_of_work(system) as work:
            made = work.get_one(Repair, repair)
            for part in made.parts:
                part.price += 1
        anna.page(f"/tests/repair/{repair}")
        with count_statements() as counter:
            anna.page(f"/tests/repair/{repair}")
        counts.append(len(counter))
    assert counts[0] == counts[1]


def test_a_document_deleted_with_its_lines_tells_no_changes(system: Actor, repair: int) -> None:
    with unit_of_work(system) as work:
        work.delete(work.get_one(Repair, repair))
    with unit_of_work(system, reading=True) as work:
        rows = work.work.connection.exec_driver_sql(
            f"SELECT action FROM kernel_audit WHERE record_id = {repair}").all()
    assert [row[0] for row in rows] == ["create", "delete"]
