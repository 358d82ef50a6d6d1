"""The tags of this installation, remembered by each process until one of them changes; what doors call them by."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.remembered import Remembered
from kernel.entities.work import session
from kernel.tags.models import Tag, folded_name

__all__ = ["MOST_TAGS", "Known", "NewTag", "find_tag", "known_tags", "offered_tags", "split_names"]

MOST_TAGS = 50
"""How many tags one record may have."""


@dataclass(frozen=True, slots=True)
class Known:
    """A tag as every door tells of it; `entity` is None for one that may be put on all records."""

    id: int
    name: str
    colour: str
    entity: str | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class NewTag:
    """The name of a tag that is to be made where there is none: a door is given "+Name"."""

    name: str


_remembered: Remembered[None, Mapping[int, Known]] = Remembered("tags", Tag)


def known_tags() -> Mapping[int, Known]:
    """Give all tags by id, in the order of their names; archived ones among them."""
    return _remembered.get(None, _load)


def _load() -> Mapping[int, Known]:
    table = Tag.__table__.c
    rows = session().work.connection.execute(
        select(table.id, table.name, table.colour, table.entity, table.archived)).all()
    return {row.id: Known(*row) for row in sorted(rows, key=lambda row: (folded_name(row.name), row.id))}


def offered_tags(cls: type[Entity]) -> list[Known]:
    """Give the tags that may be put on an entity's records, by name."""
    return [tag for tag in known_tags().values() if not tag.archived and tag.entity in (None, cls.__entity__)]


def find_tag(cls: type[Entity], key: int | str) -> Known | None:
    """Find a tag of an entity's by its id, or among those offered by its name."""
    if isinstance(key, int):
        found = known_tags().get(key)
        return found if found is not None and found.entity in (None, cls.__entity__) else None
    name = folded_name(key)
    return next((tag for tag in offered_tags(cls) if folded_name(tag.name) == name), None)


def split_names(text: str) -> Sequence[str]:
    """Cut what is written in one cell into names: they are separated by commas or semicolons."""
    return [name for part in re.split(r"[,，、;；]", text) if (name := part.strip())]
