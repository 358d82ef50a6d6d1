"""How invoices look, and what they say on parties and orders."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import case, extract, func, select

from kernel import (
    Entity,
    Figure,
    FormView,
    LinesView,
    ListView,
    Panel,
    Party,
    ReportTable,
    Section,
    Tab,
    Text,
    _,
    actor,
    amount,
    card,
    company_currency,
    panel,
    session,
)
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.invoices.hooks import owed_on
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.payments.models import Allocation, Payment

ListView(
    "erp_finance.invoice", "number party employee day due_on source state total outstanding",
    filters="state kind party employee day due_on", sort="-id", totals="total outstanding",
    phone="number total party due_on state outstanding",
    tabs=(Tab(_("Customers"), "kind=sale"), Tab(_("Suppliers"), "kind=purchase"), Tab(_("Claims"), "kind=claim"),
          Tab(_("Drafts"), "state=draft")))

ListView(
    "erp_finance.invoice_line",
    "invoice invoice.party invoice.day product description quantity unit_price account net",
    filters="product invoice.party invoice.kind invoice.state invoice.day account tax", sort="-id",
    totals="net", phone="description net invoice.party quantity invoice invoice.day")

FormView(
    "erp_finance.invoice",
    Section("", "kind party employee day payment_days due_on reference source"),
    Section(_("Payment"), "outstanding currency exchange_rate base_total base_outstanding settled_on"),
    Section(_("More"), "reversal_of reversed_on posted_at comment"),
    lines=(LinesView(
        "lines", "product description quantity unit unit_price discount tax account net",
        formula="quantity * unit_price * (1 - discount / 100)", sums="subtotal tax_amount total"),),
    subtitle="party total due_on")

OPEN = (Invoice.state == "posted", Invoice.settled_on.is_(None), Invoice.historical.is_(False))


@panel("kernel.party", _("Owed"), icon="coins", priority=35, needs="erp_finance.invoice")
def owed_by_party(parties: Sequence[Party]) -> list[Panel | None]:
    """Show what a party owes, how much of it is overdue, and what it is owed."""
    ids = [party.id for party in parties]
    today = session().today
    owed = owed_on(today, ids)
    rows = session().execute(
        select(Invoice.party_id, func.sum(case(
            ((Invoice.kind == "sale") & (Invoice.due_on < today), Invoice.base_outstanding), else_=amount(0))),
            func.sum(case((Invoice.kind == "purchase", Invoice.base_outstanding), else_=amount(0))))
        .where(Invoice.company_id == actor().company_id, Invoice.party_id.in_(ids), *OPEN).group_by(Invoice.party_id))
    late = {party: (overdue, ours) for party, overdue, ours in rows}
    panels: list[Panel | None] = []
    for party in ids:
        overdue, ours = late.get(party, (ZERO, ZERO))
        shown = [(label, value) for label, value in (
            (_("Owes us"), owed.get(party, ZERO)), (_("of it overdue"), overdue), (_("We owe"), ours)) if value]
        panels.append(Panel(shown, (_("All invoices"), f"/erp_finance/invoice?f.party={party}")) if shown else None)
    return panels


@panel("erp_sales.order", _("Invoices and payments"), icon="file-invoice", priority=40, needs="erp_finance.invoice")
def invoices_of_sale(orders: Sequence[Entity]) -> list[Panel | None]:
    """Show what was invoiced of an order and what of it is paid."""
    return _invoiced("erp_sales.order", orders)


@panel("erp_purchase.order", _("Invoices and payments"), icon="file-invoice", priority=40, needs="erp_finance.invoice")
def invoices_of_purchase(orders: Sequence[Entity]) -> list[Panel | None]:
    """Show what a supplier invoiced of an order and what of it is paid."""
    return _invoiced("erp_purchase.order", orders)


def _invoiced(entity: str, orders: Sequence[Entity]) -> list[Panel | None]:
    rows = session().execute(
        select(Invoice.source_id, func.count(), func.sum(Invoice.total), func.sum(Invoice.outstanding))
        .where(Invoice.source_entity == entity, Invoice.source_id.in_([order.id for order in orders]),
               Invoice.state != "draft").group_by(Invoice.source_id))
    found = {source: (count, total, left) for source, count, total, left in rows}
    payments = _payments(entity, orders)
    panels: list[Panel | None] = []
    for order in orders:
        if order.id not in found:
            panels.append(None)
            continue
        count, total, left = found[order.id]
        shown: list[tuple[Text, object]] = [
            (_("Invoices"), count), (_("Invoiced"), total), (_("Payments"), payments.get(order.id, 0)),
            (_("Left to pay"), left)]
        paid = int((total - left) / total * 100) if total else 100
        panels.append(Panel(shown, (_("All invoices"), f"/erp_finance/invoice?f.source={order.id}"), percent=paid))
    return panels


def _payments(entity: str, orders: Sequence[Entity]) -> dict[int, int]:
    rows = session().execute(
        select(Invoice.source_id, func.count(Allocation.payment_id.distinct()))
        .join(Allocation, Allocation.invoice_id == Invoice.id).join(Payment, Payment.id == Allocation.payment_id)
        .where(Invoice.source_entity == entity, Invoice.source_id.in_([order.id for order in orders]),
               Allocation.day.is_not(None), Allocation.undone_on.is_(None)).group_by(Invoice.source_id))
    return {source: count for source, count in rows if source is not None}


def _open(kinds: Sequence[str], until: dt.date) -> tuple[Decimal, int]:
    total, count = session().execute(
        select(func.sum(Invoice.base_outstanding), func.count(Invoice.id))
        .where(Invoice.company_id == actor().company_id, Invoice.kind.in_(kinds), Invoice.due_on < until, *OPEN)).one()
    return total or ZERO, count


@card(_("Overdue from customers"), href="/reports/erp_finance.receivables_ageing", needs="erp_finance.invoice",
      order=32, board=True)
def overdue() -> Figure:
    """Sum up what customers should have paid by now."""
    total, count = _open(("sale",), session().today)
    return Figure(total, unit=company_currency().code, good="less", note=_("{count} invoices", count=count))


@card(_("To pay this week"), href="/reports/erp_finance.payables_ageing", needs="erp_finance.invoice", order=33,
      board=True)
def due_this_week() -> Figure:
    """Sum up what suppliers and employees are to be paid until Sunday, late payments included."""
    today = session().today
    total, count = _open(("purchase", "claim"), today + dt.timedelta(days=7 - today.weekday()))
    return Figure(total, unit=company_currency().code, good="less", note=_("{count} invoices", count=count))


@card(_("Revenue by month"), width=6, href="/reports/erp_finance.profit_and_loss", needs="erp_finance.invoice",
      order=35)
def revenue_by_month() -> ReportTable:
    """Sum up what was invoiced to customers in each of the last twelve months, before tax."""
    today = session().today
    first = today.replace(year=today.year - 1, day=1) + dt.timedelta(days=32)
    year, month = extract("year", Invoice.day), extract("month", Invoice.day)
    found = session().execute(
        select(year, month, Invoice.exchange_rate, func.sum(Invoice.subtotal))
        .where(Invoice.company_id == actor().company_id, Invoice.kind == "sale", Invoice.state != "draft",
               Invoice.day >= first.replace(day=1))
        .group_by(year, month, Invoice.exchange_rate))
    sums: dict[str, Decimal] = {}
    for of_year, of_month, rate, subtotal in found:
        name = f"{int(of_year)}-{int(of_month):02}"
        sums[name] = sums.get(name, ZERO) + subtotal * rate
    return ReportTable(
        columns=(("month", _("Month"), "text"), ("revenue", _("Revenue"), "money")),
        rows=sorted(sums.items()), chart=("bar", "month", ("revenue",)))
