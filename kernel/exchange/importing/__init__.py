"""Import: records from another system's files, by a mapping file, again and again without harm."""

from kernel.exchange.importing.report import ImportReport, RowProblem, StepReport
from kernel.exchange.importing.run import run_import

__all__ = ["ImportReport", "RowProblem", "StepReport", "run_import"]
