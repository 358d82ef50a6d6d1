"""Roles: the list, the matrix of one role over all entities and of one entity over all roles, saved by one bar."""

from collections.abc import Iterable, Mapping, Sequence

from flask import Blueprint, flash, make_response, redirect, request
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from kernel.entities.base import entities
from kernel.entities.work import session
from kernel.errors import NotFound, Refusal
from kernel.i18n import Text, _, format_number
from kernel.identity.models import User
from kernel.permissions.declare import RoleDeclaration
from kernel.permissions.matrix import (
    cells_of,
    copy_role,
    demand_as_seen,
    differences,
    field_modes,
    fingerprint,
    make_role,
    restore_role,
    set_cells,
    set_fields,
)
from kernel.permissions.models import Role, RoleMember
from kernel.permissions.roles import KERNEL_ROLES
from kernel.registry.loading import loaded_plugins
from kernel.shared.roles import SHARED_ROLES
from kernel.web.access.words import (
    ACTIONS,
    components,
    demand_keeper,
    entity_word,
    fields_at,
    further_actions,
    governed,
    scope_word,
    scopes_offered,
    tabs,
)
from kernel.web.declare import views
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.screen.access import (
    Cell,
    FieldPanel,
    MatrixGroup,
    MatrixPage,
    MatrixRow,
    RoleCard,
    RoleGroup,
    RolesPage,
)
from kernel.web.screen.form import Input
from kernel.web.screen.shown import Choice, Shown
from kernel.web.serving import Answer, render, served
from kernel.web.show import refused
from kernel.workflows.approvals import APPROVAL_ROLES

__all__ = ["blueprint", "declared_roles", "role_address", "role_source"]

blueprint = Blueprint("access_roles", __name__)
HERE = "/settings/access"
MEMBERS_SHOWN = 12


def role_address(role_id: int) -> str:
    """Give the page of a role's matrix."""
    return f"{HERE}/roles/{role_id}"



def declared_roles() -> dict[str, RoleDeclaration]:
    """Give the roles that the kernel and the loaded plugins ship, by their codes."""
    shipped = [*KERNEL_ROLES, *APPROVAL_ROLES, *SHARED_ROLES]
    shipped += [each for plugin in loaded_plugins().values() for each in plugin.roles]
    return {each.code: each for each in shipped}


@blueprint.get(HERE)
@served()
def roles() -> Answer:
    """List the roles by who ships them."""
    return _roles_page()


def _roles_page(refusal: Refusal | None = None) -> str:
    demand_keeper()
    current = session()
    found = current.scalars(
        select(Role).where(Role.archived.is_(False)).order_by(Role.name)
        .options(selectinload(Role.grants), selectinload(Role.field_rules))).all()
    counted = dict(current.execute(
        select(RoleMember.role_id, func.count()).join(User, User.id == RoleMember.user_id)
        .where(RoleMember.archived.is_(False), User.archived.is_(False)).group_by(RoleMember.role_id)).all())
    by_plugin: dict[str, list[RoleCard]] = {}
    for role in found:
        by_plugin.setdefault(role.plugin or "", []).append(_card(role, counted.get(role.id, 0)))
    groups = tuple(
        RoleGroup(role_source(plugin), _icon(plugin), tuple(cards)) for plugin, cards in
        sorted(by_plugin.items(), key=lambda each: (each[0] != "", each[0] != "kernel", role_source(each[0]))))
    by_app: dict[str, list[Choice]] = {}
    for name, label, _part in governed():
        by_app.setdefault(name.partition(".")[0], []).append(
            Choice(name, label, href=f"{HERE}/entities/{name}"))
    page = RolesPage(
        groups, tuple((plugin_label(plugin), tuple(choices)) for plugin, choices in by_app.items()), tabs(HERE),
        Input("name", str(_("Name of the new role")), required=True, max_length=120), refused(refusal))
    return render("access_roles.html", page, shell=_shell())


def _shell(*further: str) -> object:
    crumbs = [crumb(_("Settings")), crumb(_("Access"), HERE), *(crumb(each) for each in further)]
    return shell(crumbs, here="settings")


def role_source(plugin: str) -> str:
    """Say who ships a role: an app, Trellis itself, or nobody where it is the company's own."""
    if not plugin:
        return str(_("Your own roles"))
    return "Trellis" if plugin == "kernel" else plugin_label(plugin)


def _icon(plugin: str) -> str:
    menu = views.menus.get(plugin)
    return "users" if not plugin else "plant" if plugin == "kernel" else menu.icon if menu and menu.icon else "puzzle"


def _card(role: Role, count: int) -> RoleCard:
    people = _("everybody") if role.everyone else _("nobody") if not count else _("one person") if count == 1 else _(
        "{count} people", count=format_number(count))
    return RoleCard(role.name, role.code, role_address(role.id), str(people), _tags(role))


