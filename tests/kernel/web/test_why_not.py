"""'Why can't I?': every refusal leads to the rule behind it, its role, and the roles that would give the right."""

from __future__ import annotations

import re

from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import User
from kernel.permissions.declare import grant, hide, readonly, role
from kernel.permissions.roles import sync_roles
from kernel.permissions.sharing import share_record
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Repair, RepairPart, Rider

WHY = "/settings/access/why"


def verdict(page: str, name: str) -> str:
    """Give the words about one action or field."""
    ends = '(?=<div class="verdict|</section>)'
    found = re.search(rf'<div class="verdict (\w+)" id="{name}">(.*?){ends}', page, re.DOTALL)
    assert found, name
    return f"{found[1]}: {words(found[2])}"


def repair(system: Actor, mechanic: str) -> tuple[int, str]:
    with unit_of_work(system) as opened:
        rider = Rider(name="Ada")
        opened.add(rider)
        opened.flush()
        who = opened.scalars(select(User.id).where(User.login == mechanic)).one()
        made = Repair(rider_id=rider.id, mechanic_id=who, company_id=system.company_id,
                      parts=[RepairPart(what="Chain", price=10)])
        opened.add(made)
        opened.flush()
        return made.id, made.number


def test_a_refused_page_leads_to_the_answer(sign_in: SignIn, system: Actor) -> None:
    ben = sign_in("ben", grant("tests.rider", "read"))
    with unit_of_work(system):
        sync_roles("tests", [role("tests.boss", "Boss", grant("tests.repair", "read create", scope="company"))])
    refused = ben.get("/tests/repair")
    assert refused.status_code == 403
    assert 'href="/why/tests/repair#read"' in refused.text
    page = ben.page("/why/tests/repair")
    assert verdict(page, "read") == (
        "no: Read None of your roles grants it Roles that would give it 2 Administrator: All companies' Trellis "
        "Boss: The company's Garage")
    assert "href=\"/settings/access" not in page.partition("<main")[2], "no links where they would be refused"


