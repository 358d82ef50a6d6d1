"""How opportunities look."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import func, select

from kernel import (
    BoardView,
    Company,
    Figure,
    FormView,
    LinesView,
    ListView,
    Parameter,
    ReportTable,
    Rows,
    Section,
    Tab,
    _,
    actor,
    card,
    format_number,
    report,
    session,
    workflow_of,
)
from plugins.crm.opportunities.models import Opportunity
from plugins.crm.opportunities.workflow import STAGES

ListView(
    "crm.opportunity", "number name customer stage amount weighted closes_on owner", filters="stage owner customer",
    sort="closes_on", totals="amount weighted", activities=True,
    tabs=(Tab(_("Pipeline"), "stage=need,qualified,proposal,negotiation,commit"), Tab(_("Mine"), "owner=me"),
          Tab(_("Won"), "stage=won")))

FormView(
    "crm.opportunity",
    Section("", "name customer contact owner stage amount closes_on source"),
    Section(_("Next step"), "next_step next_step_on description"),
    Section(_("Outlook"), "probability weighted stage_since lost_reason lead"),
    lines=(LinesView("lines", "product quantity unit_price"),),
    subtitle="customer amount closes_on")

BoardView("crm.opportunity", by="stage", card="customer amount closes_on next_step owner", total="amount")


@card(_("Weighted pipeline"), href="/crm/opportunity/board", needs="crm.opportunity",
    shows="crm.opportunity.amount crm.opportunity.weighted", order=11)
def weighted_pipeline() -> Figure:
    """Sum up what the open opportunities are worth, each by how likely it is."""
    weighted, amount, count = session().execute(
        select(func.sum(Opportunity.weighted), func.sum(Opportunity.amount), func.count())
        .where(Opportunity.stage.in_(STAGES), Opportunity.archived.is_(False))).one()
    company = session().get(Company, actor().company_id)
    return Figure(weighted or Decimal(0), unit=company.currency if company else "",
                  note=_("{count} open, {amount} in all", count=count, amount=format_number(amount or 0, 0)))


def _closing_href() -> str:
    today = session().today
    return (f"/crm/opportunity?f.stage={','.join(STAGES)}&f.closes_on.from={today}"
            f"&f.closes_on.to={today + dt.timedelta(days=30)}&sort=closes_on")


@card(_("Closing in the next 30 days"), width=6, href=_closing_href, needs="crm.opportunity",
    shows="crm.opportunity.amount crm.opportunity.closes_on", order=20)
def closing_soon() -> Rows:
    """List the open opportunities that should be decided soon."""
    today = session().today
    found = session().scalars(
        select(Opportunity)
        .where(Opportunity.stage.in_(STAGES), Opportunity.archived.is_(False),
               Opportunity.closes_on.between(today, today + dt.timedelta(days=30)))
        .order_by(Opportunity.closes_on, Opportunity.id).limit(6)).all()
    return Rows(
        columns=((_("Opportunity"), "text"), (_("Closes on"), "date"), (_("Amount"), "money")),
        rows=[(f"/crm/opportunity/{each.id}", (each.name, each.closes_on, each.amount)) for each in found])


@report(_("Pipeline by stage"), Parameter("owner", _("Owner"), "integer"), needs="crm.opportunity",
    shows="crm.opportunity.amount crm.opportunity.weighted", icon="filter",
        help=_("Open opportunities at each stage, with their amounts as they are and weighted by probability"))
def pipeline(owner: int | None = None) -> ReportTable:
    """Count and sum the opportunities at each stage."""
    wanted = select(Opportunity.stage, func.count(), func.sum(Opportunity.amount), func.sum(Opportunity.weighted)) \
        .where(Opportunity.archived.is_(False)).group_by(Opportunity.stage)
    if owner is not None:
        wanted = wanted.where(Opportunity.owner_id == owner)
    nothing = Decimal(0)
    found = {
        stage: (count, amount or nothing, weighted or nothing)
        for stage, count, amount, weighted in session().execute(wanted)}
    figures = [found.get(stage, (0, nothing, nothing)) for stage in STAGES]
    flow = workflow_of(Opportunity)
    labels = {code: state.label for code, state in flow.states.items()} if flow else {}
    rows = [(labels.get(stage, stage), *values) for stage, values in zip(STAGES, figures, strict=True)]
    return ReportTable(
        columns=(("stage", _("Stage"), "text"), ("count", _("Opportunities"), "integer"),
                 ("amount", _("Amount"), "money"), ("weighted", _("Weighted"), "money")),
        rows=rows, chart=("bar", "stage", ("amount", "weighted")),
        totals={"count": sum(each[0] for each in figures), "amount": sum((each[1] for each in figures), nothing),
                "weighted": sum((each[2] for each in figures), nothing)},
        links=[f"/crm/opportunity?f.stage={stage}" for stage in STAGES])
