"""Holidays."""

import datetime as dt

from kernel import Entity, Mapped, _, boolean, date, text


class Holiday(Entity, label=_("Holiday"), plural=_("Holidays"), icon="calendar-event", unique=[("day",)]):
    """A day that nobody works, or a day of the weekend that is worked to make up for another."""

    day: Mapped[dt.date] = date(label=_("Day"), index=True)
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    working: Mapped[bool] = boolean(label=_("Is worked"), help=_("Made up for another day off"))
