"""Lay a step's rows out in columns, with the columns of its joined files beside them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from operator import and_
from pathlib import Path
from typing import Any, TypeVar

from kernel.exchange.importing.files import CHUNK, SourceFile, open_source
from kernel.exchange.importing.formula import FormulaError
from kernel.exchange.importing.mapping import Cells, Condition, Join, Step
from kernel.exchange.importing.report import RowProblem
from kernel.i18n import Text, _

__all__ = ["NUMBER", "Frame", "Layout", "joined"]

T = TypeVar("T")
Column = Sequence[str]

NUMBER = "#"
"""The pseudo-column of a key that counts the rows sharing the other key columns: 1, 2, 3..."""


class Frame:
    """Some rows of a step as columns, and what was wrong with rows that had to be left out."""

    def __init__(self, step: Step, columns: dict[str, Column], lines: Sequence[int], read: int) -> None:
        self._step = step
        self.columns = columns
        self.lines = lines
        self.read = read
        """Rows of the file, before any was left out."""
        self.problems: list[RowProblem] = []
        self.refused = 0
        self._failed: set[int] = set()

    @property
    def count(self) -> int:
        """Count the rows."""
        return len(self.lines)

    def cells(self, source: Cells, name: str) -> Column:
        """Give the texts that a field is made of; rows whose formula fails get a blank one and a problem."""
        if source.constant is not None:
            return [source.constant] * self.count
        if source.template is not None:
            return self._worked_out(source.template.fill, source.columns, name, "")
        if source.formula is not None:
            return self._worked_out(source.formula.work_out, source.columns, name, "")
        if source.key:
            return joined([self.columns[each] for each in source.key])
        found = self.columns[source.first[0]]
        for other in source.first[1:]:
            found = [cell or next_ for cell, next_ in zip(found, self.columns[other], strict=True)]
        return found

    def holds(self, condition: Condition) -> list[bool]:
        """Say for each row whether a condition holds; where its formula fails it doesn't."""
        wanted = [True] * self.count
        for name, values, positive in condition.tests:
            tested = [(cell.strip() in values) is positive for cell in self.columns[name]]
            wanted = list(map(and_, wanted, tested))
        if condition.formula is not None:
            held = self._worked_out(condition.formula.holds, condition.formula.columns, "where", False)
            wanted = list(map(and_, wanted, held))
        return wanted

    def keep_where(self, condition: Condition) -> None:
        """Leave out the rows that a condition doesn't want; those whose formula fails are refused."""
        held = self.holds(condition)
        self.refused += len(self._failed)
        self._failed = set()
        self.keep(held)

    def keep(self, wanted: Sequence[object]) -> None:
        """Leave out the rows that aren't wanted."""
        if not all(wanted):
            self.columns = {name: list(compress(column, wanted)) for name, column in self.columns.items()}
            self.lines = list(compress(self.lines, wanted))

    def refuse(self, positions: Iterable[int], column: str, code: str, message: Text) -> None:
        """Leave out rows and note the same problem for each."""
        wanted = [True] * self.count
        for position in positions:
            wanted[position] = False
            cell = self.columns[column][position] if column in self.columns else ""
            self.problems.append(RowProblem(
                self._step.name, self._step.file, self.lines[position], column, cell, message, code))
            self.refused += 1
        self.keep(wanted)

    def refuse_failed(self) -> None:
        """Leave out the rows of which a formula could not be worked out."""
        if self._failed:
            self.refused += len(self._failed)
            self.keep([position not in self._failed for position in range(self.count)])
            self._failed = set()

    def _worked_out(
        self, work_out: Callable[[tuple[str, ...]], T], columns: Sequence[str], name: str, blank: T
    ) -> list[T]:
        if not columns:
            return [work_out(())] * self.count
        # One column's cells are their own keys; of several, each row's tuple is.
        single = len(columns) == 1
        rows: Sequence[Any] = self.columns[columns[0]] if single else list(
            zip(*(self.columns[each] for each in columns), strict=True))
        known: dict[Any, T] = {}
        failed: dict[Any, str] = {}
        for row in set(rows):
            try:
                known[row] = work_out((row,) if single else row)
            except FormulaError as error:
                known[row] = blank
                failed[row] = str(error)
        if failed:
            for position, row in enumerate(rows):
                if row in failed:
                    self._failed.add(position)
                    self.problems.append(RowProblem(
                        self._step.name, self._step.file, self.lines[position], ", ".join(columns),
                        row if single else ", ".join(row), failed[row], "FORMULA", name))
        return list(map(known.__getitem__, rows))


def joined(columns: Sequence[Column]) -> Column:
    """Join key columns to one text a row; empty where the first is."""
    if len(columns) == 1:
        return [cell.strip() for cell in columns[0]]
    return ["|".join(cells) if cells[0] else "" for cells in zip(*columns, strict=True)]


