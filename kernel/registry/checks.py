"""Invariants: what must hold in a living database, each a function that finds what is off."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from kernel.entities.base import plugin_of
from kernel.entities.database import Database
from kernel.entities.work import SYSTEM, current_database, session, unit_of_work
from kernel.errors import UsageError
from kernel.i18n import Text, _

__all__ = ["Finding", "Invariant", "Report", "invariant", "invariants", "run_checks"]

log = structlog.get_logger("trellis.checks")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is off: the entity or table, the record's number (its id where it has none) and what is wrong."""

    entity: str
    record: str
    message: Text


Check = Callable[[], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must always hold, by name ("kernel.numbers") and as a sentence."""

    name: str
    sentence: Text
    check: Check
    plugin: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked and what was found, by invariant."""

    checked: Sequence[Invariant]
    found: Sequence[tuple[Invariant, Finding]]

    @property
    def clean(self) -> bool:
        """Say whether all is well."""
        return not self.found

    def as_json(self) -> dict[str, Any]:
        """Give the report for programs."""
        return {
            "clean": self.clean,
            "checked": [each.name for each in self.checked],
            "found": [
                {"invariant": each.name, "plugin": each.plugin, "entity": finding.entity, "record": finding.record,
                 "message": str(finding.message)}
                for each, finding in self.found],
        }


_invariants: dict[str, Invariant] = {}


def invariant(name: str, sentence: Text) -> Callable[[Check], Check]:
    """Declare something that must always hold: a function that yields a `Finding` for each case where it doesn't.

    It runs as the system in reading work, on the whole database: ask in sets, not record by record. Put it into the
    `checks.py` of a feature.
    """

    def declare(check: Check) -> Check:
        _invariants[name] = Invariant(name, sentence, check, plugin_of(check.__module__))
        return check

    return declare


def invariants() -> Sequence[Invariant]:
    """List the invariants of the kernel and the loaded plugins by name."""
    return [_invariants[name] for name in sorted(_invariants)]


def run_checks(names: Iterable[str] | None = None, *, database: Database | None = None) -> Report:
    """Check the invariants (all, or those named or of the plugins named) on one snapshot of the database."""
    chosen = list(_choose(names)) if names else list(invariants())
    found: list[tuple[Invariant, Finding]] = []
    with unit_of_work(SYSTEM, reading=True, database=database or current_database()):
        for each in chosen:
            found.extend((each, finding) for finding in _findings(each))
    log.info("checks.done", checked=len(chosen), found=len(found))
    return Report(chosen, found)


def _findings(each: Invariant) -> list[Finding]:
    """Ask one invariant; a question the database can't answer (a table is gone) is a finding, too."""
    try:
        with session().begin_nested():
            return list(each.check())
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        return [Finding(each.name, "-", _("This can't be checked: {reason}", reason=reason))]


def _choose(names: Iterable[str]) -> Iterator[Invariant]:
    for name in names:
        matching = [each for each in invariants() if name in (each.name, each.plugin)]
        if not matching:
            raise UsageError("UNKNOWN_CHECK", _("There is no invariant {name}", name=name),
                             allowed=", ".join(_invariants))
        yield from matching
