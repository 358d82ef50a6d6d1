"""What one does with requests."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from kernel import AnyRef, Refusal, _, session, workflow_of
from plugins.erp_purchase.orders.models import Order, OrderOrigin
from plugins.erp_purchase.requests.models import Request, RequestLine
from plugins.erp_purchase.requests.ordering import open_lines, order_lines, wants_of
from plugins.erp_purchase.requests.signals import DroppedLine, RequestCancelled, request_cancelled
from plugins.erp_purchase.suppliers.offers import best_offers


def approve_requests(requests: Sequence[Request]) -> None:
    """Approve drafts and submitted requests; raises Refusal NO_LINES, ALREADY_APPROVED or STATE."""
    _run("approve", requests)


def submit_requests(requests: Sequence[Request]) -> None:
    """Hand drafts in; raises Refusal NO_LINES or STATE."""
    _run("submit", requests)


def order_requests(requests: Sequence[Request]) -> list[Order]:
    """Draft orders for approved requests, one for each supplier and currency, and give them.

    Lines of the same product, unit and day are put together. Raises Refusal NO_SUPPLIER, ALREADY_ORDERED or STATE.
    """
    lines = [line.id for line in open_lines(requests)]
    _run("order", requests)
    return list(session().scalars(
        select(Order).where(Order.id.in_(
            select(OrderOrigin.order_id).where(OrderOrigin.request_line_id.in_(lines))), Order.state == "draft")
        .order_by(Order.id)))


def cancel_requests(requests: Sequence[Request], reason: str) -> None:
    """Cancel requests that are not ordered yet."""
    _run("cancel", requests, reason)


def _run(action: str, requests: Sequence[Request], reason: str | None = None) -> None:
    flow = workflow_of(Request)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Requests have no workflow"))
    flow.run(action, requests, {"cancel_reason": reason} if reason else None)


def has_lines(requests: Sequence[Request]) -> Iterable[Refusal]:
    """Refuse requests of nothing."""
    filled = set(session().scalars(
        select(RequestLine.request_id).where(RequestLine.request_id.in_([each.id for each in requests])).distinct()))
    for request in requests:
        if request.id not in filled:
            yield Refusal("NO_LINES", _("{number} has no lines", number=request.number), record=request, field="lines",
                          fix=_("Add what is to be bought"))


def suppliers_known(requests: Sequence[Request]) -> Iterable[Refusal]:
    """Refuse requests with lines that nobody is known to deliver: the guard of ordering."""
    lines = [line for line in open_lines(requests) if line.supplier_id is None]
    if not lines:
        return
    by_id = {request.id: request for request in requests}
    for line, offer in zip(lines, best_offers(wants_of(lines)), strict=True):
        if offer is None:
            request = by_id[line.request_id]
            yield Refusal(
                "NO_SUPPLIER", _("{number}: nobody is known to deliver {product}", number=request.number,
                                 product=line.description or ""),
                record=request, field="supplier", actual=line.product_id,
                fix=_("Name a supplier on the line, or enter a supplier's price for the product"))


def make_orders(requests: Sequence[Request]) -> None:
    """Draft the orders of requests: the effect of ordering."""
    order_lines(open_lines(requests))


def tell_cancelled(requests: Sequence[Request]) -> None:
    """Tell erp_purchase.request_cancelled: the effect of cancelling."""
    lines: dict[int, list[DroppedLine]] = {}
    found = session().scalars(
        select(RequestLine).where(RequestLine.request_id.in_([each.id for each in requests])).order_by(RequestLine.id))
    for line in found:
        lines.setdefault(line.request_id, []).append(
            DroppedLine(line.id, line.product_id, line.quantity, line.unit_id, _ref(line)))
    request_cancelled.tell([
        RequestCancelled(
            request_id=request.id, number=request.number, lines=tuple(lines.get(request.id, ())),
            source=_ref(request), reason=request.cancel_reason)
        for request in requests])


def _ref(record: Request | RequestLine) -> AnyRef | None:
    if record.source_entity is None or record.source_id is None:
        return None
    return AnyRef(record.source_entity, record.source_id, record.source_title or "")
