"""The guided first walk: a card on home with the first steps that fit the person, each leading to where one presses."""

from collections.abc import Collection
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, make_response, redirect, request
from sqlalchemy import insert, select, update

from kernel.entities.work import actor, session
from kernel.errors import NotFound
from kernel.i18n import _
from kernel.identity.models import FirstWalk
from kernel.permissions.rights import rights
from kernel.web.declare import FirstStep, first_step, views
from kernel.web.made import made
from kernel.web.screen.walk import WalkCard, WalkStep
from kernel.web.serving import Answer, served
from kernel.workflows.models import ApprovalTask

__all__ = ["blueprint", "walk_card"]

blueprint = Blueprint("walk", __name__)
MOST = 6
"""Steps on the card: more would be a course."""


def _inbox_of_mine() -> str:
    """Lead to the inbox whoever was ever asked to approve something."""
    return "/inbox" if _tasks(waiting=True) or _tasks(waiting=False) else ""


def _decided() -> bool:
    return _tasks(waiting=False)


def _tasks(*, waiting: bool) -> bool:
    table = ApprovalTask.__table__.c
    outcome = table.outcome == "waiting" if waiting else table.outcome.in_(("approved", "rejected"))
    return session().work.connection.execute(
        select(table.id).where(table.approver_id == actor().user_id, outcome).limit(1)).first() is not None


first_step(
    "kernel.customer", _("Create a customer"), needs="kernel.party", may="create", order=10,
    why=_("Orders, invoices and everything else are made out to somebody."), href="/kernel/party/new?is_customer=1",
    point="#f-name", hint=_("Only the name is needed. Save it with Ctrl S."), done=made("kernel.party"))
first_step(
    "kernel.approve", _("Approve something"), needs="", order=15,
    why=_("What waits for you holds others up; each says what happens when you agree."), href=_inbox_of_mine,
    point=".ap-l a, .inbox a, main h1", hint=_("Open one, read what it is about, then agree or refuse."), done=_decided)


def walk_card() -> WalkCard | None:
    """Give the card for home; none where there is nothing to show, or the person put it away."""
    away, followed = _standing()
    steps = [] if away else _steps()
    if not steps:
        return None
    shown = tuple(WalkStep(step.name, str(step.label), str(step.why), _done(step, followed)) for step in steps)
    left = [step for step in shown if not step.done]
    summary = _("{done} of {all} done", done=len(shown) - len(left), all=len(shown)) if left else _(
        "All done. You know your way around.")
    return WalkCard(shown, str(summary), left[0].name if left else "")


def _standing() -> tuple[bool, list[str]]:
    """Say whether the person put the card away, and which steps they followed."""
    table = FirstWalk.__table__.c
    row = session().work.connection.execute(
        select(table.away, table.followed).where(table.user_id == actor().user_id)).first()
    return (row.away, row.followed) if row else (False, [])


def _steps() -> list[FirstStep]:
    """Choose the first steps that the person may do, where there is a page to do them on."""
    granted = rights()
    found = []
    for step in sorted(views.first_steps.values(), key=lambda each: (each.order, each.name)):
        if (not step.needs or (granted.may("read", step.needs) and granted.may(step.may, step.needs))) and _page(step):
            found.append(step)
        if len(found) == MOST:
            break
    return found


def _page(step: FirstStep) -> str:
    return step.href() if callable(step.href) else step.href


def _done(step: FirstStep, followed: Collection[str]) -> bool:
    return step.done() if step.done else step.name in followed


@blueprint.post("/first-steps/<name>")
@served()
def follow(name: str) -> Answer:
    """Lead to a step's page, where a popover points at what to press."""
    step = next((each for each in _steps() if each.name == name), None)
    if step is None:
        raise NotFound("PAGE", _("There is no such page"))
    _away, followed = _standing()
    if name not in followed:
        _keep(followed=sorted({*followed, name}))
    page = _page(step)
    return make_response(redirect(f"{page}{'&' if urlsplit(page).query else '?'}{urlencode({'first-step': name})}"))


@blueprint.post("/first-steps")
@served()
def put() -> Answer:
    """Put the card away, or take it out again to be shown around anew."""
    if request.form.get("do") == "away":
        _keep(away=True)
    else:
        _keep(away=False, followed=[])
    return make_response(redirect("/"))


def _keep(**values: object) -> None:
    """Write how far the person is, as themselves and not by a grant."""
    connection, me = session().work.connection, actor().user_id
    if not connection.execute(update(FirstWalk).where(FirstWalk.user_id == me).values(**values)).rowcount:
        connection.execute(insert(FirstWalk).values({"user_id": me, "away": False, "followed": [], **values}))
