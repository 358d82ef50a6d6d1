"""One marshmallow schema per entity, built from its fields: components as nested slots, sub-tables as nested lists.

It reads what forms, the API and other doors were given, and tells every fault at once, by dotted path.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, missing

from kernel.entities.base import Declared, Entity, entities, fields_of
from kernel.entities.custom.definitions import stamp
from kernel.entities.fields import Field
from kernel.errors import Forbidden, Problem
from kernel.exchange.paths import standard_fields
from kernel.exchange.values import API, Fault, Reading, parse
from kernel.i18n import _
from kernel.permissions.rights import Rights, rights

__all__ = ["Draft", "read", "schema_of"]

Draft = dict[str, Any]
"""One record as read: values by field name; links as an id or a LinkKey, components and lines as drafts."""

MOST_LINES = 2000
LINE_KEYS = (
    Field("id", "integer", _("Id"), column="id"),
    Field("removed", "boolean", _("Removed"), column="removed"),
)
"""What a line of a sub-table may say beside its fields: which line it is, and that it goes."""

_reading: ContextVar[tuple[Reading, Rights]] = ContextVar("reading")


class _LeftAside:
    """Marks a value that a lenient door drops."""


LEFT_ASIDE = _LeftAside()


class Value(fields.Field[Any]):
    """One field of an entity as marshmallow sees it; what is right is the field's own business."""

    def __init__(self, owner: type[Declared], described: Field) -> None:
        super().__init__(allow_none=True)
        self.owner = owner
        self.described = described

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        if value is missing:
            return missing
        reading, granted = _reading.get()
        field = self.described
        if not self._may_write(granted):
            if not reading.strict:
                return LEFT_ASIDE
            if field.name in fields_of(self.owner) and field not in granted.visible(self.owner):
                raise Forbidden(
                    "HIDDEN_FIELD", _("You may not see the field {field}", field=field.name), field=field.name)
            raise _invalid(Fault("READONLY", _("{label} can't be written here", label=field.label)))
        try:
            read = parse(field, value, reading)
            if read is None and field.custom and field.required:
                raise Fault("REQUIRED", _("{label} is missing", label=field.label))
            return read
        except Fault as fault:
            raise _invalid(fault) from fault

    def _may_write(self, granted: Rights) -> bool:
        if self.described in LINE_KEYS:
            return True
        return self.described.name in fields_of(self.owner) and self.described in granted.writable(self.owner)


class _Lines(fields.List[Any]):
    """A sub-table: a list of lines, of a length a person could still look through."""

    def __init__(self, described: Field, schema: type[Schema]) -> None:
        super().__init__(fields.Nested(schema), allow_none=False)
        self.described = described

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > MOST_LINES:
            raise _invalid(Fault("NOT_A_LIST", _("{label} must be a list of at most {count} lines",
                                                 label=self.described.label, count=MOST_LINES)))
        return super()._deserialize(value, attr, data, **kwargs)


class _Cell(Value):
    """A column of a custom sub-table: written by whoever may write the table."""

    def _may_write(self, granted: Rights) -> bool:
        return not self.described.readonly


class _Table(_Lines):
    """A custom sub-table, whose lines are part of the record."""

    def __init__(self, owner: type[Declared], described: Field, *, strict: bool) -> None:
        meta = type("Meta", (), {"unknown": RAISE if strict else EXCLUDE})
        members: dict[str, Any] = {each.name: _Cell(owner, each) for each in described.columns}
        members |= {field.name: Value(owner, field) for field in LINE_KEYS}
        super().__init__(described, type(f"{described.name}Schema", (Schema,), {**members, "Meta": meta}))
        self._gate = Value(owner, described)

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        if value is missing or not self._gate._may_write(_reading.get()[1]):
            return self._gate.deserialize(value, attr, data, **kwargs)
        return super().deserialize(value, attr, data, **kwargs)


def _invalid(fault: Fault) -> ValidationError:
    return ValidationError([fault])  # the fault itself instead of its text: its code is kept


_schemas: dict[tuple[type, bool, bool, tuple[str, ...], object, int], type[Schema]] = {}
MOST_KEPT = 2000
"""Schemas kept: with each change of a custom field come new ones."""


def schema_of(cls: type[Declared], *, strict: bool = True, line: bool = False) -> type[Schema]:
    """Give the schema of an entity or component; `line` takes `id` and `removed` too and leaves the parent out."""
    slots = tuple(cls.__components__) if issubclass(cls, Entity) else ()
    key = (cls, strict, line, slots, stamp(), len(entities()))  # choices may name entities that come later
    known = _schemas.get(key)
    if known is None:
        if len(_schemas) >= MOST_KEPT:
            _schemas.clear()
        known = _schemas[key] = _build(cls, strict, line)
    return known


def _build(cls: type[Declared], strict: bool, line: bool) -> type[Schema]:
    members: dict[str, Any] = {name: Value(cls, field) for name, field in standard_fields(cls).items()}
    for name, field in fields_of(cls).items():
        if field.secret or (line and field.parent):
            continue
        if field.kind == "lines":
            members[name] = _Lines(field, schema_of(field.target, strict=strict, line=True))
        elif field.kind == "table":
            members[name] = _Table(cls, field, strict=strict)
        else:
            members[name] = Value(cls, field)
    if issubclass(cls, Entity):
        for slot, component in cls.__components__.items():
            members[slot] = fields.Nested(schema_of(component, strict=strict))
    if line:
        members |= {field.name: Value(cls, field) for field in LINE_KEYS}
    meta = type("Meta", (), {"unknown": RAISE if strict else EXCLUDE})
    return type(f"{cls.__name__}Schema", (Schema,), {**members, "Meta": meta})


@contextmanager
def _with(reading: Reading) -> Iterator[None]:
    token = _reading.set((reading, rights()))
    try:
        yield
    finally:
        _reading.reset(token)


def read(
    cls: type[Entity], data: Sequence[Mapping[str, object]], reading: Reading = API
) -> tuple[list[Draft], list[list[Problem]]]:
    """Read records as a door was given them; gives each one's draft and problems (a draft with problems is partial).

    Raises Forbidden where a value is given for a field that the actor may not even see.
    """
    drafts: list[Draft] = []
    problems: list[list[Problem]] = []
    schema = schema_of(cls, strict=reading.strict)()
    with _with(reading):
        for each in data:
            wrong: list[Problem] = []
            try:
                loaded: Any = schema.load(each)
            except ValidationError as error:
                wrong = list(_flat(error.messages))
                loaded = error.valid_data
            drafts.append(_kept(loaded) if isinstance(loaded, dict) else {})
            problems.append(wrong)
    return drafts, problems


def _kept(loaded: Mapping[str, Any]) -> Draft:
    """Drop what a lenient door left aside, at every depth."""
    kept: Draft = {}
    for name, value in loaded.items():
        if isinstance(value, dict):
            kept[name] = _kept(value)
        elif isinstance(value, list):
            kept[name] = [_kept(each) if isinstance(each, dict) else each for each in value]
        elif value is not LEFT_ASIDE:
            kept[name] = value
    return kept


def _flat(messages: Any, path: str = "") -> Iterator[Problem]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, Fault):
            yield message.at(path)
        elif isinstance(message, Mapping):
            yield from _flat(message, path)
        elif "Unknown" in str(message):
            yield Problem(path, _("There is no field {field}", field=path[:200]), "UNKNOWN_FIELD")
        else:
            yield Problem(path, _("{field} must be a JSON object", field=path[:200] or _("A record")), "NOT_AN_OBJECT")
