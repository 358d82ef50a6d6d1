"""How warehouses, places and lots look, and the menu of the whole plugin."""

from kernel import FormView, ListView, Menu, MenuItem, ScanView, Section, Tab, _, first_step, made

ListView("erp_inventory.warehouse", "code name", sort="code", phone="name code")
ListView("erp_inventory.place", "code name kind warehouse parent", filters="kind warehouse", sort="code",
         tabs=(Tab(_("Holding goods"), "kind=stock"),), phone="name kind code warehouse")
ListView("erp_inventory.lot", "number product expires_on", filters="product expires_on", sort="-number",
         phone="number expires_on product")

ScanView("erp_inventory.lot", lot="number", of="product")

FormView("erp_inventory.warehouse", Section("", "code name"))
FormView("erp_inventory.place", Section("", "code name kind warehouse parent"), subtitle="kind warehouse")
FormView("erp_inventory.lot", Section("", "number product expires_on"), subtitle="product expires_on")

Menu(
    "erp_inventory",
    MenuItem(_("Deliveries"), "erp_inventory.delivery", "truck-delivery"),
    MenuItem(_("Open deliveries"), "/reports/erp_inventory.open_deliveries", "list-details"),
    MenuItem(_("Receipts"), "erp_inventory.receipt", "truck-loading"),
    MenuItem(_("Transfers"), "erp_inventory.transfer", "transfer"),
    MenuItem(_("Adjustments"), "erp_inventory.adjustment", "adjustments"),
    MenuItem(_("Stock on hand"), "/reports/erp_inventory.stock_on_hand", "stack-2"),
    MenuItem(_("Stock by place"), "/reports/erp_inventory.stock_by_place", "map-pin"),
    MenuItem(_("Stock in and out"), "/reports/erp_inventory.stock_in_and_out", "arrows-exchange"),
    MenuItem(_("Stock as of a day"), "/reports/erp_inventory.stock_as_of", "calendar-stats"),
    MenuItem(_("Moves"), "erp_inventory.move", "history"),
    MenuItem(_("Balances"), "erp_inventory.balance", "table"),
    MenuItem(_("Reservations"), "erp_inventory.reservation", "lock"),
    MenuItem(_("Waiting needs"), "erp_inventory.wait", "hourglass"),
    MenuItem(_("Opening stock"), "erp_inventory.opening", "flag"),
    MenuItem(_("Lots"), "erp_inventory.lot", "barcode"),
    MenuItem(_("Places"), "erp_inventory.place", "map-pin"),
    MenuItem(_("Warehouses"), "erp_inventory.warehouse", "building-warehouse"),
    icon="building-warehouse", order=30)

first_step(
    "erp_inventory.on_hand", _("Look up what is in stock"), needs="erp_inventory.balance", order=52,
    href="/reports/erp_inventory.stock_on_hand", why=_("What is reserved for orders is told apart from what is free."),
    point=".tt tbody a, main h1", hint=_("A product leads to where its pieces lie and what they wait for."))
first_step(
    "erp_inventory.ship", _("Ship a delivery"), needs="erp_inventory.delivery", may="ship", order=26,
    href="/erp_inventory/delivery?f.state=open", why=_("The order hears of it, and its invoice can be made."),
    point=".tt tbody a, main h1", hint=_("Open one and press “Ship”: quantities are filled in already."),
    done=made("erp_inventory.move"))
