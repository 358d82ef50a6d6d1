"""The sharing of one record: with whom, how far and until when; as a page, and in a dialog over the record."""

import datetime as dt

from flask import Blueprint, flash, make_response, redirect, request
from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.work import as_system, session
from kernel.errors import Invalid, Problem, Refusal
from kernel.i18n import _, format_date
from kernel.identity.models import Department, User
from kernel.permissions.models import Role
from kernel.permissions.rights import rights
from kernel.permissions.sharing import Kind, Shared, may_share, share_record, shares_of, unshare
from kernel.web.access.words import role_source
from kernel.web.formpage import load_row
from kernel.web.frame import crumb, shell
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.screen.access import ShareRow, SharesPage
from kernel.web.screen.form import Input
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import address, refused

__all__ = ["blueprint"]

blueprint = Blueprint("access_shares", __name__)
ICONS = {"user": "user", "role": "users", "department": "sitemap"}
KINDS: dict[str, Kind] = {"user": "user", "role": "role", "department": "department"}
MOST = 1000


@blueprint.get("/<plugin>/<name>/<int:id_>/shares")
@served()
def shares(plugin: str, name: str, id_: int) -> Answer:
    """Show with whom a record is shared."""
    return _page(entity_asked(plugin, name), id_)


def _page(cls: type[Entity], id_: int, refusal: Refusal | None = None) -> str:
    row = load_row(cls, id_, lines=False)
    here, may = f"{address(cls, id_)}/shares", may_share(cls)
    page = SharesPage(
        str(_("Share {what}", what=row.title)), row.title, here, address(cls, id_),
        tuple(_row(each, f"{here}/{each.id}/remove" if may else "") for each in shares_of(cls, id_)),
        _inputs(refusal) if may else (), may,
        str(_("A share opens this record beyond what their roles reach. What they may do with it, and the fields they "
              "see, stay as their roles say.")),
        refused(refusal) if refusal and not refusal.problems else None)
    template = "_shares.html" if request.headers.get("X-Part") else "shares.html"
    crumbs = [*crumbs_of(cls), crumb(row.title, address(cls, id_)), crumb(_("Share"))]
    return render(template, page, shell=shell(crumbs))


def _row(each: Shared, remove_url: str) -> ShareRow:
    kinds = {"user": _("Person"), "role": _("Role"), "department": _("Department and below")}
    over = each.until is not None and each.until < session().today
    day = format_date(each.until) if each.until else ""
    until = str(_("over since {day}", day=day) if over else _("until {day}", day=day) if day else _("no end"))
    return ShareRow(
        each.name, str(kinds[each.kind]), ICONS[each.kind],
        str(_("May change") if each.mode == "change" else _("May read")), until, each.by, over, remove_url)


def _inputs(refusal: Refusal | None) -> tuple[Input, ...]:
    wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    return (
        Input("whom", str(_("With whom")), "choice", request.form.get("whom", ""), required=True, choices=_whom(),
              error=wrong.get("whom", "")),
        Input("mode", str(_("How far")), "choice", request.form.get("mode", "read"), required=True,
              choices=(Choice("read", str(_("May read"))), Choice("change", str(_("May change")))),
              error=wrong.get("mode", "")),
        Input("until", str(_("Until")), "date", request.form.get("until", ""), error=wrong.get("until", ""),
              help=str(_("The last day it is open; empty for no end"))))


def _whom() -> tuple[Choice, ...]:
    """List the people, departments and roles whose names the person may see."""
    current, granted = session(), rights()

    def named(cls: type[Entity]) -> bool:
        return any(field.name == "name" for field in granted.visible(cls))

    people = current.execute(
        select(User.id, User.name).where(User.archived.is_(False), User.active.is_(True), User.id != visitor().user_id)
        .order_by(User.name).limit(MOST)).all() if named(User) else ()
    departments = current.execute(
        select(Department.id, Department.name).where(Department.archived.is_(False))
        .order_by(Department.name).limit(MOST)).all() if named(Department) else ()
    with as_system("list the roles a record can be shared with") as system:
        found = system.scalars(
            select(Role).where(Role.archived.is_(False), Role.everyone.is_(False)).order_by(Role.name))
        roles = [(each.id, each.title, role_source(each.plugin or "")) for each in found]
    return (
        *(Choice(f"user:{row.id}", row.name) for row in people),
        *(Choice(f"department:{row.id}", str(_("Department {name}", name=row.name))) for row in departments),
        *(Choice(f"role:{id_}", str(_("Everybody with the role {name} ({plugin})", name=name, plugin=plugin)))
          for id_, name, plugin in roles))


def _refused(refusal: Refusal, plugin: str, name: str, id_: int, share_id: int = 0) -> Answer:
    return _page(entity_asked(plugin, name), id_, refusal), refusal.status


@blueprint.post("/<plugin>/<name>/<int:id_>/shares")
@served(refused=_refused)
def share(plugin: str, name: str, id_: int) -> Answer:
    """Share a record."""
    cls = entity_asked(plugin, name)
    rights().demand("change", cls.__entity__)
    kind, _colon, whom = request.form.get("whom", "").partition(":")
    if kind not in KINDS or not whom.isdecimal():
        raise Invalid([Problem("whom", _("Choose with whom"), "REQUIRED")])
    share_record(cls, id_, KINDS[kind], int(whom), request.form.get("mode", ""), _day(request.form.get("until", "")))
    flash(str(_("Shared.")), "green")
    return make_response(redirect(address(cls, id_)))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid([Problem("until", _("Write a day as 2026-12-31"))]) from None


@blueprint.post("/<plugin>/<name>/<int:id_>/shares/<int:share_id>/remove")
@served(refused=_refused)
def remove(plugin: str, name: str, id_: int, share_id: int) -> Answer:
    """Take a share back."""
    cls = entity_asked(plugin, name)
    unshare(cls, id_, share_id)
    flash(str(_("It isn't shared with them any more.")), "green")
    return make_response(redirect(f"{address(cls, id_)}/shares"))
