"""The way of a plan (new → planned → firmed, or superseded by the next) and of its orders (planned → firmed)."""

from kernel import State, Transition, Workflow, _
from plugins.erp_mrp.planning.firming import firm_everything, firm_planned, still_current
from plugins.erp_mrp.planning.models import Plan, PlannedOrder
from plugins.erp_mrp.planning.running import make_plans

plans = Workflow(
    Plan,
    states=(
        State("new", _("New"), "gray"),
        State("planned", _("Planned"), "blue"),
        State("firmed", _("Firmed"), "green", final=True),
        State("superseded", _("Superseded"), "gray", final=True),
    ),
    transitions=(
        Transition("run", _("Run the plan"), ("new",), "planned", effect=make_plans, primary=True,
                   icon="player-play", already="ALREADY_RUN"),
        Transition("firm", _("Firm all"), ("planned",), "firmed", effect=firm_everything, primary=True,
                   icon="circle-check", already="ALREADY_FIRMED"),
        Transition("supersede", _("Set aside"), ("new", "planned"), "superseded", icon="archive"),
    ),
)

orders = Workflow(
    PlannedOrder,
    states=(State("planned", _("Planned"), "amber"), State("firmed", _("Firmed"), "green", final=True)),
    transitions=(
        Transition("firm", _("Firm"), ("planned",), "firmed", guards=(still_current,), effect=firm_planned,
                   primary=True, icon="circle-check", already="ALREADY_FIRMED"),
    ),
)
