"""The roles by who ships them, and the kinds of records by their app; new roles of the company's own."""


from flask import Blueprint, flash, make_response, redirect, request
from sqlalchemy import func, select

from kernel.entities.work import session
from kernel.errors import Refusal
from kernel.i18n import _, format_number
from kernel.identity.models import User
from kernel.permissions.matrix import (
    make_role,
)
from kernel.permissions.models import Role, RoleMember
from kernel.web.access.frame import access_shell, roles_in_use
from kernel.web.access.words import (
    HERE,
    demand_keeper,
    governed,
    role_address,
    role_icon,
    role_source,
    role_tags,
    tabs,
)
from kernel.web.frame import plugin_label
from kernel.web.screen.access import (
    RoleCard,
    RoleGroup,
    RolesPage,
)
from kernel.web.screen.form import Input
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, render, served
from kernel.web.show import refused

__all__ = ["blueprint"]

blueprint = Blueprint("access_roles", __name__)


@blueprint.get(HERE)
@served()
def roles() -> Answer:
    """List the roles by who ships them."""
    return _roles_page()


def _roles_page(refusal: Refusal | None = None) -> str:
    demand_keeper()
    counted = dict(session().execute(
        select(RoleMember.role_id, func.count()).join(User, User.id == RoleMember.user_id)
        .where(RoleMember.archived.is_(False), User.archived.is_(False)).group_by(RoleMember.role_id)).all())
    by_plugin: dict[str, list[RoleCard]] = {}
    for role in roles_in_use():
        by_plugin.setdefault(role.plugin or "", []).append(_card(role, counted.get(role.id, 0)))
    groups = tuple(
        RoleGroup(role_source(plugin), role_icon(plugin), tuple(cards)) for plugin, cards in
        sorted(by_plugin.items(), key=lambda each: (each[0] != "", each[0] != "kernel", role_source(each[0]))))
    by_app: dict[str, list[Choice]] = {}
    for name, label, _part in governed():
        by_app.setdefault(name.partition(".")[0], []).append(
            Choice(name, label, href=f"{HERE}/entities/{name}"))
    page = RolesPage(
        groups, tuple((plugin_label(plugin), tuple(choices)) for plugin, choices in by_app.items()), tabs(HERE),
        Input("name", str(_("Name of the new role")), required=True, max_length=120), refused(refusal))
    return render("access_roles.html", page, shell=access_shell())


def _card(role: Role, count: int) -> RoleCard:
    people = _("everybody") if role.everyone else _("nobody") if not count else _("one person") if count == 1 else _(
        "{count} people", count=format_number(count))
    return RoleCard(role.title, role.code, role_address(role.id), str(people), role_tags(role))


@blueprint.post(f"{HERE}/roles")
@served(refused=lambda refusal: (_roles_page(refusal), refusal.status))
def make() -> Answer:
    """Make a role of one's own."""
    demand_keeper()
    made = make_role(request.form.get("name", ""))
    flash(str(_("{name} was made. Now choose what it allows.", name=made.label)), "green")
    return make_response(redirect(role_address(made.id)))