def _tags(role: Role) -> tuple[Shown, ...]:
    added, taken = differences(role)
    found = []
    if role.archived:
        found.append(Shown(str(_("Archived")), "tag", tone="amber", icon="archive"))
    if added or taken:
        found.append(Shown(str(_("Changed here")), "tag", tone="blue", icon="pencil"))
    if role.second_factor:
        found.append(Shown(str(_("Second factor")), "tag", icon="lock"))
    return tuple(found)


@blueprint.post(f"{HERE}/roles")
@served(refused=lambda refusal: (_roles_page(refusal), refusal.status))
def make() -> Answer:
    """Make a role of one's own."""
    demand_keeper()
    made = make_role(request.form.get("name", ""))
    flash(str(_("{name} was made. Now choose what it allows.", name=made.name)), "green")
    return make_response(redirect(role_address(made.id)))


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
    cells, modes = cells_of(role), field_modes(role)
    shipped = _shipped_cells(role)
    asked = request.values.get("fields", "")
    by_plugin: dict[str, list[MatrixRow]] = {}
    listed = governed()
    known = {name for name, _label, _part in listed}
    loose = sorted({entity for entity, _action in cells if entity not in known and not entity.endswith("*")})
    for name, label, part in (*listed, *((name, name, False) for name in loose)):
        row = _row(role, name, label, cells, shipped, part=part)
        by_plugin.setdefault(name.partition(".")[0], []).append(_with_fields(row, role, name, modes, asked))
    groups = [MatrixGroup(str(_("Everything")), "apps", "*", (
        _row(role, "*", str(_("All records of all apps")), cells, shipped),))]
    for plugin, rows in sorted(by_plugin.items(), key=lambda each: (each[0] == "kernel", role_source(each[0]))):
        wide = _row(role, f"{plugin}.*", str(_("All records of {plugin}", plugin=role_source(plugin))), cells, shipped)
        groups.append(MatrixGroup(role_source(plugin), _icon(plugin), plugin, (wide, *rows)))
    members = [each.user.name for each in role.members if not each.archived][:MEMBERS_SHOWN + 1]
    added, taken = differences(role)
    page = MatrixPage(
        role.name, _about(role), role_address(role_id), HERE, tuple(str(label) for _name, label in ACTIONS),
        tuple(groups), ((f"seen|{role.id}", fingerprint(role)), ("fields", asked)), str(_("Record")), _tags(role),
        _field_panel(role, asked, modes) if asked else None, _properties(role), f"{role_address(role_id)}/copy",
        f"{role_address(role_id)}/restore" if role.code in declared_roles() and (added or taken) else "",
        str(_("Rules added to what {plugin} ships: {added}; taken away: {taken}", added=format_number(len(added)),
              taken=format_number(len(taken)), plugin=role_source(role.plugin or ""))) if added or taken else "",
        f"/kernel/role/{role_id}/{'restore' if role.archived else 'archive'}" if not role.everyone else "",
        tuple(Shown(name, "person") for name in members[:MEMBERS_SHOWN]), f"{HERE}/users?role={role_id}",
        refused(refusal))
    return render("access_matrix.html", page, shell=_shell(role.name))


def _about(role: Role) -> str:
    if role.everyone:
        return str(_("Everybody has this role · shipped by {plugin}", plugin=role_source(role.plugin or "")))
    if role.plugin:
        return str(_("Shipped by {plugin} as {code}", plugin=role_source(role.plugin), code=role.code))
    return str(_("A role of your own, {code}", code=role.code))


def _properties(role: Role) -> tuple[Input, ...]:
    return (
        Input("name", str(_("Name")), value=role.name, required=True, max_length=120),
        Input("second_factor", str(_("Needs a second factor")), "boolean", "1" if role.second_factor else "",
              help=str(_("Whoever has this role signs in with an authenticator app as well"))))


