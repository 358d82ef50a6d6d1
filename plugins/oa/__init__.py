"""Leave, expenses and meeting rooms, through approvals."""

from kernel import Plugin, Setting, Step, _, approval
from plugins.oa.roles import CASHIER, DIRECTOR, EMPLOYEE, MANAGER, PERSONNEL

plugin = Plugin(
    name="oa",
    label=_("Office"),
    summary=_("Leave, expenses and meeting rooms, through approvals"),
    suggests=("erp_finance",),
    requires_kernel=">=0.1,<0.2",
    features=("calendar", "leave", "expenses", "meetings"),
    roles=(EMPLOYEE, MANAGER, PERSONNEL, DIRECTOR, CASHIER),
    approvals=(
        approval(
            "oa.leave", _("Leave"), entity="oa.leave_request", transition="submit",
            steps=(Step(_("Manager agrees to the leave"), by="manager"),)),
        approval(
            "oa.large_claim", _("Expense claim over 20,000"), entity="oa.expense_claim", transition="submit",
            conditions=({"field": "total", "op": "gt", "value": "20000"},),
            steps=(Step(_("Manager agrees to the expenses"), by="manager"),
                   Step(_("Director agrees to a large claim"), by="role", value="oa.director"))),
        approval(
            "oa.claim", _("Expense claim"), entity="oa.expense_claim", transition="submit",
            steps=(Step(_("Manager agrees to the expenses"), by="manager"),)),
    ),
    settings=(
        Setting("oa.weekend", _("Days off each week"), "6 7",
                help=_("Numbers of the days, Monday is 1: “6 7” stands for Saturday and Sunday")),
        Setting("oa.day_start", _("Timetable of rooms begins at"), 8),
        Setting("oa.day_end", _("Timetable of rooms ends at"), 20),
    ),
    icon="briefcase",
)
