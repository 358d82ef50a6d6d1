"""Flows in words: what kinds of nodes there are, whom one asks, and when a path is taken."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.exchange.paths import field_at, readable_fields
from kernel.i18n import LazyText, Text, _, format_number
from kernel.identity.models import User
from kernel.permissions.models import Role, role_labels
from kernel.web.screen.flow import Kind
from kernel.web.screen.shown import Choice
from kernel.workflows.conditions import parts_of
from kernel.workflows.flows.graph import Node

__all__ = [
    "ICONS",
    "KINDS",
    "OPS",
    "compared_fields",
    "condition_words",
    "day_choices",
    "field_choices",
    "kinds",
    "path_words",
    "rule_choices",
    "rule_label",
    "wait_words",
    "who_words",
]

KINDS: tuple[tuple[str, Text, Text, str], ...] = (
    ("approve", _("Approval"), _("agree, send back, reject"), "user-check"),
    ("handle", _("Handling"), _("get something done"), "tool"),
    ("cc", _("Copy"), _("to read only"), "send"),
    ("wait", _("Wait"), _("until a day, or for a while"), "hourglass"),
    ("branch", _("Branch"), _("by the document's fields"), "git-branch"),
    ("parallel", _("At the same time"), _("several paths at once"), "arrows-split-2"),
    ("subflow", _("Sub-flow"), _("another approval's steps"), "sitemap"),
)
ICONS = {code: icon for code, _label, _note, icon in KINDS}
OPS: tuple[tuple[str, Text], ...] = (
    ("eq", _("is")), ("ne", _("is not")), ("gt", _("is more than")), ("ge", _("is at least")),
    ("lt", _("is less than")), ("le", _("is at most")), ("contains", _("contains")), ("starts", _("begins with")),
    ("is_null", _("is empty")),
)
SIGNS = {"eq": "=", "ne": "≠", "gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
NOT_COMPARED = frozenset({"lines", "json", "ref", "table", "tags"})
LEVELS = 4
"""Managers up that the pickers offer."""
MOST_PEOPLE = 300


def kinds() -> tuple[Kind, ...]:
    """Give the kinds of nodes, for the palette."""
    return tuple(Kind(code, str(label), str(note), icon) for code, label, note, icon in KINDS)


def compared_fields(cls: type[Entity]) -> list[tuple[str, Field]]:
    """List the fields that conditions may compare, with their paths: the document's own, then those of components."""
    found = [(name, field) for name, field in readable_fields(cls).items()
             if field.kind not in NOT_COMPARED and not field.hidden and name not in ("version", "id", "archived")]
    for slot, component in cls.__components__.items():
        found += [(f"{slot}.{name}", field) for name, field in readable_fields(component).items()
                  if field.kind not in NOT_COMPARED and not field.hidden]
    return found


def field_choices(cls: type[Entity]) -> tuple[Choice, ...]:
    """Give the fields that conditions may compare, as a picker offers them."""
    return tuple(Choice(path, str(field.label)) for path, field in compared_fields(cls))


def day_choices(cls: type[Entity]) -> tuple[Choice, ...]:
    """Give the fields that a wait may last to: days and moments."""
    return tuple(Choice(path, str(field.label)) for path, field in compared_fields(cls)
                 if field.kind in ("date", "instant"))


def wait_words(node: Node, cls: type[Entity] | None) -> str:
    """Say in words how long a node waits."""
    if node.get("until") == "field":
        field = field_at(cls, node.get("field") or "") if cls is not None and node.get("field") else None
        return str(_("Until: {field}", field=field.label if field is not None else node.get("field") or "–"))
    return str(_("{hours} working hours", hours=node.get("hours") or 0))


def rule_choices(cls: type[Entity]) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """Give all who may be asked, in groups; a value is the rule and what it names, as in `role|oa.director`."""
    roles = session().work.connection.execute(
        select(Role.__table__.c.code).where(Role.__table__.c.archived.is_(False)).order_by(Role.__table__.c.name))
    names = role_labels()
    people = session().work.connection.execute(
        select(User.__table__.c.login, User.__table__.c.name)
        .where(User.__table__.c.active.is_(True), User.__table__.c.archived.is_(False))
        .order_by(User.__table__.c.name).limit(MOST_PEOPLE))
    fields = [(path, field) for path, field in compared_fields(cls)
              if field.kind == "link" and field.target.__entity__ in ("kernel.user", "kernel.employee")]
    return (
        (str(_("By position")), (
            *(Choice(f"manager|{level}", rule_label({"by": "manager", "value": level}, cls))
              for level in range(1, LEVELS + 1)),
            Choice("department_head|", rule_label({"by": "department_head"}, cls)),
            Choice("choice|", rule_label({"by": "choice"}, cls)))),
        (str(_("Roles")), tuple(Choice(f"role|{row.code}", str(names[row.code])) for row in roles)),
        (str(_("Fields of the document")), tuple(Choice(f"field|{path}", str(field.label)) for path, field in fields)),
        (str(_("People")), tuple(Choice(f"user|{row.login}", row.name) for row in people)),
    )


def rule_label(rule: dict[str, Any], cls: type[Entity] | None, names: dict[str, str] | None = None) -> str:
    """Say in words whom a rule asks; `names` gives roles and people by `role|code` and `user|login`."""
    by, value = rule.get("by"), rule.get("value")
    if by == "manager":
        level = int(value or 1)
        return str(_("Manager of whoever submits") if level == 1 else _("Manager {level} levels up", level=level))
    if by == "department_head":
        return str(_("Head of their department"))
    if by == "choice":
        return str(_("Whoever submits chooses"))
    if by == "field":
        field = field_at(cls, str(value)) if cls is not None else None
        return str(field.label) if field is not None else str(value)
    return (names or {}).get(f"{by}|{value}", str(value))


def who_words(node: Node, cls: type[Entity] | None, names: dict[str, str]) -> str:
    """Say in words whom a node asks."""
    said = [rule_label(rule, cls, names) for rule in node.get("approvers", ())]
    return ", ".join(said) if said else str(_("Nobody yet"))


def condition_words(conditions: Sequence[Any] | None, cls: type[Entity] | None) -> str:
    """Say in words when all of some conditions hold."""
    words = dict(OPS)
    said = []
    for condition in conditions or ():
        path, op, value = parts_of(condition)
        field = field_at(cls, path) if cls is not None else None
        label = str(field.label) if field is not None else path
        if op == "is_null":
            said.append(str(_("{field} is empty", field=label) if value in (True, "true", "1")
                            else _("{field} is not empty", field=label)))
            continue
        shown = ", ".join(value_words(field, each) for each in (value if isinstance(value, list) else [value]))
        said.append(f"{label} {SIGNS.get(op) or words.get(op, op)} {shown}")
    return str(_(" and ")).join(said)


def value_words(field: Field | None, value: object) -> str:
    """Say what a condition compares with as people write it."""
    if field is not None and field.kind in ("choice", "state"):
        return str(field.choice(str(value)).label)
    if field is not None and field.exact:
        try:
            return format_number(Decimal(str(value)))
        except InvalidOperation:
            return str(value)
    return str(value)


def path_words(node: Node, path: dict[str, Any], cls: type[Entity] | None) -> str:
    """Name a path: by its name, and by its condition where the name is only a number."""
    name = str(LazyText(path.get("name") or ""))
    said = condition_words(path.get("conditions"), cls) if node["type"] == "branch" else ""
    return f"{name}: {said}" if said and name else said or name
