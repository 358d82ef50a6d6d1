"""What the customer gets of an order: a quotation while it is a draft, then its confirmation."""

from collections.abc import Sequence

from kernel import PrintMore, Printout, PrintTable, Row, Values, _, tax_summary

LINES = (PrintTable("lines", "product quantity unit_price discount tax_rate line_total", under="description"),)
SUMS = "subtotal tax_amount freight total"


def _draft(order: Values) -> bool:
    return order.get("state") in ("draft", "submitted")


def _confirmed(order: Values) -> bool:
    return order.get("state") in ("confirmed", "done")


def _taxes(orders: Sequence[Row]) -> list[PrintMore]:
    summaries = [tax_summary(order, "line_total") for order in orders]
    return [PrintMore(tables=[each] if each else []) for each in summaries]


Printout(
    "erp_sales.order", "confirmation", _("Order confirmation"), when=_confirmed, to="customer", at="bill_to",
    deliver="ship_to", facts="order_date customer_reference contact promised_on payment_days", tables=LINES, sums=SUMS,
    notes="comment", more=_taxes)
Printout(
    "erp_sales.order", "quotation", _("Quotation"), when=_draft, of_drafts=True, to="customer", at="bill_to",
    deliver="ship_to", facts="customer_reference contact promised_on payment_days", tables=LINES, sums=SUMS,
    notes="comment", more=_taxes)
