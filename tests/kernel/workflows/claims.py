"""Claims, to try approvals on: a document with an amount, whose step "pay" may be put under approval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped

from kernel.entities.base import Document
from kernel.entities.extension import Extension
from kernel.entities.fields import date, instant, link, money, state, text
from kernel.entities.types import Money
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Refusal
from kernel.identity.models import Employee, User
from kernel.permissions.declare import grant
from kernel.workflows.approvals import my_tasks
from kernel.workflows.machine import State, Transition, Workflow
from kernel.workflows.models import ApprovalDefinition, ApprovalRun, ApprovalTask

done: list[str] = []


class Claim(Document):
    name: Mapped[str] = text(80)
    amount: Mapped[Money] = money(default=0)
    reason: Mapped[str | None] = text(80)
    reviewer: Mapped[User | None] = link()
    reviewer_id: Mapped[int | None]
    keeper: Mapped[Employee | None] = link()
    keeper_id: Mapped[int | None]
    due: Mapped[dt.date | None] = date()
    opens: Mapped[dt.datetime | None] = instant()
    state: Mapped[str] = state("draft")


def positive(claims: Sequence[Claim]) -> Iterable[Refusal]:
    for claim in claims:
        if claim.amount <= 0:
            yield Refusal("NOT_POSITIVE", f"{claim.name} is not positive", record=claim, field="amount")


class Care(Extension[Claim]):
    """What another plugin would add to claims: who minds them."""

    minder: Mapped[User | None] = link()
    minder_id: Mapped[int | None]


flow = Workflow(
    Claim,
    states=[State("draft", "Draft"), State("submitted", "Submitted", "amber"), State("paid", "Paid", "green"),
            State("void", "Void", "red")],
    transitions=[
        Transition("pay", "Pay", ("draft",), "paid", guards=(positive,),
                   effect=lambda claims: done.extend(claim.name for claim in claims)),
        Transition("void", "Void", ("draft", "paid"), "void", needs=("reason",)),
    ])

RIGHTS = grant("tests.claim", "read create pay void", scope="own")


def node(key: str, *approvers: str | dict[str, Any], kind: str = "approve", **more: Any) -> dict[str, Any]:
    """A node that asks people by their sign-in names, or by rules."""
    rules = [{"by": "user", "value": each} if isinstance(each, str) else each for each in approvers]
    return {"key": key, "type": kind, "name": key.title(), "approvers": rules, **more}


def wait(key: str, hours: int = 0, *, field: str = "") -> dict[str, Any]:
    """A node that waits for working hours, or until the day in a field."""
    until = {"until": "field", "field": field} if field else {"until": "hours", "hours": hours}
    return {"key": key, "type": "wait", "name": key.title(), **until}


def branch(key: str, *paths: tuple[list[Any], list[dict[str, Any]]]) -> dict[str, Any]:
    """A branch of paths, each with its conditions and nodes."""
    return {"key": key, "type": "branch", "name": key.title(), "paths": [
        {"key": f"{key}{number}", "name": str(number), "conditions": conditions, "nodes": nodes}
        for number, (conditions, nodes) in enumerate(paths)]}


def parallel(key: str, *paths: list[dict[str, Any]]) -> dict[str, Any]:
    """Paths that are all taken, at the same time."""
    return {"key": key, "type": "parallel", "name": key.title(), "paths": [
        {"key": f"{key}{number}", "name": str(number), "nodes": nodes} for number, nodes in enumerate(paths)]}


def put_under(system: Actor, *nodes: dict[str, Any], code: str = "tests.flow", **more: Any) -> int:
    """Put paying under a flow of nodes."""
    with unit_of_work(system) as opened:
        made = ApprovalDefinition(
            code=code, name=code, entity="tests.claim", transition="pay", nodes=list(nodes), **more)
        opened.add(made)
        opened.flush()
        return made.id


def submit(who: Actor, amount: int = 500, **values: Any) -> int:
    """Submit a claim; gives its id."""
    with unit_of_work(who) as opened:
        claim = Claim(name=f"Claim {amount}", amount=Decimal(amount), **values)
        opened.add(claim)
        opened.flush()
        flow.run("pay", [claim])
        return claim.id


def state_now(system: Actor, id_: int) -> str:
    """The state a claim is in."""
    with unit_of_work(system, reading=True) as opened:
        return opened.get_one(Claim, id_).state


def task_of(who: Actor) -> int:
    """The one task that waits for somebody."""
    with unit_of_work(who, reading=True):
        [task] = my_tasks()
        return task.id


def asked(system: Actor) -> list[str]:
    """The sign-in names of those who are asked now."""
    with unit_of_work(system, reading=True) as opened:
        return sorted(opened.scalars(
            select(User.login).join(ApprovalTask, ApprovalTask.approver_id == User.id)
            .where(ApprovalTask.outcome == "waiting")))


def history(system: Actor) -> list[tuple[str, str, str]]:
    """What became of each task, in order: node, who, outcome."""
    with unit_of_work(system, reading=True) as opened:
        return sorted(
            (task.node, task.approver.login, task.outcome) for task in opened.scalars(select(ApprovalTask)))


def run_of(claim: int) -> ApprovalRun:
    """The latest run of a claim, in the current work."""
    return session().scalars(
        select(ApprovalRun).where(ApprovalRun.record_id == claim).order_by(ApprovalRun.id.desc())).first()  # type: ignore[return-value]
