"""Install and upgrade plugins: everything of one call in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import structlog
from sqlalchemy import Connection

from kernel.entities.database import Database
from kernel.entities.work import current_database, session
from kernel.errors import Refusal
from kernel.hooks.participation import switch_on
from kernel.i18n import _
from kernel.permissions.roles import KERNEL_ROLES, sync_roles
from kernel.registry.archive import (
    latest_archive,
    read_manifest,
    restore_files,
    restore_kernel_rows,
    restore_patches,
    restore_tables,
)
from kernel.registry.discovery import Available, discover, find_plugin, refuse_other_kernel
from kernel.registry.loading import load, load_kernel, migrations_folder
from kernel.registry.migrating import head_of, is_known, revision_in, schema_work, upgrade
from kernel.registry.order import with_requirements
from kernel.registry.plugin import KERNEL, Plugin
from kernel.registry.state import read_states, remember, seal
from kernel.search.filling import catch_up, tables_due
from kernel.shared.roles import SHARED_ROLES
from kernel.workflows.approvals import APPROVAL_ROLES, sync_approvals

__all__ = ["SignIn", "Step", "install", "install_kernel", "upgrade_plugins"]

log = structlog.get_logger("trellis.registry")


@dataclass(frozen=True, slots=True)
class Step:
    """What was done with one plugin: its version before (None: not installed) and after, rows taken back."""

    plugin: str
    before: str | None
    after: str
    restored: int = 0
    archive: str | None = None


def install(
    names: Iterable[str], *, archives: Path | None = None, database: Database | None = None,
    told: Callable[[Plugin], object] = lambda plugin: None, also: Callable[[], object] = lambda: None,
) -> list[Step]:
    """Install plugins with all they require, taking back the newest archive of each where `archives` is given.

    `told` is called before each plugin, and `also` done in the same transaction.

    Raises Refusal where one is unknown, unreadable, made for another kernel or can't be migrated; then nothing of
    the call remains. Other processes notice and load anew.
    """
    chosen = database or current_database()
    available = discover()
    wanted = with_requirements(names, available)
    with chosen.connect(reading=True) as connection:
        states = read_states(connection)
    _demand_not_installed(names, states)
    new = [name for name in wanted if name not in states]
    for name in new:
        refuse_other_kernel(find_plugin(name, available)[1])
    load([*(name for name in states if name != "kernel" and name in available), *new], available)
    with schema_work(chosen) as current:
        steps = []
        for name in new:
            found = find_plugin(name, available)
            told(found[1])
            steps.append(_install(current.work.connection, found, archives))
        for step in steps:
            if archives and step.archive:
                restore_patches(current.work.connection, archives / step.archive)
        also()
        seal()
    for step in steps:
        switch_on(step.plugin, chosen)
    catch_up(chosen)
    for step in steps:
        log.info("plugin.installed", plugin=step.plugin, version=step.after, restored=step.restored)
    return steps


def _demand_not_installed(names: Iterable[str], states: Iterable[str]) -> None:
    there = sorted(set(names) & set(states))
    if there:
        raise Refusal(
            "INSTALLED", _("{names} is installed already", names=", ".join(there)),
            fix=_("Bring it up to date with: trellis plugin upgrade {names}", names=" ".join(there)))


def _install(connection: Connection, found: tuple[Available, Plugin], archives: Path | None) -> Step:
    where, plugin = found
    folder = migrations_folder(plugin.name)
    archive = latest_archive(archives, plugin.name) if archives else None
    restored = 0
    if archive:
        manifest = read_manifest(archive)
        if manifest.revision and not is_known(folder, manifest.revision):
            raise Refusal(
                "ARCHIVE_NEWER",
                _("The archive {file} was written by {name} {version}, which is newer than this {here}",
                  file=archive.name, name=plugin.name, version=manifest.version, here=plugin.version),
                fix=_("Install {name} {version}, or leave the archive out with --fresh",
                      name=plugin.name, version=manifest.version))
        if manifest.revision:
            upgrade(connection, plugin.name, folder, to=manifest.revision)
        restored = restore_tables(connection, archive, manifest)
    upgrade(connection, plugin.name, folder)
    remember(plugin, where.package)
    if archive:
        restored += restore_kernel_rows(connection, archive, manifest)
        tables_due(manifest.kernel)
        restore_files(archive)
    _sync(plugin)
    if not archive:
        make_records(where.package, "first_records")
    return Step(plugin.name, None, plugin.version, restored, archive.name if archive else None)


def install_kernel() -> None:
    """Make the kernel's tables, roles and first records in the current, empty schema work."""
    load_kernel()
    upgrade(session().work.connection, "kernel", migrations_folder("kernel"))
    remember(KERNEL, "kernel")
    _sync_kernel()
    make_records("kernel.shared", "first_records")
    make_records("kernel.discussion", "first_records")


