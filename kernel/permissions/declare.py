"""How a plugin declares the roles it ships and the row rules it knows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement

from kernel.errors import UsageError
from kernel.i18n import Text

__all__ = [
    "FieldRuleDeclaration", "GrantDeclaration", "RoleDeclaration", "RowRule", "RuleContext", "Scope",
    "declare_listener_grants", "grant", "hide", "listener_grants", "readonly", "role", "row_rule", "row_rules",
    "shipped_name",
]

Scope = Literal["own", "department", "subtree", "company", "all", "rule"]


@dataclass(frozen=True, slots=True)
class GrantDeclaration:
    """Allow actions on an entity's records within a scope."""

    entity: str
    actions: tuple[str, ...]
    scope: Scope = "company"
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class FieldRuleDeclaration:
    """Hide fields of an entity from a role, or make them read-only for it."""

    entity: str
    fields: tuple[str, ...]
    mode: Literal["hidden", "readonly"]


@dataclass(frozen=True, slots=True)
class RoleDeclaration:
    """A role as shipped; an administrator may change what it became in the database."""

    code: str
    name: Text
    rules: tuple[GrantDeclaration | FieldRuleDeclaration, ...]
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What a row rule may refer to: bound values of the person who asks."""

    user: ColumnElement[int]
    company: ColumnElement[int]
    department_path: ColumnElement[str]


RowRule = Callable[[Any, RuleContext], ColumnElement[bool]]
"""Given column access (`rows.owner_id`) and the context, say which rows belong to the scope."""


def grant(entity: str, actions: str, scope: Scope = "company", rule: str | None = None) -> GrantDeclaration:
    """Declare a grant: `grant("crm.lead", "read create change", scope="own")`; "*" stands for all of either.

    Whoever may read records may comment on them, unless an administrator takes that grant from the role.
    """
    if (scope == "rule") != (rule is not None):
        raise UsageError("DECLARATION", f"grant({entity!r}): scope='rule' and rule= go together")
    named = tuple(actions.split())
    return GrantDeclaration(entity, (*named, "comment") if "read" in named else named, scope, rule)


def hide(entity: str, *fields: str) -> FieldRuleDeclaration:
    """Hide fields from a role: `hide("kernel.product", "cost")`."""
    return FieldRuleDeclaration(entity, fields, "hidden")


def readonly(entity: str, *fields: str) -> FieldRuleDeclaration:
    """Let a role read fields but not change them."""
    return FieldRuleDeclaration(entity, fields, "readonly")


def role(
    code: str, name: Text, *rules: GrantDeclaration | FieldRuleDeclaration, everyone: bool = False
) -> RoleDeclaration:
    """Declare a role a plugin ships; `everyone=True` gives it to all users without asking."""
    _shipped_names[code] = name
    return RoleDeclaration(code, name, rules, everyone)


_shipped_names: dict[str, Text] = {}


def shipped_name(code: str) -> Text | None:
    """Give the name that a role's declaration gives it, in whichever language; None for a role that nobody ships."""
    return _shipped_names.get(code)


_rules: dict[str, RowRule] = {}
_listener_grants: dict[str, tuple[GrantDeclaration, ...]] = {}


def row_rule(name: str, rule: RowRule) -> RowRule:
    """Name a rule that grants can use as their scope: `grant(..., scope="rule", rule="crm.pool_member")`."""
    _rules[name] = rule
    return rule


def row_rules() -> Mapping[str, RowRule]:
    """Give the rules of the loaded plugins by name."""
    return _rules


def declare_listener_grants(plugin: str, grants: tuple[GrantDeclaration, ...]) -> None:
    """Say what a plugin's listeners may do beyond their own entities; the registry calls it for the manifest."""
    _listener_grants[plugin] = grants


def listener_grants(plugin: str) -> tuple[GrantDeclaration, ...]:
    """Give a plugin's listeners their grants: everything on their own entities, plus what the manifest declares."""
    own = GrantDeclaration(f"{plugin}.*", ("*",), "company")
    shared = GrantDeclaration("kernel.*", ("read",), "company")
    return (own, shared, *_listener_grants.get(plugin, ()))
