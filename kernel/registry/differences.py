"""Compare what the models want with what a database has, one plugin's tables at a time."""

import warnings
from collections.abc import Collection, Iterator

from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations, ops
from sqlalchemy import Connection, Index, inspect
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.schema import Column

from kernel.entities.base import Base
from kernel.registry.catalogue import snapshot

__all__ = ["apply", "describe", "migration_between", "steps_of"]


def migration_between(connection: Connection, tables: Collection[str]) -> ops.MigrationScript:
    """Work out what brings the given tables of a database to what the models want."""

    def include_name(name: str | None, type_: str, parents: object) -> bool:
        return type_ != "table" or name in tables

    def include_object(item: object, name: str | None, type_: str, reflected: bool, compared: object) -> bool:
        return type_ != "table" or name in tables

    context = MigrationContext.configure(connection, opts={
        "target_metadata": Base.metadata, "include_name": include_name, "include_object": include_object,
        "compare_type": True, "compare_server_default": False,
    })
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = produce_migrations(context, Base.metadata)
    upgrade = script.upgrade_ops or ops.UpgradeOps()
    script.upgrade_ops = upgrade
    _compare_expression_indexes(connection, tables, upgrade)
    script.downgrade_ops = upgrade.reverse()
    return script


def _compare_expression_indexes(connection: Connection, tables: Collection[str], upgrade: ops.UpgradeOps) -> None:
    """Compare indexes over expressions by name: no dialect reflects them well enough to compare more."""
    there = {line for lines in snapshot(connection).values() for line in lines}
    have = {index for line in there for index in _index_names(line)}
    for step in list(steps_of(upgrade.ops)):
        if isinstance(step, ops.CreateIndexOp | ops.DropIndexOp) and _over_expressions(step.to_index()):
            _remove(upgrade.ops, step)
    for name in sorted(tables):
        table = Base.metadata.tables.get(name)
        for index in sorted(table.indexes, key=lambda each: str(each.name)) if table is not None else ():
            if _over_expressions(index) and index.name not in have:
                upgrade.ops.append(ops.CreateIndexOp.from_index(index))


def _index_names(line: str) -> Iterator[str]:
    words = line.replace('"', "").split()
    if line.startswith("index "):
        yield words[1].rstrip(":")
    elif line.startswith("CREATE ") and "INDEX" in words:
        yield words[words.index("INDEX") + 1]


def _over_expressions(index: Index) -> bool:
    return any(isinstance(each, ColumnElement) and not isinstance(each, Column) for each in index.expressions)


def _remove(container: list[ops.MigrateOperation], step: ops.MigrateOperation) -> None:
    for each in list(container):
        if each is step:
            container.remove(each)
        elif isinstance(each, ops.ModifyTableOps):
            _remove(each.ops, step)
            if not each.ops:
                container.remove(each)


def steps_of(steps: Collection[ops.MigrateOperation]) -> Iterator[ops.MigrateOperation]:
    """Flatten the steps of a migration."""
    for step in steps:
        if isinstance(step, ops.OpContainer):
            yield from steps_of(step.ops)
        else:
            yield step


def describe(step: ops.MigrateOperation) -> tuple[str, str]:
    """Name the table a step would change and what is different about it, in a few words."""
    if isinstance(step, ops.CreateTableOp):
        return step.table_name, "is missing"
    if isinstance(step, ops.DropTableOp):
        return step.table_name, "belongs to no model"
    if isinstance(step, ops.AddColumnOp):
        return step.table_name, f"lacks column {step.column.name}"
    if isinstance(step, ops.DropColumnOp):
        return step.table_name, f"has an unknown column {step.column_name}"
    if isinstance(step, ops.CreateIndexOp):
        return str(step.table_name), f"lacks index {step.index_name}"
    if isinstance(step, ops.DropIndexOp):
        return str(step.table_name), f"has an unknown index {step.index_name}"
    if isinstance(step, ops.AlterColumnOp):
        return step.table_name, f"has another definition of column {step.column_name}"
    if isinstance(step, ops.AddConstraintOp):
        constraint = step.to_constraint()
        return str(getattr(step, "source_table", None) or getattr(step, "table_name", "")), (
            f"lacks constraint {constraint.name}")
    if isinstance(step, ops.DropConstraintOp):
        return step.table_name, f"has an unknown constraint {step.constraint_name}"
    return "", type(step).__name__


def apply(connection: Connection, upgrade: ops.UpgradeOps) -> None:
    """Carry out the steps of a migration on a database, indexes of unknown use left in place."""
    context = MigrationContext.configure(connection)
    operations = Operations(context)
    existing = set(inspect(connection).get_table_names())
    for step in steps_of(upgrade.ops):
        if isinstance(step, ops.DropIndexOp):
            continue  # somebody's own index does no harm
        if not (isinstance(step, ops.CreateTableOp) and step.table_name in existing):
            operations.invoke(step)
