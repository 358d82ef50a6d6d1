"""Write what a step has converted: new records in bulk or through the session, changes with their audit.

History, and entities without rules of their own, go in by columns: one statement and one audit row per batch. Where
an entity derives or checks anything (`prepare`, `check`), new and changed records go through the session, just as
from a form.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from kernel.entities.base import Entity
from kernel.entities.bulk import insert_columns, update_rows
from kernel.entities.columns import Column, ColumnInsert, Encoded, Same
from kernel.entities.custom.stored import to_json
from kernel.entities.extension import Extension
from kernel.entities.work import session
from kernel.errors import Refusal
from kernel.exchange.importing.targets import Target
from kernel.i18n import Text, _
from kernel.permissions.guard import demand_rows
from kernel.permissions.rights import rights
from kernel.tags.services import raise_tagged_versions, tag_ids_of, write_tags

__all__ = ["Batch", "Change", "Writer"]

PART = 500
"""Records that go through the session at a time."""
Refuse = Callable[[int, str, str, Text], None]
"""Told the position, field, code and message of what a rule of the entity refuses."""


@dataclass(slots=True)
class Batch:
    """New rows as converted columns, one per target."""

    count: int
    columns: Mapping[Target, Sequence[Any]]


@dataclass(slots=True)
class Change:
    """New values for one record."""

    position: int
    id: int
    values: dict[Target, Any] = field(default_factory=dict)


class Writer:
    """Writes one step's records."""

    def __init__(
        self, cls: type[Entity], targets: Sequence[Target], *, constants: Mapping[str, object], in_bulk: bool,
        note: Mapping[str, Any],
    ) -> None:
        self._cls = cls
        self._own = [target for target in targets if target.owner is cls and target.field.kind != "tags"]
        self._tags = next((target for target in targets if target.owner is cls and target.field.kind == "tags"), None)
        self._components: dict[type[Extension[Any]], list[Target]] = {}
        for target in targets:
            if issubclass(target.owner, Extension):
                self._components.setdefault(target.owner, []).append(target)
        self._constants = dict(constants)
        self._note = dict(note)
        self.in_bulk = in_bulk
        self.journal: dict[int, dict[str, list[Any]]] = {}
        """What was changed, `{id: {field: [old, new]}}`."""

    def encode_where_possible(self, apart: Iterable[str]) -> None:
        """Let converters give the driver's own form at once, except for columns that are looked at again."""
        current = session()
        if not (self.in_bulk and current.actor.system):
            return
        insert = ColumnInsert(current.work.connection, _table(self._cls))
        for target in self._own:
            if target.column not in apart and target.field.kind != "serial" and not target.field.custom:
                target.encode = insert.encoder(target.column)

    def create(self, batch: Batch, refuse: Refuse) -> list[tuple[int, int]]:
        """Write new records and give pairs of position and id; what rules refuse is told and left out."""
        if not batch.count:
            return []
        if not self.in_bulk or not _reaches_all(self._cls):
            done = self._through_session(batch, refuse)
        else:
            done = list(enumerate(self._by_columns(batch)))
        if self._tags is not None:
            tags = batch.columns[self._tags]
            write_tags(self._cls, {id_: tags[at] for at, id_ in done if tags[at]}, kept={}, told=not self.in_bulk)
        return done

    def _by_columns(self, batch: Batch) -> Sequence[int]:
        current = session()
        columns: dict[str, Column] = {
            target.column: batch.columns[target] if target.encode is None else Encoded(batch.columns[target])
            for target in self._own if not target.field.custom}
        if custom := [target for target in self._own if target.field.custom]:
            columns["custom"] = [_as_stored(custom, batch, at) for at in range(batch.count)]
        for name, value in self._constants.items():
            columns[name] = Same(value) if current.actor.system else [value] * batch.count
        ids = insert_columns(self._cls, columns, batch.count, note=self._note)
        for component, targets in self._components.items():
            self._add_components(component, targets, ids, batch)
        return ids

    def _add_components(
        self, component: type[Extension[Any]], targets: Sequence[Target], ids: Sequence[int], batch: Batch
    ) -> None:
        """Write component rows of those records that say anything but the defaults."""
        filled = [
            at for at in range(batch.count)
            if any(batch.columns[target][at] not in (None, target.field.default) for target in targets)]
        if not filled:
            return
        columns: dict[str, Column] = {
            each.column: Same(each.default) for each in component.__fields__.values() if each.default is not None}
        columns |= {
            target.column: [batch.columns[target][at] for at in filled] for target in targets}
        columns |= {"row_id": [ids[at] for at in filled], "version": Same(1)}
        if component.__per_company__:
            columns["company_id"] = Same(session().actor.company_id)
        ColumnInsert(session().work.connection, _table(component)).write(columns, len(filled))

    def _through_session(self, batch: Batch, refuse: Refuse) -> list[tuple[int, int]]:
        done: list[tuple[int, int]] = []
        parents = _Parents(self._cls, self._own, batch)
        for start in range(0, batch.count, PART):
            positions = list(range(start, min(start + PART, batch.count)))
            self._flush(positions, lambda each: self._add(batch, each, parents), refuse, done, parents.load)
        return done

    def _add(self, batch: Batch, position: int, parents: "_Parents") -> Entity:
        values = {target.column: batch.columns[target][position] for target in self._own}
        # An empty cell leaves the field to its default.
        record = self._cls(**{
            name: value for name, value in {**self._constants, **values}.items() if value is not None})
        for component, targets in self._components.items():
            for target in targets:
                value = batch.columns[target][position]
                if value not in (None, target.field.default):
                    setattr(component.of(record), target.column, value)
        session().add(record)
        parents.adopt(position, record)
        return record

    def _flush(
        self, positions: list[int], make: Callable[[int], Entity], refuse: Refuse, done: list[tuple[int, int]],
        ready: Callable[[Sequence[int]], None] = lambda positions: None,
    ) -> None:
        """Make records and flush them in a savepoint; those a rule refuses are told, the rest is done again.

        `ready` is called before each go with the positions it is about.
        """
        while positions:
            ready(positions)
            records: dict[int, Entity] = {}
            current = session()
            audited = current.work.audit.length
            try:
                with current.begin_nested():
                    for position in positions:
                        records[position] = make(position)
                    current.flush()
            except Refusal as refusal:
                current.work.audit.cut(audited)
                refused = _refused_positions(refusal, records)
                if not refused and len(positions) > 1:
                    middle = len(positions) // 2
                    self._flush(positions[:middle], make, refuse, done, ready)
                    self._flush(positions[middle:], make, refuse, done, ready)
                    return
                for position, name, code, message in refused or [
                        (positions[0], refusal.field or "", refusal.code, refusal.message)]:
                    refuse(position, name, code, message)
                bad = {position for position, *_rest in refused} or {positions[0]}
                positions = [position for position in positions if position not in bad]
            else:
                done += [(position, record.id) for position, record in records.items()]
                return

    def change(self, changes: Sequence[Change], refuse: Refuse) -> list[int]:
        """Give records new values where they differ, and give the positions of those that did change."""
        changed: list[int] = []
        for start in range(0, len(changes), PART):
            part = changes[start:start + PART]
            if self.in_bulk and session().actor.system and not any(target.field.custom for target in self._own):
                changed += self._change_by_columns(part)
            else:
                changed += self._change_through_session(part, refuse)
            if self._tags is not None:
                changed += self._change_tags(self._tags, part, changed)
        return changed

    def _change_tags(
        self, target: Target, changes: Sequence[Change], changed: Sequence[int]
    ) -> list[int]:
        """Let records have the tags of their cells, none where these are empty; gives who had not been changed yet."""
        wanted = {each.id: each.values[target] or frozenset() for each in changes if target in each.values}
        held = tag_ids_of(self._cls, list(wanted))
        differing = {id_: tags for id_, tags in wanted.items() if held.get(id_, set()) != tags}
        if not differing:
            return []
        demand_rows(session(), "change", self._cls, list(differing))
        write_tags(self._cls, differing, kept=held)
        known = set(changed)
        fresh = [each for each in changes if each.id in differing and each.position not in known]
        raise_tagged_versions(self._cls, [each.id for each in fresh])
        for id_, tags in differing.items():
            self.journal.setdefault(id_, {})[target.name] = [sorted(held.get(id_, ())), sorted(tags)]
        return [each.position for each in fresh]

    def _change_by_columns(self, changes: Sequence[Change]) -> list[int]:
        changed: dict[int, dict[str, list[Any]]] = {}
        rows: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        stored = self._stored(_table(self._cls), "id", self._own, changes)
        for each in changes:
            old = stored.get(each.id, {})
            new = {target.column: value for target, value in each.values.items()
                   if target in self._own and old.get(target.column) != value}
            if new:
                rows.setdefault(tuple(new), []).append({"id": each.id, **new})
                changed[each.id] = {name: [old.get(name), value] for name, value in new.items()}
        for group in rows.values():
            update_rows(self._cls, group, audit=False)
        for component, targets in self._components.items():
            self._change_components(component, targets, changes, changed)
        work, who = session().work, session().actor
        for id_, values in changed.items():
            work.audit.note_change(
                self._cls.__entity__, id_, who.company_id, values, work.now, work.origin(who))
        return [each.position for each in changes if each.id in changed]

    def _change_components(
        self, component: type[Extension[Any]], targets: Sequence[Target], changes: Sequence[Change],
        changed: dict[int, dict[str, list[Any]]],
    ) -> None:
        table = _table(component)
        stored = self._stored(table, "row_id", targets, changes)
        connection = session().work.connection
        for each in changes:
            old = stored.get(each.id)
            before = old or {target.column: target.field.default for target in targets}
            new = {target.column: value for target, value in each.values.items()
                   if target in targets and before[target.column] != value}
            if not new:
                continue
            if old is None:
                single = Batch(1, {target: [each.values.get(target)] for target in targets})
                self._add_components(component, targets, [each.id], single)
            else:
                connection.execute(update(table).where(table.c.row_id == each.id).values(
                    version=table.c.version + 1, **new))
            changed.setdefault(each.id, {}).update(
                {f"{component.__slot__}.{name}": [before[name], value] for name, value in new.items()})

    @staticmethod
    def _stored(
        table: Table, key: str, targets: Sequence[Target], changes: Sequence[Change]
    ) -> dict[int, dict[str, Any]]:
        if not targets:
            return {}
        columns = [table.c[target.column] for target in targets]
        found = session().work.connection.execute(
            select(table.c[key].label("_key"), *columns).where(table.c[key].in_([each.id for each in changes])))
        return {row[0]: dict(zip([each.column for each in targets], row[1:], strict=True)) for row in found}

    def _change_through_session(self, changes: Sequence[Change], refuse: Refuse) -> list[int]:
        current = session()
        records = {record.id: record for record in current.scalars(
            select(self._cls).where(self._cls.id.in_([each.id for each in changes])))}
        by_position = {each.position: each for each in changes}
        changed: dict[int, dict[str, list[Any]]] = {}

        def apply(position: int) -> Entity:
            each = by_position[position]
            record = records[each.id]
            told = {}
            for target, value in each.values.items():
                if target is self._tags:
                    continue
                holder: Any = target.owner.of(record) if issubclass(target.owner, Extension) else record
                if (old := getattr(holder, target.column)) != value:
                    setattr(holder, target.column, value)
                    told[target.name] = [old, value]
            if told:
                changed[position] = told
            return record

        for each in changes:
            if each.id not in records:
                refuse(each.position, "", "NOT_FOUND", _("the record it became is out of your reach"))
        done: list[tuple[int, int]] = []
        self._flush([each.position for each in changes if each.id in records], apply, refuse, done)
        self.journal.update((id_, changed[position]) for position, id_ in done if position in changed)
        return [position for position, _id in done if position in changed]


