"""Work centres, and why pieces are scrapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from kernel import Entity, Mapped, Money, Problem, Quantity, _, integer, money, percent, quantity, text, within


class WorkCentre(
    Entity, label=_("Work centre"), plural=_("Work centres"), icon="building-factory-2", unique=[("code",)],
):
    """A group of machines or people that does one kind of work."""

    code: Mapped[str] = text(20, label=_("Code"), searchable=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    cost_per_hour: Mapped[Money] = money(label=_("Cost per hour"), default=0, decimals=4)
    hours_per_day: Mapped[Quantity] = quantity(label=_("Hours a day"), default=8, decimals=2)
    machines: Mapped[int] = integer(label=_("Machines"), default=1)
    efficiency: Mapped[Decimal] = percent(
        label=_("Efficiency"), default=100, help=_("Planned hours divided by this share are the hours it takes"))

    @classmethod
    def check(cls, records: Sequence[WorkCentre]) -> Iterable[Problem]:
        for record in records:
            for name in ("cost_per_hour", "machines"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)
            if not within(record.hours_per_day, 0, 24 * max(record.machines or 1, 1)):
                yield Problem("hours_per_day", _("A day has 24 hours for each machine"), "HOURS", record)
            if not within(record.efficiency, 1, 200):
                yield Problem("efficiency", _("An efficiency lies between 1 and 200 %"), "EFFICIENCY", record)


class ScrapReason(Entity, label=_("Scrap reason"), plural=_("Scrap reasons"), icon="trash", unique=[("name",)]):
    """Why pieces had to be thrown away."""

    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
