"""How quotes look."""

from kernel import FormView, LinesView, ListView, Section, Tab, _

ListView(
    "erp_sales.quote", "number customer quote_date valid_until state owner total", filters="state owner customer",
    sort="-number", totals="total", phone="customer total number valid_until state owner",
    tabs=(Tab(_("Open"), "state=draft,sent"), Tab(_("Mine"), "owner=me")))

ListView(
    "erp_sales.quote_line", "quote quote.customer product quantity unit unit_price discount line_total",
    filters="product quote.customer quote.state", sort="-id", totals="line_total quantity",
    phone="product line_total quote.customer quantity quote")

FormView(
    "erp_sales.quote",
    Section("", "customer contact owner quote_date valid_until currency"),
    Section(_("More"), "freight comment decline_reason"),
    lines=(LinesView(
        "lines", "product quantity unit unit_price discount tax line_total",
        formula="quantity * unit_price * (1 - discount / 100)", sums="subtotal tax_amount freight total"),),
    subtitle="customer total valid_until")