class _Lookup:
    """A joined file in memory: the needed cells by key."""

    def __init__(self, folder: Path, join: Join, columns: Sequence[str]) -> None:
        self.join = join
        self.columns = columns
        self.file = open_source(folder, join.file, join.format, join.sheet)
        condition = join.where.columns if join.where else ()
        self._needed = [*dict.fromkeys([*columns, *condition, *(there for _here, there in join.on)])]
        self._positions = {name: self.file.position(name) for name in self._needed}
        self._rows: dict[str, tuple[str, ...]] = {}
        self._waiting: dict[str, int] = {}
        """Line of each key that no row has asked for yet, where the join wants to know."""
        self.several: set[str] = set()
        """Keys that more than one row has."""

    def load(self, step: Step) -> None:
        """Read the file; the first row of a key wins, or the last where the join says so."""
        for chunk in self.file.chunks():
            table = list(zip(*chunk.rows, strict=True)) or [()] * len(self.file.header)
            frame = Frame(step, {name: table[at] for name, at in self._positions.items()}, chunk.lines, 0)
            if self.join.where is not None:
                frame.keep_where(self.join.where)
            keys = joined([frame.columns[there] for _here, there in self.join.on])
            cells = zip(*(frame.columns[name] for name in self.columns), strict=True) if self.columns else [
                ()] * frame.count
            for key, row in zip(keys, cells, strict=True):
                if key in self._rows:
                    self.several.add(key)
                    if self.join.several != "last":
                        continue
                self._rows[key] = row
            if self.join.unused == "report":
                self._waiting.update(zip(keys, frame.lines, strict=True))

    def stand_beside(self, frame: Frame) -> None:
        """Add the joined columns; rows without a match get empty cells, or are refused where it is required."""
        here = [name for name, _there in self.join.on]
        keys = joined([frame.columns[name] for name in here])
        for key in self._waiting.keys() & set(keys):
            del self._waiting[key]
        if self.join.several == "refuse" and self.several:
            wrong = [at for at, key in enumerate(keys) if key in self.several]
            frame.refuse(wrong, here[0], "SEVERAL", _(
                "matches several rows of {file}; say which with `several` or `where`", file=self.file.name))
        if self.join.required:
            keys = joined([frame.columns[name] for name in here])
            wrong = [at for at, key in enumerate(keys) if key not in self._rows]
            frame.refuse(wrong, here[0], "NOT_FOUND", _("has no row in {file}", file=self.file.name))
        if not self.columns:
            return
        keys = joined([frame.columns[name] for name in here])
        blank = ("",) * len(self.columns)
        found = [self._rows.get(key, blank) for key in keys]
        columns = list(zip(*found, strict=True)) or [()] * len(self.columns)
        for name, column in zip(self.columns, columns, strict=True):
            frame.columns[f"{self.join.name}.{name}"] = column


    def unused(self, step: Step) -> Iterator[RowProblem]:
        """Give a problem for each row that belongs to none of the step's."""
        column = self.join.on[0][1]
        for key, line in self._waiting.items():
            yield RowProblem(
                step.name, self.join.file, line, column, key,
                _("belongs to no row of {file}", file=step.file), "NOT_FOUND")


class Layout:
    """Where a step's columns are found; refuses unknown files and columns when made."""

    def __init__(self, folder: Path, step: Step) -> None:
        self.step = step
        self.file: SourceFile = open_source(folder, step.file, step.format, step.sheet)
        joins = {join.name for join in step.joins}
        own: list[str] = []
        beside: dict[str, list[str]] = {name: [] for name in joins}
        for column in _wanted(step):
            join, dot, name = column.partition(".")
            if dot and join in joins:
                beside[join].append(name)
            elif column != NUMBER:
                own.append(column)
        self._positions = {name: self.file.position(name) for name in dict.fromkeys(own)}
        self._lookups = [_Lookup(folder, join, list(dict.fromkeys(beside[join.name]))) for join in step.joins]
        self._counted: Counter[str] = Counter()

    def frames(self, whole: bool = False, size: int = CHUNK) -> Iterator[Frame]:
        """Give the rows in chunks of a size, or all at once."""
        for lookup in self._lookups:
            lookup.load(self.step)
        for chunk in self.file.chunks(1 << 60 if whole else size):
            table = list(zip(*chunk.rows, strict=True)) or [()] * len(self.file.header)
            columns: dict[str, Column] = {name: table[at] for name, at in self._positions.items()}
            frame = Frame(self.step, columns, chunk.lines, len(chunk.lines) + len(chunk.uneven))
            for line, cells in chunk.uneven:
                frame.refused += 1
                frame.problems.append(RowProblem(
                    self.step.name, self.step.file, line, "", "", _(
                        "has {cells} cells, the header {columns}", cells=cells, columns=len(self.file.header)),
                    "CELLS"))
            for lookup in self._lookups:
                lookup.stand_beside(frame)
            if self.step.where is not None:
                frame.keep_where(self.step.where)
            if NUMBER in self.step.key:
                self._count(frame)
            yield frame

    def unused(self) -> list[RowProblem]:
        """Give the rows of joined files that belong to nothing, once all frames are through."""
        return [problem for lookup in self._lookups for problem in lookup.unused(self.step)]

    def _count(self, frame: Frame) -> None:
        others = joined([frame.columns[name] for name in self.step.key if name != NUMBER])
        numbers = []
        for key in others:
            self._counted[key] += 1
            numbers.append(str(self._counted[key]))
        frame.columns[NUMBER] = numbers


def _wanted(step: Step) -> list[str]:
    names = [*step.key, *(step.where.columns if step.where else ())]
    for rule in step.rules:
        names += rule.cells.columns
    for join in step.joins:
        names += [here for here, _there in join.on]
    return [*dict.fromkeys(names)]
