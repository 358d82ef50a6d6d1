"""The generated list, form and board do what the records floor allows, and keep what was typed where it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.i18n import use_locale
from kernel.permissions.declare import grant, hide
from kernel.web.listing.filling import nothing_yet
from kernel.web.show import address
from tests.kernel.exchange.pledges import Echo, Pledge, Seat, seats
from tests.kernel.web.conftest import Browser, SignIn, inputs, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider, RiderTerms


@pytest.fixture
def rider(system: Actor) -> int:
    with unit_of_work(system):
        return records.create(Rider, [{"name": "Ada", "city": "Taipei"}])[0].id


@pytest.fixture
def repair(system: Actor, rider: int) -> int:
    with unit_of_work(system):
        return records.create(Repair, [{
            "rider": rider, "kind": "wheel", "due": "2026-12-01",
            "parts": [{"what": "Spoke", "quantity": "4", "price": "2.5"}]}])[0].id


def stored(system: Actor, id_: int) -> Repair:
    with unit_of_work(system, reading=True) as opened:
        found = opened.get_one(Repair, id_)
        _loaded = found.parts, found.rider
        return found


def test_a_record_is_created_with_its_lines(anna: Browser, system: Actor, rider: int) -> None:
    answer = anna.post("/tests/repair/new", {
        "rider": rider, "due": "2026-12-24", "kind": "brake", "urgent": "1", "remark": "Squeaks\r\nbadly",
        "parts[0].what": "Pad", "parts[0].quantity": "2", "parts[0].price": "1,012.50",
        "parts[new].what": "", "parts[new].quantity": "1", "parts[new].price": "0"})
    assert answer.status_code == 302, words(answer.text)
    made = stored(system, int(answer.location.rsplit("/", 1)[1]))
    assert (made.kind, made.urgent, made.remark, made.total) == ("brake", True, "Squeaks\nbadly", Decimal(2025))
    assert [part.what for part in made.parts] == ["Pad"]
    assert "R-0001 was created." in words(anna.page(answer.location))


def test_a_form_with_every_field_wrong_comes_back_with_everything_typed(anna: Browser, system: Actor) -> None:
    answer = anna.post("/tests/repair/new", {
        "rider": "", "due": "someday", "kind": "saddle", "remark": "keep me",
        "parts[0].what": "Pad", "parts[0].quantity": "two", "parts[0].price": "1.999"})
    assert answer.status_code == 422
    said = words(answer.text)
    assert "Not saved yet: 5 things need a look." in said
    assert "Rider: Rider is missing" in said
    assert "Due must be a date" in said
    assert "Kind must be one of" in said
    assert "Quantity, line 1: Quantity must be a number such as 1250.50, not two" in said
    assert "Price takes at most 2 decimals" in said
    held = inputs(answer.text)
    assert held["due"] == "someday"
    assert held["parts[0].quantity"] == "two"
    assert held["parts[0].price"] == "1.999"
    assert "keep me</textarea>" in answer.text
    assert answer.text.count('aria-invalid="true"') == 5
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(Repair)).all() == []


def test_lines_are_changed_added_and_taken_away_in_one_save(anna: Browser, system: Actor, repair: int) -> None:
    page = anna.page(f"/tests/repair/{repair}")
    held = inputs(page)
    line = held["parts[0].id"]
    answer = anna.post(f"/tests/repair/{repair}", {
        "version": held["version"], "parts[0].id": line, "parts[0].remove": "1", "parts[0].what": "Spoke",
        "parts[n5].id": "", "parts[n5].what": "Rim", "parts[n5].quantity": "1", "parts[n5].price": "80"})
    assert answer.status_code == 302, words(answer.text)
    after = stored(system, repair)
    assert [(part.what, part.price) for part in after.parts] == [("Rim", Decimal(80))]
    assert after.total == 80


def test_a_component_of_a_plugin_is_typed_beside_the_entitys_own_fields(
    anna: Browser, system: Actor, rider: int
) -> None:
    page = anna.page(f"/tests/rider/{rider}")
    assert "Terms" in words(page)
    assert "added by Garage" in words(page)
    held = inputs(page)
    anna.post(f"/tests/rider/{rider}", {"version": held["version"], "name": "Ada", "garage.limit": "2500"})
    with unit_of_work(system, reading=True) as opened:
        assert opened.get_one(Rider, rider)[RiderTerms].limit == 2500


def test_two_people_editing_one_record_see_what_the_other_changed(
    anna: Browser, sign_in: SignIn, system: Actor, rider: int
) -> None:
    ben = sign_in("ben", *MECHANIC)
    version = inputs(anna.page(f"/tests/rider/{rider}"))["version"]
    ben.post(f"/tests/rider/{rider}", {"version": version, "name": "Ada", "city": "Tainan"})
    answer = anna.post(f"/tests/rider/{rider}", {"version": version, "name": "Ada L.", "city": "Taichung"})
    assert answer.status_code == 409
    said = words(answer.text)
    assert "Ben saved this record while you were editing it." in said
    assert "City Taipei Tainan Taichung both changed it" in said
    assert "Name Ada Ada Ada L." in said
    again = inputs(answer.text)
    assert (again["name"], again["city"]) == ("Ada L.", "Taichung")
    anna.post(f"/tests/rider/{rider}", {name: again[name] for name in ("name", "city", "version")})
    with unit_of_work(system, reading=True) as opened:
        assert opened.get_one(Rider, rider).city == "Taichung"


def test_a_transition_runs_from_the_form_and_its_refusal_keeps_what_was_typed(
    anna: Browser, system: Actor, rider: int, repair: int
) -> None:
    with unit_of_work(system):
        empty = records.create(Repair, [{"rider": rider}])[0].id
    version = inputs(anna.page(f"/tests/repair/{empty}"))["version"]
    refused = anna.post(f"/tests/repair/{empty}/do/agree", {"version": version, "remark": "still here"})
    assert refused.status_code == 422
    assert "has no parts yet" in words(refused.text)
    assert "Add a part first" in words(refused.text)
    assert "still here</textarea>" in refused.text
    assert stored(system, empty).remark is None
    version = inputs(anna.page(f"/tests/repair/{repair}"))["version"]
    anna.post(f"/tests/repair/{repair}/do/agree", {"version": version, "remark": "typed before"})
    after = stored(system, repair)
    assert (after.state, after.remark) == ("agreed", "typed before")


def test_a_step_that_needs_a_reason_names_the_field(anna: Browser, repair: int) -> None:
    version = inputs(anna.page(f"/tests/repair/{repair}"))["version"]
    refused = anna.post(f"/tests/repair/{repair}/do/drop", {"version": version, "reason": ""})
    assert refused.status_code == 422
    assert "Reason: “Drop” needs Reason" in words(refused.text)


def test_a_bad_end_isnt_drawn_as_the_next_state_unless_it_has_come(admin: Browser, system: Actor) -> None:
    with unit_of_work(system) as work:
        taken, left = Seat(), Seat()
        work.add_all([taken, left])
        work.flush()
        seats.run("take", [taken])
        seats.run("leave", [left])
    assert states_drawn(admin.page(f"/tests/seat/{taken.id}")) == ["Asked for", "Taken"]
    assert states_drawn(admin.page(f"/tests/seat/{left.id}")) == ["Asked for", "Given up"]


def test_nobody_is_offered_to_make_what_services_alone_write(admin: Browser) -> None:
    assert "/tests/echo/new" not in admin.page(address(Echo))
    assert "/tests/pledge/new" in admin.page("/tests/pledge")


def test_an_empty_list_says_what_belongs_there_in_ones_own_language_only(admin: Browser, system: Actor) -> None:
    assert "A promise to somebody." in words(admin.page("/tests/pledge"))
    with unit_of_work(system, reading=True), use_locale("zh_Hant"):
        assert nothing_yet(Pledge).text == ""


def states_drawn(page: str) -> list[str]:
    bar = page[page.index('class="flow"'):]
    return [words(each) for each in re.findall(r"<li[^>]*>(.*?)</li>", bar[:bar.index("</ol>")])]


def test_only_the_steps_one_is_granted_have_a_button(sign_in: SignIn, repair: int) -> None:
    looker = sign_in("lea", grant("tests.repair", "read"), grant("tests.rider", "read"))
    page = looker.page(f"/tests/repair/{repair}")
    assert "/do/agree" not in page
    assert "Discard" not in words(page)
    assert "none of your roles lets you change it" in words(page)
    assert looker.post(f"/tests/repair/{repair}/do/agree").status_code == 403
    assert looker.get("/tests/repair/new").status_code == 403


def test_a_hidden_field_leaves_no_word_on_any_page(sign_in: SignIn, anna: Browser, system: Actor, rider: int) -> None:
    with unit_of_work(system):
        records.change(Rider, [(rider, None, {"shoe_size": "XXL"})])
    lea = sign_in("lea", grant("tests.rider", "read change"), hide("tests.rider", "shoe_size"))
    assert "XXL" in anna.page(f"/tests/rider/{rider}")
    for path in (f"/tests/rider/{rider}", "/tests/rider", "/tests/rider?columns=name&columns=shoe_size"):
        page = lea.page(path)
        assert "XXL" not in page
        assert "Shoe size" not in page
    assert lea.get("/tests/rider?f.shoe_size=XXL").status_code == 403


def test_a_list_filters_searches_and_sorts_by_its_address(anna: Browser, system: Actor, rider: int) -> None:
    with unit_of_work(system):
        for kind, due in (("wheel", "2026-12-01"), ("brake", "2026-12-05"), ("wheel", "2026-12-09")):
            records.create(Repair, [{"rider": rider, "kind": kind, "due": due}])
    numbers = re.compile(r">(R-\d+)</a>")
    assert numbers.findall(anna.page("/tests/repair")) == ["R-0003", "R-0002", "R-0001"]
    assert numbers.findall(anna.page("/tests/repair?f.kind=wheel&sort=due")) == ["R-0001", "R-0003"]
    assert numbers.findall(anna.page("/tests/repair?f.due.from=2026-12-02&f.due.to=2026-12-06")) == ["R-0002"]
    assert numbers.findall(anna.page("/tests/repair?q=R-0003")) == ["R-0003"]
    assert "Kind is Wheel" in words(anna.page("/tests/repair?f.kind=wheel"))
    assert "Nothing matches" in words(anna.page("/tests/repair?q=nothing"))


def test_a_tab_shows_what_it_promises(anna: Browser, system: Actor, rider: int) -> None:
    with unit_of_work(system):
        records.create(Repair, [{"rider": rider, "mechanic": "anna"}, {"rider": rider}])
    page = words(anna.page("/tests/repair?tab=1"))
    assert "R-0001" in page
    assert "R-0002" not in page


def test_an_unknown_filter_or_page_mark_gets_one_clear_answer(anna: Browser, rider: int) -> None:
    assert anna.get("/tests/rider?f.nothing=1").status_code == 422
    assert anna.get("/tests/rider?after=abc").status_code == 422
    assert anna.get("/tests/rider?f.name=%00").status_code == 422


def test_a_list_counts_no_further_than_is_cheap_and_says_so(
    anna: Browser, system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(system):
        records.create(Rider, [{"name": f"Rider {n}"} for n in range(3)])
    assert "<span>3 records</span>" in anna.page("/tests/rider")
    monkeypatch.setattr("kernel.web.listing.filling.MOST_COUNTED", 2)
    assert "<span>2+ records</span>" in anna.page("/tests/rider")
    assert "<span>1 record</span>" in anna.page("/tests/rider?q=Rider+2")


def test_pages_follow_each_other_without_gap_or_repeat(anna: Browser, system: Actor) -> None:
    with unit_of_work(system):
        records.create(Rider, [{"name": f"Rider {n:03}"} for n in range(23)])
    seen: list[str] = []
    path = "/tests/rider?sort=name&rows=10"
    for _page in range(3):
        page = anna.page(path)
        seen += re.findall(r">(Rider \d+)</a>", page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        path = found[1].replace("&amp;", "&") + "&rows=10" if found else ""
    assert seen == [f"Rider {n:03}" for n in range(23)]
    assert not path


def test_an_action_runs_on_all_selected_records_or_on_none(
    anna: Browser, system: Actor, rider: int, repair: int
) -> None:
    with unit_of_work(system):
        empty = records.create(Repair, [{"rider": rider}])[0].id
    refused = anna.post("/tests/repair/bulk", [("id", repair), ("id", empty), ("do", "run:agree")])
    assert refused.status_code == 422
    assert "has no parts yet" in words(refused.text)
    assert stored(system, repair).state == "draft"
    done = anna.post("/tests/repair/bulk", [("id", repair), ("do", "run:agree")], follow_redirects=True)
    assert "Agree: 1 done." in words(done.text)
    assert stored(system, repair).state == "agreed"


def test_archived_records_leave_the_list_and_come_back(anna: Browser, rider: int) -> None:
    anna.post(f"/tests/rider/{rider}/archive")
    assert "No riders yet" in words(anna.page("/tests/rider"))
    assert "Bring back" in words(anna.page(f"/tests/rider/{rider}"))
    anna.post(f"/tests/rider/{rider}/restore")
    assert "Ada" in words(anna.page("/tests/rider"))


def test_an_empty_list_says_what_belongs_there_and_offers_the_first_step(anna: Browser) -> None:
    page = words(anna.page("/tests/rider"))
    assert "No riders yet Somebody who brings a bicycle in. New rider" in page


def test_a_card_dragged_across_the_board_runs_the_transition_that_leads_there(
    anna: Browser, system: Actor, repair: int
) -> None:
    assert "R-0001" in words(anna.page("/tests/repair/board"))
    moved = anna.post("/tests/repair/move", {"id": repair, "to": "agreed"}, headers={"Accept": "application/json"})
    assert moved.status_code == 200
    assert moved.json
    assert moved.json["reload"] is False
    assert stored(system, repair).state == "agreed"
    refused = anna.post("/tests/repair/move", {"id": repair, "to": "draft"}, headers={"Accept": "application/json"})
    assert refused.status_code == 403
    assert refused.json
    assert refused.json["title"] == "R-0001 can't go from “Agreed” to “Draft”"


def test_a_link_picker_gets_what_matches(anna: Browser, rider: int) -> None:
    answer = anna.get("/tests/rider/options?q=ad")
    assert answer.json == [{"value": str(rider), "label": "Ada", "note": "Taipei"}]


def test_what_nobody_may_read_is_not_there(sign_in: SignIn, repair: int) -> None:
    nobody = sign_in("nob")
    assert nobody.get("/tests/repair").status_code == 403
    assert nobody.get(f"/tests/repair/{repair}").status_code == 403
    assert nobody.get("/tests/nothing").status_code == 404
    assert "Garage" not in words(nobody.page("/"))


def test_search_finds_records_pages_and_actions(anna: Browser, rider: int) -> None:
    page = words(anna.page("/search?q=ada"))
    assert "Garage Ada Rider · Taipei" in page
    assert "New Repair" in words(anna.page("/search?q=new"))
    assert "Riders" in words(anna.page("/search/found?q=riders"))


def test_a_report_shows_its_table_and_takes_its_parameters(anna: Browser, sign_in: SignIn) -> None:
    page = anna.page("/reports/tests.repairs_by_kind")
    assert "wheel 3 120.50" in words(page)
    assert 'role="img"' in page
    assert "application/json" in page
    assert "brake" not in words(anna.page("/reports/tests.repairs_by_kind?least=2"))
    assert anna.get("/reports/tests.repairs_by_kind?least=x").status_code == 400
    assert sign_in("nob").get("/reports/tests.repairs_by_kind").status_code == 403


def test_a_report_shows_the_day_that_it_takes_by_itself_until_something_is_asked(anna: Browser, system: Actor) -> None:
    def day(query: str) -> str:
        page = anna.page(f"/reports/tests.repairs_by_kind{query}")
        found = re.search(r'name="day" type="date" value="([^"]*)"', page)
        return found[1] if found else "no input"

    with unit_of_work(replace(system, zone="Asia/Taipei"), reading=True) as opened:
        today = opened.today.isoformat()
    assert [day(query) for query in ("", "?least=2", "?day=2026-05-01")] == [today, "", "2026-05-01"]


def test_the_home_page_shows_the_cards_one_may_see(anna: Browser, sign_in: SignIn) -> None:
    page = words(anna.page("/"))
    assert "Open repairs +23.5%" in page
    assert "1.2 M" in page
    assert "two of them late" in page
    assert "Open repairs" not in words(sign_in("nob").page("/"))


def test_history_tells_who_changed_what(anna: Browser, rider: int) -> None:
    version = inputs(anna.page(f"/tests/rider/{rider}"))["version"]
    anna.post(f"/tests/rider/{rider}", {"version": version, "name": "Ada", "city": "Keelung"})
    assert "Anna changed" in words(anna.page(f"/tests/rider/{rider}"))
    assert "City Taipei → Keelung" in words(anna.page(f"/tests/rider/{rider}"))


def test_a_list_costs_the_same_few_statements_for_50_and_500_rows(
    anna: Browser, system: Actor, rider: int, count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system):
        records.create(Repair, [
            {"rider": rider, "mechanic": "anna", "parts": [{"what": "Nut"}]} for _n in range(500)])
    anna.page("/tests/repair")
    with count_statements() as small:
        anna.page("/tests/repair")
    with count_statements() as large:
        assert anna.page("/tests/repair?rows=500").count("<tr data-href") == 500
    assert len(large) == len(small) <= 12, "\n".join(small.statements)


def test_a_record_page_costs_the_same_for_few_and_many_lines(
    anna: Browser, system: Actor, rider: int, count_statements: Callable[[], Any]
) -> None:
    ids = []
    with unit_of_work(system):
        for count in (1, 60):
            ids.append(records.create(Repair, [
                {"rider": rider, "parts": [{"what": "Nut"} for _n in range(count)]}])[0].id)
    counts = []
    for id_ in ids:
        anna.page(f"/tests/repair/{id_}")
        with count_statements() as counter:
            anna.page(f"/tests/repair/{id_}")
        counts.append(len(counter))
    assert counts[0] == counts[1] <= 25, counts


def test_what_is_made_on_a_tab_begins_as_one_of_those_it_shows(anna: Browser, rider: int) -> None:
    page = anna.page("/tests/repair?tab=3")
    assert 'href="/tests/repair/new?urgent=1"' in page
    assert "New hurried repair" in words(page)
    form = anna.page("/tests/repair/new?urgent=1")
    assert "<h1>New hurried repair</h1>" in form
    assert re.search(r'name="urgent"[^>]* checked', form)
    refused = anna.post("/tests/repair/new?urgent=1", {"rider": "", "urgent": "1"})
    assert refused.status_code == 422
    assert "<h1>New hurried repair</h1>" in refused.text
    filtered = anna.page(f"/tests/repair?f.rider={rider}&f.state=draft&f.due.from=2026-01-01")
    assert f'href="/tests/repair/new?rider={rider}"' in filtered


def test_a_menu_leads_to_a_tab_and_is_where_one_is_while_it_shows(anna: Browser) -> None:
    current = r'href="([^"]+)"[^>]*aria-current="page"'
    assert "/tests/repair?tab=3" in re.findall(current, anna.page("/tests/repair?tab=3"))
    assert "/tests/repair?tab=3" not in re.findall(current, anna.page("/tests/repair"))
    assert "/tests/repair" in re.findall(current, anna.page("/tests/repair?tab=2"))


def test_a_form_that_comes_back_names_what_was_chosen_though_its_picker_begins_with_others(
    anna: Browser, system: Actor, rider: int
) -> None:
    with unit_of_work(system):
        records.create(Rider, [{"name": f"Later {number}"} for number in range(25)])
    for typed in (rider, f"{rider}0000000000000000000"):
        answer = anna.post("/tests/repair/new", {"rider": typed, "due": "someday"})
        assert answer.status_code == 422
        picker = answer.text[answer.text.index('name="rider"'):]
        chosen = re.search(r'<option value="([^"]*)" selected>([^<]*)<', picker)
        assert chosen
        assert (chosen[1], chosen[2]) == ((str(rider), "Ada") if typed == rider else (typed, f"#{typed}"))
