"""Who owes how much for how long: ageing of customers and suppliers, as of any day; the tax of a time."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import Select, func, or_, select

from kernel import Employee, Parameter, Party, ReportTable, Tax, _, actor, amount, report, session
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.invoices.models import Invoice, InvoiceLine
from plugins.erp_finance.invoices.outstanding import open_on, outstanding_sql
from plugins.erp_finance.ledger.reports import AS_OF, UNTIL
from plugins.erp_finance.payments.models import Allocation, Payment

FROM = Parameter("first", _("From"), "date", usual=lambda: session().today.replace(day=1))
BUCKETS = (("not_due", _("Not due")), ("to_30", _("1–30 days")), ("to_60", _("31–60 days")), ("to_90", _("61–90 days")),
           ("over_90", _("Over 90 days")))


def bucket(days_late: int) -> int:
    """Give the place of an age among `BUCKETS`."""
    return 0 if days_late <= 0 else min((days_late - 1) // 30 + 1, 4)


@report(_("Ageing of customers"), AS_OF, needs="erp_finance.invoice", icon="clock-dollar",
        help=_("What customers owed at the end of a day, by how long it had been due; advances taken off"))
def receivables_ageing(day: dt.date | None = None) -> ReportTable:
    """Sort what customers owe by the days since it was due."""
    return _ageing(("sale",), "in", day or session().today)


@report(_("Ageing of suppliers"), AS_OF, needs="erp_finance.invoice", icon="clock-dollar",
        help=_("What we owed suppliers and employees at the end of a day, by how long it had been due"))
def payables_ageing(day: dt.date | None = None) -> ReportTable:
    """Sort what the company owes by the days since it was due."""
    return _ageing(("purchase", "claim"), "out", day or session().today)


@report(_("Tax of a time"), FROM, UNTIL, needs="erp_finance.invoice", icon="receipt-tax",
        help=_("Output tax less input tax, by tax"))
def taxes(first: dt.date | None = None, last: dt.date | None = None) -> ReportTable:
    """Sum up the tax on sales and purchases of a time, this month's by default, in the company's currency."""
    last = last or session().today
    first = first or last.replace(day=1)
    found = session().execute(
        select(Invoice.kind, Tax.code, Invoice.exchange_rate, func.sum(InvoiceLine.net),
               func.sum(InvoiceLine.tax_amount))
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id).outerjoin(Tax, Tax.id == InvoiceLine.tax_id)
        .where(Invoice.company_id == actor().company_id, Invoice.state != "draft", Invoice.day.between(first, last))
        .group_by(Invoice.kind, Tax.code, Invoice.exchange_rate))
    sums: dict[str, list[Decimal]] = {}
    for kind, code, rate, net, tax in found:
        row = sums.setdefault(code or "-", [ZERO] * 4)
        side = 0 if kind == "sale" else 2
        row[side] += net * rate
        row[side + 1] += tax * rate
    rows = [(code, *row, row[1] - row[3]) for code, row in sorted(sums.items())]
    names = ("sales", "output_tax", "purchases", "input_tax", "due")
    return ReportTable(
        columns=(("tax", _("Tax"), "text"), ("sales", _("Sales"), "money"), ("output_tax", _("Output tax"), "money"),
                 ("purchases", _("Purchases"), "money"), ("input_tax", _("Input tax"), "money"),
                 ("due", _("To pay"), "money")),
        rows=rows, totals={name: _sum(row[at] for row in rows) for at, name in enumerate(names, 1)})  # type: ignore[misc]  # figures


def _ageing(kinds: tuple[str, ...], direction: str, day: dt.date) -> ReportTable:
    left = outstanding_sql(base=True, day=day)
    found = session().execute(
        select(Invoice.party_id, Invoice.employee_id, Invoice.due_on, func.sum(left))
        .where(Invoice.company_id == actor().company_id, Invoice.kind.in_(kinds), open_on(day))
        .group_by(Invoice.party_id, Invoice.employee_id, Invoice.due_on))
    sums: dict[tuple[int | None, int | None], list[Decimal]] = {}
    for party, employee, due_on, open_ in found:
        if open_:
            sums.setdefault((party, employee), [ZERO] * 6)[bucket((day - due_on).days)] += open_
    for party, employee, advance in session().execute(_advances(direction, day)):
        if advance:
            sums.setdefault((party, employee), [ZERO] * 6)[5] -= advance
    names = _names(sums)
    order = sorted(sums, key=lambda key: (-_sum(sums[key]), str(key)))
    rows = [(names.get(key, str(_("(not open to you)"))), *sums[key], _sum(sums[key])) for key in order]
    columns = [(name, label, "money") for name, label in BUCKETS]
    return ReportTable(
        columns=(("party", _("Party"), "text"), *columns, ("advance", _("Advances"), "money"),
                 ("total", _("Total"), "money")),
        rows=rows, chart=("stacked", "party", [name for name, _label in BUCKETS]),
        totals={name: _sum(row[at] for row in rows)  # type: ignore[misc]  # figures
                for at, name in enumerate([*(name for name, _label in BUCKETS), "advance", "total"], 1)},
        links=[_link(key) for key in order])


def _advances(direction: str, day: dt.date) -> Select[int | None, int | None, Decimal]:
    """Ask for the payments of a direction that weren't allocated by the end of a day, in the company's currency."""
    counts = or_(Allocation.undone_on.is_(None), Allocation.undone_on > day)
    used = select(func.coalesce(func.sum(Allocation.base_paid), amount(0))).where(
        Allocation.payment_id == Payment.id, Allocation.day > day, counts).correlate(Payment).scalar_subquery()
    return select(Payment.party_id, Payment.employee_id, func.sum(Payment.base_unallocated + used)).where(
        Payment.company_id == actor().company_id, Payment.direction == direction, Payment.day <= day,
        Payment.state.in_(("posted", "undone")), or_(Payment.undone_on.is_(None), Payment.undone_on > day),
    ).group_by(Payment.party_id, Payment.employee_id)


def _names(keys: Iterable[tuple[int | None, int | None]]) -> dict[tuple[int | None, int | None], str]:
    parties = {party for party, _employee in keys if party}
    employees = {employee for _party, employee in keys if employee}
    found: dict[tuple[int | None, int | None], str] = {}
    if parties:
        for id_, name in session().execute(select(Party.id, Party.name).where(Party.id.in_(parties))):
            found[id_, None] = name
    if employees:
        for id_, name in session().execute(select(Employee.id, Employee.name).where(Employee.id.in_(employees))):
            found[None, id_] = name
    return found


def _link(key: tuple[int | None, int | None]) -> str:
    party, employee = key
    return f"/erp_finance/invoice?f.party={party}" if party else f"/erp_finance/invoice?f.employee={employee}"


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)
