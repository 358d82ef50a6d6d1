"""One record shared with a person or a team: through every door, as far as their roles go, until a day, taken back."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import Department, Employee, User
from kernel.permissions.declare import grant, hide
from kernel.permissions.declare import role as shipped
from kernel.permissions.models import Role, Share
from kernel.permissions.roles import give_roles, sync_roles
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Repair, RepairPart, Rider

OWN = (grant("tests.repair", "read change delete agree export", scope="own"), grant("tests.rider", "read"))


@pytest.fixture
def repair(system: Actor, anna: Browser) -> int:
    """A repair of Anna's."""
    with unit_of_work(system) as opened:
        rider = Rider(name="Ada")
        opened.add(rider)
        opened.flush()
        who = opened.scalars(select(User.id).where(User.login == "anna")).one()
        made = Repair(rider_id=rider.id, mechanic_id=who, company_id=system.company_id, remark="squeaks",
                      parts=[RepairPart(what="Chain", price=10)])
        opened.add(made)
        opened.flush()
        return made.id


def id_of(system: Actor, login: str) -> int:
    with unit_of_work(system, reading=True) as opened:
        return opened.scalars(select(User.id).where(User.login == login)).one()


def share(browser: Browser, repair: int, whom: str, mode: str = "read", until: str = "") -> tuple[int, str]:
    answer = browser.post(f"/tests/repair/{repair}/shares", {"whom": whom, "mode": mode, "until": until})
    return answer.status_code, words(answer.text)


def doors(browser: Browser, repair: int) -> dict[str, bool]:
    """Say at which doors a record is there."""
    def has(path: str, mark: str) -> bool:
        answer = browser.get(path)
        return answer.status_code == 200 and mark in answer.text

    here = f"/tests/repair/{repair}"
    return {
        "page": browser.get(here).status_code == 200, "list": has("/tests/repair", here),
        "api": browser.get(f"/api/v1/tests/repairs/{repair}").status_code == 200,
        "api list": has("/api/v1/tests/repairs", str(repair)), "search": has("/tests/repair?q=R-", here),
        "trace": browser.get(f"{here}/trace").status_code == 200,
        "talk": browser.get(f"{here}/talk").status_code == 200,
        "board": has("/tests/repair/board", here), "options": has("/tests/repair/options?q=", str(repair)),
        "pivot": has("/tests/repair/pivot/csv?rows=number", "R-")}


def test_a_shared_record_is_open_at_every_door_and_shut_again_at_every_door(
    anna: Browser, sign_in: SignIn, repair: int, system: Actor
) -> None:
    ben = sign_in("ben", *OWN)
    assert not any(doors(ben, repair).values())
    assert share(anna, repair, f"user:{id_of(system, 'ben')}")[0] == 302
    assert all(doors(ben, repair).values()), doors(ben, repair)
    page = anna.page(f"/tests/repair/{repair}/shares")
    assert "Ben Person · May read · no end · by Anna" in words(page)
    [take] = re.findall(rf'action="(/tests/repair/{repair}/shares/\d+/remove)"', page)
    assert anna.post(take).status_code == 302
    assert not any(doors(ben, repair).values())


def test_reading_is_not_changing_and_changing_is_not_deleting(
    anna: Browser, sign_in: SignIn, repair: int, system: Actor
) -> None:
    ben, who = sign_in("ben", *OWN), f"user:{id_of(system, 'ben')}"
    share(anna, repair, who)
    change = {"remark": "ben was here", "version": "1"}
    assert ben.post(f"/tests/repair/{repair}", change).status_code == 403
    assert ben.post(f"/tests/repair/{repair}/do/agree", {"version": "1"}).status_code == 403
    assert share(anna, repair, who, "change")[0] == 302
    assert ben.post(f"/tests/repair/{repair}", change).status_code == 302
    token = ben.token()
    deleted = ben.client.delete(f"/api/v1/tests/repairs/{repair}", headers={"X-CSRFToken": token})
    assert deleted.status_code in (403, 404)
    with unit_of_work(system, reading=True) as opened:
        assert opened.get_one(Repair, repair).remark == "ben was here"
        assert len(opened.scalars(select(Share)).all()) == 1, "sharing again changes the share there is"


