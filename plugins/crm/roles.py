"""The roles of sales: an agent sees what they own, a manager their department's and what lies below it."""

from kernel import _, grant, hide, role

LEAD_STEPS = "contact nurture qualify convert disqualify junk reopen"
OPPORTUNITY_STEPS = "to_need qualify propose negotiate commit win lose reopen"

AGENT = role(
    "crm.agent", _("Sales agent"),
    grant("crm.lead", f"read create change {LEAD_STEPS}", scope="own"),
    grant("crm.opportunity", f"read create change {OPPORTUNITY_STEPS}", scope="own"),
    grant("kernel.party", "read change", scope="rule", rule="crm.my_customers"),
    grant("kernel.party", "create"),
    grant("crm.customer", "read change"),
    grant("kernel.product", "read"),
    hide("kernel.product", "cost"),
)

MANAGER = role(
    "crm.manager", _("Sales manager"),
    grant("kernel.saved_view", "share"),
    grant("crm.lead", f"read create change delete export merge {LEAD_STEPS}", scope="subtree"),
    grant("crm.opportunity", f"read create change delete export {OPPORTUNITY_STEPS}", scope="subtree"),
    grant("kernel.party", "read create change export"),
    grant("crm.customer", "read change"),
    grant("kernel.product", "read"),
    hide("kernel.product", "cost"),
)
