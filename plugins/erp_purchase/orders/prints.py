"""What the supplier gets of an order: a request for quotation while it is a draft, then the order."""

from kernel import Printout, PrintTable, Values, _


def _draft(order: Values) -> bool:
    return order.get("state") in ("draft", "submitted")


def _ordered(order: Values) -> bool:
    return order.get("state") in ("approved", "done")


Printout(
    "erp_purchase.order", "order", _("Purchase order"), when=_ordered, to="supplier", kinds="main billing",
    facts="order_date expected_on contact supplier_order owner payment_days",
    tables=(PrintTable(
        "lines", "product quantity expected_on unit_price discount tax_rate line_total", under="description"),),
    sums="subtotal tax_amount freight total", notes="comment")
Printout(
    "erp_purchase.order", "request", _("Request for quotation"), when=_draft, of_drafts=True, to="supplier",
    kinds="main billing", facts="expected_on contact owner", notes="comment",
    tables=(PrintTable("lines", "product quantity expected_on", under="description"),))
