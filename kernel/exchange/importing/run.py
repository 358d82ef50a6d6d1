"""Run an import as one transaction: all good rows, or nothing where it is only rehearsed or breaks off."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from kernel.entities.base import entities, entity
from kernel.entities.work import Actor, current_work, session, unit_of_work
from kernel.errors import Refusal, UsageError
from kernel.exchange.importing.files import CHUNK
from kernel.exchange.importing.frames import Layout
from kernel.exchange.importing.mapping import MappingFile, Step
from kernel.exchange.importing.memory import Forgetful, Memory
from kernel.exchange.importing.reading import read_mapping
from kernel.exchange.importing.report import ImportReport, RowProblem, StepReport
from kernel.exchange.importing.stepping import StepRun
from kernel.exchange.importing.targets import plan_targets
from kernel.exchange.records import get_many
from kernel.i18n import _
from kernel.identity.models import Company
from kernel.permissions.rights import rights
from kernel.workflows.machine import workflow_of

__all__ = ["run_import", "take_steps"]

Progress = Callable[[StepReport], None]


class _TakenBack(Exception):
    """Leaves the unit of work so that nothing of it stays."""


def run_import(
    mapping: Path, folder: Path, *, who: Actor | None = None, dry_run: bool = False,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Bring the files of a folder in by a mapping, and report what came in and what could not.

    One transaction holds it all: killed or broken off, it leaves nothing, and is started again the same way. Rows
    known from an earlier import change only where their cells did. Without `who` the system imports, into the
    company the mapping names or the only one there is. A `dry_run` does the same and takes it back.
    `on_progress` is told the counts of the step at work.
    Raises Refusal, with nothing written, where the mapping or a file is wrong as such; wrong rows are in the report.
    """
    started = time.perf_counter()
    plan = read_mapping(mapping)
    if not folder.is_dir():
        raise UsageError("IMPORT_FOLDER", _("There is no folder {folder}", folder=folder))
    report = ImportReport(plan.source, dry_run)
    who = who or _system_for(plan)
    try:
        with _collector_paused(), unit_of_work(who):
            take_steps(plan, folder, report, on_progress)
            report.withdrawn = plan.all_or_nothing and not report.clean
            if dry_run or report.withdrawn:
                raise _TakenBack
    except _TakenBack:
        pass  # the unit of work has rolled back, which is all that was wanted
    report.seconds = time.perf_counter() - started
    return report


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cycle collector from walking millions of cells that hold no cycles: a fifth of an import's time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def take_steps(
    plan: MappingFile, folder: Path, report: ImportReport, on_progress: Progress | None, *, size: int = CHUNK
) -> list[StepRun]:
    """Take all rows of a plan's steps within the unit of work at hand, `size` of them at a time."""
    steps = {step.name: step for step in plan.steps}
    granted, known = rights(), entities()
    for step in plan.steps:
        if (named := known.get(step.entity)) and not named.__parent__:
            granted.demand("imported" if step.history else "create", step.entity)
    planned = [(step, *plan_targets(step, steps), Layout(folder, step)) for step in plan.steps]
    work = current_work()
    memories = {
        step.name: Memory(work, plan.source, step.name, entity(step.entity)) if not plan.once else Forgetful()
        for step in plan.steps}
    runs: list[StepRun] = []
    for step, cls, targets, layout in planned:
        run = StepRun(step, cls, targets, layout, memories, report)
        report.steps.append(run.counts)
        run.take_all(on_progress, size)
        runs.append(run)
        session().flush()
    for step, run in zip(plan.steps, runs, strict=True):
        if step.action and run.created:
            _act(step, step.action, run.created, report)
    return runs


def _act(step: Step, action: str, ids: Sequence[int], report: ImportReport) -> None:
    """Take what a step created through a transition; a refusal leaves the records as they came in and is reported."""
    cls = entity(step.entity)
    workflow = workflow_of(cls)
    if workflow is None or action not in workflow.transitions:
        raise UsageError(
            "IMPORT_ACTION", _("Step {step}: {entity} has no action {action}", step=step.name, entity=step.entity,
                               action=action), allowed=", ".join(workflow.transitions) if workflow else "")
    try:
        with session().begin_nested():
            workflow.run(action, get_many(cls, ids))
    except Refusal as refusal:
        session().expire_all()
        report.note(RowProblem(
            step.name, step.file, 0, "", "", _("“{action}” was refused: {reason}",
                                               action=workflow.transitions[action].label, reason=refusal.message),
            refusal.code))


def _system_for(plan: MappingFile) -> Actor:
    """Make the system act in the company the mapping names, or in the only one."""
    with unit_of_work(reading=True) as system:
        known = system.execute(select(Company.id, Company.name, Company.timezone)
                               .where(Company.archived.is_(False))).all()
    chosen = [each for each in known if plan.company in (None, each.name)]
    if len(chosen) == 1:
        return Actor(system=True, company_id=chosen[0].id, zone=chosen[0].timezone)
    names = ", ".join(sorted(each.name for each in known))
    if plan.company is not None:
        raise UsageError("IMPORT_COMPANY", _("There is no company {name}", name=plan.company), allowed=names)
    raise UsageError(
        "IMPORT_COMPANY", _("Say in the mapping which company the data belongs to: company = \"...\""), allowed=names)
