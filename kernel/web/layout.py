"""Which fields stand where: what a plugin declared, cut to what the person may see, or a sensible default."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kernel.entities.base import TAGS, Entity, fields_of
from kernel.entities.custom.definitions import definitions_of
from kernel.entities.custom.models import CustomField
from kernel.entities.fields import Field
from kernel.exchange.paths import document_path, field_at, names
from kernel.hooks.participation import installed
from kernel.i18n import LazyText, Text, _
from kernel.permissions.rights import rights
from kernel.tags.known import offered_tags
from kernel.tags.models import Tag
from kernel.tags.services import is_tagged_entity
from kernel.web.declare import LinesView, views
from kernel.web.screen.shown import Action

__all__ = [
    "Placed", "PlacedLines", "PlacedSection", "columns_of", "customise_action", "field_at", "lines_of", "section_code",
    "sections_of", "tables_of", "writable_names",
]

MOST_COLUMNS = 8
STANDARD = ("created_at", "changed_at", "created_by", "changed_by", "company", "id")


@dataclass(frozen=True, slots=True)
class Placed:
    """A field and the path it is known by in a row: `name`, or `slot.name` for a component's."""

    path: str
    field: Field
    writable: bool


@dataclass(frozen=True, slots=True)
class PlacedSection:
    """Fields under a heading; plugin names whose component they are, empty for the entity's own."""

    label: Text
    fields: tuple[Placed, ...]
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class PlacedLines:
    """A sub-table and its columns."""

    path: str
    field: Field
    view: LinesView
    columns: tuple[Placed, ...]
    target: type[Entity]


def columns_of(cls: type[Entity]) -> list[tuple[str, Field]]:
    """Give the columns of an entity's list."""
    view = views.lists.get(cls.__entity__)
    wanted: Sequence[str] = view.columns if view and view.columns else _default_columns(cls)
    wanted = [*wanted, *(each.code for each in definitions_of(cls).values() if each.listed)]
    if TAGS not in wanted and is_tagged_entity(cls) and offered_tags(cls):
        wanted.append(TAGS)
    return [(path, field) for path in wanted if (field := field_at(cls, path)) is not None and field.kind != "lines"]


def _default_columns(cls: type[Entity]) -> list[str]:
    fields = [
        field for field in rights().visible(cls)
        if not (field.hidden or field.custom) and field.kind not in ("lines", "note", "json", "tags")]
    lead = [field.name for field in fields if field.name in ("number", cls.__title__)]
    if cls.__parent__:
        lead = [document_path(cls)]
    return list(dict.fromkeys([*lead, *(field.name for field in fields)]))[:MOST_COLUMNS]


def writable_names(cls: type[Entity]) -> frozenset[str]:
    """Give the paths of the fields the person may type into, components' included."""
    granted = rights()
    own = [field.name for field in granted.writable(cls)]
    for slot, component in cls.__components__.items():
        if granted.may("change", component.__entity__):
            own += [f"{slot}.{field.name}" for field in granted.writable(component)]
    return frozenset(own)


def sections_of(cls: type[Entity]) -> list[PlacedSection]:
    """Give the sections of an entity's form: its own, then the components of other plugins."""
    writable = writable_names(cls)
    view = views.forms.get(cls.__entity__)
    found: list[PlacedSection] = []
    if view and view.sections:
        found += [PlacedSection(each.label, _placed(cls, names(each.fields), writable)) for each in view.sections]
    else:
        own = [
            field.name for field in rights().visible(cls)
            if not (field.hidden or field.custom) and field.kind not in ("lines", "json", "tags")]
        found.append(PlacedSection("", _placed(cls, own, writable)))
    found = _with_tags(cls, _with_custom(cls, found, writable), writable)
    placed = {each.path for section in found for each in section.fields}
    for slot, component in sorted(cls.__components__.items()):
        paths = [
            path for field in rights().visible(component)
            if not field.hidden and (path := f"{slot}.{field.name}") not in placed]
        fields = _placed(cls, paths, writable)
        if fields:
            found.append(PlacedSection(component.__label__, fields, component.__plugin__))
    return [section for section in found if section.fields]


