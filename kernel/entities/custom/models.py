"""What an administrator says of a field they add: where it belongs, what it holds, what it is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity, entities
from kernel.entities.fields import boolean, choice, integer, json_data, note, text
from kernel.errors import Problem
from kernel.i18n import _

__all__ = ["CODE", "KINDS", "RESULTS", "CustomField"]

KINDS = (
    ("text", _("Text")), ("note", _("Long text")), ("number", _("Decimal number")), ("money", _("Amount of money")),
    ("percent", _("Percentage")), ("date", _("Date")), ("instant", _("Date and time")), ("boolean", _("Yes or no")),
    ("choice", _("Choice")), ("member", _("Person")), ("link", _("Link to a record")), ("formula", _("Formula")),
    ("table", _("Sub-table")),
)
RESULTS = (
    ("number", _("Decimal number")), ("money", _("Amount of money")), ("percent", _("Percentage")),
    ("text", _("Text")), ("date", _("Date")), ("boolean", _("Yes or no")),
)
CODE = re.compile(r"x_[a-z][a-z0-9_]{0,40}(?<!_id)(?<!_)")
"""What a code looks like: it begins as no declared field does, and never ends like a link's column."""
FIXED = ("entity", "code", "kind", "target", "result")
"""What stays as it was made: values are stored by it."""


class CustomField(
    Entity, label=_("Custom field"), plural=_("Custom fields"), icon="forms", company="none", title="label",
    unique=[("entity", "code")],
):
    """A field that an administrator added to an entity; archived it is hidden, and its values stay."""

    entity: Mapped[str] = text(120, label=_("Belongs to"))
    code: Mapped[str] = text(50, label=_("Code"), searchable=True)
    kind: Mapped[str] = choice(*KINDS, label=_("Kind"))
    label: Mapped[str] = text(80, label=_("Label"), searchable=True)
    label_zh_hant: Mapped[str | None] = text(80, label=_("Label, 繁體中文"))
    label_zh_hans: Mapped[str | None] = text(80, label=_("Label, 简体中文"))
    help: Mapped[str | None] = text(300, label=_("Explanation"))
    help_zh_hant: Mapped[str | None] = text(300, label=_("Explanation, 繁體中文"))
    help_zh_hans: Mapped[str | None] = text(300, label=_("Explanation, 简体中文"))
    required: Mapped[bool] = boolean(label=_("Required"))
    unique: Mapped[bool] = boolean(label=_("No two records with the same value"))
    searchable: Mapped[bool] = boolean(label=_("Found by search"))
    listed: Mapped[bool] = boolean(label=_("Shown in the list"))
    section: Mapped[str | None] = text(80, label=_("Section of the form"))
    position: Mapped[int] = integer(label=_("Place among the fields"), default=0)
    decimals: Mapped[int] = integer(label=_("Decimals"), default=2)
    currency: Mapped[str | None] = text(120, label=_("Currency"))
    """Of money: the field of the same record that says which currency; the company's where there is none."""
    default_value: Mapped[str | None] = text(400, label=_("Default"))
    options: Mapped[list[dict[str, str]] | None] = json_data(label=_("Options"))
    """Of a choice: `{"value", "label", "label_zh_hant", "label_zh_hans", "colour"}` each."""
    target: Mapped[str | None] = text(120, label=_("Links to"))
    fills: Mapped[list[str] | None] = json_data(label=_("Shown beside"))
    """Of a link: the names of the linked record's fields that stand beside it."""
    formula: Mapped[str | None] = note(label=_("Formula"))
    result: Mapped[str | None] = choice(*RESULTS, label=_("Result"))
    columns: Mapped[list[dict[str, Any]] | None] = json_data(label=_("Columns"))
    """Of a sub-table: a mapping per column, with the names used here."""

    progress: Mapped[list[int] | None] = json_data(label=_("Progress"))
    """Of a formula that is being worked out for the records there are: how many are done, out of how many."""

    @classmethod
    def check(cls, records: Sequence[CustomField]) -> Iterable[Problem]:
        for record in records:
            wrong = list(_wrong(record))
            yield from wrong
            for judge in judges if not wrong else ():
                yield from judge(record)


judges: list[Callable[[CustomField], Iterable[Problem]]] = []
"""What looks at definitions more closely than this module can: at formulas, and at other definitions."""


def _wrong(record: CustomField) -> Iterable[Problem]:
    """Say what no door may write, however it was checked before."""
    before: Any = inspect(record).committed_state
    if inspect(record).persistent:
        for name in FIXED:
            if name in before and before[name] != getattr(record, name):
                yield Problem(name, _("{label} stays as it was made; make another field instead",
                                      label=CustomField.__fields__[name].label), "FIXED", record)
    for field in CustomField.__fields__.values():
        value = getattr(record, field.column)
        if isinstance(value, str) and field.length is not None and len(value) > field.length:
            yield Problem(field.name, _("{label} has {actual} characters; at most {allowed} fit", label=field.label,
                                        actual=len(value), allowed=field.length), "TOO_LONG", record)
    if record.kind not in {code for code, _label in KINDS}:
        yield Problem("kind", _("There is no such kind of field"), "KIND", record)
    if record.entity not in entities():
        yield Problem("entity", _("There is no entity {name} in this installation", name=record.entity or ""),
                      "UNKNOWN_ENTITY", record)
    if not CODE.fullmatch(record.code or ""):
        yield Problem("code", _("A code is x_ and then small letters, digits and _, as in x_warranty"), "CODE", record)
    if record.kind == "link" and record.target not in entities():
        yield Problem("target", _("Say what the field links to"), "REQUIRED", record)
    if not 0 <= (record.decimals or 0) <= 6:
        yield Problem("decimals", _("A number has 0 to 6 decimals"), "DECIMALS", record)
