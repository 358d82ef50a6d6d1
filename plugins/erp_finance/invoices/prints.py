"""What the customer gets: the invoice with its taxes and how to pay it, and the credit note that takes one back."""

from collections.abc import Sequence

from kernel import Grid, Note, PrintMore, Printout, PrintTable, Row, Values, _, format_date, tax_summary

LINES = (PrintTable("lines", "product quantity unit_price discount tax_rate net", under="description"),)
SUMS = "subtotal tax_amount total"


def _is_invoice(invoice: Values) -> bool:
    return invoice.get("kind") == "sale" and invoice.get("reversal_of") is None


def _is_credit_note(invoice: Values) -> bool:
    return invoice.get("kind") == "sale" and invoice.get("reversal_of") is not None


def _taxes_and_payment(invoices: Sequence[Row]) -> list[PrintMore]:
    return [PrintMore(tables=_taxes(invoice), notes=_payment(invoice)) for invoice in invoices]


def _taxes_alone(invoices: Sequence[Row]) -> list[PrintMore]:
    return [PrintMore(tables=_taxes(invoice)) for invoice in invoices]


def _taxes(invoice: Row) -> list[Grid]:
    summary = tax_summary(invoice, "net")
    return [summary] if summary else []


def _payment(invoice: Row) -> list[Note]:
    """Ask for the payment of what is posted, by its day and with the reference that finds it again."""
    if invoice.values.get("state") != "posted" or not invoice.values.get("due_on"):
        return []
    text = _("Please pay by {day} and name {number} as the reference.", day=format_date(invoice.values["due_on"]),
             number=invoice.title)
    return [Note(str(text), str(_("How to pay")))]


Printout(
    "erp_finance.invoice", "invoice", _("Invoice"), when=_is_invoice, to="party", facts="day due_on reference source",
    tables=LINES, sums=SUMS, notes="comment", more=_taxes_and_payment)
Printout(
    "erp_finance.invoice", "credit_note", _("Credit note"), when=_is_credit_note, to="party",
    facts="day reversal_of reference source", tables=LINES, sums=SUMS, notes="comment", more=_taxes_alone)
