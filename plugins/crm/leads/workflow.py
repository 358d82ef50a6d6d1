"""The way of a lead: New → Contacted → Nurture → Qualified → Converted, or out."""

from kernel import State, Transition, Workflow, _
from plugins.crm.leads.models import Lead
from plugins.crm.leads.services import make_customers

OPEN = ("new", "contacted", "nurture", "qualified")

flow = Workflow(
    Lead,
    states=(
        State("new", _("New lead"), "blue"),
        State("contacted", _("Contacted"), "violet"),
        State("nurture", _("Nurture"), "amber"),
        State("qualified", _("Qualified"), "green"),
        State("converted", _("Converted"), "green", final=True),
        State("unqualified", _("Unqualified"), "gray", final=True),
        State("junk", _("Junk"), "gray", final=True),
    ),
    transitions=(
        Transition("contact", _("Contacted"), ("new",), "contacted", primary=True, icon="phone"),
        Transition("nurture", _("Nurture"), ("contacted", "qualified"), "nurture", icon="plant"),
        Transition("qualify", _("Qualify"), ("new", "contacted", "nurture"), "qualified", icon="circle-check"),
        Transition("convert", _("Convert"), ("contacted", "nurture", "qualified"), "converted",
                   effect=make_customers, primary=True, icon="arrow-right", already="ALREADY_CONVERTED"),
        Transition("disqualify", _("Not qualified"), OPEN, "unqualified", needs=("reason",), icon="circle-x"),
        Transition("junk", _("Junk"), OPEN, "junk", needs=("reason",), icon="trash"),
        Transition("reopen", _("Reopen"), ("unqualified", "junk"), "new", icon="arrow-back-up"),
    ),
)
