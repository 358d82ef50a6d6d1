"""Read and write which plugins an installation has, and bring other processes to notice a change."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, inspect, select, update

from kernel.entities.remembered import PLUGINS, Generation, raise_generation
from kernel.entities.work import current_work
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.registry.catalogue import fingerprint, snapshot
from kernel.registry.loading import slots_of, tables_of
from kernel.registry.models import PluginState
from kernel.registry.plugin import Plugin

__all__ = ["Installed", "forget", "generation", "installed", "read_states", "remember", "seal"]

GENERATION = PLUGINS


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin as an installation knows it."""

    name: str
    label: str
    version: str
    package: str
    requires: tuple[str, ...]
    tables: Mapping[str, dict[str, str]]
    slots: Mapping[str, str]
    fingerprint: str
    installed_at: dt.datetime


def read_states(connection: Connection) -> dict[str, Installed]:
    """Read the installed plugins, the kernel among them, by name; raises Refusal where there is no installation."""
    if not inspect(connection).has_table(PluginState.__tablename__):
        url = connection.engine.url.render_as_string(hide_password=True)
        raise Refusal("NOT_INITIALISED", _("There is no Trellis installation in {url} yet", url=url),
                      fix=_("Make one with: trellis init"))
    table = PluginState.__table__
    rows = connection.execute(select(table).where(table.c.enabled).order_by(table.c.installed_at, table.c.name))
    return {row.name: Installed(
        row.name, row.label, row.version, row.package, tuple(row.requires), row.tables, row.slots, row.fingerprint,
        row.installed_at) for row in rows}


def installed() -> dict[str, Installed]:
    """Give the installed plugins of the current unit of work's database by name, without the kernel."""
    states = read_states(current_work().connection)
    states.pop("kernel", None)
    return states


def remember(plugin: Plugin, package: str) -> None:
    """Write a plugin's state as its loaded code has it."""
    work = current_work()
    table = PluginState.__table__
    values = {
        "label": str(plugin.label), "version": plugin.version, "package": package, "enabled": True,
        "requires": list(plugin.requires), "tables": tables_of(plugin.name), "slots": slots_of(plugin.name),
        "changed_at": work.now,
    }
    changed = work.connection.execute(update(PluginState).where(table.c.name == plugin.name).values(values))
    if not changed.rowcount:
        work.connection.execute(insert(PluginState).values(
            name=plugin.name, fingerprint="", installed_at=work.now, **values))


def forget(name: str) -> None:
    """Take a plugin's state away."""
    current_work().connection.execute(delete(PluginState).where(PluginState.__table__.c.name == name))


def seal() -> None:
    """Record the schema as it is now and tell other processes that the plugins changed."""
    work = current_work()
    reseal(work.connection)
    raise_generation(GENERATION)


def reseal(connection: Connection) -> None:
    """Record the schema as it is now."""
    states = read_states(connection)
    value = fingerprint(snapshot(connection), [table for state in states.values() for table in state.tables])
    connection.execute(update(PluginState).where(PluginState.__table__.c.name == "kernel").values(fingerprint=value))


def generation(connection: Connection) -> int:
    """Say how often the plugins of an installation have changed: a process that started at another value is stale."""
    table = Generation.__table__
    found = connection.execute(select(table.c.value).where(table.c.name == GENERATION)).scalar()
    return int(found or 0)
