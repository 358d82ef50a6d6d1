"""Users and their roles: the list, and for one user what the roles come to and what can be done about signing in."""

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, request, url_for
from sqlalchemy import func, or_, select

from kernel.entities.base import entities
from kernel.entities.work import as_system, session
from kernel.errors import NotFound, Refusal
from kernel.i18n import _, format_instant, format_number
from kernel.identity.models import User
from kernel.identity.signing.log import note_event
from kernel.identity.signing.models import SecondFactor, SignInSession
from kernel.identity.signing.passwords import forget_failures
from kernel.identity.signing.providers import links_of, unlink
from kernel.identity.signing.resets import make_reset
from kernel.identity.signing.second_factor import factor_set_up, remove_factor
from kernel.identity.signing.sessions import end_sessions, list_sessions
from kernel.permissions.keepers import covers, demand_covered, rights_of_user
from kernel.permissions.models import Grant, Role, RoleMember
from kernel.permissions.rights import Rights, rights
from kernel.web.access.words import (
    ACTIONS,
    components,
    demand_keeper,
    further_actions,
    governed,
    role_source,
    scope_word,
    tabs,
)
from kernel.web.frame import access_address, crumb, plugin_label, shell
from kernel.web.screen.access import Result, UserAccess, UserRow, UsersPage
from kernel.web.screen.form import Input
from kernel.web.screen.shown import Choice, Shown
from kernel.web.serving import Answer, render, served, visitor
from kernel.web.show import address, refused
from kernel.web.signing.client import client_asking

__all__ = ["blueprint"]

blueprint = Blueprint("access_users", __name__)
HERE = "/settings/access/users"
PER_PAGE = 50


@blueprint.get(HERE)
@served()
def users() -> Answer:
    """List the users with their roles, how they sign in and when they last did."""
    demand_keeper()
    text = request.args.get("q", "").strip()[:80]
    role_id = int(given) if (given := request.args.get("role", "")).isdecimal() else None
    after = request.args.get("after", "")[:120]
    statement = select(User).where(User.archived.is_(False)).order_by(User.name, User.id).limit(PER_PAGE + 1)
    if text:
        statement = statement.where(or_(func.lower(User.name).contains(text.lower(), autoescape=True),
                                        func.lower(User.login).contains(text.lower(), autoescape=True)))
    if role_id is not None:
        statement = statement.where(User.id.in_(select(RoleMember.user_id).where(
            RoleMember.role_id == role_id, RoleMember.archived.is_(False))))
    if after:
        statement = statement.where(User.name > after)
    found = session().scalars(statement).all()
    shown = found[:PER_PAGE]
    query = "&".join(f"{name}={value}" for name, value in (("q", text), ("role", role_id)) if value)
    page = UsersPage(
        _rows(shown), tabs(HERE), Input("q", str(_("Name or sign-in name")), value=text),
        f"{HERE}?after={shown[-1].name}&{query}" if len(found) > PER_PAGE else "",
        str(_("With the role {name}", name=_role_name(role_id))) if role_id is not None else "")
    return render("access_users.html", page, shell=_shell())


def _role_name(role_id: int) -> str:
    found = session().get(Role, role_id)
    return found.title if found else "–"


def _shell(*further: str) -> object:
    crumbs = [crumb(_("Settings")), crumb(_("Access"), "/settings/access"), crumb(_("Users"), HERE)]
    return shell([*crumbs, *(crumb(each) for each in further)], here="settings")


def _rows(found: Sequence[User]) -> tuple[UserRow, ...]:
    ids = [each.id for each in found]
    held: dict[int, list[str]] = {}
    for user_id, role in session().execute(
        select(RoleMember.user_id, Role).join(Role, Role.id == RoleMember.role_id)
        .where(RoleMember.user_id.in_(ids), RoleMember.archived.is_(False), Role.archived.is_(False))
        .order_by(Role.name)
    ):
        held.setdefault(user_id, []).append(role.title)
    connection, factor, seen = session().work.connection, SecondFactor.__table__.c, SignInSession.__table__.c
    with_factor = set(connection.scalars(
        select(factor.user_id).where(factor.user_id.in_(ids), factor.confirmed_at.is_not(None))))
    last = dict(connection.execute(
        select(seen.user_id, func.max(seen.seen_at)).where(seen.user_id.in_(ids))
        .group_by(seen.user_id)).all())
    return tuple(
        UserRow(each.name, each.login, access_address(each.id), tuple(held.get(each.id, ())),
                Shown(str(_("On")), "yes") if each.id in with_factor else Shown(""),
                format_instant(last[each.id]) if each.id in last else "", _state(each)) for each in found)


