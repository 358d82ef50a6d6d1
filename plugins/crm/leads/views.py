"""How leads look."""

from sqlalchemy import func, select

from kernel import (
    BoardView,
    Figure,
    FormView,
    ListView,
    Menu,
    MenuItem,
    Section,
    Tab,
    _,
    card,
    first_step,
    made,
    session,
)
from plugins.crm.leads.models import Lead

ListView(
    "crm.lead", "number name contact_name state owner source budget follow_up_on", filters="state owner source",
    sort="-number", totals="budget", activities=True,
    tabs=(Tab(_("Open"), "state=new,contacted,nurture,qualified"), Tab(_("Mine"), "owner=me"),
          Tab(_("Converted"), "state=converted")))

FormView(
    "crm.lead",
    Section("", "name person owner source state budget follow_up_on with_opportunity"),
    Section(_("Contact"), "contact_name job_title email phone website country tax_id"),
    Section(_("Need"), "need customer reason converted_at"),
    subtitle="contact_name source budget")

BoardView("crm.lead", by="state", card="contact_name source budget owner", total="budget",
          hide="converted unqualified junk")

Menu(
    "crm",
    MenuItem(_("Leads"), "crm.lead", "user-search"),
    MenuItem(_("Opportunities"), "crm.opportunity/board", "target-arrow"),
    MenuItem(_("Customers"), "kernel.party?is_customer=1", "address-book"),
    icon="target-arrow", order=10)


@card(_("Open leads"), href="/crm/lead?f.state=new,contacted,nurture,qualified", needs="crm.lead", order=10)
def open_leads() -> Figure:
    """Count the leads that somebody still has to decide on."""
    states = ("new", "contacted", "nurture", "qualified")
    counted = dict(session().execute(
        select(Lead.state, func.count()).where(Lead.state.in_(states), Lead.archived.is_(False))
        .group_by(Lead.state)).all())
    return Figure(sum(counted.values()), note=_("{count} not yet contacted", count=counted.get("new", 0)))


first_step(
    "crm.first_lead", _("Note down a lead"), needs="crm.lead", may="create", order=12, href="/crm/lead/new",
    why=_("Whoever may buy one day is not forgotten, and you see what becomes of it."), point="#f-name",
    hint=_("A name is enough; what comes next is told by its state."), done=made("crm.lead"))
