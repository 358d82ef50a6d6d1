"""Grants and field rules name what is there; roles of plugins belong to installed ones."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel.entities.base import Base, entities
from kernel.entities.custom.definitions import customised
from kernel.entities.extension import Extension
from kernel.entities.work import current_work
from kernel.i18n import _
from kernel.permissions.declare import row_rules
from kernel.permissions.models import FieldRule, Grant, Role
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import ask, table_named
from kernel.registry.state import read_states


@invariant("kernel.rights", _("Roles, grants and field rules name what is there"))
def rights_name_what_is_there() -> Iterable[Finding]:
    """Look for grants on unknown entities or by unknown rules, rules on unknown fields, roles of gone plugins."""
    role, grant, rule = (table_named(cls.__tablename__) for cls in (Role, Grant, FieldRule))
    fields = _fields()
    plugins = set(read_states(current_work().connection))
    for code, plugin in ask(select(role.c.code, role.c.plugin).where(role.c.plugin.is_not(None))):
        if plugin not in plugins:
            yield Finding("kernel.role", code, _("It was shipped by {plugin}, which is not installed", plugin=plugin))
    known = {"*", *fields, *_kernel_tables(), *(f"{name}.*" for name in plugins)}
    granted = select(role.c.code, grant.c.entity, grant.c.scope, grant.c.rule)
    for code, entity, scope, rule_name in ask(granted.join_from(grant, role, grant.c.role_id == role.c.id)):
        if entity not in known:
            yield Finding("kernel.grant", code, _("It grants something on {entity}, which isn't there", entity=entity))
        if scope == "rule" and rule_name not in row_rules():
            yield Finding("kernel.grant", code, _(
                "Its scope is the rule {rule}, which isn't there", rule=rule_name or ""))
    for code, entity, field in ask(
            select(role.c.code, rule.c.entity, rule.c.field).join_from(rule, role, rule.c.role_id == role.c.id)):
        if field not in fields.get(entity, ()):
            yield Finding("kernel.field_rule", code, _(
                "It names the field {field} of {entity}, which isn't there", field=field, entity=entity))


def _kernel_tables() -> set[str]:
    """Give the names of the kernel's tables that are no entities but have rights of their own: plugins, saved views."""
    tables = (str(mapper.class_.__tablename__) for mapper in Base.registry.mappers)
    return {table.replace("_", ".", 1) for table in tables if table.startswith("kernel_")}


def _fields() -> dict[str, set[str]]:
    """Give the fields of every entity and component by its name."""
    known = {name: {*cls.__fields__, *customised().every.get(name, ())} for name, cls in entities().items()}
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Extension):
            known[mapper.class_.__entity__] = set(mapper.class_.__fields__)
            base = mapper.class_.__base_entity__.__entity__
            known[base] |= {f"{mapper.class_.__slot__}.{name}" for name in mapper.class_.__fields__}
    return known
