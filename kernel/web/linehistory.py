"""What happened to a document's lines, for its history: lines added, changed and taken away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, literal, select, union_all

from kernel.entities.audit import AuditEntry
from kernel.entities.base import Entity, entities
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.exchange.paths import names
from kernel.exchange.rows import rows_of
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.web.declare import views
from kernel.web.screen.form import Change
from kernel.web.show import Titles, plain_text, shown

__all__ = ["LineTrail", "line_trail", "links_of", "words"]

MOST_WORDS = 4
"""Values named of a line that was added or taken away."""


@dataclass(frozen=True, slots=True)
class LineTrail:
    """The audit rows of a document's present lines, and what it takes to put them into words."""

    rows: Sequence[Any] = ()
    cut: bool = False
    """Whether there are older ones."""
    tables: Mapping[str, Field] = field(default_factory=dict)
    """The sub-table's field by the entity of its lines."""
    titles: Mapping[int, str] = field(default_factory=dict)

    def links(self) -> list[tuple[type[Entity], list[int | None]]]:
        """Give the records that changed links name, so that their titles can be loaded."""
        found: list[tuple[type[Entity], list[int | None]]] = []
        for row in self.rows:
            found += links_of(entities()[row.entity], row.changes)
        return found

    def changes(self, row: Any, titles: Titles) -> list[Change]:
        """Say what one audit row tells of a line."""
        cls = entities()[row.entity]
        fields = _fields(cls)
        name = f"{self.tables[row.entity].label}: {self.titles.get(row.record_id) or cls.__label__}"
        if row.action == "create":
            return [Change(name, "", words(cls, row.changes, titles) or str(_("added")))]
        found = []
        for column, value in row.changes.items():
            described = fields.get(column)
            if described is not None and isinstance(value, list) and len(value) == 2:
                found.append(Change(
                    f"{name}, {described.label}", plain_text(described, value[0], titles),
                    plain_text(described, value[1], titles)))
        return found


def line_trail(cls: type[Entity], record_id: int, limit: int) -> LineTrail:
    """Give the audit rows of a document's present lines, newest first: a statement, and one per sub-table."""
    tables = {each.target.__entity__: each for each in rights().visible(cls) if each.kind == "lines"}
    if not tables:
        return LineTrail()
    audit = AuditEntry.__table__.c
    parts = []
    for name in sorted(tables):
        line = entities()[name]
        parent = line.__table__.c[line.__fields__[line.__parent__ or ""].column]
        parts.append(
            select(audit.id, audit.at, audit.action, audit.user_id, audit.plugin, audit.changes, audit.record_id,
                   literal(name, String).label("entity"))
            .where(audit.record_id.in_(select(line.__table__.c.id).where(parent == record_id)), audit.entity == name))
    trail = union_all(*parts).subquery()
    rows = session().work.connection.execute(select(trail).order_by(trail.c.id.desc()).limit(limit + 1)).all()
    titles: dict[int, str] = {}
    for name in {row.entity for row in rows}:
        line = entities()[name]
        first = _first(line, tables[name], cls)
        if first is not None:
            ids = sorted({row.record_id for row in rows if row.entity == name})
            titles |= {row.id: shown(first, row.values[first.name]).text
                       for row in rows_of(line, ids, [first.name])[1]}
    return LineTrail(rows[:limit], len(rows) > limit, tables, titles)


def _first(line: type[Entity], table: Field, document: type[Entity]) -> Field | None:
    """Find the field that tells lines apart: the first column of the sub-table."""
    fields = {each.name: each for each in rights().visible(line)}
    view = views.forms.get(document.__entity__)
    declared = next((each for each in view.lines if each.field == table.name), None) if view else None
    wanted = names(declared.columns) if declared else ()
    return next((fields[name] for name in [*wanted, *fields] if name in fields and not fields[name].parent), None)


def _fields(cls: type[Entity]) -> dict[str, Field]:
    return {each.column: each for each in rights().visible(cls) if each.kind not in ("json", "ref") and not each.parent}


def links_of(cls: type[Entity], changes: Mapping[str, Any]) -> list[tuple[type[Entity], list[int | None]]]:
    """Give the records that an audit row's values name: of a change both, of a creation the one."""
    found: list[tuple[type[Entity], list[int | None]]] = []
    for column, described in _fields(cls).items():
        if described.kind == "link" and column in changes:
            value = changes[column]
            found.append((described.target, [
                int(each) for each in (value if isinstance(value, list) else [value]) if each is not None]))
    return found


def words(cls: type[Entity], values: Mapping[str, Any], titles: Titles) -> str:
    """Say what a line held in a few values."""
    found = [
        text for column, described in _fields(cls).items() if not described.hidden and not described.readonly
        and described.kind != "boolean" and (text := plain_text(described, values.get(column), titles))]
    return " · ".join(found[:MOST_WORDS])
