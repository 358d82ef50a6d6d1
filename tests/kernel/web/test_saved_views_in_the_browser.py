"""Saved views as tabs of a list, a board and a calendar: saved, opened, changed, and safe for every reader."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.exchange.models import SavedView
from kernel.permissions.declare import grant, hide
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider

SHARE = grant("kernel.saved_view", "share", scope="all")
STATE = "f.kind=brake&sort=number&columns=number&columns=kind&group=rider"


@pytest.fixture
def garage(system: Actor) -> None:
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        records.create(Repair, [{"rider": rider, "kind": kind, "due": "2026-12-01"} for kind in ("wheel", "brake")])


def tabs(html: str) -> list[str]:
    found = re.search(r'<nav class="tabs-l".*?</nav>', html, re.DOTALL)
    assert found
    return [words(each) for each in re.findall(r"<a.*?</a>", found[0], re.DOTALL)]


def current(html: str) -> str:
    found = re.search(r'<nav class="tabs-l".*?(<a [^>]*aria-current.*?</a>)', html, re.DOTALL)
    return words(found[1]) if found else ""


def save(browser: Browser, name: str, state: str = STATE, **more: str) -> str:
    """Save a view and give its address."""
    answer = browser.post("/tests/repair/views", {"name": name, "page": "list", "state": state, **more})
    assert answer.status_code == 302, words(answer.text)
    return answer.headers["Location"]


@pytest.mark.usefixtures("garage")
def test_a_state_is_saved_and_stands_as_a_tab(anna: Browser) -> None:
    shown = anna.page(f"/tests/repair?{STATE}")
    held = re.search(r'name="state" value="([^"]+)"', shown)
    assert held
    there = save(anna, "Brakes", unescape(held[1]))
    html = anna.page(there)
    assert tabs(html) == ["All", "Mine", "Open", "Hurried", "Brakes"]
    assert current(html) == "Brakes"
    assert "The view “Brakes” was saved." in words(html)
    assert "1 record in 1 group" in words(html)
    assert "Save the changes" not in html
    changed = anna.page(f"{there}&f.state=draft")
    assert current(changed) == "Brakes"
    assert "Save the changes to it" in changed


@pytest.mark.usefixtures("garage")
def test_a_declared_tab_is_saved_as_the_filter_it_stands_for(anna: Browser) -> None:
    there = save(anna, "Open wheels", "tab=2&f.kind=wheel")
    assert "f.state=draft%2Cagreed" in there
    assert "tab=" not in there
    assert "1 record" in words(anna.page(there))


@pytest.mark.usefixtures("garage")
def test_a_view_is_overwritten_renamed_and_deleted(anna: Browser) -> None:
    there = save(anna, "Brakes")
    id_ = re.search(r"view=(\d+)", there)
    assert id_
    menu = f"/tests/repair/views/{id_[1]}"
    anna.post(menu, {"do": "overwrite", "state": "f.kind=wheel"})
    renamed = anna.post(menu, {"do": "rename", "name": "Wheels", "state": ""})
    assert "f.kind=wheel" in renamed.headers["Location"]
    assert tabs(anna.page("/tests/repair"))[-1] == "Wheels"
    gone = anna.post(menu, {"do": "delete"})
    assert gone.headers["Location"] == "/tests/repair"
    assert "Wheels" not in tabs(anna.page("/tests/repair"))
    assert anna.post(menu, {"do": "rename", "name": "Again"}).status_code == 404


@pytest.mark.usefixtures("garage")
def test_a_refused_name_keeps_what_was_typed_and_what_was_shown(anna: Browser) -> None:
    save(anna, "Brakes")
    answer = anna.post("/tests/repair/views", {"name": "Brakes", "page": "list", "state": STATE})
    assert answer.status_code == 422
    assert "There is a view named “Brakes” already" in words(answer.text)
    assert 'name="name" value="Brakes"' in answer.text
    assert re.findall(r'<span class="v">([^<]+)', answer.text) == ["Brake"]
    shared = anna.post("/tests/repair/views", {"name": "All's", "page": "list", "state": STATE, "shared": "1"})
    assert shared.status_code == 403
    assert "may not share" in words(shared.text)
    assert anna.post("/tests/repair/views/1", {"do": "nonsense"}).status_code == 404


@pytest.mark.usefixtures("garage")
def test_a_shared_view_never_names_what_its_reader_may_not_see(sign_in: SignIn) -> None:
    ada = sign_in("ada", *MECHANIC, SHARE)
    there = save(ada, "Brakes", STATE + "&columns=reason&f.reason=secret&order=-reason", shared="1")
    assert "secret" in there
    ben = sign_in("ben", *MECHANIC, hide("tests.repair", "reason"), hide("tests.repair", "kind"))
    lists = ben.page("/tests/repair")
    assert "Brakes" in tabs(lists)
    assert "secret" not in lists
    assert "reason" not in lists
    assert "f.kind" not in lists
    address = re.search(r'href="(/tests/repair\?[^"]*view=\d+[^"]*)"', lists)
    assert address
    html = ben.page(unescape(address[1]))
    assert "Parts of this view aren't shown" in words(html)
    assert "Save the changes" not in html
    assert "2 records in 1 group" in words(html)
    eve = sign_in("eve", grant("tests.rider", "read"))
    assert eve.get("/tests/repair").status_code == 403
    assert "Brakes" not in eve.page("/tests/rider")


@pytest.mark.usefixtures("garage")
def test_a_view_survives_a_field_that_is_gone(anna: Browser, system: Actor) -> None:
    save(anna, "Brakes")
    with unit_of_work(system) as opened:
        view = opened.query(SavedView).one()
        view.state = [*view.state, ["f.gone.field", "1"], ["columns", "gone.field"], ["group", "gone.field:month"]]
    html = anna.page("/tests/repair")
    address = re.search(r'href="(/tests/repair\?[^"]*view=\d+[^"]*)"', html)
    assert address
    assert "gone" not in address[1]
    shown = words(anna.page(unescape(address[1])))
    assert "1 record in 1 group" in shown
    assert "Parts of this view aren't shown" in shown


@pytest.mark.usefixtures("garage")
def test_a_list_opens_with_the_view_one_chose_and_all_is_still_there(anna: Browser) -> None:
    id_ = re.search(r"view=(\d+)", save(anna, "Brakes", "f.kind=brake"))
    assert id_
    anna.post(f"/tests/repair/views/{id_[1]}", {"do": "default", "state": ""})
    html = anna.page("/tests/repair")
    assert (current(html), "1 record" in words(html)) == ("Brakes", True)
    everything = anna.page("/tests/repair?tab=0")
    assert (current(everything), "2 records" in words(everything)) == ("All", True)
    anna.post(f"/tests/repair/views/{id_[1]}", {"do": "undefault", "state": ""})
    assert current(anna.page("/tests/repair")) == "All"


@pytest.mark.usefixtures("garage")
def test_views_of_the_calendar_and_the_board_lead_back_to_them(anna: Browser) -> None:
    calendar = anna.page("/tests/repair/calendar?by=due&month=2026-12&f.kind=wheel")
    state = re.search(r'name="state" value="([^"]+)"', calendar)
    assert state
    there = save(anna, "Wheels by day", unescape(state[1]), page="calendar")
    assert there.startswith("/tests/repair/calendar?")
    assert "month" not in there
    assert current(anna.page(f"{there}&month=2026-12")) == "Wheels by day"
    board = save(anna, "Ada's", "q=R-0001", page="board")
    assert board.startswith("/tests/repair/board?q=R-0001")
    html = anna.page(board)
    assert current(html) == "Ada's"
    assert "R-0002" not in html
    assert tabs(anna.page("/tests/repair"))[-2:] == ["Ada's", "Wheels by day"]
