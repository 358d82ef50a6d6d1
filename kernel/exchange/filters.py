"""Turn filter conditions and search words into SQL, one vocabulary for lists, boards, the API and saved views."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

from kernel.discussion.activities.reading import CONDITION, STANDINGS, activity_clause
from kernel.entities.base import TAGS, Entity
from kernel.entities.custom.stored import column_of
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import Invalid, Problem
from kernel.exchange.paths import Joined, Path, readable_fields, resolve
from kernel.exchange.values import Fault, LinkKey, Reading, parse
from kernel.i18n import _, current_timezone
from kernel.permissions.scopes import Unindexed
from kernel.tags.clauses import has_all, has_any, has_none, is_tagged
from kernel.tags.known import MOST_TAGS, known_tags
from kernel.tags.models import folded_name

__all__ = ["OPERATORS", "Condition", "conditions", "operators_of", "search_clause"]

Condition = Sequence[Any]
"""`[field path, operator, value]`; `is_null` takes true or false, `in` and `all` a list, `between` two values.

Of tags `eq` is one that a record has and `ne` one that it hasn't, `in` any of some and `all` every one of them.
"""

Operator = Callable[[Any, Any], ColumnElement[bool]]
OPERATORS: Mapping[str, Operator] = {
    "eq": lambda column, value: column.is_(None) if value is None else column == value,
    "ne": lambda column, value: column.is_not(None) if value is None else or_(column != value, column.is_(None)),
    "in": lambda column, values: column.in_(values) if values else false(),
    "lt": lambda column, value: column < value,
    "le": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "ge": lambda column, value: column >= value,
    "between": lambda column, values: and_(column >= values[0], column <= values[1]),
    "contains": lambda column, value: column.icontains(value, autoescape=True),
    "starts": lambda column, value: column.istartswith(value, autoescape=True),
    "is_null": lambda column, value: column.is_(None) if value else column.is_not(None),
    "all": lambda column, values: and_(*(column == value for value in values)),
}
_TEXTUAL = frozenset({"contains", "starts"})
_ORDERED = frozenset({"lt", "le", "gt", "ge", "between"})
_OF_TAGS = ("eq", "ne", "in", "all", "is_null")
_TEXT_KINDS = frozenset({"text", "note", "serial"})
_UNORDERED_KINDS = frozenset({"boolean", "link", "choice", "state", "ref"})
MOST_VALUES = 1000
MOST_CONDITIONS = 40


def operators_of(field: Field) -> list[str]:
    """List the operators a field takes."""
    if field.kind in ("lines", "json", "table"):
        return []
    if field.kind == "tags":
        return list(_OF_TAGS)
    names = [name for name in OPERATORS if name != "all"]
    names = [name for name in names if name not in _TEXTUAL or field.kind in _TEXT_KINDS | {"link"}]
    return [name for name in names if not (name in _ORDERED and field.kind in _UNORDERED_KINDS)]


def conditions(
    cls: type[Entity], given: Sequence[Condition], joined: Joined, *, indexed: bool = True
) -> list[ColumnElement[bool]]:
    """Build the clauses of conditions, all of which must hold; unless `indexed`, SQLite looks nothing up by them.

    Raises Invalid naming the condition by its place (`filter.0`), Forbidden for a field the actor may not see.
    """
    if len(given) > MOST_CONDITIONS:
        raise Invalid([Problem("filter", _("At most {count} conditions fit in one filter", count=MOST_CONDITIONS))])
    return [_clause(cls, f"filter.{at}", condition, joined, indexed) for at, condition in enumerate(given)]


def _clause(
    cls: type[Entity], place: str, condition: object, joined: Joined, indexed: bool
) -> ColumnElement[bool]:
    if isinstance(condition, str) or not isinstance(condition, Sequence) or len(condition) != 3:
        raise _wrong(place, _("A condition has three parts: field, operator, value"))
    name, operator, raw = condition
    if not isinstance(name, str) or not isinstance(operator, str):
        raise _wrong(place, _("A condition has three parts: field, operator, value"))
    if name == CONDITION:
        return _standing(cls, place, operator, raw)
    path = resolve(cls, name)
    allowed = operators_of(path.field)
    if operator not in allowed:
        raise _wrong(place, _("{field} can't be compared with “{operator}”; use one of: {allowed}",
                              field=name, operator=operator[:40], allowed=", ".join(allowed) or "-"))
    try:
        value = _value(path, operator, raw)
    except Fault as fault:
        raise Invalid([fault.at(place)]) from fault
    if operator in _TEXTUAL and path.field.kind == "link":
        column = joined.title(path)
        if column is None:
            raise _wrong(place, _("The records {field} points to have no searchable name", field=name))
    else:
        column = joined.column(path)
        if path.field.kind == "tags":
            return _of_tags(path, operator, column, value)
        if not (indexed or path.steps):
            column = Unindexed(column)
    return OPERATORS[operator](column, value)


def _standing(cls: type[Entity], place: str, operator: str, raw: object) -> ColumnElement[bool]:
    """Read a condition on the activities of records."""
    clause = activity_clause(cls, raw) if operator == "eq" and not cls.__parent__ else None
    if clause is None:
        raise _wrong(place, _("Activities are compared by “eq” with one of: {allowed}", allowed=", ".join(STANDINGS)))
    return clause


def _of_tags(path: Path, operator: str, record: Any, value: Any) -> ColumnElement[bool]:
    """Say which records have the tags asked for; `record` is the SQL of their ids."""
    cls = path.field.target
    match operator:
        case "is_null":
            tagged = is_tagged(cls, record)
            return not_(tagged) if value else tagged
        case "all":
            return has_all(cls, record, value)
        case "ne":
            return has_none(cls, record, value)
    return has_any(cls, record, value)


def _tag_ids(path: Path, raw: object) -> list[int]:
    """Read the tags that a condition names: ids that are there no more leave nothing, unknown names are refused."""
    given = raw if isinstance(raw, Sequence) and not isinstance(raw, str) else [raw]
    ids = [int(each) for each in given if isinstance(each, int | str) and str(each).isdecimal()]
    rest = [each for each in given if not (isinstance(each, int | str) and str(each).isdecimal())]
    if len(given) > MOST_TAGS:
        raise Fault("TOO_MANY", _("A filter names at most {count} tags", count=MOST_TAGS))
    named = parse(path.field, rest) if rest else ()
    if not isinstance(named, tuple) or any(not isinstance(each, int) for each in named):
        raise Fault("NO_SUCH_TAG", _("{label}: there is no tag {name}", label=path.field.label, name=str(rest[0])[:60]))
    return [*ids, *named]


def _value(path: Path, operator: str, raw: object) -> object:
    reading = Reading(textual=True, zone=current_timezone())
    if operator == "is_null":
        if isinstance(raw, bool):
            return raw
        raise Fault("NOT_BOOLEAN", _("is_null takes true or false"))
    if path.field.kind == "tags":
        return _tag_ids(path, raw)
    if operator in _TEXTUAL:
        if not isinstance(raw, str) or not raw.strip() or len(raw) > 200 or "\x00" in raw:
            raise Fault("NOT_TEXT", _("{field} is compared with a text of at most 200 characters", field=path.name))
        return raw.strip()
    if operator in ("in", "between"):
        if isinstance(raw, str) or not isinstance(raw, Sequence) or len(raw) > MOST_VALUES or (
            operator == "between" and len(raw) != 2
        ):
            raise Fault("NOT_A_LIST", _("between takes a list of two values") if operator == "between" else
                        _("in takes a list of at most {count} values", count=MOST_VALUES))
        return [_one(path.field, each, reading, needed=True) for each in raw]
    return _one(path.field, raw, reading, needed=operator in _ORDERED)


def _one(field: Field, raw: object, reading: Reading, *, needed: bool) -> object:
    if field.kind == "link" and raw == "me":
        return session().actor.user_id
    value = parse(field, raw, reading)
    if isinstance(value, LinkKey):
        raise Fault("NOT_A_LINK", _("{label} is compared by id; to compare by name use {name}.name",
                                    label=field.label, name=field.name))
    if value is None and needed:
        raise Fault("REQUIRED", _("{label} needs a value to compare with", label=field.label))
    return value


def _wrong(place: str, message: Any) -> Invalid:
    return Invalid([Problem(place, message, "FILTER")])


def search_clause(cls: type[Entity], text: str) -> ColumnElement[bool]:
    """Say which records match all words of a text, each in any searchable field, or the tags, that the actor may see.

    The one place that decides how search works: a kernel index takes over here.
    """
    columns = [column_of(cls, field) for field in readable_fields(cls).values() if field.searchable]
    words = re.findall(r"\S+", text.replace("\x00", " "))[:8]
    if not words:
        return true()
    tagged = readable_fields(cls).get(TAGS)
    if not columns and tagged is None:
        return false()
    return and_(*(
        or_(false(), *(func.lower(column).contains(word.lower()[:100], autoescape=True) for column in columns),
            *(_called(cls, word) if tagged is not None and tagged.kind == "tags" else ()))
        for word in words))


def _called(cls: type[Entity], word: str) -> list[ColumnElement[bool]]:
    """Say which records have a tag with a word in its name; nothing where no tag has."""
    ids = [tag.id for tag in known_tags().values() if folded_name(word) in folded_name(tag.name)]
    return [has_any(cls, cls.id, ids[:MOST_TAGS])] if ids else []
