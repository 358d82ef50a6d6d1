"""Answer a form while somebody types: what its empty and derived fields would hold once it were saved."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, jsonify, request

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.exchange.paths import field_at, names
from kernel.exchange.previews import previewed
from kernel.exchange.rows import Linked
from kernel.web.declare import LinesView
from kernel.web.filled import sums_of
from kernel.web.forms import reading
from kernel.web.layout import PlacedLines, lines_of, sections_of
from kernel.web.listing.pages import entity_asked
from kernel.web.posted import Posted, read_form
from kernel.web.serving import Answer, served
from kernel.web.show import currency_of, shown, titles_for, typed

__all__ = ["blueprint"]

blueprint = Blueprint("previews", __name__)
Held = dict[str, tuple[Field, Any]]
"""What a record holds, by the path its form knows it by."""


@blueprint.post("/<plugin>/<name>/new/preview")
@served(reading=True)
def of_new(plugin: str, name: str) -> Answer:
    """Preview a record that isn't made yet."""
    return _answer(entity_asked(plugin, name), None)


@blueprint.post("/<plugin>/<name>/<int:id_>/preview")
@served(reading=True)
def of_record(plugin: str, name: str, id_: int) -> Answer:
    """Preview a record with what is typed over it."""
    return _answer(entity_asked(plugin, name), id_)


def _answer(cls: type[Entity], id_: int | None) -> Answer:
    """Give what all fields show and what their inputs would hold, by name, and the sums below each sub-table."""
    posted = read_form(cls, request.form)
    with previewed(cls, posted.as_data(), id_, reading=reading()) as record:
        own = _held(record, [placed.path for section in sections_of(cls) for placed in section.fields])
        rows = {table.path: list(_rows(table, record, posted)) for table in lines_of(cls)}
        sums = {table.path: _held(record, _summed(cls, table.view)) for table in lines_of(cls)}
        everything = [own, *sums.values(), *(held for found in rows.values() for _key, held in found)]
        _name_links(everything)
    values = {path: value for held in (own, *sums.values()) for path, (_field, value) in held.items()}
    fields = {path: _texts(field, value, currency_of(field, values)) for path, (field, value) in own.items()}
    fields |= {f"{table}[{key}].{path}": _texts(field, value) for table, found in rows.items()
               for key, held in found for path, (field, value) in held.items()}
    return jsonify({
        "fields": fields,
        "sums": {table.path: [text for _label, text in sums_of(cls, table.view, values)] for table in lines_of(cls)}})


def _summed(cls: type[Entity], view: LinesView) -> list[str]:
    """Name the sums below a sub-table, and the fields that say in which currency they are."""
    paths = names(view.sums)
    return [*paths, *(field.currency for path in paths if (field := field_at(cls, path)) and field.currency)]


def _rows(table: PlacedLines, record: Entity, posted: Posted) -> Iterator[tuple[str, Held]]:
    """Give what the lines that stay hold, each by the key of its row in the form."""
    lines = getattr(record, table.path) if table.path in posted.lines else ()
    known = {str(line.id): line for line in lines}
    kept = [each for each in posted.kept(table.path) if not each.removed]
    fresh = iter([line for line in lines if str(line.id) not in {each.id for each in kept}])
    for each in kept:
        line = known.get(each.id) if each.id else next(fresh, None)
        if line is not None:
            yield each.key, _held(line, [column.path for column in table.columns])


def _held(record: Any, paths: Sequence[str]) -> Held:
    found: Held = {}
    for path in dict.fromkeys(paths):
        field = field_at(type(record), path)
        if field is None or field.kind in ("lines", "table", "ref", "tags"):
            continue
        slot = path.rpartition(".")[0]
        owner = type(record).__components__[slot].of(record) if slot else record
        found[path] = field, _value(owner, field)
    return found


def _value(owner: Any, field: Field) -> Any:
    if field.kind != "link":
        return getattr(owner, field.name)
    linked = None if field.custom else owner.__dict__.get(field.name)
    id_ = linked.id if linked is not None else getattr(owner, field.column)
    return None if id_ is None else Linked(id_, None, field.target.__entity__)


def _name_links(everything: Sequence[Held]) -> None:
    """Give the links their titles: a statement for each kind of record."""
    found = [(field.target, value.id) for held in everything for field, value in held.values()
             if isinstance(value, Linked)]
    targets = dict.fromkeys(target for target, _id in found)
    titles = titles_for((target, {id_ for each, id_ in found if each is target}) for target in targets)
    for held in everything:
        for path, (field, value) in held.items():
            if isinstance(value, Linked):
                held[path] = field, Linked(value.id, titles.get((value.entity, value.id)), value.entity)


def _texts(field: Field, value: Any, currency: str = "") -> tuple[str, str]:
    text = shown(field, value, currency=currency).text
    return text, text if field.kind in ("link", "choice", "state") else typed(field, value)
