"""The quotation as the customer gets it."""

from kernel import Printout, PrintTable, _

Printout(
    "erp_sales.quote", "quotation", _("Quotation"), to="customer", facts="quote_date valid_until contact",
    tables=(PrintTable("lines", "product quantity unit_price discount tax_rate line_total", under="description"),),
    sums="subtotal tax_amount freight total", notes="comment")
