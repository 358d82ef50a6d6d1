"""A chain names its records, says how far each is and which are late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from types import ModuleType
from typing import Any

from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, Session, unit_of_work
from kernel.exchange.chain import chain_json, chain_of
from kernel.hooks.specifications import hook, temporary_hooks
from tests.conftest import MakeUser
from tests.kernel.exchange.pledges import Hope, Pledge, Visit, flow


def pledges(work: Session, count: int = 1) -> list[Pledge]:
    """Make a late pledge, and others that follow it, each with a visit."""
    first = Pledge(promised_on=work.today - dt.timedelta(days=3), total=Decimal("12.5"))
    work.add(first)
    work.flush()
    made = [first]
    for _at in range(count):
        made.append(Pledge(promised_on=work.today - dt.timedelta(days=1), source=AnyRef.to(first)))
        work.add(made[-1])
        work.flush()
        work.add(Visit(source=AnyRef.to(made[-1])))
    work.flush()
    return made


def test_a_node_says_what_it_is_how_far_and_how_late(system: Actor, make_user: MakeUser) -> None:
    anna = make_user("anna", roles=("kernel.admin",))
    with unit_of_work(anna) as work:
        first, second = pledges(work)
        flow.run("begin", [first, second])
        flow.run("keep", [second])
        gone = Pledge(source=AnyRef("nowhere.deal", 3, "DEAL-3"))
        work.add(gone)
    with unit_of_work(anna, reading=True):
        found = chain_of(Pledge, first.id)
        lost = chain_of(Pledge, gone.id)
    late, kept, visit = found.nodes
    assert (late.title, late.label, late.icon, late.side, late.days_late) == (
        first.number, "Pledge", "flag", "here", 3)
    assert late.state is not None
    assert (late.state.label, late.state.colour, late.begun, late.final) == ("Begun", "blue", True, False)
    assert [(each.field.name, each.value) for each in late.figures] == [("total", Decimal("12.5"))]
    assert (late.made_by, late.made_by_plugin) == ("Anna", "")
    assert (kept.days_late, kept.final, kept.side) == (0, True, "after")
    assert (visit.state, visit.stage, kept.stage) == (None, 1, 0)
    assert [(each.title, each.gone) for each in lost.nodes] == [("DEAL-3", True), (gone.number, False)]


def test_what_is_late_says_why_where_a_plugin_knows(system: Actor) -> None:
    asked = []

    def held_up(entity: str, ids: Sequence[int]) -> list[str | None]:
        asked.append((entity, list(ids)))
        return [f"waits for {id_}" if id_ == first.id else None for id_ in ids]

    answering = ModuleType("plugins.bazaar.hooks")
    answering.held_up = hook(held_up)  # type: ignore[attr-defined]
    with unit_of_work(system) as work:
        first, second = pledges(work)
    with temporary_hooks() as hooks, unit_of_work(system, reading=True):
        hooks.register("bazaar", answering)
        nodes = {node.id: node for node in chain_of(Pledge, second.id).nodes}
    assert [(entity, set(ids)) for entity, ids in asked] == [("tests.pledge", {first.id, second.id})]
    assert (nodes[first.id].why_late, nodes[second.id].why_late) == (f"waits for {first.id}", "")


def test_without_a_workflow_the_state_says_whether_more_is_expected(system: Actor) -> None:
    with unit_of_work(system) as work:
        [first, _second] = pledges(work)
        yesterday = work.today - dt.timedelta(days=1)
        for code in ("open", "partly", "done"):
            work.add(Hope(state=code, source=AnyRef.to(first), expected_on=yesterday))
            work.flush()
    with unit_of_work(system, reading=True):
        nodes = [node for node in chain_of(Pledge, first.id).nodes if node.entity == Hope.__entity__]
    assert [(node.state.label if node.state else "", node.begun, node.final, node.days_late) for node in nodes] == [
        ("Open", False, False, 1), ("Partly", True, False, 1), ("Done", True, True, 0)]


def test_what_is_promised_and_there_in_full_is_late_no_more_though_more_is_expected_of_it(system: Actor) -> None:
    with unit_of_work(system) as work:
        [first, _second] = pledges(work)
        for percent in ("99.99", "100"):
            yesterday = work.today - dt.timedelta(days=1)
            work.add(Hope(source=AnyRef.to(first), arrived=Decimal(percent), expected_on=yesterday))
            work.flush()
    with unit_of_work(system, reading=True):
        nodes = [node for node in chain_of(Pledge, first.id).nodes if node.entity == Hope.__entity__]
    assert [(node.final, node.days_late) for node in nodes] == [(False, 1), (False, 0)]


def test_a_wide_chain_costs_what_a_narrow_one_does(system: Actor, count_statements: Any) -> None:
    with unit_of_work(system) as work:
        narrow, wide = pledges(work)[0], pledges(work, 30)[0]
    counts = []
    for each in (narrow, wide):
        with count_statements() as counter, unit_of_work(system, reading=True):
            chain_of(Pledge, each.id)
        counts.append(len(counter))
    assert counts[0] == counts[1] <= 20


def test_the_chain_as_data(work: Session) -> None:
    first, second = pledges(work)
    told = chain_json(chain_of(Pledge, second.id))
    assert told["root"] == {"entity": "tests.pledge", "id": second.id}
    node = told["nodes"][0]
    assert (node["id"], node["side"], node["due"], node["days_late"]) == (
        first.id, "before", (work.today - dt.timedelta(days=3)).isoformat(), 3)
    assert node["state"] == {"value": "open", "label": "Open", "colour": "amber", "final": False}
    assert node["figures"] == [{"field": "total", "label": "Total", "value": "12.50", "currency": None}]
    assert told["edges"][0] == {
        "from": {"entity": "tests.pledge", "id": first.id}, "to": {"entity": "tests.pledge", "id": second.id},
        "signals": [], "skipped": False}
    assert (told["events"], told["hidden"], told["complete"]) == ([], 0, True)
