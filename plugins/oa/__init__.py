"""Leave, expenses and meeting rooms, through approvals."""

from kernel import Plugin, _

plugin = Plugin(
    name="oa",
    label=_("Office"),
    summary=_("Leave, expenses and meeting rooms, through approvals"),
    suggests=("erp_finance",),
    requires_kernel=">=0.1,<0.2",
    features=("expenses", "leave"),
    icon="briefcase",
)
