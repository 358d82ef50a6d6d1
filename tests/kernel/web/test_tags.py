"""Tags in the browser: on the form, in a list's column and filter, on many at once, on the page that keeps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from kernel.tags.models import Tag
from kernel.tags.services import tag, tags_of
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Rider

RIDERS = "/tests/rider"


@pytest.fixture
def riders(system: Actor) -> list[int]:
    with unit_of_work(system):
        return [each.id for each in records.create(Rider, [{"name": name} for name in ("Ada", "Bo", "Cy")])]


@pytest.fixture
def made(system: Actor) -> dict[str, int]:
    with unit_of_work(system):
        return {each.name: each.id for each in records.create(Tag, [
            {"name": "VIP", "colour": "violet"}, {"name": "Late", "colour": "red", "entity": "tests.rider"}])}


def pairs(**form: Any) -> list[tuple[str, Any]]:
    """Give a form's inputs one by one: some come several times."""
    return [(name, each) for name, value in form.items() for each in (value if isinstance(value, list) else [value])]


def names(who: Actor, id_: int) -> list[str]:
    with unit_of_work(who, reading=True):
        return [each.name for each in tags_of(Rider, [id_]).get(id_, ())]


def test_a_form_shows_the_tags_and_saves_those_chosen(
    anna: Browser, system: Actor, riders: list[int], made: dict[str, int]
) -> None:
    here = f"{RIDERS}/{riders[0]}"
    page = anna.page(here)
    assert 'name="tags" value=""' in page
    assert f'<option value="#{made["VIP"]}" data-tone="violet">VIP</option>' in page
    assert "data-create" not in page, "a mechanic makes no tags"
    answer = anna.post(here, pairs(name="Ada", tags=["", f"#{made['VIP']}", f"#{made['Late']}"]), token_from=here)
    assert answer.status_code == 302, words(answer.text)
    assert names(system, riders[0]) == ["Late", "VIP"]
    assert "Late, VIP" in words(anna.page(here)), "the history says so"
    assert anna.post(here, {"name": "Ada", "tags": ""}, token_from=here).status_code == 302
    assert names(system, riders[0]) == []


def test_a_refused_form_keeps_the_tags_that_were_chosen(
    anna: Browser, riders: list[int], made: dict[str, int]
) -> None:
    here = f"{RIDERS}/{riders[0]}"
    answer = anna.post(here, pairs(name="", tags=["", f"#{made['Late']}"]), token_from=here)
    assert answer.status_code == 422
    assert f'<option value="#{made["Late"]}" data-tone="red" selected>Late</option>' in answer.text
    new = anna.post(here, pairs(name="Ada", tags=["", "+Mine"]), token_from=here)
    assert new.status_code == 403


def test_a_list_shows_chips_and_is_narrowed_by_them(
    anna: Browser, system: Actor, riders: list[int], made: dict[str, int]
) -> None:
    with unit_of_work(system):
        tag(records.get_many(Rider, riders[:2]), put=["VIP"])
        tag(records.get_many(Rider, riders[1:2]), put=["Late"])
    page = anna.page(RIDERS)
    assert '<span class="tag violet">VIP</span>' in page
    assert page.count('<span class="tag red">Late</span>') == 1

    def listed(query: str) -> list[str]:
        found = anna.page(f"{RIDERS}?sort=name&{query}")
        return [name for name in ("Ada", "Bo", "Cy") if f">{name}</a>" in found]

    vip, late = made["VIP"], made["Late"]
    assert listed(f"f.tags={vip}") == ["Ada", "Bo"]
    assert listed(f"f.tags={vip}&f.tags={late}") == ["Ada", "Bo"]
    assert listed(f"f.tags.all={vip}&f.tags.all={late}") == ["Bo"]
    assert listed(f"f.tags.not={late}") == ["Ada", "Cy"]
    assert listed("f.tags.empty=1") == ["Cy"]
    assert "Tags has all of Late, VIP" in words(anna.page(f"{RIDERS}?f.tags.all={late},{vip}"))


def test_what_is_typed_is_previewed_with_the_tags_chosen(
    anna: Browser, riders: list[int], made: dict[str, int]
) -> None:
    for here in (f"{RIDERS}/new", f"{RIDERS}/{riders[0]}"):
        answer = anna.post(f"{here}/preview", pairs(name="Ada", tags=["", f"#{made['VIP']}"]))
        assert answer.status_code == 200
        assert "tags" not in answer.json["fields"], "nothing derives them, and what is chosen stays"


