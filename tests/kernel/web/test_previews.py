"""While one types, a form says what would follow; nothing of it is written."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from kernel.testing.browser import words
from tests.kernel.web.conftest import Browser, SignIn
from tests.kernel.web.garage import Hire, Repair, Rider, hiring


@pytest.fixture
def rider(system: Actor) -> int:
    with unit_of_work(system):
        return records.create(Rider, [{"name": "Ada", "city": "Taipei"}])[0].id


def preview(browser: Browser, path: str, typed: dict[str, object]) -> dict[str, Any]:
    answer = browser.post(f"{path}/preview", typed, token_from="/tests/repair")
    assert answer.status_code == 200, words(answer.text)
    return dict(answer.json)


def test_a_new_form_learns_its_totals_before_it_is_complete_and_nothing_is_made(
    anna: Browser, system: Actor, rider: int
) -> None:
    assert 'data-preview="/tests/repair/new/preview"' in anna.page("/tests/repair/new")
    found = preview(anna, "/tests/repair/new", {
        "rider": "", "due": "someday", "parts[n3].what": "Spoke", "parts[n3].quantity": "4", "parts[n3].price": "2.5",
        "parts[n4].what": "Rim", "parts[n4].quantity": "2", "parts[n4].price": "", "parts[new].what": ""})
    assert found["sums"] == {"parts": ["TWD 10.00"]}
    assert found["fields"]["parts[n3].price"] == ["2.50", "2.50"]
    assert found["fields"]["parts[n4].quantity"] == ["2", "2"]
    assert found["fields"]["rider"] == ["", ""]
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Repair)) == 0
    made = anna.post("/tests/repair/new", {"rider": rider, "parts[n3].what": "Spoke", "parts[n3].quantity": "4"})
    assert made.status_code == 302, words(made.text)
    assert "R-0001 was created." in words(anna.page(made.location))


def test_what_is_typed_over_a_record_is_worked_out_and_the_record_stays(
    anna: Browser, system: Actor, rider: int
) -> None:
    with unit_of_work(system):
        repair = records.create(Repair, [{"rider": rider, "parts": [
            {"what": "Spoke", "quantity": "4", "price": "2.5"}, {"what": "Rim", "price": "70"}]}])[0]
        first, second = (part.id for part in repair.parts)
    path = f"/tests/repair/{repair.id}"
    assert f'data-preview="{path}/preview"' in anna.page(path)
    found = preview(anna, path, {
        "rider": rider, "parts[0].id": first, "parts[0].quantity": "8", "parts[1].id": second, "parts[1].remove": "1",
        "parts[n2].what": "Bell", "parts[n2].price": "5"})
    assert found["sums"] == {"parts": ["TWD 25.00"]}
    assert found["fields"]["rider"] == ["Ada", "Ada"]
    assert {name for name in found["fields"] if name.endswith(".what")} == {"parts[0].what", "parts[n2].what"}
    with unit_of_work(system, reading=True) as opened:
        stored = opened.get_one(Repair, repair.id)
        assert (stored.total, stored.version, len(stored.parts)) == (80, 1, 2)


def test_a_preview_is_for_whoever_may_save(sign_in: SignIn, system: Actor, rider: int) -> None:
    with unit_of_work(system):
        repair = records.create(Repair, [{"rider": rider}])[0].id
    reader = sign_in("rhea", grant("tests.repair", "read", scope="company"), grant("tests.rider", "read"))
    assert "data-preview" not in reader.page(f"/tests/repair/{repair}")
    for path in ("/tests/repair/new/preview", f"/tests/repair/{repair}/preview"):
        assert reader.post(path, {"rider": rider}).status_code == 403
    stranger = sign_in("sten", grant("tests.repair", "read create change", scope="own"))
    assert stranger.post(f"/tests/repair/{repair}/preview", {}).status_code == 404


def test_a_form_of_which_nothing_follows_asks_for_no_preview(anna: Browser) -> None:
    assert "data-preview" not in anna.page("/tests/rider/new")


def test_a_new_form_begins_with_the_day_and_a_picker_offers_those_it_is_about(
    anna: Browser, admin: Browser, system: Actor, rider: int
) -> None:
    with unit_of_work(system) as opened:
        today = opened.today
        out, back = records.create(Hire, [{"rider": rider, "back_on": today.isoformat()} for _each in range(2)])
        hiring.run("take", [back])
        names = out.number, back.number
    assert f'value="{today.isoformat()}"' in admin.page("/tests/voucher/new")
    page = anna.page("/tests/hire/new")
    assert "/tests/hire/options?f.state=back" in page
    assert [name in words(page) for name in names] == [False, True]
    offered = anna.get("/tests/hire/options?f.state=back").json
    assert [each["label"] for each in offered] == [names[1]]
    assert len(anna.get("/tests/hire/options").json) == 2
