"""A form that is sent twice is saved once, and the page that kept what was typed learns that it was saved."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from tests.kernel.web.conftest import Browser, words
from tests.kernel.web.garage import Repair, Rider


@pytest.fixture
def rider(system: Actor) -> int:
    with unit_of_work(system):
        return records.create(Rider, [{"name": "Ada", "city": "Taipei"}])[0].id


def key_of(html: str) -> str:
    found = re.search(r'<input type="hidden" name="once" value="([\w-]{8,40})">', html)
    assert found
    return found[1]


def count(system: Actor, entity: type[Rider | Repair] = Rider) -> int:
    with unit_of_work(system, reading=True) as opened:
        return opened.scalar(select(func.count(entity.id))) or 0


def test_a_form_sent_twice_makes_one_record_and_leads_to_it(anna: Browser, system: Actor) -> None:
    form = {"name": "Berta", "city": "", "shoe_size": "", "once": key_of(anna.page("/tests/rider/new"))}
    first = anna.post("/tests/rider/new", form)
    again = anna.post("/tests/rider/new", form)
    assert (first.status_code, again.status_code) == (302, 302)
    assert again.location == first.location
    assert count(system) == 1
    page = anna.page(first.location)
    assert "This was saved already; nothing was done twice." in words(page)
    assert f'data-saved="{form["once"]}' in page
    assert form["once"] not in words(page)
    assert "data-saved" not in anna.page(first.location)
    assert key_of(page) != form["once"]


def test_more_typed_into_a_form_that_was_saved_makes_no_second_record_unasked(anna: Browser, system: Actor) -> None:
    form = {"name": "Berta", "once": key_of(anna.page("/tests/rider/new"))}
    anna.post("/tests/rider/new", form)
    more = anna.post("/tests/rider/new", {**form, "city": "Tainan"})
    assert (more.status_code, count(system)) == (422, 1)
    assert "This form was saved already, before more was typed into it" in words(more.text)
    assert 'value="Tainan"' in more.text
    assert anna.post("/tests/rider/new", {**form, "city": "Tainan", "once": key_of(more.text)}).status_code == 302
    assert count(system) == 2


def test_a_refused_form_may_be_sent_again_and_another_person_has_keys_of_their_own(
    anna: Browser, admin: Browser, system: Actor
) -> None:
    key = key_of(anna.page("/tests/rider/new"))
    assert anna.post("/tests/rider/new", {"name": "", "once": key}).status_code == 422
    assert anna.post("/tests/rider/new", {"name": "Cora", "once": key}).status_code == 302
    assert admin.post("/tests/rider/new", {"name": "Cora", "once": key}).status_code == 302
    assert count(system) == 2


def test_a_step_sent_twice_is_taken_once_and_a_later_change_collides(
    anna: Browser, system: Actor, rider: int
) -> None:
    with unit_of_work(system):
        repair = records.create(Repair, [{"rider": rider, "parts": [{"what": "Spoke", "price": "2"}]}])[0].id
    here = f"/tests/repair/{repair}"
    page = anna.page(here)
    form = {"version": "1", "remark": "Squeaks", "once": key_of(page)}
    assert [anna.post(f"{here}/do/agree", form).location for _each in range(2)] == [here, here]
    page = anna.page(here)
    assert "Agreed" in words(page)
    changed = anna.post(here, {**form, "remark": "Squeaks loudly"})
    assert (changed.status_code, "while you were editing it" in words(changed.text)) == (409, True)


def test_a_form_sent_after_the_sign_in_ran_out_leads_back_to_itself(anna: Browser) -> None:
    anna.client.delete_cookie("trellis")
    for referrer, after in (
        ("http://localhost/tests/rider/new?city=Taipei", "/sign-in?after=%2Ftests%2Frider%2Fnew%3Fcity%3DTaipei"),
        ("http://elsewhere.example/tests/rider/new", "/sign-in"),
    ):
        answer = anna.post("/tests/rider/new", {"name": "Dora"}, token_from="/sign-in", headers={"Referer": referrer})
        assert answer.location == after