def test_without_any_tag_nobody_sees_a_trace_of_them(anna: Browser, riders: list[int]) -> None:
    assert 'name="tags"' not in anna.page(f"{RIDERS}/{riders[0]}")
    assert "f.tags" not in anna.page(RIDERS)
    assert 'name="do" value="tags"' not in anna.page(RIDERS)


def test_many_are_tagged_from_the_list(
    anna: Browser, system: Actor, riders: list[int], made: dict[str, int]
) -> None:
    sent = anna.post(f"{RIDERS}/bulk", pairs(do="tags", id=riders[:2]), token_from=RIDERS)
    assert (sent.status_code, sent.location) == (307, f"{RIDERS}/tags")
    page = anna.post(f"{RIDERS}/tags", pairs(do="tags", id=riders[:2]), token_from=RIDERS)
    assert "Tags of 2 records" in words(page.text)
    empty = anna.post(f"{RIDERS}/tags", pairs(do="save", id=riders[:2], put=""), token_from=RIDERS)
    assert empty.status_code == 422
    assert "Choose a tag to put on or take off" in words(empty.text)
    done = anna.post(f"{RIDERS}/tags", pairs(
        do="save", id=riders[:2], put=["", f"#{made['VIP']}"]), token_from=RIDERS)
    assert done.status_code == 302
    assert "Tags were changed on 2 records." in words(anna.page(RIDERS))
    assert [names(system, id_) for id_ in riders] == [["VIP"], ["VIP"], []]
    anna.post(f"{RIDERS}/tags", pairs(
        do="save", id=riders[:1], put=f"#{made['Late']}", take=f"#{made['VIP']}"), token_from=RIDERS)
    assert names(system, riders[0]) == ["Late"]


def test_a_reader_sees_chips_and_no_way_to_change_them(
    sign_in: SignIn, system: Actor, riders: list[int], made: dict[str, int]
) -> None:
    with unit_of_work(system):
        tag(records.get_many(Rider, riders[:1]), put=["VIP"])
    reader = sign_in("reader", grant("tests.rider", "read"))
    page = reader.page(f"{RIDERS}/{riders[0]}")
    assert '<span class="tag violet">VIP</span>' in page
    assert 'name="tags"' not in page
    assert 'name="do" value="tags"' not in reader.page(RIDERS)
    assert reader.post(f"{RIDERS}/tags", pairs(
        do="save", id=riders, put=f"#{made['VIP']}"), token_from=RIDERS).status_code == 403
    assert reader.get("/kernel/tag").status_code == 403


def test_whoever_keeps_tags_does_so_on_a_page_of_their_own(
    sign_in: SignIn, system: Actor, riders: list[int], made: dict[str, int]
) -> None:
    keeper = sign_in("keeper", *MECHANIC, grant("kernel.tag", "read create change"))
    with unit_of_work(system):
        tag(records.get_many(Rider, riders[:2]), put=["VIP"])
    here = f"/kernel/tag/{made['VIP']}"
    page = keeper.page(here)
    assert "Riders 2" in words(page)
    assert f"{RIDERS}?f.tags={made['VIP']}" in page
    assert keeper.post(here, {"name": "Key account", "colour": "blue"}, token_from=here).status_code == 302
    assert '<span class="tag blue">Key account</span>' in keeper.page(RIDERS)
    assert keeper.post(f"{here}/archive", {}, token_from=here).status_code == 302
    assert '<span class="tag blue">Key account</span>' in keeper.page(RIDERS)
    assert "Make the tag" in keeper.page(f"{RIDERS}/{riders[0]}")
    assert keeper.post(f"{RIDERS}/{riders[2]}", pairs(name="Cy", tags=["", "+Weekend"]),
                       token_from=f"{RIDERS}/{riders[2]}").status_code == 302
    assert names(system, riders[2]) == ["Weekend"]


def test_a_list_page_takes_as_many_statements_however_many_are_tagged(
    anna: Browser, system: Actor, made: dict[str, int], count_statements: Callable[[], Any]
) -> None:
    counts = []
    for number in (1, 40):
        with unit_of_work(system):
            tag(records.create(Rider, [{"name": f"Rider {n}"} for n in range(number)]), put=["VIP", "Late"])
        anna.page(RIDERS)
        with count_statements() as counter:
            anna.page(RIDERS)
        counts.append(len(counter.statements))
    assert counts[0] == counts[1] <= 12
