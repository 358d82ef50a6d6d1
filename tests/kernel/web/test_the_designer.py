"""An administrator draws an approval without code: adds, moves, fills, tries, publishes; two editors lose nothing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from kernel.workflows.models import ApprovalDefinition
from tests.kernel.web.conftest import Browser, SignIn, inputs, words
from tests.kernel.web.garage import Repair, Rider

HERE = "/settings/approvals"
RIGHTS = (grant("kernel.approval_definition", "read create change delete", scope="all"),
          grant("kernel.approval_run", "read", scope="all"), grant("tests.repair", "read", scope="all"))


@pytest.fixture
def ada(sign_in: SignIn) -> Browser:
    return sign_in("ada", *RIGHTS)


def code_of(system: Actor) -> str:
    with unit_of_work(system, reading=True) as opened:
        return opened.scalars(select(ApprovalDefinition.code)).first() or ""


def kinds_in(system: Actor, code: str) -> list[str]:
    with unit_of_work(system, reading=True) as opened:
        latest = opened.scalars(select(ApprovalDefinition).where(ApprovalDefinition.code == code)
                                .order_by(ApprovalDefinition.revision.desc())).first()
        assert latest is not None
        return [f"{node['type']}:{node['key']}" for node in latest.nodes]


def edit(browser: Browser, code: str, **values: str) -> int:
    page = browser.page(f"{HERE}/{code}")
    version = re.search(r'data-version="(\d+)"', page)
    assert version
    return browser.post(f"{HERE}/{code}/edit", {"version": version[1], **values}).status_code


def test_the_list_shows_what_is_in_use_and_what_it_is_about(system: Actor, ada: Browser, anna: Browser) -> None:
    said = words(ada.page(HERE))
    assert "In use" in said
    assert "Repair: Agree, where" in said
    assert anna.get(HERE).status_code == 403


def test_nodes_are_added_moved_filled_and_removed_by_forms_alone(system: Actor, ada: Browser) -> None:
    code = code_of(system)
    assert edit(ada, code, do="add", kind="branch", place=":1") == 302
    assert edit(ada, code, do="add", kind="handle", place="n3:0") == 302
    assert kinds_in(system, code) == ["approve:n1", "branch:n2"]
    assert "Add after" in ada.page(f"{HERE}/{code}")
    edit(ada, code, do="move:n3:1", key="n1")
    assert kinds_in(system, code) == ["branch:n2"]
    edit(ada, code, do="move", key="n5", place=":0")
    assert kinds_in(system, code) == ["handle:n5", "branch:n2"]
    edit(ada, code, do="remove", key="n5")
    assert kinds_in(system, code) == ["branch:n2"]
    edit(ada, code, do="add_path", key="n2", name="How much")
    assert "Path 2" in words(ada.page(f"{HERE}/{code}?node=n2"))


def test_a_node_is_filled_in_its_panel_and_what_is_wrong_is_said_with_what_was_typed(
    system: Actor, ada: Browser
) -> None:
    code = code_of(system)
    page = ada.page(f"{HERE}/{code}?node=n1")
    assert "Where nobody is found" in words(page)
    version = re.search(r'data-version="(\d+)"', page)
    assert version
    form = [("version", version[1]), ("do", "node"), ("key", "n1"), ("name", "Two of three"), ("mode", "ratio"),
            ("ratio", "much"), ("rule", "user|boss"), ("rule", "manager|2"), ("nobody", "refuse"),
            ("initiator", "manager"), ("hours", "8"), ("then", "remind"), ("hours", ""), ("then", "pass"),
            ("may", "hand_over")]
    wrong = ada.post(f"{HERE}/{code}/edit", form)
    assert wrong.status_code == 422
    assert "whole number from 1 to 100" in words(wrong.text)
    assert "Two of three" in wrong.text
    right = [pair if pair[0] != "ratio" else ("ratio", "66") for pair in form]
    assert ada.post(f"{HERE}/{code}/edit", right).status_code == 302
    with unit_of_work(system, reading=True) as opened:
        draft = opened.scalars(select(ApprovalDefinition).where(ApprovalDefinition.stage == "draft")).one()
        assert draft.nodes[0] | {"type": "approve", "key": "n1"} == {
            "key": "n1", "type": "approve", "name": "Two of three", "mode": "ratio", "ratio": 66, "nobody": "refuse",
            "approvers": [{"by": "user", "value": "boss"}, {"by": "manager", "value": 2}], "initiator": "manager",
            "same": "ask", "may": ["hand_over"], "limits": [{"hours": 8, "then": "remind"}]}


def test_a_condition_is_read_as_its_field_takes_it(system: Actor, ada: Browser) -> None:
    code = code_of(system)
    edit(ada, code, do="add", kind="branch", place=":1")
    common = {"do": "node", "key": "n2", "name": "How much", "n3.name": "Large", "n4.name": "Otherwise"}
    wrong = {**common, "n3.field": "total", "n3.op": "ge", "n3.value": "lots"}
    assert edit(ada, code, **wrong) == 422
    assert edit(ada, code, **{**wrong, "n3.value": "1,000.50"}) == 302
    said = words(ada.page(f"{HERE}/{code}"))
    assert "Large: Total ≥ 1,000.5" in said


def test_a_wait_is_drawn_filled_and_says_how_long(system: Actor, ada: Browser) -> None:
    code = code_of(system)
    assert edit(ada, code, do="add", kind="wait", place=":0") == 302
    assert kinds_in(system, code) == ["wait:n2", "approve:n1"]
    assert "8 working hours" in words(ada.page(f"{HERE}/{code}"))
    panel = ada.page(f"{HERE}/{code}?node=n2")
    days = re.search(r'<select[^>]*name="day".*?</select>', panel, re.DOTALL)
    assert days
    assert set(re.findall(r'<option value="(\w+)"', days[0])) >= {"due"}
    assert "total" not in days[0], "an amount is no day"
    common = {"do": "node", "key": "n2", "name": "Until it is promised"}
    assert edit(ada, code, **common, until="hours", period="0") == 422
    assert edit(ada, code, **common, until="hours", period="9" * 5000) == 422
    assert edit(ada, code, **common, until="field", period="", day="") == 422
    assert edit(ada, code, **common, until="field", period="16", day="total") == 302
    assert "which is no day of the document" in words(ada.page(f"{HERE}/{code}?node=n2"))
    assert edit(ada, code, **common, until="field", period="16", day="due") == 302
    with unit_of_work(system, reading=True) as opened:
        draft = opened.scalars(select(ApprovalDefinition).where(ApprovalDefinition.stage == "draft")).one()
        assert draft.nodes[0] == {"key": "n2", "type": "wait", "name": "Until it is promised", "until": "field",
                                  "field": "due", "hours": 16}
    assert "timeDate" in ada.page(f"{HERE}/{code}/bpmn")


def test_of_two_editors_the_second_is_told_and_does_it_again_with_one_press(
    system: Actor, ada: Browser, sign_in: SignIn
) -> None:
    code = code_of(system)
    bob = sign_in("bob", *RIGHTS)
    edit(ada, code, do="add", kind="cc", place=":1")
    seen = re.search(r'data-version="(\d+)"', bob.page(f"{HERE}/{code}"))
    assert seen
    edit(ada, code, do="add", kind="handle", place=":2")
    late = bob.post(f"{HERE}/{code}/edit", {"version": seen[1], "do": "add", "kind": "approve", "place": ":0"})
    assert late.status_code == 409
    assert "Ada changed this draft" in words(late.text)
    assert "Do it all the same" in words(late.text)
    assert kinds_in(system, code) == ["approve:n1", "cc:n2", "handle:n3"]
    again = re.search(r'<form class="row-x mt1".*?</form>', late.text, re.DOTALL)
    assert again
    assert bob.post(f"{HERE}/{code}/edit", inputs(again[0])).status_code == 302
    assert kinds_in(system, code) == ["approve:n4", "approve:n1", "cc:n2", "handle:n3"]


def test_what_was_typed_stays_where_another_was_first(system: Actor, ada: Browser, sign_in: SignIn) -> None:
    code = code_of(system)
    bob = sign_in("bob", *RIGHTS)
    edit(ada, code, do="add", kind="cc", place=":1")
    seen = re.search(r'data-version="(\d+)"', bob.page(f"{HERE}/{code}"))
    assert seen
    edit(ada, code, do="remove", key="n2")
    late = bob.post(f"{HERE}/{code}/edit", [
        ("version", seen[1]), ("do", "node"), ("key", "n1"), ("name", "My long name"), ("rule", "manager|1"),
        ("mode", "all")])
    assert late.status_code == 409
    assert "My long name" in late.text


def test_a_draft_is_tried_on_documents_published_and_looked_at_later(
    system: Actor, ada: Browser, anna: Browser
) -> None:
    code = code_of(system)
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        records.create(Repair, [{"rider": rider, "parts": [{"what": "Frame", "price": "900"}]}])
    edit(ada, code, do="add", kind="approve", place=":1")
    held = ada.post(f"{HERE}/{code}/publish", {"version": re.search(  # type: ignore[index]
        r'data-version="(\d+)"', ada.page(f"{HERE}/{code}"))[1]})
    assert held.status_code == 422
    assert "asks nobody" in words(held.text)
    edit(ada, code, do="node", key="n2", name="Second look", rule="user|anna", mode="any")
    tried = words(ada.page(f"{HERE}/{code}/try"))
    assert "R-0001" in tried
    assert "is named in the approval" in tried
    assert "0 of 1 documents would be asked about as before, 1 differently." in tried
    page = ada.page(f"{HERE}/{code}")
    version = re.search(r'data-version="(\d+)"', page)
    assert version
    done = ada.post(f"{HERE}/{code}/publish", {"version": version[1]}, follow_redirects=True)
    assert "Version 2 is in use now." in words(done.text)
    versions = words(ada.page(f"{HERE}/{code}/versions"))
    assert "v2" in versions
    assert "Earlier version" in versions
    assert "An earlier version, to look at." in words(ada.page(f"{HERE}/{code}?version=1"))
    sent = ada.get(f"{HERE}/{code}/bpmn?version=1")
    assert sent.headers["Content-Type"].startswith("application/bpmn+xml")
    assert "<bpmn:userTask" in sent.text
    assert ada.post(f"{HERE}/{code}/versions", {"do": "off"}).status_code == 302
    assert "Switched off" in words(ada.page(HERE))


def test_a_new_approval_begins_as_a_draft(system: Actor, ada: Browser) -> None:
    wrong = ada.post(f"{HERE}/new", {"name": "", "about": ""})
    assert wrong.status_code == 422
    made = ada.post(f"{HERE}/new", {"name": "Second thoughts", "about": "tests.repair|agree"})
    assert made.headers["Location"] == f"{HERE}/own.second_thoughts"
    page = words(ada.page(made.headers["Location"]))
    assert "Not in use" in page
    assert "Manager of whoever submits" in page


@pytest.mark.parametrize("values", [
    {"do": "fly"}, {"do": "add", "kind": "dance", "place": ":0"}, {"do": "add", "kind": "cc", "place": "zz:0"},
    {"do": "remove", "key": "zz"}, {"do": "move", "key": "n1", "place": "zz:9"}, {"do": "node", "key": "zz"},
    {"do": "remove_path:zz", "key": "n1"}, {"do": ""}, {"do": "add", "kind": "x" * 10_000, "place": ":0"},
    {"do": "node", "key": "n1", "name": "A", "mode": "ratio", "ratio": "9" * 5000},
    {"do": "node", "key": "n1", "name": "A" * 10_000},
    {"do": "node", "key": "n1", "name": "A", "hours": "1" * 5000, "then": "remind"},
])
def test_an_edit_that_can_not_be_done_is_refused_and_changes_nothing(
    system: Actor, ada: Browser, values: dict[str, str]
) -> None:
    code = code_of(system)
    assert edit(ada, code, **values) in (404, 422)
    assert kinds_in(system, code) == ["approve:n1"]


def test_figures_and_what_is_overdue_are_reports(system: Actor, ada: Browser, anna: Browser) -> None:
    assert "Nothing to report" in words(ada.page("/reports/kernel.approval_times"))
    assert "Nothing to report" in words(ada.page("/reports/kernel.approval_overdue?flow=x"))