def _shipped_cells(role: Role) -> dict[tuple[str, str], str]:
    """Give the cells as the plugin ships them; empty for a role of the company's own."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind, entity, action, scope, rule in sorted(tuple(each) for each in role.shipped or ()):
        if kind == "grant":
            found.setdefault((entity, action), []).append(f"rule:{rule}" if scope == "rule" else scope)
    return {cell: "+".join(values) for cell, values in found.items()}


def _row(
    role: Role, name: str, label: str, cells: Mapping[tuple[str, str], str], shipped: Mapping[tuple[str, str], str], *,
    part: bool = False, shown: str = "",
) -> MatrixRow:
    def cell(action: str, word: str) -> Cell:
        value, was = cells.get((name, action), ""), shipped.get((name, action), "")
        wider = _wider(name, action, cells)
        return Cell(
            f"c|{role.id}|{name}|{action}", str(_("{what}: {action}", what=shown or label, action=word)), value,
            _choices(name, value), wider,
            str(_("as shipped: {scope}", scope=_value_words(was) or _("not granted")))
            if role.shipped is not None and was != value else "")

    pattern = name.endswith("*")
    more = (("*", _("Everything")),) if pattern else tuple(
        (code, word) for code, word in (*further_actions(name), *_unlisted(name, cells))
        if code not in dict(ACTIONS))
    further = tuple(cell(code, str(word)) for code, word in more)
    own = [value for (entity, _action), value in cells.items() if entity == name]
    return MatrixRow(
        label, tuple(cell(code, str(word)) for code, word in ACTIONS), further,
        sum(bool(each.value or each.inherited) for each in further), "" if pattern else name, part, bool(own))


def _unlisted(name: str, cells: Mapping[tuple[str, str], str]) -> list[tuple[str, Text]]:
    """Give the actions a role grants on an entity that no list knows, so that none is granted unseen."""
    known = {*dict(ACTIONS), *dict(further_actions(name))}
    return [(action, _("Everything") if action == "*" else action.replace("_", " "))
            for entity, action in sorted(cells) if entity == name and action not in known]


def _wider(name: str, action: str, cells: Mapping[tuple[str, str], str]) -> str:
    """Say what a cell has by a wider grant of the same role."""
    patterns = [name, f"{name.partition('.')[0]}.*", "*"]
    found = [
        (pattern, value) for pattern in patterns for asked in (action, "*")
        if (pattern, asked) != (name, action) and (value := cells.get((pattern, asked)))]
    return "; ".join(dict.fromkeys(
        str(_("{scope} by “{what}”", scope=_value_words(value), what=entity_word(pattern)))
        for pattern, value in found))


def _value_words(value: str) -> str:
    parts = [each.partition(":") for each in value.split("+") if each]
    return " + ".join(scope_word(scope, rule, short=True) for scope, _colon, rule in parts)


def _choices(name: str, value: str) -> tuple[Choice, ...]:
    offered = scopes_offered(name.partition(".")[0])
    if value and value not in dict(offered):
        offered.append((value, _value_words(value)))
    return tuple(Choice(each, words, each == value) for each, words in (("", "–"), *offered))


def _with_fields(row: MatrixRow, role: Role, name: str, modes: Mapping[tuple[str, str], str], asked: str) -> MatrixRow:
    parts = {each for each, _label in _parts(name)}
    ruled = [mode for (entity, _field), mode in modes.items() if entity in parts]
    if not fields_at(name):
        return row
    note = str(_("{count} ruled", count=format_number(len(ruled)))) if ruled else ""
    return MatrixRow(
        row.label, row.cells, row.more, row.more_granted, row.code, row.part, row.granted or bool(ruled),
        f"{role_address(role.id)}?fields={name}#fields", note, asked == name, f"{HERE}/entities/{name}")


def _parts(name: str) -> list[tuple[str, str]]:
    """Give what belongs to an entity and has fields that rules may be about: itself and its sub-tables."""
    cls = entities().get(name)
    if cls is None:
        return [(name, entity_word(name))] if name in components() else []
    inside = [(each.target.__entity__, str(each.label)) for each in cls.__fields__.values() if each.kind == "lines"]
    return [(name, str(cls.__label__)), *inside]


MODES = (("", _("Open")), ("readonly", _("Read only")), ("hidden", _("Hidden")))


def _field_panel(role: Role, name: str, modes: Mapping[tuple[str, str], str]) -> FieldPanel | None:
    def cell(entity: str, field: str, label: str) -> Cell:
        value = modes.get((entity, field), "")
        offered = MODES[:2] if entity in entities() and field in entities()[entity].naming_fields() else MODES
        return Cell(f"f|{role.id}|{entity}|{field}", label, value,
                    tuple(Choice(mode, str(word), mode == value) for mode, word in offered))

    parts = tuple(
        (label, tuple(cell(entity, each.name, str(each.label)) for each in fields_at(entity) if not each.parent))
        for entity, label in _parts(name))
    return FieldPanel(entity_word(name), parts, role_address(role.id)) if parts else None


@blueprint.post(f"{HERE}/roles/<int:role_id>")
@served(refused=lambda refusal, role_id: (_matrix_page(role_id, refusal), refusal.status))
def save(role_id: int) -> Answer:
    """Save what was changed of a role."""
    role = _role(role_id)
    demand_as_seen(role, request.form.get(f"seen|{role_id}", ""))
    if (name := request.form.get("name", "").strip()) and len(name) <= 120:
        role.name = name
    if "second_factor" in request.form:
        role.second_factor = "1" in request.form.getlist("second_factor")
    _take(request.form.items(), [role])
    flash(str(_("Saved. It holds from the next page anybody opens.")), "green")
    fields = request.form.get("fields", "")
    return make_response(redirect(role_address(role_id) + (f"?fields={fields}" if fields else "")))


def _take(posted: Iterable[tuple[str, str]], roles: Sequence[Role]) -> None:
    """Take the cells of the form that differ from what is granted now."""
    by_id = {role.id: role for role in roles}
    now = {role.id: (cells_of(role), field_modes(role)) for role in roles}
    cells: dict[int, dict[tuple[str, str], str]] = {}
    modes: dict[int, dict[tuple[str, str], str]] = {}
    for key, value in posted:
        parts = key.split("|")
        if len(parts) != 4 or parts[0] not in "cf" or not parts[1].isdecimal() or int(parts[1]) not in by_id:
            continue
        kind, role_id, cell = parts[0], int(parts[1]), (parts[2], parts[3])
        if now[role_id][kind == "f"].get(cell, "") != value:
            (cells if kind == "c" else modes).setdefault(role_id, {})[cell] = value
    for role_id, values in cells.items():
        set_cells(by_id[role_id], values)
    for role_id, values in modes.items():
        set_fields(by_id[role_id], values)


@blueprint.post(f"{HERE}/roles/<int:role_id>/copy")
@served(refused=lambda refusal, role_id: (_matrix_page(role_id, refusal), refusal.status))
def copy(role_id: int) -> Answer:
    """Make a role of one's own of this one."""
    role = _role(role_id)
    made = copy_role(role, request.form.get("copy_name", "").strip() or str(_("Copy of {name}", name=role.name))[:120])
    flash(str(_("{name} was made with the same rules.", name=made.name)), "green")
    return make_response(redirect(role_address(made.id)))


