"""What the inbox does, programs do too: list what waits, act on tasks and runs, choose approvers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.api.openapi import document
from kernel.entities.work import Actor, unit_of_work
from kernel.permissions.declare import grant
from kernel.permissions.roles import sync_roles
from kernel.workflows.approvals import APPROVAL_ROLES
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.kernel.workflows.claims import RIGHTS, node, put_under, state_now, submit

ClientOf = Callable[..., Client]
WAITING = "/kernel/approval_tasks/waiting"


@pytest.fixture
def crew(make_user: MakeUser, system: Actor) -> dict[str, Actor]:
    with unit_of_work(system):
        sync_roles("kernel", APPROVAL_ROLES)
    reads = grant("tests.claim", "read", scope="own")
    return {"anna": make_user("anna", RIGHTS), **{name: make_user(name, reads) for name in ("boss", "cfo")}}


def only(client: Client) -> dict[str, Any]:
    [task] = client("GET", WAITING).json["data"]
    return dict(task)


def test_a_task_is_listed_and_approved(client_of: ClientOf, crew: dict[str, Actor], system: Actor) -> None:
    put_under(system, node("a", "boss"), node("b", "cfo"))
    claim = submit(crew["anna"])
    boss = client_of(crew["boss"])
    task = only(boss)
    assert (task["step"], task["entity"], task["record"]["title"]) == ("A", "tests.claim", "Claim 500")
    done = boss("POST", f"/kernel/approval_tasks/{task['id']}/approve", {"comment": "fine"})
    assert done.status_code == 200
    assert [each["user"] for each in done.json["waits_for"]] == [crew["cfo"].user_id]
    assert boss("GET", WAITING).json == {"data": []}
    again = boss("POST", f"/kernel/approval_tasks/{task['id']}/approve", {})
    assert (again.status_code, again.json["code"]) == (422, "ALREADY_DECIDED")
    assert state_now(system, claim) == "submitted"


def test_every_verb_does_what_the_inbox_does(client_of: ClientOf, crew: dict[str, Actor], system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    boss, cfo, anna = client_of(crew["boss"]), client_of(crew["cfo"]), client_of(crew["anna"])
    base = f"/kernel/approval_tasks/{only(boss)['id']}"
    assert boss("POST", f"{base}/add_signer", {"user": crew["cfo"].user_id, "place": "before"}).status_code == 200
    theirs = only(cfo)
    assert cfo("POST", f"/kernel/approval_tasks/{theirs['id']}/approve").status_code == 200
    handed = boss("POST", f"{base}/hand_over", {"user": crew["cfo"].user_id})
    assert handed.json["code"] == "ALREADY_ASKED"
    run = only(boss)["run"]
    assert anna("POST", f"/kernel/approval_runs/{run}/urge").status_code == 200
    assert anna("POST", f"/kernel/approval_runs/{run}/urge").json["code"] == "URGED_LATELY"
    assert anna("POST", f"/kernel/approval_runs/{run}/copy", {"users": [crew["cfo"].user_id]}).status_code == 200
    sent = boss("POST", f"{base}/send_back", {"to": "start", "comment": "look again"})
    assert (sent.status_code, sent.json["outcome"]) == (200, "returned")
    assert state_now(system, claim) == "draft"
    submit(crew["anna"], 600)
    run = only(boss)["run"]
    assert anna("POST", f"/kernel/approval_runs/{run}/revoke").json["outcome"] == "withdrawn"


@pytest.mark.parametrize(("verb", "body", "field"), [
    ("approve", {"remark": "x"}, "remark"), ("approve", {"comment": 5}, "comment"), ("reject", {}, "comment"),
    ("reject", {"comment": " "}, "comment"), ("send_back", {"to": "zz", "comment": "x"}, "to"),
    ("hand_over", {}, "user"), ("hand_over", {"user": "boss"}, "user"), ("hand_over", {"user": True}, "user"),
    ("add_signer", {"user": 1, "place": "above"}, "place"), ("hand_over", {"user": 987654321}, "to"),
])
def test_what_is_wrong_is_named(
    client_of: ClientOf, crew: dict[str, Actor], system: Actor, verb: str, body: dict[str, Any], field: str
) -> None:
    put_under(system, node("a", "boss"))
    submit(crew["anna"])
    boss = client_of(crew["boss"])
    answer = boss("POST", f"/kernel/approval_tasks/{only(boss)['id']}/{verb}", body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert [each["field"] for each in answer.json["errors"]] == [field]


def test_a_token_without_the_right_to_decide_only_reads(
    client_of: ClientOf, crew: dict[str, Actor], system: Actor
) -> None:
    put_under(system, node("a", "boss"))
    submit(crew["anna"])
    reader = client_of(crew["boss"], scopes=["*:read"])
    task = only(reader)
    assert reader("POST", f"/kernel/approval_tasks/{task['id']}/approve").status_code == 403
    stranger = client_of(crew["cfo"])
    assert stranger("GET", WAITING).json == {"data": []}
    assert stranger("POST", f"/kernel/approval_tasks/{task['id']}/approve").status_code == 403
    assert stranger("POST", f"/kernel/approval_runs/{task['run']}/revoke").status_code == 404


def test_the_initiator_chooses_approvers_with_the_action(
    client_of: ClientOf, crew: dict[str, Actor], system: Actor
) -> None:
    put_under(system, node("a", {"by": "choice"}), node("b", {"by": "choice"}))
    anna, boss = client_of(crew["anna"]), client_of(crew["boss"])
    made = anna("POST", "/tests/claims", {"name": "Desk", "amount": "700"})
    path = f"/tests/claims/{made.json['id']}/pay"
    refused = anna("POST", path, {}).json
    assert refused["code"] == "APPROVER_CHOICE"
    assert [each["field"] for each in refused["errors"]] == ["approvers.a", "approvers.b"]
    assert refused["allowed"] == '{"approvers": {"a": ["id of a user"], "b": ["id of a user"]}}'
    assert anna("POST", path, {"approvers": {"a": ["boss"]}}).status_code == 422
    some = anna("POST", path, {"approvers": {"a": [crew["boss"].user_id], "b": [987654321]}})
    assert [each["field"] for each in some.json["errors"]] == ["approvers.b"]
    chosen = {"a": [crew["boss"].user_id], "b": [crew["cfo"].user_id]}
    assert anna("POST", path, {"approvers": chosen}).status_code == 200
    assert only(boss)["record"]["title"] == "Desk"


def test_the_openapi_document_tells_of_them() -> None:
    paths = document()["paths"]
    for path in (WAITING, "/kernel/approval_tasks/{id}/send_back", "/kernel/approval_runs/{id}/urge"):
        assert path in paths
