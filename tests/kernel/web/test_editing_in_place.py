"""A list's cell edited where it stands: its control, its row anew, and what was typed kept where it is refused."""

from __future__ import annotations

import re

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.identity.models import User
from kernel.permissions.declare import grant, hide
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider


@pytest.fixture
def repair(system: Actor) -> int:
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        records.create(Rider, [{"name": "Bo"}])
        return records.create(Repair, [{"rider": rider, "kind": "wheel", "due": "2026-12-01"}])[0].id


def version_in(html: str) -> str:
    found = re.search(r'data-cell-edit data-version="(\d+)"', html)
    assert found, html
    return found[1]


def test_a_list_names_the_cells_one_may_edit(anna: Browser, sign_in: SignIn, repair: int) -> None:
    html = anna.page("/tests/repair")
    assert set(re.findall(r'data-cell="([^"]+)"', html)) == {"rider", "kind", "due", "mechanic"}
    reader = sign_in("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))
    assert "data-cell" not in reader.page("/tests/repair")


def test_the_control_is_the_forms_and_saving_gives_the_row_anew(anna: Browser, repair: int) -> None:
    cell = f"/tests/repair/{repair}/cell/kind"
    control = anna.page(cell)
    assert re.search(r'<select[^>]* name="kind"', control)
    assert '<option value="wheel" selected>' in control
    row = anna.post(cell, {"kind": "brake", "version": version_in(control), "columns": "kind"})
    assert row.status_code == 200
    assert row.text.strip().startswith(f'<tr data-href="/tests/repair/{repair}">')
    assert row.text.count("<td") == 2
    assert "Brake" in words(row.text)
    assert "Brake" in words(anna.page("/tests/repair"))


@pytest.mark.parametrize(("path", "typed", "shown"), [
    ("due", "2026-12-24", "Dec 24, 2026"), ("due", "", "empty"), ("mechanic", "me", ""), ("rider", "", "")])
def test_values_are_read_as_in_the_form(anna: Browser, repair: int, path: str, typed: str, shown: str) -> None:
    cell = f"/tests/repair/{repair}/cell/{path}"
    answer = anna.post(cell, [
        (path, typed), ("version", version_in(anna.page(cell))), ("columns", "number"), ("columns", path)])
    if shown:
        assert (answer.status_code, shown in words(answer.text)) == (200, True)
    else:
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


def test_a_component_s_field_is_edited_too(anna: Browser, system: Actor, repair: int) -> None:
    with unit_of_work(system) as opened:
        rider = opened.query(Rider).filter(Rider.name == "Ada").one().id
    cell = f"/tests/rider/{rider}/cell/garage.limit"
    answer = anna.post(cell, {"garage.limit": "1,250.50", "version": version_in(anna.page(cell)),
                              "columns": "garage.limit"})
    assert "1,250.50" in words(answer.text)


def test_what_is_refused_comes_back_with_what_was_typed(anna: Browser, repair: int) -> None:
    cell = f"/tests/repair/{repair}/cell/due"
    answer = anna.post(cell, {"due": "soon", "version": version_in(anna.page(cell))})
    assert answer.status_code == 422
    assert "Due must be a date" in words(answer.text)
    assert 'value="soon"' in answer.text
    assert "Dec 1, 2026" in words(anna.page("/tests/repair"))


def test_two_people_in_one_cell_are_told_apart(anna: Browser, system: Actor, repair: int) -> None:
    cell = f"/tests/repair/{repair}/cell/due"
    before = version_in(anna.page(cell))
    with unit_of_work(system):
        records.change(Repair, [(repair, None, {"due": "2027-01-01"})])
    answer = anna.post(cell, {"due": "2026-12-24", "version": before})
    assert answer.status_code == 409
    assert "Enter saves yours all the same" in words(answer.text)
    assert 'value="2026-12-24"' in answer.text
    again = anna.post(cell, {"due": "2026-12-24", "version": version_in(answer.text), "columns": "due"})
    assert "Dec 24, 2026" in words(again.text)


def test_nobody_edits_what_they_may_not(anna: Browser, sign_in: SignIn, repair: int) -> None:
    for path in ("total", "number", "state", "nothing", "rider.city", "parts"):
        assert anna.get(f"/tests/repair/{repair}/cell/{path}").status_code == 403
        assert anna.post(f"/tests/repair/{repair}/cell/{path}", {path: "1"}).status_code == 403
    assert anna.get("/tests/repair/999999/cell/due").status_code == 404
    blind = sign_in("ben", *MECHANIC, hide("tests.repair", "due"))
    assert blind.get(f"/tests/repair/{repair}/cell/due").status_code == 403
    assert blind.post(f"/tests/repair/{repair}/cell/due", {"due": "2026-12-24"}).status_code == 403
    reader = sign_in("eve", grant("tests.repair", "read"), grant("tests.rider", "read"))
    assert reader.post(f"/tests/repair/{repair}/cell/due", {"due": "2026-12-24"}).status_code == 403


def test_a_record_that_leaves_ones_reach_leaves_the_list(sign_in: SignIn, system: Actor, repair: int) -> None:
    own = grant("tests.repair", "read change", scope="own")
    carl = sign_in("carl", own, grant("tests.rider", "read"))
    with unit_of_work(system) as opened:
        me = opened.query(User).filter(User.login == "carl").one().id
        records.change(Repair, [(repair, None, {"mechanic": me})])
    cell = f"/tests/repair/{repair}/cell/mechanic"
    answer = carl.post(cell, {"mechanic": "", "version": version_in(carl.page(cell)), "columns": "number"})
    assert (answer.status_code, answer.text) == (200, "")
