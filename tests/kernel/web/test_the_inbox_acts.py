"""Everything that may be done with a task is done in the inbox, and refusals keep what was typed."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.identity.models import User
from kernel.permissions.declare import grant
from kernel.workflows.models import ApprovalDefinition, ApprovalTask
from tests.kernel.web.conftest import Browser, SignIn, inputs, words
from tests.kernel.web.garage import Repair, Rider

READS = (grant("tests.repair", "read", scope="own"), grant("tests.rider", "read"))


@pytest.fixture
def boss(sign_in: SignIn) -> Browser:
    return sign_in("boss", *READS)


@pytest.fixture
def eva(sign_in: SignIn) -> Browser:
    return sign_in("eva", *READS)


def ask(system: Actor, anna: Browser, **more: str) -> int:
    """Let anna ask to agree on a repair."""
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        id_ = records.create(Repair, [{"rider": rider, "parts": [{"what": "Frame", "price": "900"}]}])[0].id
    version = inputs(anna.page(f"/tests/repair/{id_}"))["version"]
    anna.post(f"/tests/repair/{id_}/do/agree", {"version": version, **more})
    return id_


@pytest.fixture
def costly(system: Actor, anna: Browser, boss: Browser) -> int:
    return ask(system, anna)


def task_in(browser: Browser) -> str:
    found = re.search(r'action="/inbox/(\d+)/approve"', browser.page("/inbox"))
    assert found
    return found[1]


def user(system: Actor, login: str) -> int:
    with unit_of_work(system, reading=True) as opened:
        return opened.scalars(select(User.id).where(User.login == login)).one()


def state_of(system: Actor, id_: int) -> str:
    with unit_of_work(system, reading=True) as opened:
        return opened.get_one(Repair, id_).state


def test_handing_over_moves_the_task_and_names_both(
    system: Actor, boss: Browser, eva: Browser, costly: int
) -> None:
    task = task_in(boss)
    nobody = boss.post(f"/inbox/{task}/hand-over", {"person": "", "comment": "please"})
    assert nobody.status_code == 422
    assert "Choose somebody first" in words(nobody.text)
    assert "please" in nobody.text
    for hostile in ("9" * 40, "-1", "²", "1;drop"):
        assert boss.post(f"/inbox/{task}/hand-over", {"person": hostile}).status_code == 422
    boss.post(f"/inbox/{task}/hand-over", {"person": str(user(system, "eva")), "comment": "please"})
    said = words(eva.page(f"/inbox/{task_in(eva)}"))
    assert "Handed over" in said
    assert "please" in said
    eva.post(f"/inbox/{task_in(eva)}/approve")
    assert state_of(system, costly) == "agreed"


def test_one_more_person_is_asked(system: Actor, boss: Browser, eva: Browser, costly: int) -> None:
    boss.post(f"/inbox/{task_in(boss)}/add", {"signer": str(user(system, "eva")), "place": "before"})
    assert "Nothing waits for you" in words(boss.page("/inbox"))
    assert "Added before" in words(eva.page("/inbox"))
    eva.post(f"/inbox/{task_in(eva)}/approve")
    boss.post(f"/inbox/{task_in(boss)}/approve")
    assert state_of(system, costly) == "agreed"


def test_sending_back_needs_its_reason_and_gives_the_document_back(
    system: Actor, anna: Browser, boss: Browser, costly: int
) -> None:
    task = task_in(boss)
    refused = boss.post(f"/inbox/{task}/send-back", {"to": "start"})
    assert refused.status_code == 422
    assert "sending back needs a comment" in words(refused.text)
    boss.post(f"/inbox/{task}/send-back", {"to": "start", "comment": "which frame?"})
    assert state_of(system, costly) == "draft"
    assert "Sent back" in words(anna.page("/inbox?which=mine"))


def test_whoever_submitted_urges_copies_and_revokes(
    system: Actor, anna: Browser, boss: Browser, eva: Browser, costly: int
) -> None:
    page = anna.page("/inbox?which=mine")
    task = re.search(r'href="/inbox/(\d+)\?which=mine"', page)
    assert task
    base = f"/inbox/{task[1]}"
    assert "Urge" in words(anna.page(f"{base}?which=mine"))
    assert "They were reminded." in words(anna.post(f"{base}/urge", {"which": "mine"}, follow_redirects=True).text)
    again = anna.post(f"{base}/urge", {"which": "mine"})
    assert again.status_code == 422
    assert "You have urged them already" in words(again.text)
    assert "Reminded" in words(boss.page("/inbox"))
    anna.post(f"{base}/copy", {"copy_to": str(user(system, "eva")), "which": "mine"})
    copies = eva.page("/inbox?which=copies")
    assert "Copies 1" in words(copies)
    assert "R-0001" in words(copies)
    eva.post(f"/inbox/{re.search(r'/inbox/([0-9]+)/seen', copies)[1]}/seen")  # type: ignore[index]
    assert "Copies 1" not in words(eva.page("/inbox?which=copies"))
    anna.post(f"{base}/revoke", {"which": "mine"})
    assert state_of(system, costly) == "draft"
    assert "Nothing waits for you" in words(boss.page("/inbox"))


def test_an_answer_is_taken_back_while_the_next_step_is_untouched(
    system: Actor, anna: Browser, boss: Browser, eva: Browser
) -> None:
    with unit_of_work(system) as opened:
        definition = opened.scalars(select(ApprovalDefinition)).one()
        definition.nodes = [*definition.nodes, {
            "key": "n9", "type": "approve", "name": "Eva agrees", "approvers": [{"by": "user", "value": "eva"}]}]
    id_ = ask(system, anna)
    task = task_in(boss)
    boss.post(f"/inbox/{task}/approve")
    assert "Take back my answer" in words(boss.page(f"/inbox/{task}?which=decided"))
    boss.post(f"/inbox/{task}/take-back")
    assert "Nothing waits for you" in words(eva.page("/inbox"))
    boss.post(f"/inbox/{task}/approve")
    eva.post(f"/inbox/{task_in(eva)}/approve")
    assert state_of(system, id_) == "agreed"
    late = boss.post(f"/inbox/{task}/take-back")
    assert late.status_code == 422
    assert "has gone further" in words(late.text)


def test_the_way_shows_what_is_still_to_come(system: Actor, anna: Browser, boss: Browser, eva: Browser) -> None:
    with unit_of_work(system) as opened:
        definition = opened.scalars(select(ApprovalDefinition)).one()
        definition.nodes = [*definition.nodes, {
            "key": "n9", "type": "approve", "name": "Second look", "mode": "all", "limits": [
                {"hours": 4, "then": "escalate"}],
            "approvers": [{"by": "user", "value": "eva"}, {"by": "user", "value": "boss"}]}]
    ask(system, anna)
    said = words(boss.page("/inbox"))
    assert "Second look" in said
    assert "all must agree" in said
    boss.post(f"/inbox/{task_in(boss)}/approve")
    said = words(eva.page("/inbox"))
    assert "0 / 2" in said
    assert "Then it is passed up to the manager." in said


def test_whoever_submits_chooses_the_approver_and_nothing_typed_is_lost(
    system: Actor, anna: Browser, boss: Browser, eva: Browser
) -> None:
    with unit_of_work(system) as opened:
        opened.scalars(select(ApprovalDefinition)).one().nodes = [
            {"key": "n1", "type": "approve", "name": "Somebody agrees", "approvers": [{"by": "choice"}]}]
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        id_ = records.create(Repair, [{"rider": rider, "parts": [{"what": "Frame", "price": "900"}]}])[0].id
    version = inputs(anna.page(f"/tests/repair/{id_}"))["version"]
    asked = anna.post(f"/tests/repair/{id_}/do/agree", {"version": version})
    assert asked.status_code == 422
    assert "Who approves R-0001?" in words(asked.text)
    assert "Somebody agrees" in words(asked.text)
    anna.post(f"/tests/repair/{id_}/do/agree", {"version": version, "approver.n1": str(user(system, "eva"))})
    assert state_of(system, id_) == "submitted"
    assert "Why you: was chosen by the initiator." in words(eva.page("/inbox"))


def test_a_deputy_is_named_on_a_page_of_its_own_and_decides(
    system: Actor, boss: Browser, eva: Browser, costly: int
) -> None:
    day = re.search(r'name="starts_on" value="([0-9-]+)"', boss.page("/inbox/deputies"))
    assert day
    today = day[1]
    form = {"deputy": str(user(system, "eva")), "starts_on": today, "ends_on": today, "note": "on leave"}
    wrong = boss.post("/inbox/deputies", {**form, "ends_on": "2020-01-01"})
    assert wrong.status_code == 422
    assert "on leave" in wrong.text
    assert "The last day is before the first" in words(wrong.text)
    boss.post("/inbox/deputies", form)
    assert "Eva decides for you" in words(boss.page("/inbox/deputies"))
    assert "You decide for Boss" in words(eva.page("/inbox/deputies"))
    assert "You stand in for Boss." in words(eva.page("/inbox"))
    eva.post(f"/inbox/{task_in(eva)}/approve")
    assert state_of(system, costly) == "agreed"
    end = re.search(r"/inbox/deputies/\d+/end", boss.page("/inbox/deputies"))
    assert end
    boss.post(end[0])
    assert "Nobody at present." in words(eva.page("/inbox/deputies"))


def test_somebody_without_a_part_sees_nothing_and_does_nothing(
    system: Actor, boss: Browser, eva: Browser, costly: int
) -> None:
    task = task_in(boss)
    assert eva.get(f"/inbox/{task}").status_code == 404
    for verb in ("approve", "reject", "send-back", "hand-over", "add", "take-back", "revoke", "urge", "copy"):
        answer = eva.post(f"/inbox/{task}/{verb}", {
            "comment": "x", "to": "start", "person": "1", "signer": "1", "place": "after", "copy_to": "1"})
        assert answer.status_code in (403, 404, 422), verb
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(ApprovalTask.outcome)).all() == ["waiting"]


