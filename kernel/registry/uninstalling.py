"""Uninstall plugins as a promise: say what would go, keep it in an archive, leave the schema as it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection, func, inspect, select

from kernel.entities.base import entities
from kernel.entities.database import Database
from kernel.entities.work import current_database
from kernel.errors import Refusal
from kernel.hooks.participation import switch_off
from kernel.i18n import _
from kernel.permissions.models import Role
from kernel.permissions.wording import role_label
from kernel.registry.archive import remove_kernel_rows, write_archive
from kernel.registry.discovery import discover, unknown_plugin
from kernel.registry.kinds import lean_table
from kernel.registry.loading import migrations_folder
from kernel.registry.migrating import downgrade_to_base, revision_in, schema_work, version_table
from kernel.registry.order import dependents_of
from kernel.registry.state import Installed, forget, read_states, seal
from kernel.registry.traces import claims
from kernel.workflows.models import ApprovalDefinition

__all__ = ["Preview", "TableRows", "Uninstalled", "preview_uninstall", "uninstall"]

log = structlog.get_logger("trellis.registry")


@dataclass(frozen=True, slots=True)
class TableRows:
    """How many rows a table would lose."""

    table: str
    label: str
    rows: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What uninstalling a plugin would take away."""

    plugin: str
    label: str
    version: str
    dependents: tuple[str, ...]
    """Installed plugins that require it: while there are any, it can't go."""
    tables: tuple[TableRows, ...]
    kernel_rows: tuple[TableRows, ...]
    roles: tuple[str, ...]
    approvals: tuple[str, ...]
    people: int
    """How many users hold one of its roles."""

    @property
    def rows(self) -> int:
        """Give the number of records of its own."""
        return sum(each.rows for each in self.tables)


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """A plugin that is gone and the archive with its data."""

    plugin: str
    version: str
    rows: int
    archive: Path


def preview_uninstall(name: str, *, database: Database | None = None) -> Preview:
    """Say what uninstalling a plugin would take away; changes nothing."""
    with (database or current_database()).connect(reading=True) as connection:
        states = read_states(connection)
        state = _demand_installed(name, states)
        there = set(inspect(connection).get_table_names())
        labels = {cls.__tablename__: str(cls.__plural__) for cls in entities().values()}
        tables = [
            TableRows(table, labels.get(table, table), _count(connection, lean_table(table, columns)))
            for table, columns in state.tables.items() if table in there]
        claimed = claims(name, state.slots)
        kernel_rows = [
            TableRows(table.name, labels.get(table.name, table.name), _count(connection, table, condition))
            for table, condition in claimed.values()]
        roles = [str(role_label(*row)) for row in connection.execute(
            select(Role.code, Role.name, Role.name_zh_hant, Role.name_zh_hans)
            .where(Role.plugin == name).order_by(Role.name))]
        approvals = connection.execute(
            select(ApprovalDefinition.name).distinct().where(
                ApprovalDefinition.entity.startswith(f"{name}.", autoescape=True))
            .order_by(ApprovalDefinition.name)).scalars()
        members, condition = claimed["kernel_role_member"]
        people = connection.execute(
            select(func.count(members.c.user_id.distinct())).where(condition)).scalar_one()
        return Preview(
            name, state.label, state.version, tuple(_dependents([name], states)), tuple(tables),
            tuple(each for each in kernel_rows if each.rows), tuple(roles), tuple(approvals), people)


def uninstall(
    names: Iterable[str], *, archives: Path, database: Database | None = None
) -> list[Uninstalled]:
    """Uninstall plugins: write each one's data to an archive, drop its tables, remove its rows from kernel tables.

    All in one transaction; afterwards the schema is what it was before the installation. Raises Refusal where others
    require one of them or one is not installed.
    """
    chosen = database or current_database()
    asked = list(dict.fromkeys(names))
    with chosen.connect(reading=True) as connection:
        states = read_states(connection)
    for name in asked:
        _demand_installed(name, states)
    if needed := _dependents(asked, states):
        raise Refusal(
            "DEPENDENTS",
            _("{names} can't go: {others} require it", names=", ".join(asked), others=", ".join(needed)),
            fix=_("Uninstall them together: trellis plugin uninstall {all}", all=" ".join([*needed, *asked])))
    order = _last_first(asked, states)
    written: list[Path] = []
    gone = []
    try:
        with schema_work(chosen) as current:
            for name in order:
                state = states[name]
                connection = current.work.connection
                path = write_archive(connection, state, revision_in(connection, name), archives, current.now)
                written.append(path)
                rows = sum(_count(connection, lean_table(table, columns)) for table, columns in state.tables.items())
                remove_kernel_rows(connection, state)
                _drop(connection, state)
                forget(name)
                gone.append(Uninstalled(name, state.version, rows, path))
            seal()
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    for each in gone:
        switch_off(each.plugin, chosen)
        log.info("plugin.uninstalled", plugin=each.plugin, rows=each.rows, archive=str(each.archive))
    return gone


def _last_first(names: Sequence[str], states: dict[str, Installed]) -> list[str]:
    """Put plugins into an order in which none goes before those that require it."""
    left, order = list(names), []
    while left:
        free = next(name for name in left if not any(name in states[other].requires for other in left if other != name))
        order.append(free)
        left.remove(free)
    return order


def _dependents(names: Iterable[str], states: dict[str, Installed]) -> list[str]:
    return dependents_of(names, {name: state.requires for name, state in states.items()})


def _demand_installed(name: str, states: dict[str, Installed]) -> Installed:
    if name == "kernel":
        raise Refusal("KERNEL", _("The kernel can't be uninstalled: everything stands on it"))
    if name in states:
        return states[name]
    if name in discover():
        raise Refusal("NOT_INSTALLED", _("{name} is not installed here", name=name))
    raise unknown_plugin(name, [each for each in states if each != "kernel"])


def _drop(connection: Connection, state: Installed) -> None:
    """Drop a plugin's tables: by its migrations where its code is here, else by what was recorded of them."""
    if state.name in discover():
        downgrade_to_base(connection, state.name, migrations_folder(state.name, state.package))
    else:
        for table in (*reversed(list(state.tables)), version_table(state.name)):
            connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}"')
    left = set(inspect(connection).get_table_names()) & {*state.tables, version_table(state.name)}
    if left:
        raise Refusal("LEFT_BEHIND", _("The migrations of {name} leave tables behind: {tables}",
                                       name=state.name, tables=", ".join(sorted(left))))


def _count(connection: Connection, table: object, condition: object = None) -> int:
    statement = select(func.count()).select_from(table)  # type: ignore[arg-type]  # tables, by their callers
    if condition is not None:
        statement = statement.where(condition)  # type: ignore[arg-type]
    return int(connection.execute(statement).scalar_one())
