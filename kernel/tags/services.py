"""Put tags on records and take them off, many at once, as their rights allow.

    tag(orders, put=["Urgent"], take=["Waiting"])

A tag is named by its id or name; what changed stands in each record's audit trail, and its version is raised.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from kernel.entities.base import TAGS, Entity, fields_of
from kernel.entities.work import session
from kernel.errors import Forbidden, Invalid, Problem, Refusal
from kernel.i18n import _
from kernel.permissions.guard import demand_rows
from kernel.permissions.rights import rights
from kernel.tags.known import MOST_TAGS, Known, NewTag, find_tag, known_tags
from kernel.tags.models import Tag, Tagging

__all__ = ["is_tagged_entity", "make_tags", "raise_tagged_versions", "tag", "tag_ids_of", "tags_of", "write_tags"]

AT_ONCE = 5000


def is_tagged_entity(cls: type[Entity]) -> bool:
    """Say whether people put tags on an entity's records."""
    field = cls.__fields__.get(TAGS)
    return field is not None and field.kind == "tags"


def tags_of(cls: type[Entity], ids: Collection[int]) -> dict[int, tuple[Known, ...]]:
    """Give the tags of records by id, each one's by name; records without any are left out.

    One statement for five thousand of them; none where the installation has no tags.
    """
    known = known_tags()
    order = {id_: at for at, id_ in enumerate(known)}
    return {
        record: tuple(known[id_] for id_ in sorted(tags, key=order.__getitem__))
        for record, tags in tag_ids_of(cls, ids).items()}


def tag_ids_of(cls: type[Entity], ids: Collection[int]) -> dict[int, set[int]]:
    """Give the ids of the tags on records, as `tags_of` does."""
    found: dict[int, set[int]] = {}
    known = known_tags()
    if not known:
        return found
    table, wanted = Tagging.__table__.c, list(ids)
    for start in range(0, len(wanted), AT_ONCE):
        for record, tag_id in session().work.connection.execute(
                select(table.record_id, table.tag_id).where(
                    table.record_id.in_(wanted[start:start + AT_ONCE]), table.entity == cls.__entity__)):
            if tag_id in known:
                found.setdefault(record, set()).add(tag_id)
    return found


def tag(records: Sequence[Entity], put: Iterable[int | str] = (), take: Iterable[int | str] = ()) -> list[int]:
    """Put tags on records of one entity and take others off; gives the ids of the records that were changed.

    Raises Invalid for a tag that the entity hasn't, Forbidden for want of the right to change the records.
    """
    if not records:
        return []
    cls = type(records[0])
    _demand_tagged(cls)
    added, removed = _found(cls, "put", put), _found(cls, "take", take)
    session().flush()
    ids = [record.id for record in records]
    demand_rows(session(), "change", cls, ids)
    held = tag_ids_of(cls, ids)
    changed = write_tags(cls, {id_: (held.get(id_, set()) | added) - removed for id_ in ids}, kept=held)
    raise_tagged_versions(cls, changed)
    return changed


def _demand_tagged(cls: type[Entity]) -> None:
    if not is_tagged_entity(cls):
        raise Refusal("NOT_TAGGED", _("{what} have no tags", what=cls.__plural__))
    if fields_of(cls)[TAGS] not in rights().writable(cls):
        raise Forbidden("READONLY", _("{label} can't be written here", label=_("Tags")), field=TAGS)


def _found(cls: type[Entity], name: str, keys: Iterable[int | str]) -> set[int]:
    given = list(keys)
    found = [find_tag(cls, key) for key in given]
    if missing := [str(key) for key, each in zip(given, found, strict=True) if each is None]:
        raise Invalid([Problem(name, _("There is no tag {name}", name=missing[0][:80]), "NO_SUCH_TAG")])
    return {each.id for each in found if each is not None}


