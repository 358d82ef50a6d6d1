"""Dashboards as people arrange them, and pivots saved as their cards."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select, update

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant, hide
from kernel.web.arranging import Place, changed
from kernel.web.declare import Figure
from kernel.web.models import SavedCard
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider
from tests.kernel.web.test_dashboards import card, cards

CARD = "/tests/repair/pivot/card?rows=kind&values=total&as=bar"


@pytest.fixture
def repairs(system: Actor) -> list[int]:
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        return [each.id for each in records.create(Repair, [
            {"rider": rider, "kind": kind, "parts": [{"what": "Part", "price": price}]}
            for kind, price in (("wheel", "10"), ("brake", "20"))])]


@pytest.fixture
def sara(sign_in: SignIn) -> Browser:
    """A mechanic who may share what she saves."""
    return sign_in("sara", *MECHANIC, grant("kernel.saved_view", "share", scope="all"))


def shown(html: str) -> list[tuple[str, int]]:
    """Give the cards that are being arranged, in order, with their widths."""
    found = re.findall(r'name="card" value="([^"]+):(\d+)"', html)
    return [(name, int(width)) for name, width in found]


def away(html: str) -> list[str]:
    return re.findall(r'name="away" value="([^"]+):\d+"', html)


def press(browser: Browser, dashboard: str, do: str) -> str:
    """Press a button of the form, as the page has it, and give the page that follows."""
    page = "/?arrange=1" if dashboard == "home" else f"/apps/{dashboard}?arrange=1"
    html = browser.page(page)
    sent = [*(("card", f"{name}:{width}") for name, width in shown(html)),
            *(("away", text) for text in re.findall(r'name="away" value="([^"]+)"', html)), ("do", do)]
    answer = browser.post(f"/arrangements/{dashboard}", sent)
    assert answer.location == page
    return browser.page(page)


def test_a_card_is_moved_widened_put_away_and_brought_back() -> None:
    places = [Place("a", 3), Place("b", 4, shown=False), Place("c", 12)]
    assert [each.name for each in changed(places, "later", "a")] == ["b", "c", "a"]
    assert [each.name for each in changed(places, "earlier", "c")] == ["c", "a", "b"]
    assert changed(places, "earlier", "a") == places
    assert changed(places, "wider", "a")[0] == Place("a", 4)
    assert changed(places, "narrower", "a") == changed(places, "wider", "c") == places
    assert changed(places, "narrower", "c")[2] == Place("c", 8)
    assert changed(places, "away", "a")[0] == Place("a", 3, shown=False)
    assert changed(places, "back", "b")[-1] == Place("b", 4)
    assert changed(places, "away", "unknown") == places


def test_each_arranges_home_for_themselves(anna: Browser, sign_in: SignIn, repairs: list[int]) -> None:
    other = sign_in("otto", *MECHANIC)
    with cards(card("First", order=1), card("Second", order=2), card("Third", order=3)):
        before = shown(anna.page("/?arrange=1"))
        names = [name for name, _width in before]
        assert {"tests.First", "tests.open_repairs", "kernel.inbox"} <= set(names)
        html = press(anna, "home", "later:tests.First")
        assert [name for name, _width in shown(html)][:2] == ["tests.Second", "tests.First"]
        html = press(anna, "home", "away:tests.Second")
        assert away(html) == ["tests.Second"]
        html = press(anna, "home", "wider:tests.First")
        assert shown(html)[0] == ("tests.First", 4)
        home = anna.page("/")
        assert "Second" not in words(home)
        assert 'class="card kpi s4"' in home
        assert shown(other.page("/?arrange=1")) == before
        html = press(anna, "home", "back:tests.Second")
        assert shown(html)[-1][0] == "tests.Second"
        assert shown(press(anna, "home", "reset")) == before


def test_cards_that_left_are_not_there_and_new_ones_stand_at_the_end(anna: Browser, repairs: list[int]) -> None:
    with cards(card("Leaving", order=1)):
        press(anna, "tests", "later:tests.Leaving")
        assert [name for name, _width in shown(anna.page("/apps/tests?arrange=1"))] == [
            "tests.open_repairs", "tests.Leaving"]
    with cards(card("Coming", order=1)):
        assert [name for name, _width in shown(anna.page("/apps/tests?arrange=1"))] == [
            "tests.open_repairs", "tests.Coming"]
        assert "Leaving" not in words(anna.page("/apps/tests"))


def test_what_the_form_never_sends_is_refused_and_a_name_of_no_card_does_nothing(anna: Browser) -> None:
    for wrong in ("x", "x:0", "x:13", "x:-1", ":3", f"{'x' * 300}:3"):
        assert anna.post("/arrangements/home", [("card", wrong)]).status_code == 422, wrong
    assert anna.post("/arrangements/home", [("card", "x:3")] * 300).status_code == 422
    assert anna.post("/arrangements/nothing", [("card", "x:3")]).status_code == 404
    anna.post("/arrangements/home", [("card", "nothing.at_all:3")])
    assert "nothing.at_all" not in anna.page("/?arrange=1")


def test_only_cards_that_are_shown_are_asked(anna: Browser, repairs: list[int]) -> None:
    asked: list[str] = []

    def answer() -> Figure:
        asked.append("asked")
        return Figure(1)

    with cards(card("Costly", answer)):
        press(anna, "home", "away:tests.Costly")
        asked.clear()
        anna.page("/")
    assert asked == []


def save(browser: Browser, label: str, dashboard: str = "home", address: str = CARD, **more: str) -> int:
    return browser.post(address, {"label": label, "dashboard": dashboard, **more}).status_code


def test_a_pivot_saved_for_a_dashboard_is_drawn_there_and_leads_back(anna: Browser, repairs: list[int]) -> None:
    assert save(anna, "Money by kind", "tests") == 302
    html = anna.page("/apps/tests")
    assert "Money by kind" in words(html)
    assert "Repairs: 2 values; the highest Total (TWD) is 20.00 at Brake." in unescape(html)
    back = re.search(r'href="(/tests/repair/pivot\?[^"]+)"', html)
    assert back
    assert "Stacked bars" in words(anna.page(unescape(back[1])))
    assert "Money by kind" not in words(anna.page("/"))

    save(anna, "Kinds", address=CARD.replace("&as=bar", ""))
    save(anna, "All of it", address="/tests/repair/pivot/card?values=total")
    home = words(anna.page("/"))
    assert "Kinds" in home
    assert "Wheel 10.00 Brake 20.00 Total 30.00" in home
    assert "TWD 30" in home


def test_a_name_used_again_replaces_the_card_and_one_deletes_only_ones_own(
    sara: Browser, sign_in: SignIn, system: Actor, repairs: list[int]
) -> None:
    save(sara, "Mine", shared="1")
    save(sara, "Mine", address=CARD.replace("kind", "state"), shared="1")
    with unit_of_work(system) as opened:
        [saved] = opened.connection().execute(select(SavedCard.__table__)).all()
    assert "rows=state" in saved.query
    other = sign_in("otto", *MECHANIC)
    name = f"saved.{saved.id}"
    html = other.page("/?arrange=1")
    assert name in [each for each, _width in shown(html)]
    assert f"delete:{name}" not in html
    press(other, "home", f"delete:{name}")
    assert "Mine" in words(sara.page("/"))
    assert f"delete:{name}" in sara.page("/?arrange=1")
    assert name not in press(sara, "home", f"delete:{name}")
    save(sara, "Again", shared="1")
    keeper = sign_in("kay", *MECHANIC, grant("kernel.saved_view", "change", scope="all"))
    again = next(each for each, _width in shown(keeper.page("/?arrange=1")) if each.startswith("saved."))
    assert again not in press(keeper, "home", f"delete:{again}")


def test_a_saved_card_never_shows_what_its_reader_may_not_see(
    anna: Browser, sara: Browser, sign_in: SignIn, repairs: list[int]
) -> None:
    save(sara, "Shared with all", shared="1")
    save(sara, "My own")
    assert save(anna, "Not hers to share", shared="1") == 403
    everything = sign_in("otto", *MECHANIC)
    assert "Shared with all" in words(everything.page("/"))
    assert "My own" not in words(everything.page("/"))
    no_repairs = sign_in("nick", grant("tests.rider", "read"))
    assert "Shared with all" not in words(no_repairs.page("/"))
    own_only = sign_in("olga", grant("tests.repair", "read", scope="own"))
    page = own_only.page("/")
    assert "Shared with all" in words(page)
    assert "20.00" not in page
    blind = sign_in("ben", grant("tests.repair", "read", scope="company"), hide("tests.repair", "total"))
    text = words(blind.page("/"))
    assert "You may not see the field total" in text
    assert "20.00" not in text


def test_a_broken_card_says_so_in_its_place_and_one_whose_plugin_left_is_not_there(
    anna: Browser, system: Actor, repairs: list[int]
) -> None:
    save(anna, "Old question")
    table = SavedCard.__table__.c
    with unit_of_work(system) as opened:
        opened.connection().execute(update(SavedCard).values({table.query: "rows=gone&values=count"}))
    text = words(anna.page("/"))
    assert "Old question" in text
    assert "There is no field gone" in text
    with unit_of_work(system) as opened:
        opened.connection().execute(update(SavedCard).values({table.entity: "left.thing"}))
    assert "Old question" not in words(anna.page("/"))


def test_a_card_that_cannot_be_saved_is_refused_with_what_was_typed(
    anna: Browser, sara: Browser, sign_in: SignIn, repairs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = sara.post(CARD, {"label": "x" * 81, "dashboard": "tests", "shared": "1"})
    assert answer.status_code == 422
    assert "at most 80 characters" in words(answer.text)
    assert f'value="{"x" * 81}"' in answer.text
    assert '<option value="tests" selected>' in answer.text
    assert 'name="shared" value="1" checked' in answer.text
    assert save(anna, " ") == 422
    assert save(anna, "Broken", address="/tests/repair/pivot/card?rows=gone") == 422
    assert save(anna, "Elsewhere", "crm") == 404
    nobody = sign_in("nick", grant("tests.rider", "read"))
    assert save(nobody, "Peeping") == 403
    monkeypatch.setattr("kernel.web.savedcards.MOST_SAVED", 1)
    assert save(anna, "One") == 302
    assert save(anna, "Two") == 422
    assert save(anna, "One") == 302
