"""The schema is what the installed plugins made, and their state says so."""

from collections.abc import Iterable

from sqlalchemy import inspect

from kernel.entities.work import current_work
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.drift import find_drift
from kernel.registry.loading import loaded_plugins, migrations_folder
from kernel.registry.migrating import head_of, revision_in, version_table
from kernel.registry.state import read_states


@invariant("kernel.schema", _("The tables are as the installed plugins want them"))
def tables_are_as_wanted() -> Iterable[Finding]:
    """Compare tables with models, and each plugin's schema version with its newest migration."""
    connection = current_work().connection
    states = {name: state for name, state in read_states(connection).items() if name in loaded_plugins()}
    for name, state in states.items():
        revision = revision_in(connection, name)
        if revision != head_of(migrations_folder(name, state.package)):
            yield Finding(version_table(name), revision or "-", _(
                "The tables of {plugin} are not at its newest migration", plugin=name))
    for each in find_drift(connection, states):
        if not each.harmless:
            yield Finding(each.table, each.plugin, _("It {what}", what=each.what))


@invariant("kernel.plugins", _("The installed plugins have their tables, and nothing is left of others"))
def plugins_have_their_tables() -> Iterable[Finding]:
    """Compare the state of the plugins with the tables there are."""
    connection = current_work().connection
    states = read_states(connection)
    there = set(inspect(connection).get_table_names())
    for name, state in states.items():
        for table in (*state.tables, version_table(name)):
            if table not in there:
                yield Finding("kernel_plugin", name, _(
                    "It is installed, but its table {table} is missing", table=table))
    for table in sorted(there):
        left = table.removeprefix("kernel_migration_")
        if left != table and left not in states:
            yield Finding(table, left, _("It is left of a plugin that is not installed"))
