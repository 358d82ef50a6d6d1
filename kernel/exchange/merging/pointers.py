"""Everything that points to records of an entity: links, refs, custom fields, and the kernel's own tables."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Table, func, literal, select, union_all

from kernel.discussion.leaving import going_along
from kernel.entities.base import Base, Entity, entities, plugin_of
from kernel.entities.custom.definitions import customised
from kernel.entities.custom.stored import column_of
from kernel.entities.extension import Extension
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.exchange.paths import document_of
from kernel.hooks.participation import switched_off
from kernel.i18n import Text, _
from kernel.permissions.models import Share
from kernel.permissions.rights import rights

__all__ = ["Pointer", "count_pointers", "pointers_to"]

ABOUT: Mapping[str, Text] = {
    "kernel_comment": _("Comments"), "kernel_attachment": _("Files"), "kernel_follow_up": _("Follow-ups"),
    "kernel_star": _("Stars"), "kernel_follower": _("Followers"), "kernel_tagging": _("Tags"),
    "kernel_notification": _("Notifications"), "kernel_mail": _("Mails"), "kernel_share": _("Shares"),
}
"""What people call the kernel's tables about records."""
OTHERS = _("Other records")
STAYING = frozenset({"kernel_merged_record"})
"""What tells of a record as it was, and stays with it."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A column that holds ids of records: in the table of which class, and how it is to be changed."""

    cls: type[Base]
    kind: Literal["link", "ref", "custom", "table", "about"]
    field: Field | None = None
    column: str = ""
    line_columns: tuple[str, ...] = ()
    """Of a custom sub-table: the columns that link to the entity."""

    @property
    def table(self) -> Table:
        """Give the table it is in."""
        return cast(Table, self.cls.__table__)

    @property
    def entity(self) -> type[Entity] | None:
        """Give the entity whose rows point; None for a component and for the kernel's own tables."""
        return self.cls if issubclass(self.cls, Entity) else None

    @property
    def plugin(self) -> str:
        """Name the plugin whose table it is."""
        return plugin_of(self.cls.__module__)

    @property
    def label(self) -> Text:
        """Say what the pointing rows are called; empty for what people never see."""
        if issubclass(self.cls, Entity) and self.cls is not Share:
            return self.cls.__plural__
        if issubclass(self.cls, Extension):
            return self.cls.__base_entity__.__plural__
        return ABOUT.get(self.table.name, "")

    def sql(self) -> Any:
        """Give the SQL of the ids it holds."""
        if self.kind == "custom" and self.field is not None:
            return column_of(self.table.c, self.field)
        return self.table.c[self.column]

    def clauses(self, entity: str) -> list[ColumnElement[bool]]:
        """Give what says that the ids are of an entity, where a table holds those of several."""
        if self.kind == "ref" and self.field is not None:
            return [self.table.c[f"{self.field.name}_entity"] == entity]
        return [self.table.c.entity == entity] if self.kind == "about" else []


def pointers_to(cls: type[Entity]) -> list[Pointer]:
    """Give every column by which rows of installed plugins and of the kernel point to an entity's records."""
    off = switched_off()
    return [each for each in (*_links(cls), *_refs(), *_customs(cls), *_abouts()) if each.plugin not in off]


def _links(cls: type[Entity]) -> Iterator[Pointer]:
    by_table = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for name, table in Base.metadata.tables.items():
        owner = by_table.get(name)
        for key in table.foreign_keys if owner is not None else ():
            component = owner is not None and issubclass(owner, Extension) and key.parent.name == "row_id"
            if owner is not None and key.column.table is cls.__table__ and not component:
                yield Pointer(owner, "link", column=key.parent.name)


def _refs() -> Iterator[Pointer]:
    for other in entities().values():
        for field in other.__fields__.values():
            if field.kind == "ref":
                yield Pointer(other, "ref", field, field.column)


def _customs(cls: type[Entity]) -> Iterator[Pointer]:
    """Give the custom links, and the sub-tables with one; those of removed fields too, as these may come back."""
    for name, definitions in customised().every.items():
        for definition in definitions.values() if name in entities() else ():
            field = definition.field
            if field.kind == "link" and field.target is cls:
                yield Pointer(entities()[name], "custom", field)
            elif field.kind == "table":
                inner = tuple(each.name for each in field.columns if each.kind == "link" and each.target is cls)
                if inner:
                    yield Pointer(entities()[name], "table", field, line_columns=inner)


def _abouts() -> Iterator[Pointer]:
    models: list[type[Base]] = [*going_along(), Share]
    for model in models:
        if model.__tablename__ not in STAYING:
            yield Pointer(model, "about", column="record_id")


def count_pointers(cls: type[Entity], ids: Collection[int]) -> list[tuple[Text, str, dict[int, int]]]:
    """Count what points to each of some records, by what it is called and whose it is: one statement.

    What the person may not read is told as other records, without saying of what kind.
    """
    known = [each for each in pointers_to(cls) if each.label and each.kind != "table"]
    hidden = [each.entity is not None and each.kind != "about" and not rights().may(
        "read", document_of(each.entity).__entity__) for each in known]
    parts = [_counted(at, each, cls, ids) for at, each in enumerate(known)]
    found: dict[tuple[str, str], tuple[Text, dict[int, int]]] = {}
    for at, id_, count in session().work.connection.execute(union_all(*parts)) if parts else ():
        label, plugin = (OTHERS, "kernel") if hidden[at] else (known[at].label, known[at].plugin)
        counts = found.setdefault((str(label), plugin), (label, {}))[1]
        counts[id_] = counts.get(id_, 0) + count
    return [(label, plugin, counts) for (_text, plugin), (label, counts) in sorted(
        found.items(), key=lambda each: (each[0][1] == "kernel", each[0][1], each[0][0]))]


def _counted(at: int, pointer: Pointer, cls: type[Entity], ids: Collection[int]) -> Any:
    column = pointer.sql()
    where: Sequence[Any] = [column.in_(ids), *pointer.clauses(cls.__entity__)]
    return select(literal(at), column, func.count()).select_from(pointer.table).where(*where).group_by(column)
