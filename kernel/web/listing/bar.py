"""What stands above a list: the filter menu, the chooser of columns, the orders."""

from collections.abc import Sequence

from kernel.discussion.activities.reading import CONDITION, STANDINGS
from kernel.entities.base import TAGS, Entity
from kernel.entities.custom.definitions import definitions_of
from kernel.entities.fields import Field
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.tags.known import offered_tags
from kernel.tags.services import is_tagged_entity
from kernel.web.asked import Asked
from kernel.web.declare import ListView
from kernel.web.frame import plugin_label
from kernel.web.layout import field_at
from kernel.web.screen.listing import ColumnChoice, FilterField
from kernel.web.screen.shown import Choice

__all__ = ["column_choices", "filter_fields", "sort_label", "sorts_of"]

UNFILTERED = ("note", "json", "ref", "table", "tags")


def filter_fields(
    cls: type[Entity], view: ListView, columns: Sequence[tuple[str, Field]]
) -> tuple[FilterField, ...]:
    """Give the fields of the filter menu, each with what it offers."""
    wanted = tuple(view.filters) or tuple(path for path, field in columns if field.kind not in UNFILTERED)
    listed = (each.code for each in definitions_of(cls).values() if each.listed and each.field.kind not in UNFILTERED)
    wanted = tuple(dict.fromkeys((*wanted, *listed)))
    found = []
    for path in wanted:
        field = field_at(cls, path)
        if field is None:
            continue
        choices = tuple(Choice(each.value, str(each.label)) for each in field.choices)
        if field.kind == "boolean":
            choices = (Choice("1", str(_("yes"))), Choice("0", str(_("no"))))
        elif field.kind == "link" and field.target.__entity__ == "kernel.user":
            choices = (Choice("me", str(_("me"))),)
        found.append(FilterField(path, str(field.label), field.kind, choices))
    if view.activities:
        found.append(FilterField(CONDITION, str(_("Activity")), "choice", tuple(
            Choice(code, str(label)) for code, label in STANDINGS.items())))
    return (*found, *_tag_filter(cls))


def _tag_filter(cls: type[Entity]) -> tuple[FilterField, ...]:
    """Offer the tags to filter by, where the entity has any."""
    field = field_at(cls, TAGS) if is_tagged_entity(cls) else None
    offered = offered_tags(cls) if field is not None else []
    return (FilterField(TAGS, str(field.label), "tags", tuple(
        Choice(str(each.id), each.name, note=each.colour) for each in offered)),) if field and offered else ()


def column_choices(
    cls: type[Entity], columns: Sequence[tuple[str, Field]], declared: Sequence[tuple[str, Field]]
) -> tuple[ColumnChoice, ...]:
    """Give the columns one may choose from, those of components with their plugin."""
    on = [path for path, _field in columns]
    own = [field for field in rights().visible(cls) if field.kind not in ("lines", "json") and not field.hidden]
    found = [ColumnChoice(field.name, str(field.label), field.name in on) for field in own]
    for slot, component in cls.__components__.items():
        found += [
            ColumnChoice(f"{slot}.{field.name}", str(field.label), f"{slot}.{field.name}" in on,
                         plugin_label(component.__plugin__))
            for field in rights().visible(component) if not field.hidden]
    known = {choice.name for choice in found}
    found += [
        ColumnChoice(path, str(field.label), path in on) for path, field in declared if path not in known]
    return tuple(found)


def sort_label(cls: type[Entity], sort: str) -> str:
    """Name the order in force."""
    field = field_at(cls, sort.lstrip("-"))
    return str(_("Newest first") if sort == "-id" else field.label if field else sort)


def sorts_of(columns: Sequence[tuple[str, Field]], sort: str, asked: Asked, base: str) -> tuple[Choice, ...]:
    """Give the orders one may choose from."""
    newest = Choice("-id", str(_("Newest first")), sort == "-id", asked.address(base, sort="-id", cursor=""))
    rest = [
        Choice(target, str(field.label), target == sort, asked.address(base, sort=target, cursor=""),
               str(_("descending") if target.startswith("-") else _("ascending")))
        for path, field in columns if field.kind not in ("json", "lines", "note", "ref", "table", "tags")
        for target in (path, f"-{path}")]
    return (newest, *rest)
