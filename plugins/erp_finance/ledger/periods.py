"""Close months and open them again."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from kernel import Refusal, _, actor, as_system, session, update_rows, workflow_of
from plugins.erp_finance.afresh import read_afresh
from plugins.erp_finance.ledger.models import Entry, Period

drafts: list[tuple[type[Any], Callable[[Period], ColumnElement[bool]]]] = [
    (Entry, lambda period: Entry.day.between(period.first_day, period.last_day))]
"""The documents a month may not be closed over while they are drafts; invoices and payments add theirs."""


def close_periods(periods: Sequence[Period]) -> None:
    """Close months; raises Refusal DRAFTS, EARLIER_OPEN or ALREADY_CLOSED."""
    _run("close", periods)


def reopen_periods(periods: Sequence[Period]) -> None:
    """Open closed months again, the newest first; raises Refusal LATER_CLOSED."""
    _run("reopen", periods)


def _run(action: str, periods: Sequence[Period]) -> None:
    flow = workflow_of(Period)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Periods have no workflow"))
    flow.run(action, periods)


def no_drafts(periods: Sequence[Period]) -> Iterable[Refusal]:
    """Refuse months that documents still in draft fall into."""
    with as_system("look for drafts in the period") as system:
        for cls, within in drafts:
            clauses = [within(period) for period in periods]
            company = {period.company_id for period in periods}
            count = system.scalar(select(func.count(cls.id)).where(
                cls.company_id.in_(company), cls.state.in_(("draft", "submitted")), cls.archived.is_(False),
                or_(*clauses)))
            if count:
                yield Refusal(
                    "DRAFTS", _("{count} documents of this time are drafts: {kind}", count=count,
                                kind=cls.__plural__), record=periods[0], actual=count, allowed=0,
                    fix=_("Post or delete them first"))


def oldest_first(periods: Sequence[Period]) -> Iterable[Refusal]:
    """Refuse months while an earlier one with vouchers is open, but for those closed along with them."""
    closing = {period.id for period in periods}
    last = max(periods, key=lambda period: period.first_day)
    with as_system("is an earlier period open") as system:
        filled = select(Entry.id).where(
            Entry.company_id == Period.company_id, Entry.day >= Period.first_day, Entry.day <= Period.last_day).exists()
        earlier = system.execute(
            select(Period.id, Period.name).where(
                Period.company_id == last.company_id, Period.first_day < last.first_day, Period.state == "open", filled)
            .order_by(Period.first_day)).all()
    for id_, name in earlier:
        if id_ not in closing:
            yield Refusal("EARLIER_OPEN", _("{earlier} is open still: close it before {period}", earlier=name,
                                            period=last.name), record=last, actual=name,
                          fix=_("Close the months in their order"))
            return


def reopenable(periods: Sequence[Period]) -> Iterable[Refusal]:
    """Refuse to reopen a month before those that come after it."""
    opening = {period.id for period in periods}
    first = min(periods, key=lambda period: period.first_day)
    with as_system("is a later period closed") as system:
        later = system.execute(
            select(Period.id, Period.name).where(
                Period.company_id == first.company_id, Period.first_day > first.first_day, Period.state == "closed")
            .order_by(Period.first_day.desc())).all()
    for id_, name in later:
        if id_ not in opening:
            yield Refusal("LATER_CLOSED", _("{later} is closed: reopen it before {period}", later=name,
                                            period=first.name), record=first, actual=name,
                          fix=_("Reopen the newest month first"))
            return


def close_months(periods: Sequence[Period]) -> None:
    """Note who closed and when: the effect of closing."""
    _note(periods, {"closed_at": session().now, "closed_by_id": actor().user_id})


def open_months(periods: Sequence[Period]) -> None:
    """Forget who closed: the effect of reopening; the audit trail remembers."""
    _note(periods, {"closed_at": None, "closed_by_id": None})


def _note(periods: Sequence[Period], values: dict[str, object]) -> None:
    with as_system("note who closed the period"):
        update_rows(Period, [{"id": period.id, **values} for period in periods])
    read_afresh(periods)
