"""What accounts are for: the kinds of a chart, and the roles by which posting rules find them."""

from kernel import Choice, _

KINDS = (
    Choice("asset", _("Assets"), "blue"), Choice("liability", _("Liabilities"), "amber"),
    Choice("equity", _("Equity"), "violet"), Choice("income", _("Income"), "green"),
    Choice("expense", _("Expenses"), "red"),
)

ROLES = (
    Choice("bank", _("Bank")), Choice("cash", _("Cash")), Choice("receivable", _("Customers")),
    Choice("payable", _("Suppliers")), Choice("employee_payable", _("Employees' claims")), Choice("stock", _("Stock")),
    Choice("shipped", _("Goods shipped, not invoiced")), Choice("wip", _("Work in progress")),
    Choice("grni", _("Goods received, not invoiced")), Choice("input_tax", _("Input tax")),
    Choice("output_tax", _("Output tax")), Choice("opening", _("Opening balances")), Choice("revenue", _("Revenue")),
    Choice("cogs", _("Cost of sales")), Choice("purchases", _("Purchases not kept in stock")),
    Choice("expense", _("Expenses")), Choice("labour_absorbed", _("Labour absorbed")),
    Choice("variance", _("Production variance")), Choice("price_variance", _("Purchase price variance")),
    Choice("stock_gain", _("Stock gains")), Choice("stock_loss", _("Stock losses")),
    Choice("exchange", _("Exchange differences")), Choice("rounding", _("Rounding differences")),
)

CONTROLLED = frozenset({"stock", "receivable", "payable", "employee_payable", "grni", "shipped", "wip"})
"""Roles whose accounts are posted by rules alone, so that they equal the stock and the open items."""

CHART = (
    # code, name, kind, role
    ("1001", _("Cash on hand"), "asset", "cash"),
    ("1002", _("Bank"), "asset", "bank"),
    ("1100", _("Accounts receivable"), "asset", "receivable"),
    ("1300", _("Inventory"), "asset", "stock"),
    ("1310", _("Goods shipped, not invoiced"), "asset", "shipped"),
    ("1320", _("Work in progress"), "asset", "wip"),
    ("1400", _("Input tax"), "asset", "input_tax"),
    ("1600", _("Fixed assets"), "asset", None),
    ("2001", _("Accounts payable"), "liability", "payable"),
    ("2010", _("Goods received, not invoiced"), "liability", "grni"),
    ("2100", _("Employee claims payable"), "liability", "employee_payable"),
    ("2200", _("Output tax"), "liability", "output_tax"),
    ("2500", _("Loans"), "liability", None),
    ("3001", _("Capital"), "equity", None),
    ("3100", _("Retained earnings"), "equity", None),
    ("3900", _("Opening balances"), "equity", "opening"),
    ("4001", _("Sales revenue"), "income", "revenue"),
    ("4100", _("Stock gains"), "income", "stock_gain"),
    ("4200", _("Exchange differences"), "income", "exchange"),
    ("5001", _("Cost of sales"), "expense", "cogs"),
    ("5010", _("Purchases not kept in stock"), "expense", "purchases"),
    ("5100", _("Labour absorbed"), "expense", "labour_absorbed"),
    ("5200", _("Production variance"), "expense", "variance"),
    ("5210", _("Purchase price variance"), "expense", "price_variance"),
    ("5300", _("Stock losses"), "expense", "stock_loss"),
    ("6001", _("Wages"), "expense", None),
    ("6100", _("Rent"), "expense", None),
    ("6200", _("Travel"), "expense", "expense"),
    ("6205", _("Accommodation"), "expense", "expense"),
    ("6210", _("Meals"), "expense", "expense"),
    ("6220", _("Office supplies"), "expense", "expense"),
    ("6900", _("Other expenses"), "expense", "expense"),
    ("6990", _("Rounding differences"), "expense", "rounding"),
)
"""A neutral chart, made in the company's language when its books are first used."""

EXPENSE_TYPES = {"6200": "TRAVEL", "6205": "HOTEL", "6210": "MEAL", "6220": "OFFICE"}
"""The expense types that accounts of the chart are for."""

JOURNALS = (
    # code, name, kind
    ("GEN", _("General journal"), "general"), ("SAL", _("Sales journal"), "sale"),
    ("PUR", _("Purchase journal"), "purchase"), ("EXP", _("Expense claims"), "claim"),
    ("BNK", _("Payments"), "payment"), ("STK", _("Stock movements"), "stock"), ("MFG", _("Production"), "production"),
)

RULES = (
    # event, name, debit, credit, journal
    ("receipt", _("Goods received"), "stock", "grni", "stock"),
    ("delivery", _("Goods delivered"), "shipped", "stock", "stock"),
    ("receipt_unordered", _("Goods received without an order"), "stock", "purchases", "stock"),
    ("delivery_unordered", _("Goods delivered without an order"), "cogs", "stock", "stock"),
    ("issue", _("Material issued to production"), "wip", "stock", "stock"),
    ("production", _("Finished goods received"), "stock", "wip", "stock"),
    ("gain", _("Stock found by a count"), "stock", "stock_gain", "stock"),
    ("loss", _("Stock lost by a count"), "stock_loss", "stock", "stock"),
    ("opening", _("Opening stock"), "stock", "opening", "stock"),
    ("operation", _("Work reported"), "wip", "labour_absorbed", "production"),
    ("order_closed", _("Variance of a closed work order"), "variance", "wip", "production"),
)
"""What is posted when something happened elsewhere: debit and credit by role, for a positive amount."""
