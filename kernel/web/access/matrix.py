"""The tables of access: one role with all kinds of records, one kind of record in all roles, saved by one bar."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, request

from kernel.entities.base import entities
from kernel.entities.work import session
from kernel.errors import Conflict, NotFound, Refusal
from kernel.i18n import _, format_number, use_locale
from kernel.permissions.declare import RoleDeclaration
from kernel.permissions.matrix import (
    cells_of,
    copy_role,
    demand_as_seen,
    differences,
    field_modes,
    fingerprint,
    rename_role,
    restore_role,
    set_cells,
    set_fields,
    shipped_cells,
)
from kernel.permissions.models import Role
from kernel.permissions.roles import KERNEL_ROLES
from kernel.registry.loading import loaded_plugins
from kernel.shared.roles import SHARED_ROLES
from kernel.web.access.cells import Cells, field_panel, fields_address, row_of, ruled_note, with_fields
from kernel.web.access.frame import access_shell, roles_in_use
from kernel.web.access.words import (
    ACTIONS,
    HERE,
    components,
    demand_keeper,
    entity_word,
    governed,
    role_address,
    role_icon,
    role_source,
    role_tags,
)
from kernel.web.screen.access import (
    MatrixGroup,
    MatrixPage,
    MatrixRow,
)
from kernel.web.screen.form import Input
from kernel.web.screen.shown import Shown
from kernel.web.serving import Answer, render, served
from kernel.web.show import refused
from kernel.workflows.approvals import APPROVAL_ROLES

__all__ = ["blueprint"]

blueprint = Blueprint("access_matrix", __name__)
MEMBERS_SHOWN = 12


def declared_roles() -> dict[str, RoleDeclaration]:
    """Give the roles that the kernel and the loaded plugins ship, by their codes."""
    shipped = [*KERNEL_ROLES, *APPROVAL_ROLES, *SHARED_ROLES]
    shipped += [each for plugin in loaded_plugins().values() for each in plugin.roles]
    return {each.code: each for each in shipped}


def _role(role_id: int) -> Role:
    demand_keeper()
    found = session().get(Role, role_id)
    if found is None:
        raise NotFound("ROLE", _("There is no such role"))
    return found


@blueprint.get(f"{HERE}/roles/<int:role_id>")
@served()
def matrix(role_id: int) -> Answer:
    """Show what a role allows."""
    return _matrix_page(role_id)


def _matrix_page(role_id: int, refusal: Refusal | None = None) -> str:
    role = _role(role_id)
    cells, modes = _as_shown(role, refusal)
    shipped = shipped_cells(role)
    asked = request.values.get("fields", "")
    by_plugin: dict[str, list[MatrixRow]] = {}
    listed = governed()
    known = {name for name, _label, _part in listed}
    loose = sorted({entity for entity, _action in cells if entity not in known and not entity.endswith("*")})
    for name, label, part in (*listed, *((name, name, False) for name in loose)):
        row = row_of(role, name, label, cells, shipped, part=part)
        by_plugin.setdefault(name.partition(".")[0], []).append(with_fields(row, role, name, modes, asked))
    groups = [MatrixGroup(str(_("Everything")), "apps", "*", (
        row_of(role, "*", str(_("All records of all apps")), cells, shipped),))]
    for plugin, rows in sorted(by_plugin.items(), key=lambda each: (each[0] == "kernel", role_source(each[0]))):
        label = str(_("All records of {plugin}", plugin=role_source(plugin)))
        wide = row_of(role, f"{plugin}.*", label, cells, shipped)
        groups.append(MatrixGroup(role_source(plugin), role_icon(plugin), plugin, (wide, *rows)))
    members = [each.user.name for each in role.members if not each.archived][:MEMBERS_SHOWN + 1]
    added, taken = differences(role)
    page = MatrixPage(
        role.title, _about(role), role_address(role_id), HERE, tuple(str(label) for _name, label in ACTIONS),
        tuple(groups), ((f"seen|{role.id}", fingerprint(role)), ("fields", asked)), str(_("Record")), role_tags(role),
        field_panel(role, asked, modes) if asked else None, _properties(role, refusal), f"{role_address(role_id)}/copy",
        f"{role_address(role_id)}/restore" if role.code in declared_roles() and (added or taken) else "",
        str(_("Rules added to what {plugin} ships: {added}; taken away: {taken}", added=format_number(len(added)),
              taken=format_number(len(taken)), plugin=role_source(role.plugin or ""))) if added or taken else "",
        f"/kernel/role/{role_id}/{'restore' if role.archived else 'archive'}" if not role.everyone else "",
        tuple(Shown(name, "person") for name in members[:MEMBERS_SHOWN]), f"{HERE}/users?role={role_id}",
        refused(refusal))
    return render("access_matrix.html", page, shell=access_shell(role.title))


def _about(role: Role) -> str:
    if role.everyone:
        return str(_("Everybody has this role · shipped by {plugin}", plugin=role_source(role.plugin or "")))
    if role.plugin:
        return str(_("Shipped by {plugin} as {code}", plugin=role_source(role.plugin), code=role.code))
    return str(_("A role of your own, {code}", code=role.code))


def _properties(role: Role, refusal: Refusal | None) -> tuple[Input, ...]:
    wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    names = {"name": role.name, "name_zh_hant": role.name_zh_hant or "", "name_zh_hans": role.name_zh_hans or ""}
    return (
        *(Input(name, str(Role.__fields__[name].label), value=request.form.get(name, value), required=name == "name",
                max_length=120, error=wrong.get(name, ""), help=_name_help(role, name))
          for name, value in names.items()),
        Input("second_factor", str(_("Needs a second factor")), "boolean", "1" if role.second_factor else "",
              help=str(_("Whoever has this role signs in with an authenticator app as well"))))


def _name_help(role: Role, name: str) -> str:
    """Say what a role is called in a language where nobody typed a name for it."""
    locale = {"name_zh_hant": "zh_Hant", "name_zh_hans": "zh_Hans"}.get(name)
    if locale is None or getattr(role, name):
        return ""
    with use_locale(locale):
        said = role.title
    return str(_("Without one: {name}", name=said))


@blueprint.post(f"{HERE}/roles/<int:role_id>")
@served(refused=lambda refusal, role_id: (_matrix_page(role_id, refusal), refusal.status))
def save(role_id: int) -> Answer:
    """Save what was changed of a role."""
    role = _role(role_id)
    demand_as_seen(role, request.form.get(f"seen|{role_id}", ""))
    if "name" in request.form:
        names = {locale: request.form.get(f"name_{locale}", "") for locale in ("zh_hant", "zh_hans")}
        rename_role(role, request.form["name"], **names)
    if "second_factor" in request.form:
        role.second_factor = "1" in request.form.getlist("second_factor")
    _take([role])
    flash(str(_("Saved. It holds from the next page anybody opens.")), "green")
    fields = request.form.get("fields", "")
    return make_response(redirect(role_address(role_id) + (f"?fields={fields}" if fields else "")))


def _take(roles: Sequence[Role]) -> None:
    """Take the cells of the form that differ from what is granted now."""
    for role in roles:
        cells, modes = cells_of(role), field_modes(role)
        if granted := {cell: value for cell, value in _posted("c", role).items() if cells.get(cell, "") != value}:
            set_cells(role, granted)
        if ruled := {cell: mode for cell, mode in _posted("f", role).items() if modes.get(cell, "") != mode}:
            set_fields(role, ruled)


def _posted(kind: str, role: Role) -> dict[tuple[str, str], str]:
    """Read the cells of a role in the form: `c` what is granted, `f` how fields are ruled."""
    lead = f"{kind}|{role.id}|"
    parts = ((key.removeprefix(lead).split("|"), value) for key, value in request.form.items() if key.startswith(lead))
    return {(cell[0], cell[1]): value for cell, value in parts if len(cell) == 2}


def _as_shown(role: Role, refusal: Refusal | None) -> tuple[Cells, Cells]:
    """Give a role's grants and field rules, as they were typed where the form came back.

    Where somebody else was first they stand as they are now: who typed what can't be told apart any more.
    """
    cells, modes = cells_of(role), field_modes(role)
    if refusal is None or isinstance(refusal, Conflict):
        return cells, modes
    return {**cells, **_posted("c", role)}, {**modes, **_posted("f", role)}


@blueprint.post(f"{HERE}/roles/<int:role_id>/copy")
@served(refused=lambda refusal, role_id: (_matrix_page(role_id, refusal), refusal.status))
def copy(role_id: int) -> Answer:
    """Make a role of one's own of this one."""
    role = _role(role_id)
    made = copy_role(role, request.form.get("copy_name", "").strip() or str(_("Copy of {name}", name=role.label))[:120])
    flash(str(_("{name} was made with the same rules.", name=made.label)), "green")
    return make_response(redirect(role_address(made.id)))


