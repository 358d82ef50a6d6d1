"""Check an import, and do it: both take all rows through the engine; a check takes everything back."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, delete, select

from kernel.entities.base import Entity, entity
from kernel.entities.columns import ColumnInsert, Same
from kernel.entities.numbering import rehearsed_numbers
from kernel.entities.work import session
from kernel.errors import Refusal
from kernel.exchange.importing.report import ImportReport, StepReport
from kernel.exchange.importing.run import take_steps
from kernel.exchange.importing.stepping import StepRun
from kernel.exchange.models import ImportedRecord, WrongRow
from kernel.exchange.sheets.choices import Choices
from kernel.exchange.sheets.columns import FileField, fields_by_path
from kernel.exchange.sheets.files import drop_file, open_file, remember_mapping, source_of
from kernel.exchange.sheets.opened import OpenImport
from kernel.exchange.sheets.plan import LINES, made_of_lines, plan_of
from kernel.exchange.sheets.progress import tell_progress
from kernel.exchange.sheets.wording import cells_of, worded
from kernel.i18n import _, current_timezone

__all__ = ["audited_as", "check_import", "do_import", "import_of"]

AT_A_TIME = 5_000
"""Rows handled at a time: fewer than in a folder's import, so that progress is seen."""
MOST_PROBLEMS = 1_000_000
REQUEST = "import-"
"""What the audit trail has for a request, before the import's id."""
PASSES = 4
"""How often rows with lines are taken again without the records of which a line was wrong."""
PART = 5_000


@dataclass(slots=True)
class _Outcome:
    """What taking the rows came to."""

    runs: Sequence[StepRun]
    wrong: dict[int, list[list[str]]] = field(default_factory=lambda: defaultdict(list))
    """By line, pairs of a column and what is wrong with its cell."""
    seconds: float = 0.0


class _TakenBack(Exception):
    """Leaves a savepoint so that nothing of it stays."""


def check_import(found: OpenImport, *, told: bool = False) -> None:
    """Take all rows, note what became of them and what was wrong, and take everything back.

    `told` tells progress. Raises Refusal where the choices can't work.
    """
    cls = entity(found.entity)
    choices = Choices.from_json(found.choices)
    with open_file(found) as path:
        outcome = _rehearsed(cls, found, path, choices, told=told)
        _keep_wrong_rows(found, path, choices, outcome)
    found.report = {"check": _counts(found, outcome)}
    found.save("checked")


def do_import(found: OpenImport, *, all_or_nothing: bool, told: bool = False) -> None:
    """Take all good rows, and remember what was made and changed.

    With `all_or_nothing` a single wrong row leaves everything as it was, and the import as checked.
    """
    cls = entity(found.entity)
    choices = Choices.from_json(found.choices)
    with open_file(found) as path:
        outcome, kept = _imported(cls, found, path, choices, all_or_nothing=all_or_nothing, told=told)
        _keep_wrong_rows(found, path, choices, outcome)
    if not kept:
        found.report = {"check": _counts(found, outcome), "withdrawn": True}
        found.save("checked")
        return
    _remember_records(found, cls, outcome.runs[0])
    found.report = {"done": _counts(found, outcome)}
    found.save("done")
    remember_mapping(found)
    drop_file(found.id)


@contextmanager
def audited_as(import_id: int) -> Iterator[None]:
    """Have the audit trail say that what is done meanwhile belongs to an import."""
    work = session().work
    before, work.request_id = work.request_id, f"{REQUEST}{import_id}"
    try:
        yield
    finally:
        session().flush()
        work.request_id = before


def import_of(entry: Any) -> int | None:
    """Give the import that an entry of the audit trail belongs to, if any."""
    request = getattr(entry, "request_id", None) or ""
    number = request.removeprefix(REQUEST)
    return int(number) if request != number and number.isdecimal() else None


def _rehearsed(cls: type[Entity], found: OpenImport, path: Path, choices: Choices, *, told: bool) -> _Outcome:
    outcome: _Outcome | None = None
    try:
        with session().begin_nested(), rehearsed_numbers(session().work.connection):
            outcome = _taken(cls, found, path, choices, told=told)
            raise _TakenBack
    except _TakenBack:
        pass  # the savepoint has rolled back, which is all that was wanted
    assert outcome is not None  # noqa: S101  # for the type checker: _TakenBack is raised after it is set
    return outcome


def _imported(
    cls: type[Entity], found: OpenImport, path: Path, choices: Choices, *, all_or_nothing: bool, told: bool
) -> tuple[_Outcome, bool]:
    outcome: _Outcome | None = None
    try:
        with session().begin_nested(), audited_as(found.id):
            outcome = _taken(cls, found, path, choices, told=told)
            if all_or_nothing and outcome.wrong:
                raise _TakenBack
    except _TakenBack:
        return cast(_Outcome, outcome), False
    return outcome, True


