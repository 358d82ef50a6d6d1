"""How requests look."""

from sqlalchemy import func, select

from kernel import BoardView, Figure, FormView, LinesView, ListView, Section, Tab, _, card, session
from plugins.erp_purchase.requests.models import Request

ListView(
    "erp_purchase.request", "number reason requested_on needed_on state owner estimate",
    filters="state owner requested_on needed_on", sort="-number", totals="estimate",
    phone="reason estimate number needed_on state owner",
    tabs=(Tab(_("Open"), "state=draft,submitted,approved"), Tab(_("Mine"), "owner=me"),
          Tab(_("To approve"), "state=submitted"), Tab(_("To order"), "state=approved")))

FormView(
    "erp_purchase.request",
    Section("", "reason owner requested_on needed_on source"),
    Section(_("More"), "comment reject_reason cancel_reason"),
    lines=(LinesView("lines", "product quantity unit needed_on supplier estimate wanted_for", sums="estimate"),),
    subtitle="reason estimate needed_on")

BoardView("erp_purchase.request", by="state", card="reason estimate needed_on owner", total="estimate",
          hide="cancelled")


@card(_("Requests waiting"), href="/erp_purchase/request?f.state=submitted,approved", needs="erp_purchase.request",
      order=31)
def waiting_requests() -> Figure:
    """Count the requests that wait for approval or for their order."""
    count = session().scalar(
        select(func.count(Request.id)).where(
            Request.state.in_(("submitted", "approved")), Request.archived.is_(False), Request.historical.is_(False)))
    return Figure(count or 0, good="less")
