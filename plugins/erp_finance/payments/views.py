"""How payments look."""

from kernel import FormView, LinesView, ListView, Section, Tab, _

ListView(
    "erp_finance.payment", "number direction party employee day account state amount unallocated",
    filters="state direction party employee account day", sort="-number", totals="amount unallocated",
    phone="number amount party day state unallocated",
    tabs=(Tab(_("Received"), "direction=in"), Tab(_("Paid"), "direction=out"), Tab(_("Drafts"), "state=draft")))

FormView(
    "erp_finance.payment",
    Section("", "direction party employee amount day account reference"),
    Section(_("More"), "currency exchange_rate unallocated posted_at undone_on comment"),
    lines=(LinesView("allocations", "invoice amount day undone_on", sums="amount unallocated"),),
    subtitle="party amount day")
