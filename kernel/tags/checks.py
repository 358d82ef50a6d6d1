"""A tag lies only on records of the kind it is for; that these are there is told with all other references."""

from collections.abc import Iterable

from sqlalchemy import and_

from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import findings
from kernel.tags.models import Tag, Tagging

__all__ = ["tags_lie_where_they_may"]


@invariant("kernel.tags", _("Every tag lies on records of the kind that it is for"))
def tags_lie_where_they_may() -> Iterable[Finding]:
    """Compare whom a tag is for with what it lies on."""
    table = Tagging.__table__
    tag = Tag.__table__.alias("tag")
    yield from findings(
        table, and_(tag.c.entity.is_not(None), tag.c.entity != table.c.entity),  # type: ignore[arg-type]  # a Table
        _("It has a tag that is for other records"), (tag, tag.c.id == table.c.tag_id))
