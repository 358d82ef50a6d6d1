"""What must hold of requests in a live database."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel import Finding, _, invariant, session
from plugins.erp_purchase.orders.models import Order, OrderOrigin
from plugins.erp_purchase.requests.models import Request, RequestLine


@invariant("erp_purchase.ordered", _("Every line of an ordered request has its order"))
def ordered_requests_have_orders() -> Iterable[Finding]:
    """Find lines of ordered requests that no order follows, cancelled ones aside."""
    covered = (
        select(OrderOrigin.request_line_id).join(Order, Order.id == OrderOrigin.order_id)
        .where(Order.state != "cancelled", OrderOrigin.request_line_id.is_not(None)))
    rows = session().execute(
        select(Request.number, RequestLine.description)
        .join(Request, Request.id == RequestLine.request_id)
        .where(Request.state == "ordered", Request.historical.is_(False), RequestLine.id.not_in(covered)))
    for number, product in rows:
        yield Finding("erp_purchase.request", number, _("{product} is not on any order", product=product or ""))
