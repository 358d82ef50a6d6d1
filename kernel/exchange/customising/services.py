"""Define, change, remove and restore custom fields: what the page does, and what a plugin does that brings its own."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.custom.definitions import definitions_of
from kernel.entities.custom.models import FIXED, CustomField
from kernel.entities.work import session
from kernel.errors import Conflict, Invalid, NotFound, Problem
from kernel.exchange.conflicts import changed_meanwhile
from kernel.exchange.customising.jobs import work_out_later
from kernel.i18n import _
from kernel.permissions.rights import rights

__all__ = [
    "SUBJECT", "change_field", "code_for", "custom_field", "custom_fields", "define_field", "move_field",
    "remove_field", "restore_field",
]

SUBJECT = CustomField.__entity__
"""What a role must be granted to change, for its people to customise anything."""
GIVEN = (
    "label", "label_zh_hant", "label_zh_hans", "help", "help_zh_hant", "help_zh_hans", "required", "unique",
    "searchable", "listed", "section", "position", "decimals", "currency", "default_value", "options", "target",
    "fills", "formula", "result", "columns",
)


def custom_fields(cls: type[Entity], *, removed: bool = False) -> Sequence[CustomField]:
    """List the definitions of an entity's custom fields in the order of its form; those removed where wanted."""
    rights().demand("read", SUBJECT)
    return session().scalars(
        select(CustomField).where(CustomField.entity == cls.__entity__, CustomField.archived.is_(removed))
        .order_by(CustomField.position, CustomField.id)).all()


def custom_field(cls: type[Entity], code: str) -> CustomField:
    """Give the definition of a custom field, removed or not; raises NotFound."""
    rights().demand("read", SUBJECT)
    found = session().scalars(
        select(CustomField).where(CustomField.entity == cls.__entity__, CustomField.code == code)).first()
    if found is None:
        raise NotFound("NO_SUCH_FIELD", _("There is no custom field {code}", code=code))
    return found


def define_field(cls: type[Entity], kind: str, label: str, code: str = "", **given: Any) -> CustomField:
    """Add a field to an entity; every process has it with its next piece of work.

    `given` are attributes of CustomField; without a code one is made of the label, and it stays when the label
    changes. Raises Invalid with what is wrong with the definition, Forbidden without the right to customise.
    """
    rights().demand("create", SUBJECT)
    known = definitions_of(cls, removed=True)
    values = {"position": 10 * (len(known) + 1), **_known(given)}
    made = CustomField(
        entity=cls.__entity__, kind=kind, label=label.strip(), code=code.strip() or code_for(label, known), **values)
    session().add(made)
    session().flush()
    _see_to_records(cls, made)
    return made


def change_field(cls: type[Entity], code: str, version: int | None, **given: Any) -> CustomField:
    """Change a definition; its kind, its code and what it links to stay.

    Raises Conflict naming what somebody else changed since `version`, Invalid for what is wrong with it.
    """
    rights().demand("change", SUBJECT)
    found = custom_field(cls, code)
    _demand_version(found, version)
    before = (found.formula, found.columns)
    for name, value in _known(given).items():
        if name not in FIXED and getattr(found, name) != value:
            setattr(found, name, value)
    session().flush()
    if (found.formula, found.columns) != before:
        _see_to_records(cls, found)
    return found


def remove_field(cls: type[Entity], code: str, version: int | None = None) -> CustomField:
    """Take a field off all pages; its values stay with the records until it is restored."""
    return _archive(cls, code, version, removed=True)


def restore_field(cls: type[Entity], code: str, version: int | None = None) -> CustomField:
    """Bring a removed field back, with the values that records had."""
    found = _archive(cls, code, version, removed=False)
    _see_to_records(cls, found)
    return found


def _archive(cls: type[Entity], code: str, version: int | None, *, removed: bool) -> CustomField:
    rights().demand("change", SUBJECT)
    found = custom_field(cls, code)
    _demand_version(found, version)
    found.archived = removed
    session().flush()
    return found


def _demand_version(found: CustomField, version: int | None) -> None:
    if version is not None and version != found.version:
        raise changed_meanwhile(found, version)


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := [name for name in given if name not in GIVEN]:
        raise Invalid([Problem(unknown[0], _("There is no field {field}", field=unknown[0]), "UNKNOWN_FIELD")])
    return dict(given)


def _see_to_records(cls: type[Entity], found: CustomField) -> None:
    if found.kind == "formula" or any(each.get("kind") == "formula" for each in found.columns or ()):
        work_out_later(cls, found)


def code_for(label: str, taken: Mapping[str, object]) -> str:
    """Make a code of a label: x_warranty of "Warranty", x_field_2 of what has no Latin letters."""
    plain = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")[:30].rstrip("_")
    base = f"x_{plain}" if plain and plain[0].isalpha() else "x_field"
    base = base.removesuffix("_id") or "x_field"
    for number in range(1, len(taken) + 2):
        code = base if number == 1 else f"{base}_{number}"
        if code not in taken:
            return code
    raise Conflict("DUPLICATE", _("There is a field {code} already, maybe a removed one", code=base))


def move_field(cls: type[Entity], code: str, *, up: bool) -> None:
    """Put a field before or after its neighbour; at the end of the row it stays where it is."""
    rights().demand("change", SUBJECT)
    fields = list(custom_fields(cls))
    at = next((at for at, each in enumerate(fields) if each.code == code), None)
    if at is None:
        raise NotFound("NO_SUCH_FIELD", _("There is no custom field {code}", code=code))
    there = at - 1 if up else at + 1
    if 0 <= there < len(fields):
        fields[at], fields[there] = fields[there], fields[at]
    for place, each in enumerate(fields, start=1):
        if each.position != place * 10:
            each.position = place * 10
    session().flush()
