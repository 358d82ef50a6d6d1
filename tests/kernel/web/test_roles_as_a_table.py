"""Roles in the browser: a table of what each allows, saved cell by cell, with field rules and copies."""

from __future__ import annotations

import re

from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.permissions.declare import grant, hide, role
from kernel.permissions.matrix import cells_of, field_modes
from kernel.permissions.models import Role
from kernel.permissions.roles import sync_roles
from tests.kernel.web.conftest import Browser, SignIn, words

HERE = "/settings/access"


def made(system: Actor, code: str = "test.helper") -> int:
    with unit_of_work(system) as opened:
        sync_roles("tests", [role(code, "Helper", grant("tests.repair", "read", scope="own"),
                                  hide("tests.rider", "city"))])
        return opened.scalars(select(Role.id).where(Role.code == code)).one()


def rules(system: Actor, role_id: int) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    with unit_of_work(system, reading=True) as opened:
        found = opened.get_one(Role, role_id)
        return cells_of(found), field_modes(found)


def seen(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen\|\d+)" value="(\w+)"', page))


def test_the_table_shows_what_a_role_allows_and_who_ships_it(admin: Browser, system: Actor) -> None:
    id_ = made(system)
    assert "Helper" in words(admin.page(HERE))
    page = admin.page(f"{HERE}/roles/{id_}")
    cell = re.search(rf'<select[^>]*name="c\|{id_}\|tests\.repair\|read".*?</select>', page, re.DOTALL)
    assert cell
    assert '<option value="own" selected>' in cell[0]
    assert f'name="c|{id_}|tests.repair|finish"' in page, "the steps of a workflow are there too"
    assert f'name="c|{id_}|tests.rider_terms|read"' in page, "and the components"
    assert "test.helper" in page


def test_cells_and_field_rules_are_saved_and_hold_at_once(
    admin: Browser, sign_in: SignIn, system: Actor
) -> None:
    id_ = made(system)
    helper = sign_in("hans", roles=("test.helper",))
    assert helper.get("/tests/rider").status_code == 403
    page = admin.page(f"{HERE}/roles/{id_}?fields=tests.rider")
    assert f'name="f|{id_}|tests.rider|shoe_size"' in page
    saved = admin.post(f"{HERE}/roles/{id_}", {
        **seen(page), f"c|{id_}|tests.rider|read": "company", f"c|{id_}|tests.repair|read": "",
        f"f|{id_}|tests.rider|shoe_size": "readonly", f"f|{id_}|tests.rider|city": "", "name": "Helping hand",
        "second_factor": ""})
    assert saved.status_code == 302
    cells, modes = rules(system, id_)
    assert cells[("tests.rider", "read")] == "company"
    assert ("tests.repair", "read") not in cells
    assert modes == {("tests.rider", "shoe_size"): "readonly"}
    assert helper.get("/tests/rider").status_code == 200
    assert helper.get("/tests/repair").status_code == 403


def test_two_scopes_of_one_cell_survive_a_saving_of_others(admin: Browser, system: Actor) -> None:
    with unit_of_work(system) as opened:
        sync_roles("tests", [role("test.two", "Two", grant("tests.repair", "read", scope="own"),
                                  grant("tests.repair", "read", scope="department"))])
        id_ = opened.scalars(select(Role.id).where(Role.code == "test.two")).one()
    page = admin.page(f"{HERE}/roles/{id_}")
    assert '<option value="department+own" selected>' in page
    admin.post(f"{HERE}/roles/{id_}", {
        **seen(page), f"c|{id_}|tests.repair|read": "department+own", f"c|{id_}|tests.hire|read": "own"})
    cells = rules(system, id_)[0]
    assert (cells["tests.repair", "read"], cells["tests.hire", "read"]) == ("department+own", "own")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(admin: Browser, system: Actor) -> None:
    id_ = made(system)
    page = admin.page(f"{HERE}/roles/{id_}")
    admin.post(f"{HERE}/roles/{id_}", {**seen(page), f"c|{id_}|tests.hire|read": "own"})
    late = admin.post(f"{HERE}/roles/{id_}", {**seen(page), f"c|{id_}|tests.bay|read": "own"})
    assert late.status_code == 409
    assert "Somebody else changed the role Helper meanwhile" in words(late.text)
    assert ("tests.bay", "read") not in rules(system, id_)[0]


