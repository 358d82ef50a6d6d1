"""How adjustments and opening stock look."""

from kernel import FormView, LinesView, ListView, ScanTask, Section, Tab, _
from plugins.erp_inventory.places.services import take_lots

ListView(
    "erp_inventory.adjustment", "number day kind reason state value", filters="state kind day", sort="-number",
    tabs=(Tab(_("Drafts"), "state=draft"), Tab(_("To approve"), "state=submitted"), Tab(_("Posted"), "state=done")),
    totals="value", phone="reason value number day state kind")
ListView("erp_inventory.adjustment_line", "adjustment product place lot counted quantity difference unit",
         filters="product place", sort="-id", phone="product difference adjustment place")
ListView(
    "erp_inventory.opening", "number day product place lot quantity unit unit_value state",
    filters="state product place day", sort="-number", tabs=(Tab(_("Posted"), "state=done"),),
    phone="product quantity number place state day")

FormView(
    "erp_inventory.adjustment",
    Section("", "kind reason day value"),
    Section(_("More"), "comment"),
    lines=(LinesView("lines", "product place lot counted quantity unit_value difference"),),
    subtitle="kind day value")
ScanTask("erp_inventory.adjustment", _("Count"), done="counted", state="draft", only={"kind": "count"}, adds=True,
         lot="lot", take_lots=take_lots)
FormView(
    "erp_inventory.opening", Section("", "product quantity unit unit_value"), Section(_("Where"), "place lot day"),
    Section(_("More"), "comment"), subtitle="product quantity")
