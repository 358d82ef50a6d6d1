"""What an import says afterwards: counts per step, and every row that could not come in, with the reason."""

from dataclasses import dataclass, field
from typing import Any

from kernel.i18n import Text

__all__ = ["ImportReport", "RowProblem", "StepReport"]

KEPT = 20_000
"""Problems kept in full; more are counted."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One cell or row that could not be taken: where it is, what it says, what would be right."""

    step: str
    file: str
    line: int
    """Line in the file as an editor counts, the header being 1; 0 where the problem has no line."""
    column: str
    value: str
    message: Text
    code: str = "INVALID"
    field: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give plain data for programs."""
        return {
            "step": self.step, "file": self.file, "line": self.line, "column": self.column, "value": self.value,
            "field": self.field, "code": self.code, "message": str(self.message),
        }

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        shown = f" {self.column} = {self.value!r}:" if self.column else ""
        return f"{where}:{shown} {self.message}"


@dataclass(slots=True)
class StepReport:
    """Counts of one step's rows."""

    name: str
    entity: str
    file: str
    read: int = 0
    """Rows in the file."""
    left_out: int = 0
    """Rows that the step's `where` did not want, or that repeat a record already taken."""
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    """Rows not taken; each has at least one problem."""
    unused: int = 0
    """Rows of joined files that belong to no row; each has a problem."""
    gone: int = 0
    """Records of earlier imports whose rows are no longer in the file; they are left as they are."""
    gone_keys: list[str] = field(default_factory=list)
    """The first hundred of them."""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Give plain data for programs."""
        return {
            "name": self.name, "entity": self.entity, "file": self.file, "read": self.read,
            "left_out": self.left_out, "created": self.created, "changed": self.changed,
            "unchanged": self.unchanged, "refused": self.refused, "unused": self.unused,
            "gone": self.gone, "gone_keys": self.gone_keys,
            "seconds": round(self.seconds, 3),
        }


@dataclass(slots=True)
class ImportReport:
    """The outcome of an import or of its rehearsal."""

    source: str
    dry_run: bool
    steps: list[StepReport] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    more_problems: int = 0
    """Problems beyond those kept in `problems`."""
    withdrawn: bool = False
    """Nothing was written, because the mapping says `all_or_nothing` and some rows were refused."""
    seconds: float = 0.0
    most: int = KEPT
    """How many problems are kept in full."""

    @property
    def created(self) -> int:
        """Count the new records."""
        return sum(step.created for step in self.steps)

    @property
    def changed(self) -> int:
        """Count the changed records."""
        return sum(step.changed for step in self.steps)

    @property
    def refused(self) -> int:
        """Count the rows that could not come in."""
        return sum(step.refused for step in self.steps)

    @property
    def clean(self) -> bool:
        """Say whether every row came in."""
        return self.refused == 0 and not self.problems

    def step(self, name: str) -> StepReport:
        """Find a step's counts by its name; raises KeyError for another name."""
        for each in self.steps:
            if each.name == name:
                return each
        raise KeyError(name)

    def sort_since(self, start: int) -> None:
        """Bring the problems noted since there were `start` of them into the order of their lines."""
        self.problems[start:] = sorted(self.problems[start:], key=lambda each: (each.file, each.line))

    def note(self, problem: RowProblem) -> None:
        """Add a problem, or only count it past the limit."""
        if len(self.problems) < self.most:
            self.problems.append(problem)
        else:
            self.more_problems += 1

    def as_json(self) -> dict[str, Any]:
        """Give plain data for programs."""
        return {
            "source": self.source, "dry_run": self.dry_run, "withdrawn": self.withdrawn, "created": self.created,
            "changed": self.changed, "refused": self.refused, "seconds": round(self.seconds, 3),
            "steps": [step.as_json() for step in self.steps],
            "problems": [problem.as_json() for problem in self.problems], "more_problems": self.more_problems,
        }