def _state(user: User) -> Shown:
    if user.locked_until and user.locked_until > session().now:
        return Shown(str(_("Locked out")), "status", tone="red")
    if not user.active:
        return Shown(str(_("May not sign in")), "status", tone="gray")
    return Shown(str(_("May sign in")), "status", tone="green")


def _user(user_id: int) -> User:
    demand_keeper()
    found = session().get(User, user_id)
    if found is None:
        raise NotFound("USER", _("There is no such user"))
    return found


@blueprint.get(f"{HERE}/<int:user_id>")
@served()
def user(user_id: int) -> Answer:
    """Show a user's roles and what comes of them."""
    return _page(user_id)


def _page(user_id: int, refusal: Refusal | None = None, reset_link: str = "") -> str:
    found = _user(user_id)
    mine = rights()
    with as_system("show what a user may do"):
        theirs = rights_of_user(found)
        open_ones, on = list_sessions(user_id), factor_set_up(user_id)
    may_see = mine.may("see_as", "kernel.user") and covers(mine, theirs) and user_id != visitor().user_id
    locked = bool(found.locked_until and found.locked_until > session().now)
    last = format_instant(open_ones[0].seen_at) if open_ones else ""
    page = UserAccess(
        found.name, found.login, access_address(user_id), _role_choices(found), _results(found, theirs),
        ((str(_("Sign-in")), _state(found)), (str(_("Second factor")), Shown(str(_("On") if on else _("Off")))),
         (str(_("Password")), Shown(str(_("Set") if found.password_hash else _("None")))),
         (str(_("Open sessions")), Shown(format_number(len(open_ones)))), (str(_("Last seen")), Shown(last))),
        len(open_ones), f"{access_address(user_id)}/see" if may_see else "",
        "" if may_see or user_id == visitor().user_id else str(
            _("{name} may do things that you may not", name=found.name)),
        reset_link, on, locked, tuple((provider, email, f"{access_address(user_id)}/links/{id_}/remove")
                                      for id_, provider, email in links_of(user_id)),
        f"/kernel/user/{user_id}/password", address(User, user_id),
        f"/settings/access/log?who={found.login}", f"/settings/access/why?user={user_id}",
        refused(refusal))
    return render("access_user.html", page, shell=_shell(found.name))


def _role_choices(found: User) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    held = set(session().scalars(select(RoleMember.role_id).where(
        RoleMember.user_id == found.id, RoleMember.archived.is_(False))))
    by_source: dict[str, list[Choice]] = {}
    for role in session().scalars(select(Role).where(Role.archived.is_(False)).order_by(Role.name)):
        by_source.setdefault(role.plugin or "", []).append(Choice(
            str(role.id), role.title, role.id in held, f"/settings/access/roles/{role.id}",
            str(_("Everybody has it")) if role.everyone else ""))
    return tuple((role_source(plugin), tuple(choices)) for plugin, choices in sorted(by_source.items()))


def _results(found: User, theirs: Rights) -> tuple[tuple[str, tuple[Result, ...]], ...]:
    """Say per app what the roles come to: each action with its widest scopes and the roles that give it."""
    givers = _givers(found)
    by_app: dict[str, list[Result]] = {}
    for name, label, _part in governed():
        allowed = []
        for code, word in (*ACTIONS, *further_actions(name)):
            reaches = theirs.reaches(code, name)
            if reaches:
                scopes = " + ".join(sorted(scope_word(each.scope, each.rule, short=True) for each in reaches))
                allowed.append((str(word), scopes, ", ".join(_by(givers, name, code))))
        if allowed:
            by_app.setdefault(name.partition(".")[0], []).append(Result(
                label, tuple(allowed), _hidden(theirs, name),
                f"/settings/access/why?user={found.id}&entity={name}"))
    return tuple((plugin_label(plugin), tuple(results)) for plugin, results in by_app.items())


def _givers(found: User) -> Sequence[tuple[str, str, str]]:
    mine = select(RoleMember.role_id).where(RoleMember.user_id == found.id, RoleMember.archived.is_(False))
    return [(row.entity, row.action, row.Role.title) for row in session().execute(
        select(Grant.entity, Grant.action, Role).join(Role, Role.id == Grant.role_id)
        .where(Role.archived.is_(False), Grant.archived.is_(False), or_(Role.everyone.is_(True), Role.id.in_(mine)))
        .order_by(Role.name))]


