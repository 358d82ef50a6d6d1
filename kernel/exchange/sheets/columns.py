"""Which fields of an entity a file may fill, for whom, and which column of a file is meant for which of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sqlalchemy import func, select

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.exchange.links import key_fields
from kernel.exchange.sheets.choices import ColumnChoice
from kernel.i18n import LOCALES, Text, use_locale
from kernel.permissions.rights import rights

__all__ = ["FileField", "fields_by_path", "finders", "guess", "line_entity", "match_fields", "settle_finders"]

NATURAL = ("number", "code", "name", "email", "login", "barcode", "tax_id", "title")
"""Fields by which people name a record, the surest first."""
CLOSE = 0.85
"""How alike a column's name and a field's must be."""


@dataclass(frozen=True, slots=True)
class FileField:
    """A field that a column may fill: of the entity, of a component (`slot.field`), or of its lines (`lines/field`)."""

    path: str
    field: Field
    group: Text = ""
    """Whose it is, where it isn't the entity's own."""

    @property
    def line(self) -> bool:
        """Say whether it belongs to the lines of a record."""
        return "/" in self.path


def fields_by_path(cls: type[Entity]) -> dict[str, FileField]:
    """Give the fields that a file may fill for the current person, by path."""
    return {each.path: each for each in _fields(cls)}


def _fields(cls: type[Entity]) -> Iterator[FileField]:
    for field in _own(cls):
        yield FileField(field.name, field)
    granted = rights()
    for slot, component in cls.__components__.items():
        if granted.may("change", component.__entity__):
            for field in granted.writable(component):
                if _may_be_filled(field):
                    yield FileField(f"{slot}.{field.name}", field, component.__label__)
    if (lines := line_entity(cls)) is not None:
        for field in _own(lines.target):
            if field.kind != "serial":
                yield FileField(f"{lines.name}/{field.name}", field, lines.label)


def _own(cls: type[Entity]) -> list[Field]:
    granted = rights()
    numbered = [field for field in granted.visible(cls) if field.kind == "serial" and field.required]
    return [*numbered, *(field for field in granted.writable(cls) if _may_be_filled(field))]


def _may_be_filled(field: Field) -> bool:
    if field.kind in ("lines", "json", "ref", "state", "serial", "table"):
        return False
    if field.hidden or field.secret or field.parent:
        return False
    return field.kind != "link" or bool(finders(field))


def line_entity(cls: type[Entity]) -> Field | None:
    """Give the sub-table that a file's rows may be lines of: the entity's first, where the person may write it."""
    return next((field for field in rights().writable(cls) if field.kind == "lines" and not field.hidden), None)


def match_fields(cls: type[Entity]) -> list[Field]:
    """Give the fields by which rows may find records that exist: what names a record, the surest first."""
    return _naming(cls)


def finders(field: Field) -> list[Field]:
    """Give the fields by which a link's cell may find its record."""
    return _naming(field.target) if rights().may("read", field.target.__entity__) else []


def _naming(cls: type[Entity]) -> list[Field]:
    keys = {field.name for field in key_fields(cls)} | {cls.__title__}
    return sorted(
        (field for field in rights().visible(cls)
         if field.kind in ("text", "serial") and not field.hidden and (field.name in keys or field.name in NATURAL)),
        key=lambda field: NATURAL.index(field.name) if field.name in NATURAL else len(NATURAL))


def guess(header: Sequence[str], fields: Mapping[str, FileField]) -> dict[str, ColumnChoice]:
    """Guess which field each column is meant for: by name, by label in any language, by near spelling."""
    words = _words(fields.values())
    found: dict[str, ColumnChoice] = {}
    taken: set[str] = set()

    def take(column: str, path: str | None) -> None:
        if path is not None and path not in taken and column not in found:
            found[column] = ColumnChoice(path)
            taken.add(path)

    columns = [column for column in dict.fromkeys(header) if column]
    for column in columns:
        take(column, words.get(_plain(column)))
    for column in columns:
        near = get_close_matches(_plain(column), words, 1, CLOSE)
        take(column, words[near[0]] if near else None)
    return found


def _words(fields: Iterable[FileField]) -> dict[str, str]:
    """Give the path behind each word that a field goes by; of several fields the first."""
    words: dict[str, str] = {}
    named = sorted(fields, key=lambda each: (each.line, "." in each.path))
    for locale in LOCALES:
        with use_locale(locale):
            for each in named:
                for word in (each.path, each.field.name, str(each.field.label), f"{each.group} {each.field.label}"):
                    words.setdefault(_plain(word), each.path)
    words.pop("", None)
    return words


def _plain(word: str) -> str:
    return re.sub(r"[\W_]+", "", word.casefold())


def settle_finders(
    columns: Mapping[str, ColumnChoice], fields: Mapping[str, FileField], samples: Mapping[str, Sequence[str]]
) -> dict[str, ColumnChoice]:
    """Say for each column that is a link by which field its record is found: the one that most samples fit."""
    settled = {}
    for name, choice in columns.items():
        there = fields.get(choice.field)
        if there is None:
            continue
        if there.field.kind != "link":
            settled[name] = ColumnChoice(choice.field)
            continue
        offered = finders(there.field)
        names = [field.name for field in offered]
        if offered:
            find = choice.find if choice.find in names else _best(there.field.target, offered, samples.get(name, ()))
            settled[name] = ColumnChoice(choice.field, find)
    return settled


def _best(cls: type[Entity], offered: Sequence[Field], samples: Sequence[str]) -> str:
    wanted = {cell.strip() for cell in samples if cell.strip()}
    if not wanted:
        return offered[0].name
    counts = session().execute(select(*(
        select(func.count(column.distinct())).where(column.in_(wanted)).scalar_subquery()
        for column in (getattr(cls, field.name) for field in offered)))).one()
    return max(zip(counts, range(0, -len(offered), -1), offered, strict=True), key=lambda each: each[:2])[2].name
