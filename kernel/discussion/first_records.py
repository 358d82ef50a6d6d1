"""The types of activities that every installation starts with; an administrator changes them and adds others."""

from kernel.discussion.activities.models import ActivityType
from kernel.entities.work import session
from kernel.i18n import _

__all__ = ["TYPES", "make"]

TYPES = (
    # name, icon, days ahead, what it suggests next
    (_("Call"), "phone", 1, ""), (_("Meeting"), "calendar-event", 3, "To-do"), (_("E-mail"), "mail", 1, "Call"),
    (_("To-do"), "checkbox", 1, ""), (_("Visit"), "map-pin", 7, "Call"),
)


def make() -> None:
    """Write them."""
    made = {name.source: ActivityType(name=name.source, icon=icon, days=days) for name, icon, days, _next in TYPES}
    session().add_all(made.values())
    session().flush()  # what follows on what is said afterwards, so that they are made in this order
    for name, _icon, _days, following in TYPES:
        made[name.source].then = made[following] if following else None