def test_what_a_list_refuses_leads_to_the_answer_where_it_was_tried(sign_in: SignIn, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add(rider := Rider(name="Ada"))
        opened.flush()
        id_ = rider.id
    reader = sign_in("rita", grant("tests.rider", "read"))
    answer = reader.post("/tests/rider/bulk", [("id", id_), ("do", "archive")])
    assert answer.status_code == 403
    assert 'href="/why/tests/rider#change"' in answer.text
    assert "Ada" in answer.text, "the list is still there"


def test_an_answer_names_the_scope_that_leaves_a_record_out(sign_in: SignIn, system: Actor) -> None:
    ben = sign_in("ben", grant("tests.repair", "read", scope="company"),
                  grant("tests.repair", "change agree", scope="own"), grant("tests.rider", "read"))
    sign_in("zoe")
    id_, _number = repair(system, "zoe")
    page = ben.page(f"/why/tests/repair/{id_}")
    assert verdict(page, "read").startswith("yes: Read Allowed ben: The company's, this record is among them")
    assert verdict(page, "change").startswith(
        "no: Change The record lies outside what the roles below reach ben: Own records, this record is not among them")
    assert "None of your roles grants it" in verdict(page, "finish")
    own, _number = repair(system, "ben")
    mine = ben.page(f"/why/tests/repair/{own}")
    assert verdict(mine, "change").startswith("yes: Change Allowed")
    assert verdict(mine, "agree").startswith("yes: Agree Allowed")


def test_a_step_that_does_not_lead_on_from_the_state_says_so(anna: Browser, system: Actor) -> None:
    id_, _number = repair(system, "anna")
    assert verdict(anna.page(f"/why/tests/repair/{id_}"), "finish").startswith(
        "no: Finish Not from the state “Draft”; it leads on from: Agreed")


def test_hidden_and_read_only_fields_name_the_role_that_makes_them_so(sign_in: SignIn, system: Actor) -> None:
    ben = sign_in("ben", grant("tests.repair", "read change"), grant("tests.rider", "read"),
                  hide("tests.repair", "remark"), readonly("tests.repair", "due"),
                  hide("tests.repair_part", "price"))
    id_, _number = repair(system, "ben")
    page = ben.page(f"/why/tests/repair/{id_}")
    assert verdict(page, "field-remark") == (
        "no: Remark Hidden: every role that lets them read the record hides it ben hides it Test")
    assert "ben makes it read-only" in verdict(page, "field-due")
    assert "Price" in verdict(page, "field-price")


def test_asking_for_a_hidden_field_leads_to_the_role_that_hides_it(sign_in: SignIn, system: Actor) -> None:
    ben = sign_in("ben", grant("tests.rider", "read"), hide("tests.rider", "city"))
    refused = ben.get("/tests/rider?sort=city")
    assert refused.status_code == 403
    assert 'href="/why/tests/rider#field-city"' in refused.text
    assert "ben hides it" in verdict(ben.page("/why/tests/rider"), "field-city")


def test_a_record_out_of_reach_is_told_like_one_that_is_not_there(sign_in: SignIn, system: Actor) -> None:
    ben = sign_in("ben", grant("tests.repair", "read", scope="own"))
    sign_in("zoe")
    id_, number = repair(system, "zoe")
    refused = ben.get(f"/tests/repair/{id_}")
    assert refused.status_code == 404
    assert f'href="/why/tests/repair/{id_}#read"' in refused.text
    there, nowhere = (ben.page(f"/why/tests/repair/{each}") for each in (id_, 999_999_999))
    assert "It isn't there, or it lies outside the records your roles cover." in words(there)
    assert number not in there
    assert verdict(there, "read") == verdict(nowhere, "read")


def test_a_form_one_may_only_read_leads_to_the_answer(sign_in: SignIn, system: Actor) -> None:
    ben = sign_in("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))
    id_, _number = repair(system, "ben")
    page = ben.page(f"/tests/repair/{id_}")
    assert f'href="/why/tests/repair/{id_}#change"' in page
    assert f'href="/why/tests/repair/{id_}"' in page


def test_an_administrator_asks_for_any_user_and_record(admin: Browser, anna: Browser, system: Actor) -> None:
    id_, number = repair(system, "anna")
    with unit_of_work(system, reading=True) as opened:
        who = opened.scalars(select(User.id).where(User.login == "anna")).one()
    for record in (number, str(id_)):
        page = admin.page(f"{WHY}?user={who}&entity=tests.repair&record={record}")
        assert f"Anna: {number}" in words(page)
        assert verdict(page, "delete").startswith("no: Delete No role of theirs grants it")
        assert "/settings/access/roles/" in page
    missing = words(admin.page(f"{WHY}?user={who}&entity=tests.repair&record=R-9999"))
    assert "There is no Repair called R-9999" in missing
    component = admin.page(f"{WHY}?user={who}&entity=tests.rider_terms")
    assert verdict(component, "change").startswith("yes: Change Allowed anna: The company's")


def test_a_step_that_is_not_ones_to_take_stands_there_with_the_reason_and_the_way_to_it(
    sign_in: SignIn, system: Actor
) -> None:
    reads = (grant("tests.repair", "read"), grant("tests.rider", "read"))
    ben, own = sign_in("ben", *reads), sign_in("olga", *reads, grant("tests.repair", "agree drop", scope="own"))
    sign_in("mara")
    id_, _number = repair(system, "mara")
    why = f'href="/why/tests/repair/{id_}#agree"'
    for browser, reason in ((ben, "None of your roles gives you this step."),
                            (own, "Your roles give you this step, but not with this record.")):
        page = browser.page(f"/tests/repair/{id_}")
        assert re.search(r'<button class="btn" type="button" aria-disabled="true" aria-describedby="why-agree">', page)
        told = re.search(r'id="why-agree">(.*?)</span></span>', page, re.DOTALL)
        assert told
        assert reason in words(told[1])
        assert why in told[1]
        assert "Finish" not in page, "no step of another state"
        assert "/do/" not in page
    mine, _number = repair(system, "olga")
    page = own.page(f"/tests/repair/{mine}")
    assert f"/tests/repair/{mine}/do/agree" in page
    assert "aria-disabled" not in page


def test_a_refusal_names_the_right_by_the_words_people_know(sign_in: SignIn) -> None:
    nobody = sign_in("nora")
    answer = nobody.get("/tests/repair", headers={"Accept": "application/json"})
    assert answer.json["title"] == "You may not read repairs: none of your roles grants it"
    assert answer.json["fix"] == "Ask an administrator for a role that grants “read” on repairs"


def test_a_refusal_is_told_in_the_language_of_whoever_is_refused(sign_in: SignIn, system: Actor) -> None:
    nobody = sign_in("nora")
    with unit_of_work(system) as opened:
        opened.scalars(select(User).where(User.login == "nora")).one().locale = "zh_Hant"
    assert "您不能對 repairs 執行 讀取：您的角色沒有此權限" in words(nobody.get("/tests/repair").text)
    told = nobody.get("/tests/repair", headers={"Accept": "application/json"}).json
    assert (told["title"], told["fix"]) == (
        "您不能對 repairs 執行 讀取：您的角色沒有此權限", "請向管理員申請對 repairs 有「讀取」權限的角色")


def test_a_record_that_is_shared_to_be_read_takes_no_input_though_others_like_it_do(
    sign_in: SignIn, system: Actor
) -> None:
    sign_in("mara")
    rights = (grant("tests.repair", "read change", scope="own"), grant("tests.rider", "read"))
    olga = sign_in("olga", *rights)
    id_, _number = repair(system, "mara")
    own, _number = repair(system, "olga")
    with unit_of_work(system) as opened:
        who = opened.scalars(select(User.id).where(User.login == "olga")).one()
        share_record(Repair, id_, "user", who)
    page = olga.page(f"/tests/repair/{id_}")
    assert "You may read this record; your roles let you change others like it." in words(page)
    assert 'name="remark"' not in page
    assert f"/tests/repair/{id_}/archive" not in page
    assert 'name="remark"' in olga.page(f"/tests/repair/{own}")
