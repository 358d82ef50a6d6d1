"""Fields that an administrator adds to the studio of the doors' tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.entities.base import Entity
from kernel.entities.custom.models import CustomField
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange.customising.services import define_field
from tests.kernel.exchange.studio import Commission, Patron

STYLES = [{"value": "s", "label": "Small", "label_zh_hant": "小"}, {"value": "l", "label": "Large", "colour": "blue"}]
ITEMS = [
    {"code": "x_what", "kind": "text", "label": "What", "required": True},
    {"code": "x_qty", "kind": "number", "label": "Quantity", "decimals": 3},
    {"code": "x_price", "kind": "money", "label": "Price"},
    {"code": "x_when", "kind": "date", "label": "When"},
    {"code": "x_for", "kind": "link", "label": "For", "target": "tests.patron"},
    {"code": "x_amount", "kind": "formula", "label": "Amount", "result": "money", "formula": "x_qty * x_price",
     "sum": True},
]
KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("x_motto", "text", {"searchable": True}), ("x_story", "note", {}), ("x_size", "number", {"decimals": 3}),
    ("x_budget", "money", {}), ("x_share", "percent", {}), ("x_born", "date", {}), ("x_met", "instant", {}),
    ("x_vip", "boolean", {}), ("x_class", "choice", {"options": STYLES}), ("x_keeper", "member", {}),
    ("x_friend", "link", {"target": "tests.patron", "fills": ["city"]}), ("x_items", "table", {"columns": ITEMS}),
    ("x_double", "formula", {"formula": "x_budget * 2 + visits", "result": "money"}),
]
Define = Callable[..., CustomField]


@pytest.fixture
def define(system: Actor) -> Define:
    """Add a field in a piece of work of its own: `define(Patron, "text", "Motto", searchable=True)`."""

    def make(cls: type[Entity], kind: str, label: str, code: str = "", **given: Any) -> CustomField:
        with unit_of_work(system):
            return define_field(cls, kind, label, code, **given)

    return make


@pytest.fixture
def kinds(system: Actor) -> None:
    """A field of every kind on patrons, and two on commissions."""
    with unit_of_work(system):
        for code, kind, given in KINDS:
            define_field(Patron, kind, code.removeprefix("x_").capitalize(), code, **given)
        define_field(Commission, "number", "Hours", "x_hours")
