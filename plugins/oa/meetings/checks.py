"""What must hold of bookings in a live database."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import aliased

from kernel import Finding, _, invariant, session
from plugins.oa.meetings.models import Booking


@invariant("oa.room_bookings", _("Bookings end after they begin, and no two of a room overlap"))
def room_bookings() -> Iterable[Finding]:
    """Find bookings of no length, and pairs that have the same room at the same time."""
    valid = (Booking.state == "booked", Booking.archived.is_(False), Booking.historical.is_(False))
    for number, in session().execute(select(Booking.number).where(Booking.ends_at <= Booking.starts_at, *valid)):
        yield Finding("oa.booking", number, _("it ends before it begins"))
    other = aliased(Booking)
    pairs = session().execute(
        select(Booking.number, other.number)
        .join(other, (other.room_id == Booking.room_id) & (other.id > Booking.id))
        .where(*valid, other.state == "booked", other.archived.is_(False), other.historical.is_(False),
               other.starts_at < Booking.ends_at, Booking.starts_at < other.ends_at)
        .order_by(Booking.id))
    for first, second in pairs:
        yield Finding("oa.booking", second, _("it has the room at the same time as {other}", other=first))