def test_a_scope_that_does_not_exist_is_refused(admin: Browser, system: Actor) -> None:
    id_ = made(system)
    refused = admin.post(f"{HERE}/roles/{id_}", {f"c|{id_}|tests.hire|read": "galaxy"})
    assert refused.status_code == 422
    assert "galaxy is no scope" in words(refused.text)


def test_a_role_without_a_name_is_refused_and_nothing_that_was_chosen_is_lost(admin: Browser, system: Actor) -> None:
    id_ = made(system)
    seen_before = seen(admin.page(f"{HERE}/roles/{id_}"))
    for name in ("", "x" * 121):
        refused = admin.post(f"{HERE}/roles/{id_}", {
            **seen_before, "name": name, f"c|{id_}|tests.hire|read": "own"})
        assert refused.status_code == 422
        assert "A role needs a name of at most 120 characters" in words(refused.text)
        cell = re.search(rf'<select[^>]*name="c\|{id_}\|tests\.hire\|read".*?</select>', refused.text, re.DOTALL)
        assert cell
        assert '<option value="own" selected>' in cell[0]
        assert ("tests.hire", "read") not in rules(system, id_)[0]


def test_an_entitys_table_has_all_roles(admin: Browser, system: Actor) -> None:
    id_ = made(system)
    page = admin.page(f"{HERE}/entities/tests.repair")
    assert f'name="c|{id_}|tests.repair|read"' in page
    assert "Administrator" in words(page)
    assert admin.post(f"{HERE}/entities/tests.repair", {
        **seen(page), f"c|{id_}|tests.repair|change": "department"}).status_code == 302
    assert rules(system, id_)[0]["tests.repair", "change"] == "department"


def test_a_role_is_copied_and_a_shipped_one_restored(admin: Browser, system: Actor) -> None:
    with unit_of_work(system, reading=True) as opened:
        everyone = opened.scalars(select(Role.id).where(Role.code == "kernel.everyone")).one()
    copied = admin.post(f"{HERE}/roles/{everyone}/copy", {"copy_name": "Our people"})
    with unit_of_work(system, reading=True) as opened:
        own = opened.scalars(select(Role).where(Role.name == "Our people")).one()
        assert own.code == "own.our_people"
        assert cells_of(own) == cells_of(opened.get_one(Role, everyone))
    assert copied.location == f"{HERE}/roles/{own.id}"
    before = rules(system, everyone)
    admin.post(f"{HERE}/roles/{everyone}", {
        f"c|{everyone}|kernel.employee|read": "", f"c|{everyone}|kernel.user|export": "own"})
    page = words(admin.page(f"{HERE}/roles/{everyone}"))
    assert "Rules added to what Trellis ships: 1; taken away: 1" in page
    assert admin.post(f"{HERE}/roles/{everyone}/restore").status_code == 302
    assert rules(system, everyone) == before
    assert admin.post(f"{HERE}/roles/{own.id}/restore").status_code == 404


def test_a_new_role_begins_without_grants(admin: Browser, system: Actor) -> None:
    answer = admin.post(f"{HERE}/roles", {"name": "Night shift"})
    id_ = int(answer.location.rsplit("/", 1)[1])
    assert rules(system, id_) == ({}, {})
    nameless = admin.post(f"{HERE}/roles", {"name": " "})
    assert nameless.status_code == 422
    assert "A role needs a name" in words(nameless.text)


def test_only_who_may_change_roles_sees_the_pages(anna: Browser, system: Actor) -> None:
    id_ = made(system)
    for path in (HERE, f"{HERE}/roles/{id_}", f"{HERE}/entities/tests.repair", f"{HERE}/users", f"{HERE}/log",
                 f"{HERE}/why", f"{HERE}/tokens", f"{HERE}/providers"):
        assert anna.get(path).status_code == 403, path
    assert anna.post(f"{HERE}/roles/{id_}", {f"c|{id_}|tests.hire|read": "all"}).status_code == 403
    assert ("tests.hire", "read") not in rules(system, id_)[0]