class _Parents:
    """The documents that new lines belong to: what they derive from their lines is derived anew."""

    def __init__(self, cls: type[Entity], targets: Sequence[Target], batch: Batch) -> None:
        self._link = next((target for target in targets if target.field.parent), None)
        self._ids: Sequence[Any] = batch.columns[self._link] if self._link is not None else ()
        self._lines = next((
            each.name for each in self._link.field.target.__fields__.values()
            if each.kind == "lines" and each.target is cls), None) if self._link is not None else None
        self._known: dict[int, Entity] = {}

    def load(self, positions: Sequence[int]) -> None:
        """Load the documents of lines, with the lines they have: two statements."""
        if self._link is None or self._lines is None:
            return
        cls = self._link.field.target
        ids = {self._ids[position] for position in positions}
        self._known = {record.id: record for record in session().scalars(
            select(cls).where(cls.id.in_(ids)).options(selectinload(getattr(cls, self._lines))),
            execution_options={"populate_existing": True})}

    def adopt(self, position: int, line: Entity) -> None:
        """Put a new line with the others of its document."""
        parent = self._known.get(self._ids[position]) if self._lines is not None else None
        if parent is not None and self._lines is not None:
            getattr(parent, self._lines).append(line)
            flag_modified(parent, "changed_at")


def _refused_positions(
    refusal: Refusal, records: Mapping[int, Entity]
) -> list[tuple[int, str, str, Text]]:
    positions = {id(record): position for position, record in records.items()}
    return [
        (positions[id(problem.record)], problem.field, problem.code, problem.message)
        for problem in refusal.problems if id(problem.record) in positions]


def _as_stored(targets: Sequence[Target], batch: Batch, at: int) -> dict[str, Any] | None:
    """Give what a row says of custom fields as its JSON keeps it."""
    values = {target.field.name: to_json(target.field, batch.columns[target][at]) for target in targets}
    return {code: value for code, value in values.items() if value is not None} or None


def _reaches_all(cls: type[Entity]) -> bool:
    """Say whether whatever rows the actor makes lie within its scopes, so that no single one can be refused."""
    granted = rights()
    if granted.system or cls.__parent__:
        return granted.system
    return not {"all", "company"}.isdisjoint(
        reach.scope for reach in granted.reaches("create", cls.__entity__))


def _table(cls: type[Any]) -> Table:
    table: Table = cls.__table__
    return table

