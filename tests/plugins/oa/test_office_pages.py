"""The office in the browser and by the API: own requests, the timetable of rooms, refusals at their fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from kernel.config import Config
from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import User
from kernel.identity.signing.passwords import set_password
from kernel.web.app import create_app
from plugins.oa.expenses.models import ExpenseType
from plugins.oa.meetings.models import MeetingRoom
from tests.kernel.api.conftest import Client, client_of
from tests.kernel.web.conftest import Browser, words
from tests.plugins.oa.conftest import MONDAY, Office

__all__ = ["client_of"]

PASSWORD = "a long enough password"


@pytest.fixture
def app(office: Office, system: Actor, tmp_path: Path) -> Flask:
    with unit_of_work(system) as opened:
        opened.add_all([MeetingRoom(name="Jade", place="2nd floor"), ExpenseType(code="RAIL", name="Train")])
        people = opened.scalars(select(User).where(User.login.in_(("anna", "tom", "meihua")))).all()
        set_password(people[0], PASSWORD)
        for user in people:
            user.password_hash, user.timezone = people[0].password_hash, "Asia/Taipei"
    return create_app(Config(secret_key="not a secret", data_dir=str(tmp_path)))


@pytest.fixture
def browse(app: Flask) -> Callable[[str], Browser]:
    def sign_in(login: str) -> Browser:
        one = Browser(app.test_client())
        answer = one.post("/sign-in", {"login": login, "password": PASSWORD}, token_from="/sign-in")
        assert answer.status_code == 302
        return one
    return sign_in


def test_an_employee_asks_for_leave_and_the_manager_sees_it(browse: Callable[[str], Browser], office: Office) -> None:
    anna = browse("anna")
    asked = anna.post("/oa/leave_request/new", {
        "leave_type": office.sick, "first_day": MONDAY, "last_day": MONDAY, "reason": "A cold"})
    assert asked.status_code == 302, words(asked.text)
    page = asked.headers["Location"]
    assert "LV-" in words(anna.page(page))
    version = re.search(r'name="version" value="(\d+)"', anna.page(page))
    assert version
    anna.post(f"{page}/do/submit", {"version": version[1]}, token_from=page)
    assert "Submitted" in words(anna.page(page))
    assert "LV-" in words(browse("meihua").page("/inbox"))
    assert browse("tom").get(page).status_code == 404
    for path in ("/", "/oa/leave_request", "/oa/leave_request/board", "/oa/expense_claim/board", "/oa/leave_grant",
                 "/oa/booking/new", "/oa/expense_claim/new", "/reports/oa.leave_by_department",
                 "/reports/oa.expenses_by_type", "/oa/holiday", "/oa/meeting_room", "/oa/expense_type"):
        anna.page(path)


def test_a_room_that_is_taken_is_said_at_its_field(browse: Callable[[str], Browser], app: Flask, system: Actor) -> None:
    with unit_of_work(system, reading=True) as opened:
        room = opened.scalars(select(MeetingRoom.id)).one()
    anna, tom = browse("anna"), browse("tom")
    booking = {"subject": "Planning", "room": room, "starts_at": "2027-03-01T09:00", "ends_at": "2027-03-01T10:00"}
    assert anna.post("/oa/booking/new", booking).status_code == 302
    refused = tom.post("/oa/booking/new", booking)
    assert refused.status_code == 422
    assert "Jade is taken on 2027-03-01 from 09:00 to 10:00" in words(refused.text)
    hers = words(anna.page("/pages/oa/rooms?day=2027-03-01"))
    assert "09:00–10:00 Planning Anna" in hers
    assert "Mar 1, 2027, from 8" in hers
    his = words(tom.page("/pages/oa/rooms?day=2027-03-01"))
    assert "09:00–10:00 Taken Anna" in his
    assert "Planning" not in his
    assert "Free all day" in words(tom.page("/pages/oa/rooms?day=nonsense"))
    assert "Free all day" in words(tom.page("/pages/oa/rooms?day=0001-01-01"))


def test_the_timetable_needs_no_inline_style_or_script(browse: Callable[[str], Browser]) -> None:
    page = browse("anna").page("/pages/oa/rooms")
    main = page[page.index("<main"):page.index("</main>")]
    assert " style=" not in main
    assert "<script" not in main
    assert "Jade" in unescape(main)


def test_the_api_takes_a_claim_and_names_what_is_wrong_in_it(
    app: Flask, client_of: Callable[[Actor], Client], office: Office, system: Actor
) -> None:
    with unit_of_work(system, reading=True) as opened:
        train = opened.scalars(select(ExpenseType.id)).one()
    anna = client_of(office.anna)
    body = {"purpose": "Fair", "lines": [{"expense_type": train, "amount": "70"},
                                         {"expense_type": train, "amount": "-1"}]}
    refused = anna("POST", "/oa/expense_claims", body)
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json["errors"]] == ["lines.1.amount"]
    body["lines"] = [{"expense_type": train, "amount": "70", "tax_amount": "3"}]
    made = anna("POST", "/oa/expense_claims", {**body, "total": "9"})
    assert made.status_code == 422  # the total is no input
    made = anna("POST", "/oa/expense_claims", body)
    assert (made.status_code, made.json["total"], made.json["state"]) == (201, "70.00", "draft")
    assert anna("POST", f"/oa/expense_claims/{made.json['id']}/mark_paid").status_code == 403
    sent = anna("POST", f"/oa/expense_claims/{made.json['id']}/submit")
    assert sent.json["state"] == "submitted"
    assert client_of(office.tom)("GET", f"/oa/expense_claims/{made.json['id']}").status_code == 404
