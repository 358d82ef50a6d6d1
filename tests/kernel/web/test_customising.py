"""An administrator adds fields without code: the pages, what they refuse, and what everybody sees of it at once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kernel.entities.base import fields_of
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.exchange.customising.services import change_field, custom_field, define_field, remove_field
from kernel.i18n import use_locale
from kernel.shared.models import Currency
from kernel.shared.standing import company_currency
from tests.kernel.web.conftest import Browser, inputs, words
from tests.kernel.web.garage import Rider

PAGE = "/tests/rider/customise"
pytestmark = pytest.mark.usefixtures("app")


def add(admin: Browser, kind: str, label: str, **more: Any) -> Any:
    return admin.post(f"{PAGE}/new", {"kind": kind, "label": label, **more})


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_a_field_is_added_and_stands_on_the_form_in_the_list_and_in_its_filter_at_once(
    admin: Browser, system: Actor
) -> None:
    assert "No fields were added yet" in words(admin.page(PAGE))
    assert "Text" in words(admin.page(f"{PAGE}/new?kind=text"))
    answer = add(admin, "text", "Helmet size", help="As printed inside", listed="1", searchable="1")
    assert (answer.status_code, answer.location) == (302, PAGE)
    page = words(admin.page(PAGE))
    assert "Helmet size" in page
    assert "x_helmet_size" in page
    assert "In the list" in page
    form = admin.page("/tests/rider/new")
    assert 'name="x_helmet_size"' in form
    assert "As printed inside" in words(form)
    saved = admin.post("/tests/rider/new", {"name": "Kim", "x_helmet_size": "L <b>"})
    assert saved.status_code == 302
    assert "L &lt;b&gt;" in admin.page(saved.location)
    listed = admin.page("/tests/rider")
    assert "Helmet size" in words(listed)
    assert "L &lt;b&gt;" in listed
    assert "Kim" in words(admin.page("/tests/rider?f.x_helmet_size=L"))
    assert "Kim" not in words(admin.page("/tests/rider?f.x_helmet_size=M"))
    assert "Kim" in words(admin.page("/tests/rider?q=L&sort=-x_helmet_size"))


def test_a_refused_definition_keeps_what_was_typed(admin: Browser) -> None:
    answer = add(admin, "formula", "Area", formula="x_nothing * 2", result="number", help="Kept")
    assert answer.status_code == 422
    assert "There is no field x_nothing" in words(answer.text)
    assert "x_nothing * 2" in answer.text
    assert inputs(answer.text)["help"] == "Kept"


def test_options_are_typed_line_by_line_and_keep_their_values(admin: Browser, system: Actor) -> None:
    rows = {"options[0].label": "Small", "options[0].label_zh_hant": "小", "options[0].colour": "blue",
            "options[1].label": "Large", "options[new].label": ""}
    assert add(admin, "choice", "Frame", **rows).status_code == 302
    page = admin.page(f"{PAGE}/x_frame")
    changed = {"version": version(page), "label": "Frame", "options[0].id": "Small", "options[0].label": "Tiny",
               "options[0].colour": "blue", "options[1].id": "Large", "options[1].label": "Large",
               "options[1].remove": "1", "options[2].label": "Huge"}
    assert admin.post(f"{PAGE}/x_frame", changed).status_code == 302
    with unit_of_work(system, reading=True):
        assert [(each.value, str(each.label)) for each in fields_of(Rider)["x_frame"].choices] == [
            ("Small", "Tiny"), ("Huge", "Huge")]


def test_a_sub_table_is_made_of_columns_and_edited_on_the_form(admin: Browser, system: Actor) -> None:
    rows = {"columns[0].label": "What", "columns[0].kind": "text", "columns[0].required": "1",
            "columns[1].label": "Pieces", "columns[1].kind": "number", "columns[1].decimals": "0",
            "columns[2].label": "Price", "columns[2].kind": "money",
            "columns[3].label": "Amount", "columns[3].kind": "formula", "columns[3].more": "x_pieces * x_price",
            "columns[3].result": "money", "columns[3].sum": "1", "columns[4].label": "Colour",
            "columns[4].kind": "choice", "columns[4].more": "red, blue"}
    assert add(admin, "table", "Gear", **rows).status_code == 302
    made = admin.post("/tests/rider/new", {
        "name": "Kim", "x_gear[0].x_what": "Lamp", "x_gear[0].x_pieces": "2", "x_gear[0].x_price": "10.25",
        "x_gear[0].x_colour": "red", "x_gear[new].x_what": ""})
    assert made.status_code == 302, words(made.text)
    page = admin.page(made.location)
    assert "20.5" in words(page)
    held = inputs(admin.page(f"{PAGE}/x_gear"))
    assert (held["columns[1].decimals"], held["columns[2].decimals"]) == ("0", "2")
    line = re.search(r'name="x_gear\[0\]\.id" value="(\d+)"', page)
    assert line
    refused = admin.post(made.location, {
        "version": version(page), "x_gear[0].id": line[1], "x_gear[0].x_pieces": "two"})
    assert refused.status_code == 422
    assert "Pieces, line 1" in words(refused.text)
    assert 'value="two"' in refused.text
    lacking = admin.post(made.location, {
        "version": version(page), "x_gear[0].id": line[1], "x_gear[0].x_pieces": "3", "x_gear[1].x_pieces": "1"})
    assert lacking.status_code == 422
    assert "What, line 2: What is missing" in words(lacking.text)


def test_a_link_shows_fields_of_what_it_leads_to_as_they_stand_there(admin: Browser, system: Actor) -> None:
    answer = add(admin, "link", "Guardian", target="tests.rider")
    assert answer.location == f"{PAGE}/x_guardian"
    page = admin.page(answer.location)
    assert admin.post(f"{PAGE}/x_guardian", [
        ("version", version(page)), ("label", "Guardian"), ("fills", "name")]).status_code == 302
    with unit_of_work(system):
        ada = records.create(Rider, [{"name": "Ada"}])[0].id
        kid = records.create(Rider, [{"name": "Kid", "x_guardian": ada}])[0].id
    assert "Guardian: Name" in words(admin.page(f"/tests/rider/{kid}"))
    with unit_of_work(system):
        records.change(Rider, [(ada, None, {"name": "Ada Byron"})])
    assert "Ada Byron" in words(admin.page(f"/tests/rider/{kid}"))


def test_a_formula_that_divides_by_zero_says_so_at_its_field(admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        define_field(Rider, "number", "Wheels")
        define_field(Rider, "formula", "Share", formula="100 / x_wheels", result="number")
        kim = records.create(Rider, [{"name": "Kim"}])[0].id
    assert "The formula divides by zero" in words(admin.page(f"/tests/rider/{kim}"))



def test_fields_stand_under_the_heading_they_were_given(admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        define_field(Rider, "text", "Blood group", section="In an emergency")
    assert re.search(r"In an emergency.*Blood group", words(admin.page("/tests/rider/new")))


def test_the_second_of_two_administrators_keeps_what_they_typed(admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        define_field(Rider, "text", "Motto")
    page = admin.page(f"{PAGE}/x_motto")
    with unit_of_work(system):
        change_field(Rider, "x_motto", None, label="Slogan")
    answer = admin.post(f"{PAGE}/x_motto", {"version": version(page), "label": "War cry"})
    assert answer.status_code == 409
    assert "Slogan" in words(answer.text)
    assert inputs(answer.text)["label"] == "War cry"


def test_a_field_is_removed_after_saying_what_names_it_and_brought_back(admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        define_field(Rider, "number", "Wheels", listed=True)
        define_field(Rider, "formula", "Share", formula="100 / x_wheels", result="number")
        kim = records.create(Rider, [{"name": "Kim", "x_wheels": "3"}])[0].id
    page = admin.page(f"{PAGE}/x_wheels/remove")
    assert re.search(r"Share Formula goes on with the values it has", words(page))
    assert "Records that hold a value: 1." in words(page)
    assert admin.post(f"{PAGE}/x_wheels/remove", {"version": version(page)}).status_code == 302
    assert "Wheels is gone from all pages" in words(admin.page(PAGE))
    for path in ("/tests/rider?f.x_wheels.from=2&sort=x_wheels&columns=x_wheels&columns=name&group=x_wheels",
                 "/tests/rider/pivot?rows=x_wheels&values=x_wheels", f"/tests/rider/{kim}", "/tests/rider"):
        assert "Wheels" not in words(admin.page(path)).replace("x_wheels", ""), path
    assert admin.post(f"{PAGE}/x_wheels/restore").status_code == 302
    assert "Wheels" in words(admin.page("/tests/rider?f.x_wheels.from=2"))
    assert "Kim" in words(admin.page("/tests/rider?f.x_wheels.from=2"))


def test_fields_change_their_order_on_the_page(admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        for label in ("First", "Second"):
            define_field(Rider, "text", label)
    assert admin.post(f"{PAGE}/x_second/up").status_code == 302
    assert re.search(r"Second.*First", words(admin.page(PAGE)))


def test_the_pages_are_for_whoever_may_customise(anna: Browser, admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        define_field(Rider, "text", "Motto")
    assert "Customise" in words(admin.page("/tests/rider"))
    assert "Riders" in words(admin.page("/settings/fields"))
    assert "Customise" not in words(anna.page("/tests/rider"))
    for path in ("/settings/fields", PAGE, f"{PAGE}/new?kind=text", f"{PAGE}/x_motto", f"{PAGE}/x_motto/remove"):
        assert anna.get(path).status_code == 403, path
    for path in (f"{PAGE}/new", f"{PAGE}/x_motto", f"{PAGE}/x_motto/remove", f"{PAGE}/x_motto/up"):
        assert anna.post(path, {"kind": "text", "label": "X"}).status_code == 403, path
    for path in (f"{PAGE}/new?kind=magic", f"{PAGE}/x_none", "/tests/nothing/customise",
                 "/kernel/custom_field/customise"):
        assert admin.get(path).status_code == 404, path


def test_cells_of_a_custom_field_are_edited_in_place(admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        define_field(Rider, "number", "Wheels", listed=True)
        kim = records.create(Rider, [{"name": "Kim"}])[0].id
    assert 'name="x_wheels"' in admin.page(f"/tests/rider/{kim}/cell/x_wheels")
    answer = admin.post(f"/tests/rider/{kim}/cell/x_wheels", {"x_wheels": "3", "version": "1"})
    assert answer.status_code == 200, words(answer.text)
    with unit_of_work(system, reading=True):
        assert records.to_json(Rider, [kim])[0]["x_wheels"] == "3"


def test_a_removed_field_that_somebody_else_removed_is_refused_kindly(admin: Browser, system: Actor) -> None:
    with unit_of_work(system):
        define_field(Rider, "text", "Motto")
    page = admin.page(f"{PAGE}/x_motto/remove")
    with unit_of_work(system):
        remove_field(Rider, "x_motto")
        assert custom_field(Rider, "x_motto").archived
    answer = admin.post(f"{PAGE}/x_motto/remove", {"version": version(page)})
    assert answer.status_code == 409


def test_an_explanation_stands_in_the_readers_language_and_another_stands_in_where_it_is_missing(
    admin: Browser, system: Actor
) -> None:
    add(admin, "text", "Helmet", help="As printed inside", help_zh_hant="印在裡面")
    add(admin, "text", "Gloves", help_zh_hant="左手")
    add(admin, "text", "Boots")
    with unit_of_work(system, reading=True):
        helmet, gloves, boots = (fields_of(Rider)[code].help for code in ("x_helmet", "x_gloves", "x_boots"))
        told = []
        for locale in ("en", "zh_Hant", "zh_Hans"):
            with use_locale(locale):
                told.append((str(helmet), str(gloves)))
    assert told == [("As printed inside", "左手"), ("印在裡面", "左手"), ("印在裡面", "左手")]
    assert boots is None
    assert inputs(admin.page(f"{PAGE}/x_helmet"))["help_zh_hant"] == "印在裡面"
    assert "As printed inside" in words(admin.page("/tests/rider/new"))


def test_an_amount_is_in_the_currency_that_another_field_of_the_record_says(admin: Browser, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add_all([Currency(code="JPY", name="Yen", decimals=0), Currency(code="EUR", name="Euro", decimals=2)])
    refused = add(admin, "money", "Deposit", currency="name")
    assert refused.status_code == 422
    assert "name does not say which currency an amount is in" in words(refused.text)
    add(admin, "link", "Paid in", target="kernel.currency")
    form = admin.page(f"{PAGE}/new?kind=money")
    assert re.search(r'<option value="x_paid_in"[^>]*>Paid in</option>', form)
    assert add(admin, "money", "Deposit", currency="x_paid_in", listed="1").status_code == 302
    made = admin.post("/tests/rider/new", {"name": "Kim", "x_paid_in": "JPY", "x_deposit": "12000"})
    assert made.status_code == 302, words(made.text)
    assert "JPY" in words(admin.page(made.location))
    assert admin.post("/tests/rider/new", {"name": "Ada", "x_paid_in": "EUR", "x_deposit": "7.5"}).status_code == 302
    assert admin.post("/tests/rider/new", {"name": "Ben", "x_deposit": "9"}).status_code == 302
    listed = words(admin.page("/tests/rider"))
    with unit_of_work(system, reading=True):
        own = company_currency().code
    assert own not in ("JPY", "EUR")
    for amount in ("JPY 12,000", "EUR 7.50", f"{own} 9.00"):
        assert amount in listed
    assert "JPY 12,000.00" not in listed, "yen have no decimals"
    removal = words(admin.page(f"{PAGE}/x_paid_in/remove"))
    assert "Deposit" in removal
    assert "stands in the company's currency" in removal


def test_what_a_link_in_a_sub_table_leads_to_is_chosen_as_for_any_link(admin: Browser, system: Actor) -> None:
    form = admin.page(f"{PAGE}/new?kind=table")
    assert re.search(r'<select[^>]*name="columns\[new\]\.target".*?<option value="tests\.rider"', form, re.DOTALL)
    lacking = add(admin, "table", "Friends", **{"columns[0].label": "Who", "columns[0].kind": "link"})
    assert lacking.status_code == 422
    assert "Column Who: Say what the field links to" in words(lacking.text)
    made = add(admin, "table", "Friends", **{
        "columns[0].label": "Who", "columns[0].kind": "link", "columns[0].target": "tests.rider"})
    assert made.status_code == 302, words(made.text)
    with unit_of_work(system):
        (column,) = fields_of(Rider)["x_friends"].columns
        assert column.target is Rider
        ada = records.create(Rider, [{"name": "Ada"}])[0].id
    saved = admin.post("/tests/rider/new", {"name": "Kim", "x_friends[0].x_who": "Ada"})
    assert saved.status_code == 302, words(saved.text)
    with unit_of_work(system, reading=True) as opened:
        kim = opened.get_one(Rider, int(saved.location.rsplit("/", 1)[1]))
        assert [line["x_who"] for line in kim.x_friends] == [ada]  # type: ignore[attr-defined]  # a custom field
    page = admin.page(f"{PAGE}/x_friends")
    kept = admin.post(f"{PAGE}/x_friends", {
        "version": version(page), "label": "Friends", "columns[0].id": "x_who", "columns[0].label": "Friend"})
    assert kept.status_code == 302, words(kept.text)
    with unit_of_work(system, reading=True):
        assert fields_of(Rider)["x_friends"].columns[0].target is Rider, "what it leads to stays as it was made"


def test_amounts_of_a_sub_table_are_in_the_records_currency_or_in_each_lines_own(
    admin: Browser, system: Actor
) -> None:
    with unit_of_work(system) as opened:
        opened.add_all([Currency(code="JPY", name="Yen", decimals=0), Currency(code="EUR", name="Euro", decimals=2)])
    add(admin, "link", "Paid in", target="kernel.currency")
    rows = {"columns[0].label": "What", "columns[0].kind": "note",
            "columns[1].label": "Price", "columns[1].kind": "money", "columns[1].currency": "x_paid_in",
            "columns[2].label": "Twice", "columns[2].kind": "formula", "columns[2].more": "x_price * 2",
            "columns[2].result": "money", "columns[2].currency": "x_paid_in", "columns[2].sum": "1",
            "columns[3].label": "Money", "columns[3].kind": "link", "columns[3].target": "kernel.currency",
            "columns[4].label": "Abroad", "columns[4].kind": "money", "columns[4].sum": "1"}
    wrong = add(admin, "table", "Costs", **rows | {"columns[1].currency": "name"})
    assert wrong.status_code == 422
    assert "Column Price: name does not say which currency an amount is in" in words(wrong.text)
    assert add(admin, "table", "Costs", **rows).status_code == 302
    page = admin.page(f"{PAGE}/x_costs")
    assert '<option value="x_money">Each line: Money</option>' in page
    kept = {f"columns[{at}].id": f"x_{name}" for at, name in enumerate(("what", "price", "twice", "money", "abroad"))}
    changed = {"version": version(page), "label": "Costs", **rows, **kept, "columns[4].currency": "x_money"}
    assert admin.post(f"{PAGE}/x_costs", changed).status_code == 302
    made = admin.post("/tests/rider/new", {
        "name": "Kim", "x_paid_in": "JPY",
        "x_costs[0].x_what": "one\ntwo", "x_costs[0].x_price": "1200", "x_costs[0].x_money": "EUR",
        "x_costs[0].x_abroad": "7.5", "x_costs[1].x_price": "300", "x_costs[1].x_money": "JPY",
        "x_costs[1].x_abroad": "40", "x_costs[2].x_money": "EUR", "x_costs[2].x_abroad": "2"})
    assert made.status_code == 302, words(made.text)
    page = admin.page(made.location)
    said = words(page)
    assert "Price (JPY)" in said
    assert "Twice JPY 3,000 Abroad EUR 9.50, JPY 40" in said, "added up by currency"
    assert "one\ntwo</textarea>" in page
    removal = words(admin.page(f"{PAGE}/x_paid_in/remove"))
    assert "Costs" in removal
    assert "stands in the company's currency" in removal
    sums = add(admin, "formula", "All", formula="sum(x_costs.x_abroad)", result="money")
    assert sums.status_code == 422
    assert "Each line of Costs has its own currency, so Abroad can't be summed up" in words(sums.text)
    assert add(admin, "formula", "All", formula="sum(x_costs.x_twice)", result="money").status_code == 302
