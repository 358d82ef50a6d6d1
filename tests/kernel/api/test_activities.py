"""Programs plan activities, end them and start plans, with the rights of whoever they act for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kernel.discussion import first_records
from kernel.discussion.activities.models import ActivityPlan, ActivityStep
from kernel.discussion.activities.reading import activity_types
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.kernel.exchange.studio import Patron


@pytest.fixture
def kinds(system: Actor) -> dict[str, int]:
    with unit_of_work(system):
        first_records.make()
    with unit_of_work(system, reading=True):
        return {each.label: each.id for each in activity_types()}


@pytest.fixture
def ada(system: Actor) -> str:
    with unit_of_work(system):
        return f"/tests/patrons/{records.create(Patron, [{'code': 'A', 'name': 'Ada'}])[0].id}"


def test_an_activity_is_planned_read_done_and_followed_by_the_next(
    client: Client, ada: str, kinds: dict[str, int]
) -> None:
    made = client("POST", f"{ada}/activities", {"type": kinds["Visit"], "note": "See the shop"})
    assert made.status_code == 201, made.text
    assert (made.json["type"]["title"], made.json["user"]["title"]) == ("Visit", "Anna")
    assert client("GET", f"{ada}/activities").json["data"] == [made.json]
    done = client("POST", f"{ada}/activities/{made.json['id']}/done", {
        "result": "Went well", "then": {"type": kinds["Call"], "due_on": "2100-01-01"}})
    [following] = done.json["data"]
    assert (following["type"]["title"], following["due_on"]) == ("Call", "2100-01-01")
    assert client("GET", f"{ada}/comments").json["data"][0]["text"].endswith("Went well")
    assert client("POST", f"{ada}/activities/{made.json['id']}/done", {}).status_code == 404
    assert client("POST", f"{ada}/activities/{following['id']}/cancel").json["data"] == []
    query = '/tests/patrons?filter=[["@activity","eq","none"]]'
    assert len(client("GET", query).json["data"]) == 1
    assert client("GET", query.replace("none", "mine")).json["data"] == []


def test_a_plan_is_started(client: Client, system: Actor, ada: str, kinds: dict[str, int]) -> None:
    with unit_of_work(system) as opened:
        opened.add(made := ActivityPlan(name="Onboarding", steps=[
            ActivityStep(kind_id=kinds["Call"]), ActivityStep(kind_id=kinds["Visit"], days=3)]))
        opened.flush()
        plan = made.id
    started = client("POST", f"{ada}/plans", {"plan": plan, "begins_on": "2100-01-01"})
    assert started.status_code == 201
    assert [each["due_on"] for each in started.json["data"]] == ["2100-01-01", "2100-01-04"]
    assert client("GET", f"{ada}/plans").status_code == 405


@pytest.mark.parametrize("body", [
    {}, {"due_on": "soon"}, {"due_on": "2000-01-01"}, {"due_on": 7}, {"type": 5}, {"type": True}, {"user": -1},
    {"due_on": "2100-01-01", "note": "x" * 501}, {"day": "2100-01-01"}, ["a"], {"due_on": "2100-01-01", "user": 999}])
def test_what_can_not_be_planned_is_refused(client: Client, ada: str, body: object) -> None:
    assert client("POST", f"{ada}/activities", body).status_code == 422
    assert client("GET", f"{ada}/activities").json["data"] == []


@pytest.mark.parametrize("body", [{"result": 1}, {"then": {}}, {"then": {"type": "x"}}, {"then": 5}, {"other": 1}])
def test_what_does_not_end_an_activity_is_refused(client: Client, ada: str, body: object) -> None:
    made = client("POST", f"{ada}/activities", {"due_on": "2100-01-01"}).json["id"]
    assert client("POST", f"{ada}/activities/{made}/done", body).status_code == 422
    assert len(client("GET", f"{ada}/activities").json["data"]) == 1


def test_whoever_may_not_read_the_record_finds_nothing(
    client: Client, client_of: Callable[..., Client], make_user: MakeUser, ada: str
) -> None:
    made = client("POST", f"{ada}/activities", {"due_on": "2100-01-01"}).json["id"]
    stranger = client_of(make_user("carl", grant("tests.patron", "read", scope="own")))
    for method, path in (("GET", "activities"), ("POST", "activities"), ("POST", "plans"),
                         ("POST", f"activities/{made}/done"), ("POST", f"activities/{made}/cancel")):
        assert stranger(method, f"{ada}/{path}", {} if method == "POST" else None).status_code == 404, path
