"""How long approvals take is told per step and person, and what is late, of the runs that somebody may read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange.approvaltimes import approval_overdue, approval_times
from kernel.permissions.declare import grant
from kernel.workflows.approvals import approve, my_tasks
from kernel.workflows.models import ApprovalTask
from tests.conftest import MakeUser
from tests.kernel.workflows.claims import node, put_under, submit

Crew = dict[str, Actor]


@pytest.fixture
def decided(crew: Crew, system: Actor) -> None:
    """Two claims that boss took two and four hours for; the cfo has one since ten hours, past its limit."""
    put_under(system, node("a", "boss"), node("b", "cfo", limits=[{"hours": 1, "then": "remind"}]))
    for hours in (2, 4):
        submit(crew["anna"], 100 * hours)
        with unit_of_work(system) as opened:
            for task in opened.scalars(select(ApprovalTask).where(ApprovalTask.outcome == "waiting",
                                                                  ApprovalTask.node == "a")):
                task.asked_at = opened.now - dt.timedelta(hours=hours)
        with unit_of_work(crew["boss"]):
            approve([task.id for task in my_tasks()])
    with unit_of_work(system) as opened:
        late = opened.scalars(select(ApprovalTask).where(ApprovalTask.node == "b").order_by(ApprovalTask.id)).first()
        assert late is not None
        late.asked_at = opened.now - dt.timedelta(hours=10)
        late.due_at = opened.now - dt.timedelta(hours=1)


@pytest.mark.usefixtures("decided")
def test_answers_are_counted_with_their_mean_and_longest_time(crew: Crew, make_user: MakeUser) -> None:
    reader = make_user("reader", grant("kernel.approval_run", "read", scope="all"))
    with unit_of_work(reader, reading=True):
        assert approval_times("node", None, None).rows == [["A", "tests.flow", 2, Decimal(3), Decimal(4)]]
        assert approval_times("person", "tests.flow", None).rows == [["Boss", 2, Decimal(3), Decimal(4)]]
        assert approval_times("node", "other", None).rows == []
        assert approval_times("node", None, dt.date(2999, 1, 1)).rows == []


@pytest.mark.usefixtures("decided")
def test_what_is_late_is_listed_with_whom_it_waits_for(crew: Crew, make_user: MakeUser) -> None:
    reader = make_user("reader", grant("kernel.approval_run", "read", scope="all"))
    with unit_of_work(reader, reading=True):
        table = approval_overdue(None)
        assert [row[0::3] for row in table.rows] == [["Claim 200", "Cfo"]]
        assert table.rows[0][4] == Decimal(10)


@pytest.mark.usefixtures("decided")
def test_nobody_sees_figures_of_runs_they_have_no_part_in(crew: Crew) -> None:
    with unit_of_work(crew["emil"], reading=True):
        assert (approval_times("node", None, None).rows, approval_overdue(None).rows) == ([], [])
    with unit_of_work(crew["cfo"], reading=True):
        assert len(approval_overdue(None).rows) == 1
