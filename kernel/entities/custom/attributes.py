"""Records have their custom fields as attributes: `lead.x_budget`, `lead.x_dealer` (a record), `lead.x_dealer_id`.

What a class's attribute is depends on the installation the current work is in, as definitions are data. Those of
removed fields stay: an approval that asks for one goes on with the values there are.
"""

from typing import Any

from sqlalchemy.orm import object_session

from kernel.entities.base import Entity
from kernel.entities.custom.definitions import Definition, definitions_of, told_codes
from kernel.entities.custom.stored import column_of, from_json, to_json

__all__ = ["CustomAttribute", "custom_value", "install", "set_custom_value"]


class CustomAttribute:
    """Reads and writes one key of a record's JSON, as the field of that code says; no attribute where there is none."""

    def __init__(self, code: str, *, key: bool) -> None:
        self._code = code
        self._key = key
        """Whether it is a link's id and not its record."""

    def _definition(self, cls: type) -> Definition:
        definition = definitions_of(cls, removed=True).get(self._code)
        if definition is None or (self._key and definition.field.kind != "link"):
            raise AttributeError(f"{cls.__name__} has no attribute {self._code}{'_id' if self._key else ''}")
        return definition

    def __get__(self, record: Any, cls: type) -> Any:
        definition = self._definition(cls)
        if record is None:
            return column_of(cls, definition.field)
        value = custom_value(record, definition)
        if value is None or self._key or definition.field.kind != "link":
            return value
        current = object_session(record)
        return None if current is None else current.get(definition.field.target, value)

    def __set__(self, record: Any, value: Any) -> None:
        set_custom_value(record, self._definition(type(record)), value.id if isinstance(value, Entity) else value)


def custom_value(record: Entity, definition: Definition) -> Any:
    """Give a record's value of a custom field; a link's is the id, and a yes or no that nobody gave is no."""
    value = from_json(definition.field, (record.custom or {}).get(definition.code))
    return False if value is None and definition.field.kind == "boolean" else value


def set_custom_value(record: Entity, definition: Definition, value: object) -> None:
    """Write a record's value of a custom field; raises ValueError for one that is not of its kind."""
    stored = to_json(definition.field, value)
    held = record.custom or {}
    if held.get(definition.code) == stored:
        return
    kept = {key: each for key, each in held.items() if key != definition.code}
    record.custom = (kept | ({} if stored is None else {definition.code: stored})) or None


def install(code: str) -> None:
    """Give records the attributes of a code, once per process."""
    for name, key in ((code, False), (f"{code}_id", True)):
        if name not in Entity.__dict__:
            type.__setattr__(Entity, name, CustomAttribute(code, key=key))


told_codes.append(install)