def _taken(cls: type[Entity], found: OpenImport, path: Path, choices: Choices, *, told: bool) -> _Outcome:
    """Take the rows; where they are lines, again without the records of which one was wrong."""
    started = time.perf_counter()
    fields = fields_by_path(cls)
    zone = current_timezone().key
    groups: frozenset[str] = frozenset()
    wrong: dict[int, list[list[str]]] = {}
    for _pass in range(PASSES):
        report = ImportReport(found.file_name, dry_run=False, most=MOST_PROBLEMS)
        with session().begin_nested() as savepoint:
            runs = take_steps(
                plan_of(cls, path.name, choices, zone, groups), path.parent, report,
                _progress(found, len(groups) > 0) if told else None, size=AT_A_TIME)
            for line, problems in _by_line(cls, report, choices, fields).items():
                wrong.setdefault(line, problems)
            if not wrong or not made_of_lines(choices, fields):
                break
            more = _groups_of(path, choices, wrong.keys())
            if more <= groups:
                break
            groups |= more
            savepoint.rollback()
    else:
        raise Refusal("IMPORT_LINES", _("The lines of these records can't be taken one without the other"))
    if groups:
        _blame_whole_groups(path, choices, groups, wrong)
    return _Outcome(runs, wrong, time.perf_counter() - started)


def _progress(found: OpenImport, again: bool) -> Callable[[StepReport], None]:
    def tell(counts: StepReport) -> None:
        if not again and counts.name != LINES:
            tell_progress(found.id, counts.read)
    return tell


def _by_line(
    cls: type[Entity], report: ImportReport, choices: Choices, fields: Mapping[str, FileField]
) -> dict[int, list[list[str]]]:
    found: dict[int, list[list[str]]] = defaultdict(list)
    for problem in report.problems:
        columns = cells_of(problem, choices, fields)
        for column in columns or [""]:
            told = [column, worded(cls, problem, column, choices, fields)]
            if told not in found[problem.line]:
                found[problem.line].append(told)
    return found


def _groups_of(path: Path, choices: Choices, lines: Any) -> frozenset[str]:
    wanted = set(lines)
    return frozenset(
        cell for line, cell in _group_cells(path, choices) if line in wanted)


def _group_cells(path: Path, choices: Choices) -> Iterator[tuple[int, str]]:
    source = source_of(path, choices)
    at = source.position(choices.group)
    for chunk in source.chunks():
        for line, row in zip(chunk.lines, chunk.rows, strict=True):
            yield line, row[at].strip()


def _blame_whole_groups(
    path: Path, choices: Choices, groups: frozenset[str], wrong: dict[int, list[list[str]]]
) -> None:
    for line, cell in _group_cells(path, choices):
        if cell in groups and line not in wrong:
            wrong[line] = [["", str(_("another row of this record is wrong"))]]


def _counts(found: OpenImport, outcome: _Outcome) -> dict[str, Any]:
    counts = outcome.runs[0].counts
    return {
        "rows": found.content["count"], "created": counts.created, "changed": counts.changed,
        "unchanged": counts.unchanged, "wrong": len(outcome.wrong),
        "cells": sum(len(problems) for problems in outcome.wrong.values()),
        "lines": sum(run.counts.created for run in outcome.runs[1:]), "seconds": round(outcome.seconds, 2)}


def _keep_wrong_rows(found: OpenImport, path: Path, choices: Choices, outcome: _Outcome) -> None:
    connection = session().work.connection
    table = cast(Table, WrongRow.__table__)
    connection.execute(delete(WrongRow).where(WrongRow.import_id == found.id))
    if not outcome.wrong:
        return
    cells: dict[int, Sequence[str]] = dict.fromkeys(outcome.wrong, ())
    for chunk in source_of(path, choices).chunks():
        cells |= {
            line: row for line, row in zip(chunk.lines, chunk.rows, strict=True) if line in outcome.wrong}
    place = {name: at for at, name in enumerate(found.content["header"])}
    for problems in outcome.wrong.values():
        problems.sort(key=lambda problem: place.get(problem[0], -1))
    lines = sorted(outcome.wrong)
    ColumnInsert(connection, table).write({
        "import_id": Same(found.id), "line": lines, "cells": [list(cells[line]) for line in lines],
        "problems": [outcome.wrong[line] for line in lines]}, len(lines))


def _remember_records(found: OpenImport, cls: type[Entity], run: StepRun) -> None:
    """Note what the import made and changed, with the versions the records have now."""
    changes: dict[int, Any] = {**dict.fromkeys(run.created), **run.journal}
    ids = sorted(changes)
    if not ids:
        return
    table: Any = cls.__table__
    connection = session().work.connection
    versions: dict[int, int] = {}
    for start in range(0, len(ids), PART):
        rows = connection.execute(select(table.c.id, table.c.version).where(table.c.id.in_(ids[start:start + PART])))
        versions.update((row[0], row[1]) for row in rows)
    ColumnInsert(connection, cast(Table, ImportedRecord.__table__)).write({
        "import_id": Same(found.id), "record_id": ids, "version": [versions[id_] for id_ in ids],
        "changes": [changes[id_] for id_ in ids]}, len(ids))
