"""Write migrations from the models: a new revision for a change, or the one first revision anew. For developers."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import BigInteger, Connection, create_engine, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import Column

from kernel.entities.types import Exact, Instant, Json, Sealed
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.registry.differences import migration_between
from kernel.registry.discovery import discover
from kernel.registry.loading import load, load_kernel, migrations_folder, tables_of
from kernel.registry.migrating import head_of, upgrade
from kernel.registry.order import with_requirements

__all__ = ["new_revision", "squash"]

FIRST = "first_tables"

_HEAD = '''"""{doc}"""

{imports}

revision = {revision}
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade() -> None:
{up}


def downgrade() -> None:
{down_code}
'''

_IDS = '''    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE kernel_id_seq AS BIGINT INCREMENT BY 1000 START WITH 1")
    op.execute("INSERT INTO kernel_id_counter (name, next) VALUES ('id', 1)")
    make_full_text(op.get_bind())'''

_NO_IDS = '''    drop_full_text(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE kernel_id_seq")'''


_STAMP = "%Y%m%d_%H%M"


def new_revision(name: str, what: str, *, now: dt.datetime | None = None) -> Path | None:
    """Write the revision that brings a plugin's migrations to its models; None where they agree already.

    The comparison needs no installation: it runs the existing migrations on a database in memory. Read what it wrote
    before you commit it: a rename, for one, looks like a drop and an addition.
    """
    folder = _load_with_requirements(name)
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        for other in _line_of(name)[:-1]:
            upgrade(connection, other, migrations_folder(other))
        before = set(inspect(connection).get_table_names())
        upgrade(connection, name, folder)
        made = set(inspect(connection).get_table_names()) - before
        own = {table for table in made if not table.startswith("kernel_migration")} | set(tables_of(name))
        script = migration_between(connection, own)
        if not (script.upgrade_ops and script.upgrade_ops.ops):
            return None
        down = head_of(folder)
        stamp = _stamp_after(down, now or dt.datetime.now(dt.UTC))
        path = folder / f"{stamp}_{_slug(what)}.py"
        _write(path, connection, script, doc=f"{what.strip().rstrip('.').capitalize()}.", revision=stamp, down=down,
               kernel=name == "kernel", first=down is None)
    return path


def squash(name: str, *, now: dt.datetime | None = None) -> Path:
    """Write a plugin's migrations anew as one first revision from its models. Only before anything was released.

    The revision keeps its name, so that a developer's database stays at it and start says what differs.
    """
    folder = _load_with_requirements(name)
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.glob("[0-9]*.py"))
    stamp = found[0].name[:13] if found else (now or dt.datetime.now(dt.UTC)).strftime(_STAMP)
    path = found[0] if found else folder / f"{stamp}_{FIRST}.py"
    with create_engine("sqlite://").connect() as connection:
        script = migration_between(connection, set(tables_of(name)))
        _write(path, connection, script, doc=f"Make the first tables of {name}.", revision=stamp, down=None,
               kernel=name == "kernel", first=True)
    for older in found[1:]:
        older.unlink()
    return path


def _stamp_after(down: str | None, now: dt.datetime) -> str:
    """Name a revision by its minute; one written in the same minute as the last takes the next."""
    stamp = now.strftime(_STAMP)
    if down is not None and stamp <= down:
        stamp = (dt.datetime.strptime(down, _STAMP).replace(tzinfo=dt.UTC) + dt.timedelta(minutes=1)).strftime(_STAMP)
    return stamp


def _line_of(name: str) -> list[str]:
    return ["kernel"] if name == "kernel" else ["kernel", *with_requirements([name], discover())]


def _load_with_requirements(name: str) -> Path:
    load_kernel()
    if name != "kernel":
        load(_line_of(name)[1:], discover())
    return migrations_folder(name)


def _slug(what: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", what.lower()).strip("_")[:50]
    if not slug:
        raise Refusal("MIGRATION", _("Say in a few words what the migration does, such as \"add a phone number\""))
    return slug


def _write(
    path: Path, connection: Connection, script: ops.MigrationScript, *, doc: str, revision: str, down: str | None,
    kernel: bool, first: bool,
) -> None:
    context = MigrationContext.configure(connection)
    used: set[str] = set()

    def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
        if kind != "type":
            return False
        text = _type_text(item)
        if text:
            used.add(re.split(r"\W", text)[0])
        return text or False

    def render(steps: Any) -> str:
        code = render_python_code(steps, render_item=render_item, migration_context=context)
        lines = [line.rstrip() for line in code.splitlines() if not line.strip().startswith("# ###")]
        return "\n".join(_indented(line.strip()) for line in lines).strip("\n")

    up, down_code = render(script.upgrade_ops), render(script.downgrade_ops)
    if kernel and first:
        up, down_code = f"{up}\n{_IDS}", f"{_NO_IDS}\n{down_code}"
    imports = ["from alembic import op"]
    if "sa." in up + down_code:
        imports.insert(0, "import sqlalchemy as sa")
    if used:
        home = "kernel.entities.types" if kernel else "kernel"
        imports += ["", f"from {home} import {', '.join(sorted(used))}"]
    if kernel and first:
        imports.append("from kernel.search.schema import drop_full_text, make_full_text")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEAD.format(
        doc=doc, imports="\n".join(imports), up=up, down_code=down_code, revision=json.dumps(revision),
        down=json.dumps(down) if down else None,
    ), encoding="utf-8")


def _indented(line: str) -> str:
    depth = 8 if line.startswith("sa.") else 4
    return " " * depth + line if line else ""


def _type_text(item: object) -> str:
    if isinstance(item, Exact):
        return "Exact()" if item.scale == Exact().scale else f"Exact({item.scale})"
    if isinstance(item, Instant | Json | Sealed):
        return f"{type(item).__name__}()"
    if isinstance(item, BigInteger) and "sqlite" in item._variant_mapping:
        return "Id"
    return ""


@renderers.dispatch_for(ops.CreateIndexOp, replace=True)
def _render_index(autogen: AutogenContext, step: ops.CreateIndexOp) -> str:
    """Render an index for both databases: their conditions are written differently (`archived IS 0`, `IS false`)."""
    index = step.to_index()
    columns = ", ".join(
        repr(each.name) if isinstance(each, Column) else f"sa.text({_sql(each, postgresql)!r})"
        for each in index.expressions)
    words = [repr(str(index.name)), repr(step.table_name), f"[{columns}]", f"unique={bool(index.unique)}"]
    for key, value in index.dialect_kwargs.items():
        if value is None or value == {} or value is False:
            continue
        if key.endswith("_where"):
            words.append(f"{key}=sa.text({_sql(value, sqlite if key.startswith('sqlite') else postgresql)!r})")
        else:
            words.append(f"{key}={value!r}")
    return f"op.create_index({', '.join(words)})"


@renderers.dispatch_for(ops.DropIndexOp, replace=True)
def _render_drop_index(autogen: AutogenContext, step: ops.DropIndexOp) -> str:
    return f"op.drop_index({str(step.index_name)!r}, table_name={step.table_name!r})"


def _sql(expression: Any, dialect: Any) -> str:
    return str(expression.compile(
        dialect=dialect.dialect(), compile_kwargs={"literal_binds": True, "include_table": False}))
