"""What is left to pay of an invoice: total − payments allocated − reversals. The one formula, and its one writer."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import aliased

from kernel import amount, as_system, session, update_rows
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.payments.models import Allocation


def outstanding_sql(base: bool = False, day: dt.date | None = None) -> ColumnElement[Decimal]:
    """Give what is left to pay of each invoice of a query, now or at the end of a day, in its or our currency."""
    total = Invoice.base_total if base else Invoice.total
    return total - _allocated(Allocation.base if base else Allocation.amount, day) - _reversed(base, day)


def open_on(day: dt.date) -> ColumnElement[bool]:
    """Say which posted invoices may have had something left to pay at the end of a day; reversing ones never have."""
    return and_(
        Invoice.state.in_(("posted", "reversed")), Invoice.reversal_of_id.is_(None), Invoice.historical.is_(False),
        Invoice.day <= day, or_(Invoice.settled_on.is_(None), Invoice.settled_on > day))


def refresh_outstanding(invoices: Iterable[int], day: dt.date) -> dict[int, Decimal]:
    """Write anew what is left to pay of invoices, and give it by id; `day` is when the last of it was settled."""
    ids = sorted(set(invoices))
    if not ids:
        return {}
    last = select(func.max(Allocation.day)).where(
        Allocation.invoice_id == Invoice.id, Allocation.undone_on.is_(None)).correlate(Invoice).scalar_subquery()
    with as_system("what is left to pay") as system:
        rows = system.execute(
            select(Invoice.id, outstanding_sql(), outstanding_sql(base=True), last).where(Invoice.id.in_(ids))).all()
        update_rows(Invoice, [
            {"id": id_, "outstanding": left, "base_outstanding": base,
             "settled_on": None if left else max(day, latest or day)}
            for id_, left, base, latest in rows])
    return {id_: left for id_, left, _base, _latest in rows}


def lock_invoices(invoices: Iterable[int]) -> dict[int, Any]:
    """Lock invoices until the transaction ends and give, by id, what they are about and what is left to pay.

    Their keys stay free for others' drafts to refer to: those who allocate at once would wait for each other.
    """
    session().flush()
    with as_system("lock invoices to be paid") as system:
        rows = system.execute(
            select(Invoice.id, Invoice.number, Invoice.day, Invoice.kind, Invoice.state, Invoice.party_id,
                   Invoice.employee_id, Invoice.currency_id, Invoice.outstanding, Invoice.base_outstanding,
                   Invoice.total, Invoice.historical, Invoice.reversal_of_id, Invoice.source_entity, Invoice.source_id,
                   Invoice.source_title)
            .where(Invoice.id.in_(set(invoices))).order_by(Invoice.id).with_for_update(key_share=True))
        return {row.id: row for row in rows}


def _allocated(column: Any, day: dt.date | None) -> ColumnElement[Decimal]:
    """Sum up what payments were allocated: those that count have a day, and none on which they were undone."""
    counts = [Allocation.day.is_not(None), Allocation.undone_on.is_(None)] if day is None else [
        Allocation.day <= day, or_(Allocation.undone_on.is_(None), Allocation.undone_on > day)]
    asked: ScalarSelect[Decimal] = select(func.coalesce(func.sum(column), amount(0))).where(
        Allocation.invoice_id == Invoice.id, *counts).correlate(Invoice).scalar_subquery()
    return asked


def _reversed(base: bool, day: dt.date | None) -> ColumnElement[Decimal]:
    """Sum up what reversing invoices, whose totals are negative, took back."""
    other = aliased(Invoice)
    total = other.base_total if base else other.total
    clauses = [other.reversal_of_id == Invoice.id, other.state != "draft"]
    if day is not None:
        clauses.append(other.day <= day)
    taken: ScalarSelect[Decimal] = select(func.coalesce(func.sum(amount(0) - total), amount(0))).where(
        *clauses).correlate(Invoice).scalar_subquery()
    return taken
