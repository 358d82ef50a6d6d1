"""Units of measure: exact fractions of a base unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import integer, link, text
from kernel.errors import Problem
from kernel.i18n import _
from kernel.shared.ranges import within

__all__ = ["Unit"]


class Unit(
    Entity, label=_("Unit"), plural=_("Units"), icon="ruler", title="code", company="none", unique=[("code",)]
):
    """A unit of measure. One of it is numerator / denominator of its base unit: a dozen is 12 / 1 of a piece.

    The factor is a fraction because decimals can't hold one third of a metre; `kernel.shared.quantities.convert`
    uses it.
    """

    code: Mapped[str] = text(12, label=_("Code"), searchable=True)
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    base: Mapped[Unit | None] = link(label=_("Base unit"), help=_("Empty for a unit that stands by itself"))
    base_id: Mapped[int | None]
    numerator: Mapped[int] = integer(label=_("Factor, numerator"), default=1)
    denominator: Mapped[int] = integer(label=_("Factor, denominator"), default=1)
    decimals: Mapped[int] = integer(label=_("Decimals"), default=0, help=_("Quantities are rounded to these"))

    @classmethod
    def check(cls, records: Sequence[Unit]) -> Iterable[Problem]:
        for record in records:
            for name in ("numerator", "denominator"):
                value = getattr(record, name)
                if value is not None and value <= 0:
                    yield Problem(name, _("A unit's factor is greater than zero"), "FACTOR", record)
            if record.base_id is not None and record.base_id == record.id:
                yield Problem("base", _("A unit can't be its own base"), "UNIT_LOOP", record)
            if not within(record.decimals, 0, 6):
                yield Problem("decimals", _("A unit has 0 to 6 decimals"), "DECIMALS", record)
