"""Finance: the ledger, customer and supplier invoices, payments."""

from kernel import Plugin, Setting, _
from plugins.erp_finance.roles import ACCOUNTANT, CONTROLLER, READER

plugin = Plugin(
    name="erp_finance",
    label=_("Finance"),
    summary=_("Ledger, customer and supplier invoices, payments"),
    suggests=("erp_sales", "erp_purchase", "erp_inventory", "oa"),
    requires_kernel=">=0.1,<0.2",
    features=("ledger", "goods", "invoices", "payments"),
    roles=(ACCOUNTANT, CONTROLLER, READER),
    settings=(
        Setting("erp_finance.two_persons", _("Vouchers need two persons"), False,
                help=_("Whoever prepared a voucher can't post it")),
        Setting("erp_finance.payment_days", _("Days to pay"), 30,
                help=_("Where neither the invoice nor the order says")),
        Setting("erp_finance.tax_rounding", _("Round taxes per"), "line",
                help=_("“line” rounds the tax of each line, “document” the tax of the whole document")),
    ),
    icon="coins",
)
