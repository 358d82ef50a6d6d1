"""Custom fields: records hold what a field of the kind could have written, and once where that is promised."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select

from kernel.entities.custom.definitions import customised
from kernel.entities.custom.stored import from_json
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import SHOWN, ask, entity_tables, name_column


@invariant("kernel.custom_fields", _("Custom fields hold what their kinds can"))
def custom_values_are_of_their_kind() -> Iterable[Finding]:
    """Read the custom values of every entity that has such fields."""
    known = customised().every
    for cls, table in entity_tables():
        definitions = known.get(cls.__entity__)
        if not definitions:
            continue
        told, unique = 0, [each for each in definitions.values() if each.unique]
        seen: Counter[tuple[object, ...]] = Counter()
        for name, company, archived, held in ask(
                select(name_column(table), table.c.company_id, table.c.archived, table.c.custom)
                .where(table.c.custom.is_not(None))):
            for code, stored in held.items() if isinstance(held, dict) else ():
                try:
                    if code in definitions:
                        from_json(definitions[code].field, stored)
                except ValueError:
                    if told < SHOWN:
                        told += 1
                        yield Finding(cls.__entity__, str(name), _(
                            "{label} can't be stored like this", label=definitions[code].field.label))
            for each in unique:
                value = held.get(each.code) if isinstance(held, dict) else None
                if value not in (None, "") and not archived:
                    seen[each.code, company, str(value)] += 1
                    if seen[each.code, company, str(value)] == 2:
                        yield Finding(cls.__entity__, str(name), _(
                            "{label}: another record has this value already", label=each.field.label))
