"""Approval runs, their tasks and their documents tell the same story."""

from collections.abc import Iterable

from sqlalchemy import and_, exists, func, select, true

from kernel.entities.base import Document, entities
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import ask, findings, name_column, table_named
from kernel.workflows.machine import workflow_of, workflows
from kernel.workflows.models import ApprovalDefinition, ApprovalRun, ApprovalTask


@invariant("kernel.approval_runs", _("A running approval waits for somebody, an ended one for nobody"))
def runs_and_tasks_agree() -> Iterable[Finding]:
    """Compare runs with their tasks, and look for documents in two approvals at once."""
    run, task = table_named(ApprovalRun.__tablename__), table_named(ApprovalTask.__tablename__)
    waiting = exists().where(task.c.run_id == run.c.id, task.c.outcome == "waiting")
    yield from findings(
        run, and_(run.c.outcome == "running", ~waiting), _("It is running, but nobody is asked"))
    open_tasks = exists().where(task.c.run_id == run.c.id, task.c.outcome == "waiting")
    yield from findings(
        run, and_(run.c.outcome != "running", open_tasks), _("It has ended, but somebody is still asked"))
    yield from findings(
        run, and_(run.c.outcome != "running", run.c.ended_at.is_(None)), _("It has ended, but not at any time"))
    yield from findings(
        task, and_(task.c.outcome.in_(["approved", "rejected", "returned", "handed_over", "escalated"]),
                   task.c.decided_at.is_(None)),
        _("It was decided, but not at any time"))
    twice = (select(run.c.entity, func.max(run.c.record_title), func.count()).where(run.c.outcome == "running")
             .group_by(run.c.entity, run.c.record_id).having(func.count() > 1))
    for entity, title, count in ask(twice):
        yield Finding(entity, title, _("It is in {count} approvals at once", count=count))


@invariant("kernel.approval_documents", _("A document waits for approval exactly while one is running"))
def documents_and_runs_agree() -> Iterable[Finding]:
    """Compare the states of documents with the approvals that run on them."""
    run = table_named(ApprovalRun.__tablename__)
    for cls, flow in workflows().items():
        table = table_named(cls.__tablename__)
        state = table.c[cls.__fields__[flow.field].column]
        parked = sorted({each.parked for each in flow.transitions.values() if each.parked in flow.states})
        # what came in as history waits for nobody here: it was decided elsewhere, or never will be
        living = table.c.historical.is_(False) if issubclass(cls, Document) else true()
        running = exists().where(
            run.c.entity == cls.__entity__, run.c.record_id == table.c.id, run.c.outcome == "running")
        sources = {code for each in flow.transitions.values() for code in each.source}
        only_parked = [code for code in parked if code not in sources and code != flow.initial]
        if only_parked:
            yield from findings(
                table, state.in_(only_parked) & living & ~running, _("It waits for approval, but none is running"))
        if parked:
            yield from findings(
                table, state.not_in(parked) & running, _("An approval is running, but it doesn't wait for it"))


@invariant("kernel.approval_definitions", _("Approvals are about entities and actions that are there"))
def definitions_name_what_is_there() -> Iterable[Finding]:
    """Look for definitions on unknown entities or actions."""
    table = table_named(ApprovalDefinition.__tablename__)
    for name, entity, transition in ask(
            select(name_column(table), table.c.entity, table.c.transition).where(table.c.archived.is_(False))):
        cls = entities().get(entity)
        flow = workflow_of(cls) if cls is not None else None
        if flow is None or transition not in flow.transitions:
            yield Finding("kernel.approval_definition", str(name), _(
                "It is about {action} of {entity}, which isn't there", action=transition, entity=entity))