@blueprint.post(f"{HERE}/roles/<int:role_id>/restore")
@served(refused=lambda refusal, role_id: (_matrix_page(role_id, refusal), refusal.status))
def restore(role_id: int) -> Answer:
    """Make a shipped role what it was shipped as."""
    role = _role(role_id)
    restore_role(role, declared_roles().get(role.code))
    plugin = role_source(role.plugin or "")
    flash(str(_("{name} is again as {plugin} ships it.", name=role.label, plugin=plugin)), "green")
    return make_response(redirect(role_address(role_id)))


@blueprint.get(f"{HERE}/entities/<name>")
@served()
def by_entity(name: str) -> Answer:
    """Show what all roles allow with one entity."""
    return _entity_page(name)


def _entity_page(name: str, refusal: Refusal | None = None) -> str:
    demand_keeper()
    if name not in entities() and name not in components():
        raise NotFound("PAGE", _("There is no such page"))
    found = roles_in_use()
    by_plugin: dict[str, list[MatrixRow]] = {}
    for role in found:
        cells, modes = _as_shown(role, refusal)
        row = row_of(role, name, role.title, cells, shipped_cells(role), shown=role.title)
        by_plugin.setdefault(role.plugin or "", []).append(replace(
            row, code=role.code, fields_href=fields_address(role, name), fields_note=ruled_note(name, modes),
            href=role_address(role.id)))
    label = entity_word(name)
    page = MatrixPage(
        label, str(_("What each role allows with it, {code}", code=name)), f"{HERE}/entities/{name}", HERE,
        tuple(str(each) for _name, each in ACTIONS),
        tuple(MatrixGroup(role_source(plugin), role_icon(plugin), plugin or "own", tuple(rows)) for plugin, rows in
              sorted(by_plugin.items(), key=lambda each: (each[0] != "", role_source(each[0])))),
        tuple((f"seen|{role.id}", fingerprint(role)) for role in found), str(_("Role")), refused=refused(refusal))
    return render("access_matrix.html", page, shell=access_shell(label))


@blueprint.post(f"{HERE}/entities/<name>")
@served(refused=lambda refusal, name: (_entity_page(name, refusal), refusal.status))
def save_entity(name: str) -> Answer:
    """Save what was changed of an entity's row in each role."""
    demand_keeper()
    found = roles_in_use()
    for role in found:
        demand_as_seen(role, request.form.get(f"seen|{role.id}", ""))
    _take(found)
    flash(str(_("Saved. It holds from the next page anybody opens.")), "green")
    return make_response(redirect(f"{HERE}/entities/{name}"))