def make_tags(cls: type[Entity], wanted: Collection[NewTag]) -> dict[NewTag, int]:
    """Give the ids of tags by their new names, made for an entity where there are none yet.

    Raises Forbidden for whoever may not make tags.
    """
    found: dict[NewTag, int] = {}
    made: dict[NewTag, Tag] = {}
    for new in sorted(wanted, key=lambda each: each.name):
        there = find_tag(cls, new.name)
        if there is not None:
            found[new] = there.id
        else:
            made[new] = Tag(name=new.name, entity=cls.__entity__)
    if made:
        rights().demand("create", Tag.__entity__)
        session().add_all(made.values())
        session().flush()
    return found | {new: record.id for new, record in made.items()}


def write_tags(
    cls: type[Entity], wanted: Mapping[int, Collection[int]], *, kept: Mapping[int, Collection[int]] | None = None,
    told: bool = True,
) -> list[int]:
    """Let records, by id, have these tags and no others; gives the ids of those that had not.

    For doors that have seen to the rights and raise the versions: a few statements for all. `kept` are the tags they
    have, where those were read already; `told` notes in the audit trail of each what it had and has.
    """
    held = tag_ids_of(cls, list(wanted)) if kept is None else kept
    changed = {id_: (set(held.get(id_, ())), set(tags)) for id_, tags in wanted.items()
               if set(held.get(id_, ())) != set(tags)}
    if over := next((id_ for id_, (before, after) in changed.items()
                     if len(after) > MOST_TAGS and len(after) > len(before)), None):
        raise Invalid([Problem(TAGS, _("A record has at most {count} tags", count=MOST_TAGS), "TOO_MANY", over)])
    work = session().work
    rows = [{"record_id": id_, "entity": cls.__entity__, "tag_id": tag_id, "at": work.now}
            for id_, (before, after) in changed.items() for tag_id in sorted(after - before)]
    if rows:
        dialect: Any = sqlite if work.database.is_sqlite else postgresql
        work.connection.execute(dialect.insert(Tagging).on_conflict_do_nothing(), rows)
    _take(cls, changed)
    if told:
        _tell(cls, changed)
    return list(changed)


def _take(cls: type[Entity], changed: Mapping[int, tuple[set[int], set[int]]]) -> None:
    """Take tags off: a statement for each tag that goes, whatever the number of records."""
    by_tag: dict[int, list[int]] = {}
    for id_, (before, after) in changed.items():
        for tag_id in before - after:
            by_tag.setdefault(tag_id, []).append(id_)
    table = Tagging.__table__.c
    for tag_id, ids in by_tag.items():
        for start in range(0, len(ids), AT_ONCE):
            session().work.connection.execute(delete(Tagging).where(
                table.tag_id == tag_id, table.entity == cls.__entity__,
                table.record_id.in_(ids[start:start + AT_ONCE])))


def _tell(cls: type[Entity], changed: Mapping[int, tuple[set[int], set[int]]]) -> None:
    """Note what each record had and has, by name: that stays readable when the tags are gone."""
    current, known = session(), known_tags()
    companies = _companies(cls, list(changed))
    for id_, both in changed.items():
        before, after = (
            sorted(known[tag_id].name for tag_id in tags if tag_id in known) for tags in both)
        current.work.audit.note_change(
            cls.__entity__, id_, companies.get(id_), {TAGS: [before, after]}, current.now,
            current.work.origin(current.actor))


def _companies(cls: type[Entity], ids: Sequence[int]) -> dict[int, int | None]:
    table: Any = cls.__table__
    return {
        row.id: row.company_id for start in range(0, len(ids), AT_ONCE) for row in session().work.connection.execute(
            select(table.c.id, table.c.company_id).where(table.c.id.in_(ids[start:start + AT_ONCE])))}


def raise_tagged_versions(cls: type[Entity], ids: Sequence[int]) -> None:
    """Raise the versions of records whose tags changed: whoever has one of them open in a form will be told."""
    current, table = session(), cls.__table__
    for start in range(0, len(ids), AT_ONCE):
        current.work.connection.execute(
            update(cls).where(table.c.id.in_(ids[start:start + AT_ONCE])).values(
                version=table.c.version + 1, changed_at=current.now, changed_by_id=current.actor.user_id),
            execution_options={"synchronize_session": False})
    for id_ in ids:
        current.touch(cls, id_)
