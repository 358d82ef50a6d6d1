"""The schema as the database itself describes it, to the letter: to compare before and after, and at each start."""

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from kernel.entities.base import Base

__all__ = ["fingerprint", "snapshot"]

_SQLITE = """
    SELECT tbl_name, type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master
    WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2
"""

_POSTGRESQL = """
    SELECT c.relname, lpad(a.attnum::text, 5, '0') AS place,
           'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
           || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
    UNION ALL
    SELECT c.relname, 'constraint', 'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND k.contype <> 'n'
    UNION ALL
    SELECT tablename, 'index', indexdef FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL
    SELECT c.relname, 'trigger', pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
    UNION ALL
    SELECT sequencename, 'sequence', data_type::text || ' start ' || start_value || ' by ' || increment_by
    FROM pg_sequences WHERE schemaname = current_schema()
    ORDER BY 1, 2, 3
"""


def snapshot(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Give each table's definition: its columns in order, constraints, indexes and triggers."""
    if connection.dialect.name == "sqlite":
        rows = [(table, line) for table, line in connection.exec_driver_sql(_SQLITE)]
    else:
        rows = [(table, line) for table, _place, line in connection.exec_driver_sql(_POSTGRESQL.replace("%", "%%"))]
    found: dict[str, list[str]] = {}
    for table, line in rows:
        found.setdefault(table, []).append(line)
    return {table: tuple(lines) for table, lines in found.items()}


def fingerprint(found: Mapping[str, tuple[str, ...]], tables: Iterable[str]) -> str:
    """Fold a snapshot and what the models of some tables want into one value that changes when either does."""
    digest = hashlib.sha256()
    for table in sorted(found):
        digest.update("\0".join((table, *found[table])).encode())
    for name in sorted(set(tables) & set(Base.metadata.tables)):
        wanted = Base.metadata.tables[name]
        digest.update(name.encode())
        for column in wanted.columns:
            digest.update(f"{column.name} {column.type!r} {column.nullable}".encode())
        names = [str(each.name) for each in wanted.constraints] + [str(each.name) for each in wanted.indexes]
        digest.update(" ".join(sorted(names)).encode())
    return digest.hexdigest()
