"""The roles of finance: who writes vouchers, invoices and payments, who closes months, who may look."""

from kernel import _, grant, role

BOOKS = ("erp_finance.account", "erp_finance.journal", "erp_finance.posting_rule")

ACCOUNTANT = role(
    "erp_finance.accountant", _("Accountant"),
    grant("erp_finance.entry", "read create change delete export post reverse"),
    grant("erp_finance.invoice", "read create change delete export post pay reverse"),
    grant("erp_finance.payment", "read create change delete export post suggest allocate undo"),
    grant("erp_finance.account", "read create change export"),
    grant("erp_finance.journal", "read"),
    grant("erp_finance.posting_rule", "read"),
    grant("erp_finance.period", "read"),
    grant("erp_finance.unbilled_goods", "read export"),
    grant("kernel.party", "read"),
    grant("kernel.product", "read"),
    grant("kernel.employee", "read"),
    grant("kernel.department", "read"),
)

CONTROLLER = role(
    "erp_finance.controller", _("Head of finance"),
    *ACCOUNTANT.rules,
    *(grant(each, "read create change export") for each in BOOKS),
    grant("erp_finance.period", "read close reopen"),
)

READER = role(
    "erp_finance.reader", _("Reads the books"),
    *(grant(each, "read") for each in BOOKS),
    *(grant(f"erp_finance.{each}", "read export") for each in ("entry", "invoice", "payment", "unbilled_goods")),
    grant("erp_finance.period", "read"),
)
