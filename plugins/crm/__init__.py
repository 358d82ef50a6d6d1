"""CRM: from somebody who may buy to a won opportunity."""

from kernel import Plugin, _
from plugins.crm.roles import AGENT, MANAGER

plugin = Plugin(
    name="crm",
    label=_("CRM"),
    summary=_("Leads, customers and opportunities"),
    suggests=("erp_sales",),
    requires_kernel=">=0.1,<0.2",
    features=("leads", "customers", "opportunities"),
    roles=(AGENT, MANAGER),
    icon="target-arrow",
)
