"""Users in the browser: their roles, what those come to, looking through their eyes, and their signing in."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import User
from kernel.identity.signing.passwords import FREE_FAILURES
from kernel.permissions.declare import grant
from kernel.permissions.models import Role, RoleMember
from tests.kernel.web.conftest import PASSWORD, Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC

USERS = "/settings/access/users"


def id_of(system: Actor, login: str) -> int:
    with unit_of_work(system, reading=True) as opened:
        return opened.scalars(select(User.id).where(User.login == login)).one()


def log(admin: Browser, kind: str = "") -> str:
    return words(admin.page(f"/settings/access/log?kind={kind}"))


def test_roles_are_given_and_taken_and_what_they_come_to_is_shown(
    admin: Browser, anna: Browser, sign_in: SignIn, system: Actor
) -> None:
    ben = sign_in("ben")
    id_ = id_of(system, "ben")
    with unit_of_work(system, reading=True) as opened:
        mechanic = opened.scalars(select(Role.id).where(Role.code == "test.anna")).one()
    assert ben.get("/tests/repair").status_code == 403
    assert admin.post(f"{USERS}/{id_}", {"role": mechanic}).status_code == 302
    assert ben.get("/tests/repair").status_code == 200
    page = words(admin.page(f"{USERS}/{id_}"))
    assert "Repairs Read company Create company Change company" in page
    assert "Finish company" in page
    assert admin.post(f"{USERS}/{id_}", {}).status_code == 302
    assert ben.get("/tests/repair").status_code == 403
    told = log(admin, "rights")
    assert "Role member: new" in told
    assert "Role member: taken away" in told
    assert "anna · Ben" in told


def test_the_list_finds_users_and_says_which_roles_they_have(admin: Browser, anna: Browser) -> None:
    page = words(admin.page(USERS))
    assert "Anna anna anna" in page, "with the role of that name"
    assert "Root root Administrator" in page
    assert "Root root" not in words(admin.page(f"{USERS}?q=ANN")).partition("Second factor Last seen")[2]


def test_an_administrator_looks_through_a_users_eyes_and_changes_nothing(
    admin: Browser, anna: Browser, system: Actor
) -> None:
    id_ = id_of(system, "anna")
    assert admin.post(f"{USERS}/{id_}/see").location == "/"
    page = admin.page("/tests/rider")
    assert "You see Trellis as Anna does." in words(page)
    assert "Administrator" not in words(page)
    assert admin.get("/settings/access").status_code == 403, "Anna may not"
    assert admin.get("/tests/repair").status_code == 200
    refused = admin.post("/tests/rider/new", {"name": "Ada"}, token_from="/tests/rider")
    assert refused.status_code == 403
    assert "You look through the pages as Anna: nothing can be changed" in words(refused.text)
    api = admin.client.post("/api/v1/tests/riders", json={"name": "Ada"}, headers={"X-CSRFToken": admin.token()})
    assert (api.status_code, api.json["code"]) == (403, "SEEING_AS")
    assert admin.client.get("/api/v1/tests/riders").json["data"] == []
    assert admin.client.get("/api/v1/kernel/roles").status_code == 403
    assert "Root" in words(admin.page("/me/security")) or admin.get("/me/security").status_code == 200
    stopped = admin.post("/me/see-myself")
    assert stopped.location == f"{USERS}/{id_}"
    assert admin.get("/settings/access").status_code == 200
    told = log(admin)
    assert "Looked through the pages as this user Anna" in told
    assert "Stopped looking as this user Anna" in told
    assert "by Root" in told


def test_somebody_looked_as_who_is_shut_out_leaves_no_trap(admin: Browser, anna: Browser, system: Actor) -> None:
    id_ = id_of(system, "anna")
    admin.post(f"{USERS}/{id_}/see")
    with unit_of_work(system) as opened:
        opened.get_one(User, id_).active = False
    assert "You see Trellis as Anna does." in words(admin.page("/settings/access"))
    assert admin.post("/me/see-myself").status_code == 302


def test_nobody_looks_through_the_eyes_of_somebody_who_may_do_more(
    sign_in: SignIn, admin: Browser, system: Actor
) -> None:
    helper = sign_in("helper", grant("kernel.user", "read change see_as", scope="all"),
                     grant("kernel.role", "read change", scope="all"), *MECHANIC)
    root = id_of(system, "root")
    for path in ("see", "reset", "end-sessions", "remove-factor"):
        refused = helper.post(f"{USERS}/{root}/{path}")
        assert refused.status_code == 403, path
        assert "Root may do things that you may not" in words(refused.text)
    assert helper.post(f"/kernel/user/{root}/password", {"password": "taken over!!"}).status_code == 403
    sign_in("less", *MECHANIC)
    assert helper.post(f"{USERS}/{id_of(system, 'less')}/see").status_code == 302


def test_a_session_key_changes_with_looking_as_another(admin: Browser, anna: Browser, system: Actor) -> None:
    with admin.client.session_transaction() as cookie:
        before = cookie["key"]
    admin.post(f"{USERS}/{id_of(system, 'anna')}/see")
    with admin.client.session_transaction() as cookie:
        assert cookie["key"] != before


def test_an_administrator_makes_a_link_for_a_new_password_that_is_good_once(
    app: Flask, admin: Browser, anna: Browser, system: Actor
) -> None:
    answer = admin.post(f"{USERS}/{id_of(system, 'anna')}/reset")
    link = re.search(r"http://localhost(/reset/[\w-]+)", answer.text)
    assert link
    assert link[1] not in admin.page(f"{USERS}/{id_of(system, 'anna')}"), "it is shown once"
    stranger = Browser(app.test_client())
    assert "Anna, choose the password" in words(stranger.page(link[1]))
    short = stranger.post(link[1], {"password": "short"}, token_from=link[1])
    assert short.status_code == 422
    assert "at least 10 characters" in words(short.text)
    assert stranger.post(link[1], {"password": "by the link, new"}, token_from=link[1]).location == "/sign-in"
    assert anna.get("/").status_code == 302, "her sessions have ended"
    again = stranger.get(link[1])
    assert again.status_code == 404
    assert "used already" in words(again.text)
    entered = stranger.post("/sign-in", {"login": "anna", "password": "by the link, new"}, token_from="/sign-in")
    assert entered.location == "/"
    assert "Password set by a link Anna" in log(admin)


def test_a_newer_link_ends_the_one_before(app: Flask, admin: Browser, anna: Browser, system: Actor) -> None:
    first, second = (
        re.search(r"/reset/[\w-]+", admin.post(f"{USERS}/{id_of(system, 'anna')}/reset").text) for _at in range(2))
    assert first
    assert second
    stranger = Browser(app.test_client())
    assert stranger.get(first[0]).status_code == 404
    assert stranger.get(second[0]).status_code == 200


def test_a_lock_is_seen_written_down_and_taken_away(
    app: Flask, admin: Browser, anna: Browser, system: Actor
) -> None:
    stranger = Browser(app.test_client())
    for _attempt in range(FREE_FAILURES + 1):
        stranger.post("/sign-in", {"login": "anna", "password": "no"}, token_from="/sign-in")
    id_ = id_of(system, "anna")
    assert "Locked out" in words(admin.page(f"{USERS}/{id_}"))
    assert "Locked out after too many attempts Anna" in log(admin, "trouble")
    assert admin.post(f"{USERS}/{id_}/unlock").status_code == 302
    entered = stranger.post("/sign-in", {"login": "anna", "password": PASSWORD}, token_from="/sign-in")
    assert entered.status_code == 302


def test_the_last_administrator_keeps_the_role(admin: Browser, system: Actor) -> None:
    root = id_of(system, "root")
    refused = admin.post(f"{USERS}/{root}", {})
    assert refused.status_code == 422
    assert "nobody could change roles and users any more" in words(refused.text)
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(RoleMember).where(RoleMember.user_id == root)).all() != []
