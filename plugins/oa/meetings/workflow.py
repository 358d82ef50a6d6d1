"""A booking is booked, or cancelled; it may be repeated on further dates."""

from kernel import State, Transition, Workflow, _
from plugins.oa.meetings.models import Booking
from plugins.oa.meetings.services import book_dates, cancel_later, says_how

flow = Workflow(
    Booking,
    states=(State("booked", _("Booked"), "blue"), State("cancelled", _("Cancelled"), "red", final=True)),
    transitions=(
        Transition("repeat", _("Book the further dates"), ("booked",), "booked", guards=(says_how,),
                   effect=book_dates, icon="repeat"),
        Transition("cancel", _("Cancel booking"), ("booked",), "cancelled", risky=True, icon="circle-x"),
        Transition("cancel_following", _("Cancel this and the later dates"), ("booked",), "cancelled",
                   effect=cancel_later, risky=True, icon="circle-x"),
    ),
)
