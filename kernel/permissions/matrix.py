"""What a role allows as a table: entity and action against the scopes granted, changed cell by cell."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from sqlalchemy import select

from kernel.entities.work import session
from kernel.errors import Conflict, Invalid, NotFound, Problem
from kernel.i18n import _
from kernel.permissions.declare import RoleDeclaration, row_rules
from kernel.permissions.models import SCOPES, Role, RoleMember
from kernel.permissions.roles import Rule, change_rules, rules_of, shipped_rules

__all__ = [
    "Cell", "cells_of", "copy_role", "demand_as_seen", "differences", "field_modes", "fingerprint", "make_role",
    "rename_role", "restore_role", "set_cells", "set_fields", "shipped_cells",
]

Cell = tuple[str, str]
"""An entity, or a pattern such as "crm.*" or "*", with an action or "*"."""
LONGEST_NAME = 120
PLAIN = frozenset(code for code, *_words in SCOPES) - {"rule"}
"""The scopes that need no rule's name."""


def cells_of(role: Role) -> dict[Cell, str]:
    """Give a role's grants by cell: "own", "rule:crm.pool", or several joined by "+"."""
    return _cells(rules_of(role))


def shipped_cells(role: Role) -> dict[Cell, str]:
    """Give the grants as the plugin ships them; empty for a role of the company's own."""
    return _cells(tuple(each) for each in role.shipped or ())


def _cells(rules: Iterable[Rule]) -> dict[Cell, str]:
    found: dict[Cell, list[str]] = {}
    for kind, entity, action, scope, rule in sorted(rules):
        if kind == "grant":
            found.setdefault((entity, action), []).append(f"rule:{rule}" if scope == "rule" else scope)
    return {cell: "+".join(values) for cell, values in found.items()}


def field_modes(role: Role) -> dict[Cell, str]:
    """Give a role's field rules: "hidden" or "readonly" by (entity, field)."""
    return {(entity, field): mode for kind, entity, field, mode, _rule in sorted(rules_of(role)) if kind == "field"}


def fingerprint(role: Role) -> str:
    """Give a short word for a role's rules as they stand: it tells whether somebody changed them meanwhile."""
    return hashlib.sha256(repr(sorted(rules_of(role))).encode()).hexdigest()[:16]


def demand_as_seen(role: Role, seen: str) -> None:
    """Raise Conflict where a role's rules are no longer those that were on the page."""
    if seen and seen != fingerprint(role):
        raise Conflict("CHANGED_MEANWHILE", _("Somebody else changed the role {name} meanwhile", name=role.label),
                       fix=_("Load the page again and repeat your change"))


def set_cells(role: Role, values: Mapping[Cell, str]) -> None:
    """Grant in cells what is given, and nothing where it is empty; raises Invalid for a scope that doesn't exist."""
    before = {rule for rule in rules_of(role) if rule[0] == "grant" and (rule[1], rule[2]) in values}
    after: set[Rule] = set()
    for (entity, action), value in values.items():
        for part in filter(None, value.split("+")):
            scope, _colon, rule = part.partition(":")
            if scope not in PLAIN and not (scope == "rule" and (rule in row_rules() or _had(before, rule))):
                raise Invalid([Problem(entity, _("{scope} is no scope", scope=part), "SCOPE")])
            after.add(("grant", entity, action, scope, rule))
    change_rules(role, add=after - before, remove=before - after)


def _had(rules: set[Rule], rule: str) -> bool:
    return any(each[4] == rule for each in rules)


def set_fields(role: Role, modes: Mapping[Cell, str]) -> None:
    """Hide fields, make them read-only, or with "" open them; raises Invalid for another mode."""
    if wrong := [mode for mode in modes.values() if mode not in ("", "hidden", "readonly")]:
        raise Invalid([Problem("mode", _("{mode} is neither hidden nor read-only", mode=wrong[0]))])
    before = {rule for rule in rules_of(role) if rule[0] == "field" and (rule[1], rule[2]) in modes}
    after: set[Rule] = {("field", entity, field, mode, "") for (entity, field), mode in modes.items() if mode}
    change_rules(role, add=after - before, remove=before - after)


def differences(role: Role) -> tuple[set[Rule], set[Rule]]:
    """Give the rules that an administrator added to a shipped role, and those they took away."""
    if role.shipped is None:
        return set(), set()
    shipped, now = {tuple(rule) for rule in role.shipped}, rules_of(role)
    return now - shipped, shipped - now


def restore_role(role: Role, declared: RoleDeclaration | None) -> None:
    """Make a shipped role what its plugin ships; raises NotFound for a role that isn't a plugin's."""
    if declared is None:
        raise NotFound("NOT_SHIPPED", _("{name} is no role that a plugin ships", name=role.label))
    shipped, now = shipped_rules(declared), rules_of(role)
    change_rules(role, add=shipped - now, remove=now - shipped)
    role.shipped = sorted(map(list, shipped))


def rename_role(role: Role, name: str, *, zh_hant: str = "", zh_hans: str = "") -> None:
    """Call a role otherwise, be it in other languages too; raises Invalid without a name or with one too long."""
    role.name = _named(name)
    role.name_zh_hant = _named(zh_hant, "name_zh_hant") if zh_hant.strip() else None
    role.name_zh_hans = _named(zh_hans, "name_zh_hans") if zh_hans.strip() else None


def _named(name: str, field: str = "name") -> str:
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise Invalid([Problem(
            field, _("A role needs a name of at most {most} characters", most=LONGEST_NAME), "REQUIRED")])
    return name.strip()


def make_role(name: str) -> Role:
    """Make a role of the company's own, without any grant; raises Invalid without a name."""
    name = _named(name)
    current = session()
    stem = f"own.{re.sub(r'[^a-z0-9]+', '_', name.lower()).strip('_') or 'role'}"[:70]
    taken = set(current.scalars(select(Role.code).where(Role.code.startswith(stem, autoescape=True))))
    code = next(each for each in (stem, *(f"{stem}_{at}" for at in range(2, 1000))) if each not in taken)
    made = Role(code=code, name=name)
    current.add(made)
    current.flush()
    return made


def copy_role(role: Role, name: str, *, members: bool = False) -> Role:
    """Make a role of the company's own with the rules of another, and its members if wanted."""
    made = make_role(name)
    change_rules(made, add=rules_of(role))
    made.second_factor = role.second_factor
    if members:
        made.members.extend(RoleMember(user_id=each.user_id) for each in role.members if not each.archived)
    session().flush()
    return made