def test_a_share_grants_no_action_and_opens_no_hidden_field(
    anna: Browser, sign_in: SignIn, repair: int, system: Actor
) -> None:
    ben = sign_in("ben", grant("tests.repair", "read", scope="own"), grant("tests.rider", "read"),
                  hide("tests.repair", "remark"))
    who = f"user:{id_of(system, 'ben')}"
    assert share(anna, repair, who)[0] == 302
    assert "squeaks" not in ben.page(f"/tests/repair/{repair}")
    status, text = share(anna, repair, who, "change")
    assert status == 422
    assert "No role of Ben lets them change Repairs, so a share would open nothing to them" in text


def test_teams_are_a_role_or_a_department_with_those_below(
    anna: Browser, sign_in: SignIn, repair: int, system: Actor
) -> None:
    ben, zoe = sign_in("ben", *OWN), sign_in("zoe", *OWN)
    with unit_of_work(system) as opened:
        workshop = Department(name="Workshop", company_id=system.company_id)
        opened.add(workshop)
        opened.flush()
        wheels = Department(name="Wheels", parent_id=workshop.id, company_id=system.company_id)
        opened.add(wheels)
        opened.flush()
        opened.add(Employee(number="7", name="Zoe", department_id=wheels.id, user_id=id_of_in(opened, "zoe"),
                            company_id=system.company_id))
        department = workshop.id
    assert share(anna, repair, f"department:{department}")[0] == 302
    assert all(doors(zoe, repair).values()), doors(zoe, repair)
    assert not any(doors(ben, repair).values())
    with unit_of_work(system):
        sync_roles("tests", [shipped("tests.team", "Team", *OWN)])
    with unit_of_work(system) as opened:
        team = opened.scalars(select(Role).where(Role.code == "tests.team")).one()
        give_roles([opened.get_one(User, id_of_in(opened, "ben"))], ["tests.team"])
        role = team.id
    assert share(anna, repair, f"role:{role}")[0] == 302
    assert all(doors(ben, repair).values())
    with unit_of_work(system) as opened:
        opened.get_one(Role, role).archived = True
    assert not any(doors(ben, repair).values()), "a team that is no more has nothing"


def id_of_in(opened: object, login: str) -> int:
    return opened.scalars(select(User.id).where(User.login == login)).one()  # type: ignore[attr-defined]


def test_a_share_ends_with_its_last_day(
    anna: Browser, sign_in: SignIn, repair: int, system: Actor
) -> None:
    ben, who = sign_in("ben", *OWN), f"user:{id_of(system, 'ben')}"
    with unit_of_work(system, reading=True) as opened:
        today = opened.now.astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    status, text = share(anna, repair, who, until=(today - dt.timedelta(days=1)).isoformat())
    assert status == 422
    assert "This day is over" in text
    assert share(anna, repair, who, until=today.isoformat())[0] == 302
    assert all(doors(ben, repair).values())
    with unit_of_work(system) as opened:
        opened.scalars(select(Share)).one().until = today - dt.timedelta(days=1)
    assert not any(doors(ben, repair).values())
    assert "over since" in words(anna.page(f"/tests/repair/{repair}/shares"))


def test_only_who_may_change_a_record_shares_it(
    anna: Browser, sign_in: SignIn, repair: int, system: Actor
) -> None:
    ben = sign_in("ben", grant("tests.repair", "read", scope="company"), grant("tests.rider", "read"))
    page = ben.page(f"/tests/repair/{repair}/shares")
    assert "Share" not in re.findall(r"<button[^>]*>.*?</button>", page.partition("<main")[2])
    assert share(ben, repair, f"user:{id_of(system, 'anna')}")[0] == 403
    zoe = sign_in("zoe", grant("tests.repair", "read", scope="company"),
                  grant("tests.repair", "change", scope="own"), grant("tests.rider", "read"))
    status, text = share(zoe, repair, f"user:{id_of(system, 'ben')}")
    assert status == 403
    assert "it lies outside the records your roles cover" in text


def test_whom_is_asked_for(anna: Browser, repair: int) -> None:
    for whom in ("", "user:", "user:999999999", "planet:1", "user:x"):
        status, text = share(anna, repair, whom)
        assert status == 422, whom
        assert "Choose with whom" in text


def test_the_dialog_is_the_page_without_its_frame(anna: Browser, repair: int) -> None:
    part = anna.get(f"/tests/repair/{repair}/shares", headers={"X-Part": "1"}).text
    assert "<html" not in part
    assert "With whom" in words(part)
    assert "data-dialog" in anna.page(f"/tests/repair/{repair}")