def _by(givers: Sequence[tuple[str, str, str]], name: str, action: str) -> list[str]:
    patterns = (name, f"{name.partition('.')[0]}.*", "*")
    return list(dict.fromkeys(
        role for entity, granted, role in givers if entity in patterns and granted in (action, "*")))


def _hidden(theirs: Rights, name: str) -> str:
    cls = entities().get(name) or components()[name]
    hidden = [str(each.label) for each in cls.__fields__.values()
              if (name, each.name) in theirs.hidden and not each.secret and not each.hidden]
    return str(_("without {fields}", fields=str(_(", ")).join(hidden))) if hidden else ""


def _refused(refusal: Refusal, user_id: int, **values: int) -> Answer:
    return _page(user_id, refusal), refusal.status


@blueprint.post(f"{HERE}/<int:user_id>")
@served(refused=_refused)
def give(user_id: int) -> Answer:
    """Give the roles that are ticked and take the others."""
    found = _user(user_id)
    wanted = {int(each) for each in request.form.getlist("role") if each.isdecimal()}
    current = session()
    held = {each.role_id: each for each in current.scalars(
        select(RoleMember).where(RoleMember.user_id == user_id, RoleMember.archived.is_(False)))}
    known = set(current.scalars(select(Role.id).where(Role.id.in_(wanted), Role.archived.is_(False))))
    for role_id, member in held.items():
        if role_id not in wanted:
            current.delete(member)
    current.add_all(RoleMember(role_id=role_id, user_id=user_id) for role_id in known - held.keys())
    current.flush()
    flash(str(_("The roles of {name} were saved.", name=found.name)), "green")
    return make_response(redirect(access_address(user_id)))


def _sign_in_of(user_id: int) -> User:
    """Give a user whose sign-in the person may do something about: who may change users, and rises above nobody."""
    rights().demand("change", "kernel.user")
    found = session().get(User, user_id)
    if found is None:
        raise NotFound("USER", _("There is no such user"))
    demand_covered(found)
    return found


@blueprint.post(f"{HERE}/<int:user_id>/reset")
@served(refused=_refused)
def reset(user_id: int) -> Answer:
    """Make a link by which the user sets a new password; it is shown once."""
    _sign_in_of(user_id)
    with as_system("make a link for a new password"):
        secret = make_reset(user_id, visitor().user_id)
    return _page(user_id, reset_link=url_for("auth.show", secret=secret, _external=True))


@blueprint.post(f"{HERE}/<int:user_id>/end-sessions")
@served(refused=_refused)
def end(user_id: int) -> Answer:
    """End all sessions of a user, but the one at hand."""
    found, me = _sign_in_of(user_id), visitor()
    count = end_sessions(user_id, besides=me.session_id, by_id=me.user_id)
    flash(str(_("{count} sessions of {name} were ended.", count=format_number(count), name=found.name)), "green")
    return make_response(redirect(access_address(user_id)))


@blueprint.post(f"{HERE}/<int:user_id>/unlock")
@served(refused=_refused)
def unlock(user_id: int) -> Answer:
    """Let a user try again at once."""
    found = _sign_in_of(user_id)
    with as_system("take a lock away") as system:
        forget_failures(system.get_one(User, user_id))
        note_event("unlocked", user_id, client_asking(), by_id=visitor().user_id)
    flash(str(_("{name} may try again.", name=found.name)), "green")
    return make_response(redirect(access_address(user_id)))


@blueprint.post(f"{HERE}/<int:user_id>/remove-factor")
@served(refused=_refused)
def take_factor(user_id: int) -> Answer:
    """Take a user's second factor away: their device is lost, and the recovery codes with it."""
    found, me = _sign_in_of(user_id), visitor()
    with as_system("take a second factor away"):
        remove_factor(user_id, by_id=me.user_id)
        end_sessions(user_id, besides=me.session_id, by_id=me.user_id)
    flash(str(_("{name} signs in without a second factor now.", name=found.name)), "green")
    return make_response(redirect(access_address(user_id)))


@blueprint.post(f"{HERE}/<int:user_id>/links/<int:link_id>/remove")
@served(refused=_refused)
def take_link(user_id: int, link_id: int) -> Answer:
    """Take away who a user is at a provider."""
    _sign_in_of(user_id)
    with as_system("take a link with a provider away"):
        unlink(user_id, link_id, client_asking(), by_id=visitor().user_id)
    flash(str(_("The link was taken away.")), "green")
    return make_response(redirect(access_address(user_id)))