def _with_custom(
    cls: type[Entity], sections: Sequence[PlacedSection], writable: frozenset[str]
) -> list[PlacedSection]:
    """Put custom fields where they belong, by default in the first section, and beside a link what it fills."""
    added: dict[str, list[str]] = {}
    for each in definitions_of(cls).values():
        added.setdefault(each.section, []).extend([each.code, *(f"{each.code}.{name}" for name in each.fills)])
    if not added:
        return list(sections)
    found = []
    for at, section in enumerate(sections):
        more = added.pop(section_code(section.label), []) + (added.pop("", []) if at == 0 else [])
        fields = (*section.fields, *_beside(cls, _placed(cls, more, writable))) if more else section.fields
        found.append(replace(section, fields=fields))
    return found + [
        PlacedSection(label, _beside(cls, _placed(cls, paths, writable))) for label, paths in added.items()]


def _with_tags(cls: type[Entity], sections: list[PlacedSection], writable: frozenset[str]) -> list[PlacedSection]:
    """Put the tags at the end of the first section, where there are any or the person may make some."""
    placed = {each.path for section in sections for each in section.fields}
    if TAGS in placed or not sections or not is_tagged_entity(cls) or not (
            offered_tags(cls) or rights().may("create", Tag.__entity__)):
        return sections
    first = sections[0]
    return [replace(first, fields=(*first.fields, *_placed(cls, [TAGS], writable))), *sections[1:]]


def _beside(cls: type[Entity], placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """Name what stands beside a link by both: there may be a name on the form already."""
    found = []
    for each in placed:
        link = field_at(cls, each.path.partition(".")[0]) if "." in each.path else None
        found.append(each if link is None else replace(each, field=replace(
            each.field, label=_("{link}: {field}", link=link.label, field=each.field.label), required=False)))
    return tuple(found)


def section_code(label: Text) -> str:
    """Name a section whatever the language: by its heading as the code has it."""
    return label.source if isinstance(label, LazyText) else str(label)


def _placed(cls: type[Entity], paths: Sequence[str], writable: frozenset[str]) -> tuple[Placed, ...]:
    return tuple(
        Placed(path, field, path in writable) for path in paths
        if (field := field_at(cls, path)) is not None and field.kind not in ("lines", "json", "table")
        and not (field.instead_of and installed(field.instead_of)))


def lines_of(cls: type[Entity]) -> list[PlacedLines]:
    """Give the sub-tables of an entity's form."""
    view = views.forms.get(cls.__entity__)
    declared = {each.field: each for each in view.lines} if view else {}
    found = []
    for field in rights().visible(cls):
        if field.kind != "lines" or field.hidden:
            continue
        each = declared.get(field.name, LinesView(field.name))
        target = field.target
        wanted = names(each.columns) or [
            column.name for column in fields_of(target).values()
            if not column.parent and not column.hidden and column.kind not in ("lines", "json", "note", "table")]
        wanted = list(dict.fromkeys((*wanted, *definitions_of(target))))
        writable = frozenset(column.name for column in rights().writable(target))
        columns = tuple(placed for placed in _placed(target, wanted, writable))
        found.append(PlacedLines(field.name, field, each, columns, target))
    return found


def customise_action(cls: type[Entity]) -> tuple[Action, ...]:
    """Lead whoever may to the page on which fields are added to an entity."""
    if not rights().may("change", CustomField.__entity__) or cls is CustomField:
        return ()
    plugin, name = cls.__entity__.split(".", 1)
    return (Action(str(_("Customise")), f"/{plugin}/{name}/customise", "forms"),)


def tables_of(cls: type[Entity]) -> list[PlacedLines]:
    """Give the custom sub-tables of an entity's form; their lines are part of the record."""
    writable = {field.name for field in rights().writable(cls)}
    return [
        PlacedLines(
            field.name, field, LinesView(field.name),
            tuple(Placed(column.name, column, field.name in writable and not column.readonly)
                  for column in field.columns), cls)
        for field in rights().visible(cls) if field.kind == "table"]
