"""Nothing points to a record that was merged into another, and every merged one leads to a living one."""

from collections.abc import Iterable

from sqlalchemy import and_, or_

from kernel.exchange.merging.models import MergedRecord
from kernel.exchange.merging.pointers import pointers_to
from kernel.exchange.merging.reading import is_mergeable
from kernel.hooks.participation import taking_part
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import findings, table_named

__all__ = ["merged_records_are_left_behind"]


@invariant("kernel.merged", _("Nothing points to a record that was merged into another"))
def merged_records_are_left_behind() -> Iterable[Finding]:
    """Compare links with the records that were merged, and look for those that became part of nothing."""
    merged = table_named(MergedRecord.__tablename__).alias("merged")
    for cls in taking_part().values():
        if not is_mergeable(cls):
            continue
        for pointer in pointers_to(cls):
            if pointer.kind not in ("link", "ref") or pointer.entity is None:
                continue
            table, own = pointer.table, pointer.entity is cls
            elsewhere = [table.c.archived.is_(False)] if own else []
            yield from findings(
                table, and_(merged.c.record_id.is_not(None), *elsewhere, *pointer.clauses(cls.__entity__)),
                _("It points to a record of {entity} that was merged into another", entity=cls.__entity__),
                (merged, and_(merged.c.record_id == pointer.sql(), merged.c.entity == cls.__entity__)))
        target, source = table_named(cls.__tablename__).alias("target"), table_named(MergedRecord.__tablename__)
        own_row = table_named(cls.__tablename__).alias("own_row")
        yield from findings(
            source, and_(source.c.entity == cls.__entity__, or_(
                target.c.id.is_(None), own_row.c.archived.is_(False))),
            _("It was merged into a record of {entity} that isn't there, or is no longer archived",
              entity=cls.__entity__),
            (target, target.c.id == source.c.into_id), (own_row, own_row.c.id == source.c.record_id))
