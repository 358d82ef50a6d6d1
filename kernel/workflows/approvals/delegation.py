"""Deputies: who acts for whom, from when until when, and for which approvals. The principal may still act too."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from kernel.entities.remembered import Remembered
from kernel.entities.work import actor, as_system, current_work, session
from kernel.errors import Forbidden, Invalid, NotFound, Problem, Refusal
from kernel.i18n import _
from kernel.identity.models import User
from kernel.permissions.models import Share
from kernel.workflows.approvers import active_users
from kernel.workflows.models import ApprovalDelegation, ApprovalRun, ApprovalTask

__all__ = [
    "delegate", "deputies_of", "end_delegation", "let_read", "my_delegations", "principals_of", "share_with_deputies",
    "waits_for",
]

LONGEST = 366
"""Days a delegation may last: a longer one is a change of roles."""


@dataclass(frozen=True, slots=True)
class _Delegated:
    """A delegation as it is remembered: `flows` None for all approvals."""

    principal: int
    deputy: int
    starts_on: dt.date
    ends_on: dt.date
    flows: frozenset[str] | None

    def meets(self, other: "_Delegated") -> bool:
        """Say whether two delegations hold on a common day for a common approval."""
        return (self.starts_on <= other.ends_on and other.starts_on <= self.ends_on
                and (self.flows is None or other.flows is None or bool(self.flows & other.flows)))


_all: Remembered[None, Sequence[_Delegated]] = Remembered("delegations", ApprovalDelegation)


def _known() -> Sequence[_Delegated]:
    return _all.get(None, _load)


def _load() -> Sequence[_Delegated]:
    table = ApprovalDelegation.__table__.c
    rows = current_work().connection.execute(
        select(table.principal_id, table.deputy_id, table.starts_on, table.ends_on, table.flows)
        .where(table.archived.is_(False)).order_by(table.id))
    return [_Delegated(row.principal_id, row.deputy_id, row.starts_on, row.ends_on,
                       frozenset(row.flows) if row.flows else None) for row in rows]


def _chain(start: int, step: Mapping[int, Iterable[_Delegated]], *, up: bool) -> dict[int, frozenset[str] | None]:
    """Follow delegations from somebody on, as deputies have deputies of their own; each with the approvals left."""
    found: dict[int, frozenset[str] | None] = {}
    waiting: list[tuple[int, frozenset[str] | None]] = [(start, None)]
    while waiting:
        here, scope = waiting.pop(0)
        for each in step.get(here, ()):
            there = each.principal if up else each.deputy
            left = each.flows if scope is None else scope if each.flows is None else scope & each.flows
            if there == start or there in found or (left is not None and not left):
                continue
            found[there] = left
            waiting.append((there, left))
    return found


def principals_of(user_id: int | None, today: dt.date) -> dict[int, frozenset[str] | None]:
    """Give those for whom somebody may act today, with the codes of the approvals it is for, None for all."""
    by_deputy: dict[int, list[_Delegated]] = {}
    for each in _known():
        if each.starts_on <= today <= each.ends_on:
            by_deputy.setdefault(each.deputy, []).append(each)
    return _chain(user_id, by_deputy, up=True) if user_id in by_deputy and user_id is not None else {}


def deputies_of(user_id: int, flow: str, today: dt.date) -> list[int]:
    """Give those who may act for somebody today in an approval."""
    by_principal: dict[int, list[_Delegated]] = {}
    for each in _known():
        if each.starts_on <= today <= each.ends_on:
            by_principal.setdefault(each.principal, []).append(each)
    return [id_ for id_, flows in _chain(user_id, by_principal, up=False).items() if flows is None or flow in flows]


def waits_for(user_id: int | None, today: dt.date) -> ColumnElement[bool]:
    """Say in SQL which tasks are somebody's to decide: their own and those of whom they stand in for.

    Nobody decides about a document of their own as a deputy.
    """
    mine: list[ColumnElement[bool]] = [ApprovalTask.approver_id == user_id]
    for principal, flows in principals_of(user_id, today).items():
        runs = select(ApprovalRun.id).where(ApprovalRun.initiator_id != user_id, ApprovalRun.outcome == "running")
        if flows is not None:
            runs = runs.where(ApprovalRun.flow.in_(sorted(flows)))
        mine.append(and_(ApprovalTask.approver_id == principal, ApprovalTask.run_id.in_(runs)))
    return or_(*mine)


def let_read(run: ApprovalRun, user_ids: Iterable[int], *, as_deputies: bool = False) -> None:
    """Open a run's document to people, where it isn't already; to deputies the run too. As the system.

    Whoever has a task of a run sees the run by that.
    """
    system = session()
    wanted = set(user_ids) - {run.initiator_id}
    if not wanted:
        return
    known = {(row.entity, row.user_id) for row in system.execute(select(Share.entity, Share.user_id).where(
        Share.user_id.in_(wanted), Share.archived.is_(False),
        or_(and_(Share.entity == run.entity, Share.record_id == run.record_id),
            and_(Share.entity == "kernel.approval_run", Share.record_id == run.id))))}
    for entity, id_ in ((run.entity, run.record_id), ("kernel.approval_run", run.id))[:2 if as_deputies else 1]:
        for user_id in sorted(wanted):
            if (entity, user_id) not in known:
                system.add(Share(entity=entity, record_id=id_, user_id=user_id, mode="read"))


def share_with_deputies() -> None:
    """Open what waits for principals to the deputies whose days have begun, and to the deputies of these."""
    with as_system("open documents to deputies") as system:
        today = system.today
        principals = {each.principal for each in _known() if each.starts_on <= today <= each.ends_on}
        if not principals:
            return
        rows = system.execute(
            select(ApprovalTask.approver_id, ApprovalRun).join(ApprovalRun, ApprovalRun.id == ApprovalTask.run_id)
            .where(ApprovalTask.approver_id.in_(principals), ApprovalTask.outcome.in_(("waiting", "later")))).all()
        for approver_id, run in rows:
            let_read(run, deputies_of(approver_id, run.flow, today), as_deputies=True)
        system.flush()


def delegate(
    deputy_id: int, starts_on: dt.date, ends_on: dt.date, flows: Sequence[str] = (), note: str | None = None
) -> int:
    """Let somebody act for the current person; gives the delegation's id. `flows` names approvals, none means all.

    Raises Invalid for impossible days or oneself, Refusal DELEGATION_LOOP where the deputy's own tasks would come
    back to whoever delegates.
    """
    me = actor().user_id
    problems = []
    if me is None:
        raise Forbidden("FORBIDDEN", _("Only a person can have a deputy"))
    if deputy_id == me:
        problems.append(Problem("deputy", _("Choose somebody else as your deputy"), "DELEGATE_SELF"))
    if ends_on < starts_on:
        problems.append(Problem("ends_on", _("The last day is before the first"), "DAYS"))
    elif ends_on < session().today:
        problems.append(Problem("ends_on", _("The last day is over already"), "DAYS"))
    elif (ends_on - starts_on).days > LONGEST:
        problems.append(Problem("ends_on", _("A delegation lasts a year at most"), "DAYS"))
    with as_system("delegate approvals") as system:
        if not active_users([deputy_id]):
            problems.append(Problem("deputy", _("Choose somebody who can sign in"), "USER"))
        if problems:
            raise Invalid(problems)
        new = _Delegated(me, deputy_id, starts_on, ends_on, frozenset(flows) or None)
        _refuse_loop(new)
        made = ApprovalDelegation(
            principal_id=me, deputy_id=deputy_id, starts_on=starts_on, ends_on=ends_on,
            flows=sorted(flows) or None, note=(note or "").strip() or None)
        system.add(made)
        system.flush()
        share_with_deputies()
        return made.id


def _refuse_loop(new: _Delegated) -> None:
    """Follow the deputy's own delegations while they hold together with the new one: none may lead back."""
    reached, waiting = {new.deputy}, [new.deputy]
    while waiting:
        here = waiting.pop()
        for each in _known():
            if each.principal != here or not each.meets(new):
                continue
            if each.deputy == new.principal:
                names = {row.id: row.name for row in session().execute(
                    select(User.id, User.name).where(User.id.in_((new.deputy, here))))}
                raise Refusal(
                    "DELEGATION_LOOP",
                    _("{deputy} can't stand in for you: {other} has delegated to you in these days",
                      deputy=names[new.deputy], other=names[here]),
                    fix=_("Choose another deputy, other days or other approvals"))
            if each.deputy not in reached:
                reached.add(each.deputy)
                waiting.append(each.deputy)


def my_delegations() -> Sequence[ApprovalDelegation]:
    """List the delegations of the current person and those in which they are the deputy, the latest first."""
    me = actor().user_id
    with as_system("list somebody's delegations") as system:
        found = system.scalars(
            select(ApprovalDelegation).where(
                or_(ApprovalDelegation.principal_id == me, ApprovalDelegation.deputy_id == me),
                ApprovalDelegation.archived.is_(False), ApprovalDelegation.ends_on >= system.today)
            .order_by(ApprovalDelegation.starts_on.desc(), ApprovalDelegation.id.desc())).all()
        for each in found:
            _names = each.principal.name, each.deputy.name
        return found


def end_delegation(delegation_id: int) -> None:
    """End a delegation at once; only the principal may."""
    me = actor().user_id
    with as_system("end a delegation") as system:
        found = system.get(ApprovalDelegation, delegation_id)
        if found is None or found.archived:
            raise NotFound("DELEGATION", _("This delegation isn't there"))
        if found.principal_id != me:
            raise Forbidden("FORBIDDEN", _("Only who has delegated can end it"))
        found.archived = True
        system.flush()
