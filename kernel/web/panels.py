"""Ask plugins what they add to a record's page."""

from collections.abc import Sequence
from decimal import Decimal

from kernel.entities.base import Entity
from kernel.permissions.rights import rights
from kernel.web import declare
from kernel.web.declare import views
from kernel.web.figures import cell
from kernel.web.frame import plugin_label
from kernel.web.screen.form import Panel
from kernel.web.screen.shown import Action, Shown

__all__ = ["panels_of"]


def panels_of(records: Sequence[Entity]) -> list[tuple[Panel, ...]]:
    """Give the panels of records of one entity: each plugin is asked once, for all of them."""
    if not records:
        return []
    granted = rights()
    name = type(records[0]).__entity__
    slots = sorted(
        (slot for slot in views.slots.values()
         if slot.entity == name and (not slot.needs or granted.may("read", slot.needs))
         and granted.sees(slot.shows)),
        key=lambda slot: (slot.priority, slot.plugin, str(slot.label)))
    found: list[list[Panel]] = [[] for _record in records]
    for slot in slots:
        for place, answer in zip(found, slot.answer(records), strict=True):
            if answer is not None:
                place.append(_panel(slot, answer))
    return [tuple(each) for each in found]


def _panel(slot: declare.Slot, answer: declare.Panel) -> Panel:
    rows = tuple((str(label), _shown(value)) for label, value in answer.rows)
    if answer.percent is not None:
        tone = "red" if answer.percent > 100 else ""
        meter = Shown(f"{slot.label}: {answer.percent}%", "meter", tone=tone, percent=min(answer.percent, 100))
        rows = (*rows, ("", meter))
    action = Action(str(answer.link[0]), answer.link[1]) if answer.link else None
    return Panel(str(slot.label), plugin_label(slot.plugin), slot.icon, answer.html, rows, action)


def _shown(value: object) -> Shown:
    return cell(value, "money" if isinstance(value, Decimal) else "integer" if isinstance(value, int) else "text")
