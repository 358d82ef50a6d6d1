"""How rights are spoken of: roles, entities, actions, scopes and fields by the names people know them by."""

from collections.abc import Sequence

from kernel.entities.base import Entity, entities
from kernel.entities.extension import Extension
from kernel.entities.fields import Field
from kernel.exchange.merging.reading import is_mergeable
from kernel.i18n import Text, _
from kernel.permissions.declare import row_rules
from kernel.permissions.matrix import differences
from kernel.permissions.models import SCOPES, Role
from kernel.permissions.rights import rights
from kernel.permissions.wording import ACTIONS
from kernel.web.declare import views
from kernel.web.frame import plugin_label
from kernel.web.screen.shown import Choice, Shown
from kernel.workflows.machine import workflow_of

__all__ = [
    "ACTIONS", "HERE", "action_word", "components", "demand_keeper", "entity_word", "field_word", "fields_at",
    "further_actions", "governed", "role_address", "role_icon", "role_source", "role_tags", "scope_word",
    "scopes_offered", "tabs",
]

HERE = "/settings/access"
FURTHER: dict[str, tuple[tuple[str, Text], ...]] = {
    "kernel.user": (("see_as", _("See as this user")),),
    "kernel.saved_view": (("share", _("Share with everybody")),),
}
SHORT: dict[str, Text] = {
    "own": _("own"), "department": _("department"), "subtree": _("department +"), "company": _("company"),
    "all": _("all"), "rule": _("rule"),
}


def role_address(role_id: int) -> str:
    """Give the page of a role's matrix."""
    return f"{HERE}/roles/{role_id}"


def role_source(plugin: str) -> str:
    """Say who ships a role: an app, Trellis itself, or nobody where it is the company's own."""
    if not plugin:
        return str(_("Your own roles"))
    return "Trellis" if plugin == "kernel" else plugin_label(plugin)


def role_icon(plugin: str) -> str:
    """Give the icon of who ships a role."""
    menu = views.menus.get(plugin)
    return "users" if not plugin else "plant" if plugin == "kernel" else menu.icon if menu and menu.icon else "puzzle"


def role_tags(role: Role) -> tuple[Shown, ...]:
    """Say what is out of the ordinary with a role."""
    added, taken = differences(role)
    found = []
    if role.archived:
        found.append(Shown(str(_("Archived")), "tag", tone="amber", icon="archive"))
    if added or taken:
        found.append(Shown(str(_("Changed here")), "tag", tone="blue", icon="pencil"))
    if role.second_factor:
        found.append(Shown(str(_("Second factor")), "tag", icon="lock"))
    return tuple(found)


def demand_keeper() -> None:
    """Raise Forbidden unless the current person looks after access: who may change roles."""
    rights().demand("change", "kernel.role")


def tabs(here: str) -> tuple[Choice, ...]:
    """Give the tabs of the pages about access."""
    return tuple(Choice(href, str(label), href == here, href) for href, label in (
        (HERE, _("Roles")), ("/settings/access/users", _("Users")), ("/settings/access/why", _("Why?")),
        ("/settings/access/tokens", _("API tokens")), ("/settings/access/providers", _("Sign-in providers")),
        ("/settings/access/log", _("Log"))))


def components() -> dict[str, type[Extension[Entity]]]:
    """Give the components of all entities by the names that grants use."""
    return {each.__entity__: each for cls in entities().values() for each in cls.__components__.values()}


def governed() -> list[tuple[str, str, bool]]:
    """List what grants are about: (name, label, component); lines have the grants of their document."""
    found: list[tuple[str, str, bool]] = []
    for name, cls in sorted(entities().items(), key=lambda each: (each[1].__plugin__, str(each[1].__label__))):
        if cls.__parent__:
            continue
        found.append((name, str(cls.__plural__), False))
    for name, component in sorted(components().items()):
        label = _("{what}: {part}", what=component.__base_entity__.__label__, part=component.__label__)
        found.append((name, str(label), True))
    return found


def entity_word(name: str) -> str:
    """Name an entity or component, or what a pattern stands for."""
    if name == "*":
        return str(_("Everything"))
    if name.endswith(".*"):
        return str(_("Everything of {plugin}", plugin=plugin_label(name[:-2])))
    if name in entities():
        return str(entities()[name].__plural__)
    if name in components():
        each = components()[name]
        return str(_("{what}: {part}", what=each.__base_entity__.__label__, part=each.__label__))
    return name


def further_actions(name: str) -> tuple[tuple[str, Text], ...]:
    """Give what else can be done with the records of an entity: the steps of its workflow, and what the kernel asks."""
    cls = entities().get(name)
    workflow = workflow_of(cls) if cls is not None else None
    steps = tuple((each.code, each.label) for each in workflow.transitions.values()) if workflow else ()
    merging = (("merge", _("Merge")),) if cls is not None and is_mergeable(cls) else ()
    return (*steps, *merging, *FURTHER.get(name, ()))


def action_word(name: str, action: str) -> str:
    """Name an action on an entity."""
    if action == "*":
        return str(_("Everything"))
    known = dict((*ACTIONS, *further_actions(name)))
    return str(known.get(action, action.replace("_", " ")))


def scope_word(scope: str, rule: str | None = None, *, short: bool = False) -> str:
    """Name a row scope."""
    if scope == "rule":
        return str(_("rule {name}", name=(rule or "").replace("_", " ")))
    return str(SHORT.get(scope, scope) if short else dict(SCOPES).get(scope, scope))


def scopes_offered(plugin: str) -> list[tuple[str, str]]:
    """List the scopes that a cell may have, as (value, words); rules are those of the entity's plugin."""
    return [
        *((value, str(SHORT[value])) for value, _label in SCOPES if value != "rule"),
        *((f"rule:{name}", scope_word("rule", name)) for name in sorted(row_rules()) if name.startswith(f"{plugin}."))]


def fields_at(name: str) -> Sequence[Field]:
    """List the fields of an entity or component that rules may be about."""
    cls = entities().get(name) or components().get(name)
    return [each for each in cls.__fields__.values() if not each.secret] if cls is not None else []


def field_word(entity: str, field: str) -> str:
    """Name a field."""
    return next((str(each.label) for each in fields_at(entity) if each.name == field), field)
