"""The initiator is asked for approvers wherever a document is submitted from, and comes back to where they were."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.identity.models import User
from kernel.permissions.declare import grant
from kernel.workflows.models import ApprovalDefinition, ApprovalTask
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Repair, Rider

READS = (grant("tests.repair", "read", scope="own"), grant("tests.rider", "read"))
HERE = {"Referer": "http://localhost/tests/repair?f.kind=wheel"}
BOARD = {"Referer": "http://localhost/tests/repair/board?q=Ada"}
JSON = {"Accept": "application/json"}


def by_choice(key: str, name: str) -> dict[str, object]:
    return {"key": key, "type": "approve", "name": name, "approvers": [{"by": "choice"}]}


@pytest.fixture
def people(system: Actor, sign_in: SignIn) -> dict[str, str]:
    for login in ("boss", "eva"):
        sign_in(login, *READS)
    with unit_of_work(system, reading=True) as opened:
        found = opened.scalars(select(User).where(User.login.in_(("boss", "eva")))).all()
        return {each.login: str(each.id) for each in found}


@pytest.fixture
def repairs(system: Actor, people: dict[str, str]) -> list[int]:
    """Two costly repairs and a cheap one; of the costly ones two steps are by the initiator's choice."""
    with unit_of_work(system) as opened:
        opened.scalars(select(ApprovalDefinition)).one().nodes = [
            by_choice("n1", "First look"), by_choice("n2", "Second look")]
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        return [each.id for each in records.create(Repair, [
            {"rider": rider, "parts": [{"what": "Frame", "price": price}]} for price in ("900", "800", "20")])]


def asked(system: Actor) -> list[tuple[str, str]]:
    """Give whom the steps that are open ask."""
    with unit_of_work(system, reading=True) as opened:
        return [(task.label, task.approver.login) for task in opened.scalars(
            select(ApprovalTask).where(ApprovalTask.outcome == "waiting").order_by(ApprovalTask.id))]


def hidden(html: str, name: str) -> list[str]:
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', html)


def test_many_records_of_a_list_are_asked_about_at_once_and_one_comes_back_to_the_list_as_it_was(
    system: Actor, anna: Browser, people: dict[str, str], repairs: list[int]
) -> None:
    form = [*(("id", each) for each in repairs), ("do", "run:agree")]
    answer = anna.post("/tests/repair/bulk", form, headers=HERE)
    assert answer.status_code == 422
    said = words(answer.text)
    assert "Who approves R-0001, R-0002?" in said
    assert "First look" in said
    assert "Second look" in said
    assert hidden(answer.text, "id") == [str(each) for each in repairs]
    assert hidden(answer.text, "page-behind") == ["/tests/repair?f.kind=wheel"]
    done = anna.post("/tests/repair/bulk", [
        *form, ("page-behind", "/tests/repair?f.kind=wheel"), ("approver.n1", people["eva"]),
        ("approver.n2", people["boss"])])
    assert (done.status_code, done.location) == (302, "/tests/repair?f.kind=wheel")
    assert asked(system) == [("First look", "eva")] * 2


def test_who_was_chosen_stays_chosen_where_another_step_is_still_without_anybody(
    anna: Browser, people: dict[str, str], repairs: list[int]
) -> None:
    answer = anna.post(f"/tests/repair/{repairs[0]}/do/agree", [
        ("reason", "typed"), ("approver.n1", people["eva"]), ("approver.n1", people["boss"])])
    assert answer.status_code == 422
    assert set(re.findall(r'<option value="(\d+)" selected>', answer.text)) == set(people.values())
    assert hidden(answer.text, "reason") == ["typed"]
    assert answer.text.count('aria-invalid="true"') == 1
    assert "Choose who approves the step “Second look”" in words(answer.text)


def test_somebody_who_may_not_sign_in_any_more_has_to_be_chosen_anew(
    system: Actor, anna: Browser, people: dict[str, str], repairs: list[int]
) -> None:
    with unit_of_work(system) as opened:
        opened.get_one(User, int(people["boss"])).active = False
    answer = anna.post(f"/tests/repair/{repairs[0]}/do/agree", {
        "approver.n1": people["eva"], "approver.n2": people["boss"]})
    assert answer.status_code == 422
    assert "Choose who approves the step “Second look”" in words(answer.text)


def test_a_card_that_is_dragged_leads_to_the_same_choice_and_back_to_the_board(
    system: Actor, anna: Browser, people: dict[str, str], repairs: list[int]
) -> None:
    card = {"id": repairs[0], "to": "agreed"}
    program = anna.post("/tests/repair/move", card, headers=JSON | BOARD)
    assert (program.status_code, program.json["code"]) == (422, "APPROVER_CHOICE")
    page = anna.post("/tests/repair/move", card, headers=BOARD)
    assert "Who approves R-0001?" in words(page.text)
    assert hidden(page.text, "to") == ["agreed"]
    done = anna.post("/tests/repair/move", {
        **card, "page-behind": hidden(page.text, "page-behind")[0], "approver.n1": people["eva"],
        "approver.n2": people["eva"]})
    assert (done.status_code, done.location) == (302, "/tests/repair/board?q=Ada")
    assert asked(system) == [("First look", "eva")]


def test_a_page_behind_that_lies_elsewhere_is_not_gone_to(
    anna: Browser, people: dict[str, str], repairs: list[int]
) -> None:
    form = {"id": repairs[0], "do": "run:agree", "page-behind": "https://evil.example/tests/repair"}
    asked_for = anna.post("/tests/repair/bulk", form)
    assert "evil.example" not in asked_for.text
    done = anna.post("/tests/repair/bulk", form | {
        "approver.n1": people["eva"], "approver.n2": people["eva"]})
    assert done.location == "/tests/repair"


def test_documents_of_two_flows_are_asked_about_by_flow(
    system: Actor, anna: Browser, people: dict[str, str], repairs: list[int]
) -> None:
    with unit_of_work(system) as opened:
        opened.add(ApprovalDefinition(
            code="tests.small", name="Small", entity="tests.repair", transition="agree", rank=99, stage="active",
            nodes=[by_choice("n1", "Small look")]))
    form = [("id", repairs[0]), ("id", repairs[2]), ("do", "run:agree")]
    answer = anna.post("/tests/repair/bulk", form)
    names = re.findall(r'name="(approver\.[^"]+)"', answer.text)
    assert names == ["approver.tests.costly/n1", "approver.tests.costly/n2", "approver.tests.small/n1"]
    anna.post("/tests/repair/bulk", [
        *form, (names[0], people["eva"]), (names[1], people["eva"]), (names[2], people["boss"])])
    assert asked(system) == [("First look", "eva"), ("Small look", "boss")]