@blueprint.post(f"{HERE}/roles/<int:role_id>/restore")
@served(refused=lambda refusal, role_id: (_matrix_page(role_id, refusal), refusal.status))
def restore(role_id: int) -> Answer:
    """Make a shipped role what it was shipped as."""
    role = _role(role_id)
    restore_role(role, declared_roles().get(role.code))
    plugin = role_source(role.plugin or "")
    flash(str(_("{name} is again as {plugin} ships it.", name=role.name, plugin=plugin)), "green")
    return make_response(redirect(role_address(role_id)))


@blueprint.get(f"{HERE}/entities/<name>")
@served()
def by_entity(name: str) -> Answer:
    """Show what all roles allow with one entity."""
    return _entity_page(name)


def _all_roles() -> Sequence[Role]:
    return session().scalars(
        select(Role).where(Role.archived.is_(False)).order_by(Role.name)
        .options(selectinload(Role.grants), selectinload(Role.field_rules))).all()


def _entity_page(name: str, refusal: Refusal | None = None) -> str:
    demand_keeper()
    if name not in entities() and name not in components():
        raise NotFound("PAGE", _("There is no such page"))
    found = _all_roles()
    by_plugin: dict[str, list[MatrixRow]] = {}
    for role in found:
        row = _row(role, name, role.name, cells_of(role), _shipped_cells(role), shown=role.name)
        note = [mode for (entity, _field), mode in field_modes(role).items() if entity in dict(_parts(name))]
        by_plugin.setdefault(role.plugin or "", []).append(MatrixRow(
            row.label, row.cells, row.more, row.more_granted, role.code, False, row.granted,
            f"{role_address(role.id)}?fields={name}#fields",
            str(_("{count} ruled", count=format_number(len(note)))) if note else "", href=role_address(role.id)))
    label = entity_word(name)
    page = MatrixPage(
        label, str(_("What each role allows with it, {code}", code=name)), f"{HERE}/entities/{name}", HERE,
        tuple(str(each) for _name, each in ACTIONS),
        tuple(MatrixGroup(role_source(plugin), _icon(plugin), plugin or "own", tuple(rows)) for plugin, rows in
              sorted(by_plugin.items(), key=lambda each: (each[0] != "", role_source(each[0])))),
        tuple((f"seen|{role.id}", fingerprint(role)) for role in found), str(_("Role")), refused=refused(refusal))
    return render("access_matrix.html", page, shell=_shell(label))


@blueprint.post(f"{HERE}/entities/<name>")
@served(refused=lambda refusal, name: (_entity_page(name, refusal), refusal.status))
def save_entity(name: str) -> Answer:
    """Save what was changed of an entity's row in each role."""
    demand_keeper()
    found = _all_roles()
    for role in found:
        demand_as_seen(role, request.form.get(f"seen|{role.id}", ""))
    _take(request.form.items(), found)
    flash(str(_("Saved. It holds from the next page anybody opens.")), "green")
    return make_response(redirect(f"{HERE}/entities/{name}"))
