"""P5: the order lines of AdventureWorks brought in by mapping file, beside a bare insert of the same rows."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from benchmarks.figure import CannotRun, Contest, Figure, Ground, Part
from benchmarks.limits.tables import plain_engine
from kernel.config import Config
from kernel.entities.base import entity
from kernel.entities.work import current_database, set_database
from kernel.exchange.importing import run_import
from kernel.registry import initialise, open_installation

ROOT = Path(__file__).resolve().parents[1]
MAPPING = ROOT / "examples" / "adventureworks" / "mapping.toml"
LINES = "SalesOrderDetail.csv"
MAPPED = ["erp_sales", "erp_purchase", "erp_inventory", "erp_mrp"]
"""The plugins that the mapping writes to."""


class LineImport:
    """Import all order lines into a copy of an installation that has everything before them."""

    def __init__(self, ground: Ground, data: Path, folder: Path) -> None:
        self.ground = ground
        self.lines = folder / "lines"
        self.rows: list[tuple[Any, ...]] = []
        """What the import wrote, as the driver gives it, for the limit to write again."""
        before = folder / "before"
        before.mkdir()
        self.lines.mkdir()
        for file in data.glob("*.csv"):
            _take(file, before / file.name, whole=file.name != LINES)
            _take(file, self.lines / file.name, whole=file.name == LINES)
        made = initialise(Config(database_url=ground.fresh("before")), plugins=MAPPED)
        run_import(MAPPING, before)
        made.database.dispose()
        set_database(None)

    def seconds_per_row(self) -> float:
        """Import the lines, the rest of the files being empty; give the seconds a row took."""
        open_installation(Config(database_url=self.ground.fresh("lines", like="before")))
        database = current_database()
        try:
            started = time.perf_counter()
            report = run_import(MAPPING, self.lines)
            seconds = time.perf_counter() - started
            if report.refused:
                raise CannotRun(f"{report.refused} order lines were refused")
            if not self.rows:
                with database.connect(reading=True) as connection:
                    columns = ", ".join(_table().columns.keys())
                    found = connection.exec_driver_sql(f"SELECT {columns} FROM {_table().name}")
                    self.rows = [tuple(row) for row in found]
            return seconds / report.created
        finally:
            set_database(None)
            database.dispose()


class BareInsert:
    """Write the same rows, encoded already, with the driver's executemany into the same table of another copy."""

    def __init__(self, ground: Ground, imported: LineImport) -> None:
        self.ground = ground
        self.imported = imported

    def seconds_per_row(self) -> float:
        """Insert the rows; give the seconds a row took."""
        engine = plain_engine(self.ground.fresh("bare", like="before"))
        rows, names = self.imported.rows, _table().columns.keys()
        mark = "?" if engine.dialect.name == "sqlite" else "%s"
        marks = ", ".join([mark] * len(names))
        insert = f"INSERT INTO {_table().name} ({', '.join(names)}) VALUES ({marks})"
        try:
            started = time.perf_counter()
            with engine.begin() as connection:
                connection.exec_driver_sql(insert, rows)
            return (time.perf_counter() - started) / len(rows)
        finally:
            engine.dispose()


@contextmanager
def line_import(ground: Ground) -> Iterator[Contest]:
    """Import everything before the lines once; every round starts from a copy of that."""
    folder = Path(tempfile.mkdtemp(prefix="trellis-bench-import-"))
    try:
        imported = LineImport(ground, _data(), folder)
        bare = BareInsert(ground, imported)
        yield Contest(
            trellis={"P5.import": imported.seconds_per_row},
            limit={"P5.import": bare.seconds_per_row},
        )
    finally:
        set_database(None)
        shutil.rmtree(folder, ignore_errors=True)


def _data() -> Path:
    """Find the data: where TRELLIS_TEST_ADVENTUREWORKS says, else in shared/data beside the repository."""
    named = os.environ.get("TRELLIS_TEST_ADVENTUREWORKS")
    places = [Path(named)] if named else [above / "shared/data/adventureworks" for above in ROOT.parents]
    found = next((place for place in places if (place / LINES).is_file()), None)
    if found is None:
        raise CannotRun("no AdventureWorks data: name its folder in TRELLIS_TEST_ADVENTUREWORKS")
    return found


def _take(source: Path, target: Path, *, whole: bool) -> None:
    """Copy a file, or its heading alone."""
    if whole:
        shutil.copyfile(source, target)
        return
    with source.open(encoding="utf-8", newline="") as file:
        heading = next(csv.reader(file))
    target.write_text(",".join(heading) + "\n", encoding="utf-8")


def _table() -> sa.Table:
    return cast(sa.Table, entity("erp_sales.order_line").__table__)


FIGURE = Figure(
    code="P5",
    title="import of 121,317 order lines",
    parts=(Part("P5.import", "validated, references resolved", "rows/s", limit_at_most=2.5),),
    open=line_import,
)