def upgrade_plugins(names: Sequence[str] = (), *, database: Database | None = None) -> list[Step]:
    """Bring the kernel and installed plugins (all where none is named) to the versions on this machine.

    Raises Refusal where a schema is newer than its code; then nothing changes. A plugin that now requires another
    one gets it installed.
    """
    chosen = database or current_database()
    available = discover()
    with chosen.connect(reading=True) as connection:
        states = read_states(connection)
    for name in names:
        if name not in states:
            find_plugin(name, available)
            raise Refusal("NOT_INSTALLED", _("{name} is not installed here", name=name),
                          fix=_("Install it with: trellis plugin install {name}", name=name))
    present = [name for name in states if name != "kernel"]
    order = with_requirements(present, available)
    for name in order:
        refuse_other_kernel(find_plugin(name, available)[1])
    load(order, available)
    chosen_names = {"kernel", *(names or order)}
    steps = []
    with schema_work(chosen) as current:
        connection = current.work.connection
        for name in ("kernel", *order):
            if name not in states:
                steps.append(_install(connection, find_plugin(name, available), None))
            elif name in chosen_names:
                package = "kernel" if name == "kernel" else available[name].package
                plugin = KERNEL if name == "kernel" else find_plugin(name, available)[1]
                steps.append(_upgrade(connection, plugin, package, states[name].version))
        seal()
    catch_up(chosen)
    return steps


def _upgrade(connection: Connection, plugin: Plugin, package: str, before: str) -> Step:
    folder = migrations_folder(plugin.name)
    revision = revision_in(connection, plugin.name)
    if revision and not is_known(folder, revision):
        raise newer_schema(plugin.name, before, plugin.version)
    if revision != head_of(folder):
        upgrade(connection, plugin.name, folder)
    remember(plugin, package)
    if plugin.name == "kernel":
        _sync_kernel()
    else:
        _sync(plugin)
    return Step(plugin.name, before, plugin.version)


def newer_schema(name: str, version: str, here: str) -> Refusal:
    """Make the refusal of a database that a newer version of a plugin has written."""
    return Refusal(
        "SCHEMA_NEWER",
        _("The database was made by {name} {version}; this machine has {here}, which is older", name=name,
          version=version, here=here),
        actual=version, allowed=here,
        fix=_("Install {name} {version} or newer on this machine", name=name, version=version))


def _sync(plugin: Plugin) -> None:
    sync_roles(plugin.name, plugin.roles)
    sync_approvals(plugin.name, plugin.approvals)


def _sync_kernel() -> None:
    sync_roles("kernel", (*KERNEL_ROLES, *APPROVAL_ROLES, *SHARED_ROLES))


SignIn = tuple[str, str, str]
"""Somebody of a demo company: sign-in name, password, and what they do there."""


def make_records(package: str, module: str, function: str = "make") -> Sequence[SignIn] | None:
    """Call `make()` of a package's module where it has one: `first_records` at installation, `demo` for a demo.

    A demo's `make()` may give the people who can sign in. None means there is no such module or function.
    """
    path = f"{package}.{module}"
    make = getattr(import_module(path), function, None) if find_spec(path) is not None else None
    if make is None:
        return None
    people: Sequence[SignIn] | None = make()
    session().flush()
    return people or ()
