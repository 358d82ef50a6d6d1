"""How transfers look."""

from kernel import FormView, LinesView, ListView, Section, Tab, _

ListView(
    "erp_inventory.transfer", "number day from_place to_place state", filters="state from_place to_place day",
    sort="-number", tabs=(Tab(_("Drafts"), "state=draft"), Tab(_("Moved"), "state=done")),
    phone="number state from_place to_place day")
ListView("erp_inventory.transfer_line", "transfer product lot quantity unit", filters="product", sort="-id",
         phone="product quantity transfer")

FormView(
    "erp_inventory.transfer", Section("", "from_place to_place day"), Section(_("More"), "comment"),
    lines=(LinesView("lines", "product lot quantity unit"),), subtitle="from_place to_place day")
