"""What every record has: a version, its company, values that are known, a place in the tree."""

from collections.abc import Iterable

from sqlalchemy import String, cast, func, or_

from kernel.i18n import _
from kernel.identity.models import Department
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import entity_tables, findings, table_named
from kernel.workflows.machine import workflows


@invariant("kernel.versions", _("Every record has a version from 1 on"))
def versions_count_from_one() -> Iterable[Finding]:
    """Look for versions that no flush could have written."""
    for _cls, table in entity_tables():
        version = table.c.version
        yield from findings(table, or_(version.is_(None), version < 1), _("Its version is not 1 or more"))


@invariant("kernel.companies", _("Every document belongs to a company, and its lines to the same one"))
def documents_have_a_company() -> Iterable[Finding]:
    """Look for documents without a company, and for lines of another company than their document's."""
    for cls, table in entity_tables():
        if cls.__company__ == "required":
            yield from findings(table, table.c.company_id.is_(None), _("It belongs to no company"))
        if cls.__parent__ and cls.__company__ != "none":
            field = cls.__fields__[cls.__parent__]
            parent = table_named(field.target.__tablename__).alias("parent")
            yield from findings(
                table, (parent.c.company_id != table.c.company_id),
                _("It belongs to another company than its {parent}", parent=str(field.label)),
                (parent, parent.c.id == table.c[field.column]))


@invariant("kernel.states", _("Every document is in a state that its workflow knows"))
def states_are_known() -> Iterable[Finding]:
    """Look for states that no transition leads to."""
    for cls, flow in workflows().items():
        table = table_named(cls.__tablename__)
        state = table.c[cls.__fields__[flow.field].column]
        yield from findings(
            table, or_(state.is_(None), state.not_in(list(flow.states))),
            _("Its state is none of {states}", states=", ".join(flow.states)))


@invariant("kernel.choices", _("Every choice has one of its values"))
def choices_are_known() -> Iterable[Finding]:
    """Look for values that a choice field doesn't offer."""
    for cls, table in entity_tables():
        for field in cls.__fields__.values():
            if field.kind == "choice" and field.choices:
                column = table.c[field.column]
                known = [choice.value for choice in field.choices]
                yield from findings(
                    table, column.is_not(None) & column.not_in(known),
                    _("Its {field} is none of {values}", field=str(field.label), values=", ".join(known)))


@invariant("kernel.departments", _("The path of a department is that of the one above it, and itself"))
def paths_follow_the_tree() -> Iterable[Finding]:
    """Compare each path with the path above it."""
    table = table_named(Department.__tablename__)
    above = table.alias("above")
    expected = func.coalesce(above.c.path, "/").concat(cast(table.c.id, String)).concat("/")
    yield from findings(
        table, table.c.path != expected, _("Its path doesn't follow from the department above it"),
        (above, above.c.id == table.c.parent_id))
