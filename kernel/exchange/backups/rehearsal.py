"""Rehearse an upgrade: on a copy, with what it takes and changes told before anybody's data is touched."""

import datetime as dt
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select

from kernel.entities.database import Database
from kernel.exchange.backups.manifest import Manifest, read_manifest
from kernel.exchange.backups.restoring import put_rows_back
from kernel.exchange.backups.writing import Say, write_backup
from kernel.registry.checks import Report, run_checks
from kernel.registry.installing import Step, upgrade_plugins
from kernel.registry.kinds import lean_table

__all__ = ["Change", "Rehearsal", "rehearsed"]


@dataclass(frozen=True, slots=True)
class Change:
    """A count or a sum that isn't after the upgrade what it was before: "erp_sales_order.total"."""

    name: str
    before: int | Decimal | None
    after: int | Decimal | None
    """None where the table or column is gone."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What an upgrade did to a copy: the versions, what changed in number or sum, what the checks found after it."""

    steps: Sequence[Step]
    changes: Sequence[Change]
    report: Report
    rows: int
    seconds: float
    """What the upgrade alone took, on the copy."""

    @property
    def fine(self) -> bool:
        """Say whether all invariants hold after the upgrade."""
        return self.report.clean

    def as_json(self) -> dict[str, Any]:
        """Give the rehearsal for programs."""
        return {
            "plugins": [{"plugin": each.plugin, "before": each.before, "after": each.after} for each in self.steps],
            "changes": [{"name": each.name, "before": each.before, "after": each.after} for each in self.changes],
            "rows": self.rows, "seconds": round(self.seconds, 3), **self.report.as_json()}


def rehearsed(
    database: Database, into: str | None = None, *, now: dt.datetime, say: Say = lambda words: None
) -> Rehearsal:
    """Copy an installation into an empty database, upgrade the copy, and compare.

    The copy is a SQLite file that is deleted at the end, unless `into` gives a database's URL. Raises Refusal where
    the upgrade itself is refused, as the installation's would be.
    """
    with tempfile.TemporaryDirectory(prefix="trellis-rehearsal-") as folder:
        file = Path(folder) / "copy.zip"
        write_backup(database, None, file, now=now, say=say)
        manifest = read_manifest(file)
        copy = Database(into or f"sqlite:///{folder}/copy.db")
        try:
            return _upgraded(copy, file, manifest, say)
        finally:
            copy.dispose()


def _upgraded(copy: Database, file: Path, manifest: Manifest, say: Say) -> Rehearsal:
    put_rows_back(copy, file, manifest, say=say)
    before = _figures(copy, manifest)
    say("upgrade ...")
    began = time.monotonic()
    steps = upgrade_plugins(database=copy)
    took = time.monotonic() - began
    say("checking ...")
    after = _figures(copy, manifest)
    changes = [Change(name, value, after.get(name)) for name, value in before.items() if after.get(name) != value]
    return Rehearsal(steps, changes, run_checks(database=copy), manifest.records, took)


def _figures(copy: Database, manifest: Manifest) -> Mapping[str, int | Decimal | None]:
    """Count the rows of each table and add up its exact numbers; what isn't there is left out."""
    found: dict[str, int | Decimal | None] = {}
    with copy.connect(reading=True) as connection:
        there = {name: {column["name"] for column in columns} for (_schema, name), columns in _columns(connection)}
        for name, columns in manifest.tables.items():
            if name not in there or name in UNSTEADY:
                continue
            table = lean_table(name, columns)
            exact = [column for column, kind in columns.items()
                     if kind.startswith("exact:") and column in there[name]]
            count, *sums = connection.execute(
                select(func.count(), *(func.sum(table.c[column]) for column in exact)).select_from(table)).one()
            found[name] = count
            found |= {f"{name}.{column}": value for column, value in zip(exact, sums, strict=True)}
    return found


def _columns(connection: Connection) -> Any:
    return inspect(connection).get_multi_columns().items()


UNSTEADY = frozenset({"kernel_generation", "kernel_plugin"})
"""Tables in which every upgrade writes."""
