"""What the long tests found, kept in docs/quality: each run of `make test-deep` writes its outcomes and figures there.

A test says a figure of its own by the fixture `figures`: `figures["kills"] = 120`. What a run didn't come to keeps the
line it had, with its date.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Figures", "figures", "pytest_runtest_logreport", "pytest_sessionfinish"]

Figures = dict[str, int | float | str]

FOLDER = Path(__file__).parents[1] / "docs" / "quality"
KEPT = "deep.json"
PAGE = "index.md"
BEGINS = "<!-- what the last runs found -->"


@dataclass
class Outcome:
    """How a long test went the last time."""

    date: str
    commit: str
    outcome: str = "passed"
    seconds: int = 0
    figures: Figures = field(default_factory=dict)


_found: dict[str, Outcome] = {}


@pytest.fixture
def figures(record_property: Any) -> Iterator[Figures]:
    """What a test counted or measured, for its line in docs/quality."""
    said: Figures = {}
    yield said
    for name, value in said.items():
        record_property(name, value)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how each phase of a test went; its figures come with the last."""
    if "deep" not in report.keywords or report.skipped:
        return
    outcome = _found.setdefault(report.nodeid, Outcome("", ""))
    outcome.seconds += round(report.duration)
    outcome.figures.update(dict(report.user_properties))  # type: ignore[arg-type]  # what `figures` put there
    if report.failed:
        outcome.outcome = "failed"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page anew where this was a run of the long tests."""
    if hasattr(session.config, "workerinput") or session.config.getoption("markexpr") != "deep" or not _found:
        return
    today = dt.datetime.now(dt.UTC).date().isoformat()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=FOLDER, capture_output=True, text=True, check=False).stdout.strip()
    known = json.loads((FOLDER / KEPT).read_text()) if (FOLDER / KEPT).exists() else {}
    for name, outcome in _found.items():
        known[name] = asdict(outcome) | {"date": today, "commit": commit}
    known = {name: each for name, each in sorted(known.items()) if (FOLDER.parents[1] / name.split("::")[0]).exists()}
    (FOLDER / KEPT).write_text(json.dumps(known, indent=1) + "\n")
    page = FOLDER / PAGE
    said = page.read_text().partition(BEGINS)[0]
    page.write_text(f"{said}{BEGINS}\n\n{table(known)}")


def table(known: dict[str, Any]) -> str:
    """Give the outcomes as a table in Markdown."""
    heads = ("what was tried", "", "came out", "figures", "took", "on", "commit")
    rows = [heads, ("---",) * len(heads)]
    for name, each in known.items():
        sentence, _found_at, which = name.rpartition("::")[2].removeprefix("test_").partition("[")
        said = ", ".join(
            f"{value:,} {what}" if isinstance(value, int) else f"{what} {value}"
            for what, value in each["figures"].items())
        took = f"{each['seconds'] / 60:.0f} min" if each["seconds"] >= 60 else f"{each['seconds']} s"
        rows.append((
            re.sub("_+", " ", sentence).capitalize(), which.rstrip("]"), each["outcome"], said, took, each["date"],
            each["commit"]))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
