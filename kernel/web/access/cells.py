"""The cells of the tables of access: what is granted with an entity, by what it is granted, what rules its fields."""

from collections.abc import Mapping
from dataclasses import replace

from kernel.entities.base import entities
from kernel.i18n import Text, _, format_number
from kernel.permissions.models import Role
from kernel.web.access.words import (
    ACTIONS,
    HERE,
    components,
    entity_word,
    fields_at,
    further_actions,
    role_address,
    scope_word,
    scopes_offered,
)
from kernel.web.screen.access import Cell, FieldPanel, MatrixRow
from kernel.web.screen.shown import Choice

__all__ = ["Cells", "field_panel", "fields_address", "row_of", "ruled_note", "with_fields"]

Cells = Mapping[tuple[str, str], str]
"""What is granted by (entity, action), or how a field is ruled by (entity, field)."""


def row_of(
    role: Role, name: str, label: str, cells: Cells, shipped: Cells, *, part: bool = False, shown: str = "",
) -> MatrixRow:
    """Make the row of an entity or of a pattern of them; `shown` names it in its controls where the label doesn't."""
    def cell(action: str, word: str) -> Cell:
        value, was = cells.get((name, action), ""), shipped.get((name, action), "")
        wider = _wider(name, action, cells)
        return Cell(
            f"c|{role.id}|{name}|{action}", str(_("{what}: {action}", what=shown or label, action=word)), value,
            _choices(name, value), wider,
            str(_("as shipped: {scope}", scope=_value_words(was) or _("not granted")))
            if role.shipped is not None and was != value else "")

    pattern = name.endswith("*")
    more = (("*", _("Everything")),) if pattern else tuple(
        (code, word) for code, word in (*further_actions(name), *_unlisted(name, cells))
        if code not in dict(ACTIONS))
    further = tuple(cell(code, str(word)) for code, word in more)
    own = [value for (entity, _action), value in cells.items() if entity == name]
    return MatrixRow(
        label, tuple(cell(code, str(word)) for code, word in ACTIONS), further,
        sum(bool(each.value or each.inherited) for each in further), "" if pattern else name, part, bool(own))


def _unlisted(name: str, cells: Cells) -> list[tuple[str, Text]]:
    """Give the actions a role grants on an entity that no list knows, so that none is granted unseen."""
    known = {*dict(ACTIONS), *dict(further_actions(name))}
    return [(action, _("Everything") if action == "*" else action.replace("_", " "))
            for entity, action in sorted(cells) if entity == name and action not in known]


def _wider(name: str, action: str, cells: Cells) -> str:
    """Say what a cell has by a wider grant of the same role."""
    patterns = [name, f"{name.partition('.')[0]}.*", "*"]
    found = [
        (pattern, value) for pattern in patterns for asked in (action, "*")
        if (pattern, asked) != (name, action) and (value := cells.get((pattern, asked)))]
    return "; ".join(dict.fromkeys(
        str(_("{scope} by “{what}”", scope=_value_words(value), what=entity_word(pattern)))
        for pattern, value in found))


def _value_words(value: str) -> str:
    parts = [each.partition(":") for each in value.split("+") if each]
    return " + ".join(scope_word(scope, rule, short=True) for scope, _colon, rule in parts)


def _choices(name: str, value: str) -> tuple[Choice, ...]:
    offered = scopes_offered(name.partition(".")[0])
    if value and value not in dict(offered):
        offered.append((value, _value_words(value)))
    return tuple(Choice(each, words, each == value) for each, words in (("", "–"), *offered))


def with_fields(row: MatrixRow, role: Role, name: str, modes: Cells, asked: str) -> MatrixRow:
    """Add to a row of an entity the way to its fields, and how many of them are ruled; `asked` is open beside."""
    if not fields_at(name):
        return row
    note = ruled_note(name, modes)
    return replace(
        row, granted=row.granted or bool(note), fields_href=fields_address(role, name), fields_note=note,
        current=asked == name, href=f"{HERE}/entities/{name}")


def fields_address(role: Role, name: str) -> str:
    """Give the role's page with an entity's fields open beside the table."""
    return f"{role_address(role.id)}?fields={name}#fields"


def ruled_note(name: str, modes: Cells) -> str:
    """Say how many fields of an entity and its sub-tables are ruled; nothing where none is."""
    parts = dict(parts_of(name))
    count = sum(bool(mode) and entity in parts for (entity, _field), mode in modes.items())
    return str(_("{count} ruled", count=format_number(count))) if count else ""


def parts_of(name: str) -> list[tuple[str, str]]:
    """Give what belongs to an entity and has fields that rules may be about: itself and its sub-tables."""
    cls = entities().get(name)
    if cls is None:
        return [(name, entity_word(name))] if name in components() else []
    inside = [(each.target.__entity__, str(each.label)) for each in cls.__fields__.values() if each.kind == "lines"]
    return [(name, str(cls.__label__)), *inside]


MODES = (("", _("Open")), ("readonly", _("Read only")), ("hidden", _("Hidden")))


def field_panel(role: Role, name: str, modes: Cells) -> FieldPanel | None:
    """Make the panel of an entity's fields, each open, read only or hidden; None where there is no such entity."""
    def cell(entity: str, field: str, label: str) -> Cell:
        value = modes.get((entity, field), "")
        offered = MODES[:2] if entity in entities() and field in entities()[entity].naming_fields() else MODES
        return Cell(f"f|{role.id}|{entity}|{field}", label, value,
                    tuple(Choice(mode, str(word), mode == value) for mode, word in offered))

    parts = tuple(
        (label, tuple(cell(entity, each.name, str(each.label)) for each in fields_at(entity) if not each.parent))
        for entity, label in parts_of(name))
    return FieldPanel(entity_word(name), parts, role_address(role.id)) if parts else None


