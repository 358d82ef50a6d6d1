"""Plugins in the browser: what there is, what installing brings, what uninstalling would take away, and doing it."""

from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, current_app

from kernel.config import Config
from kernel.entities.work import session
from kernel.errors import NotFound, Refusal
from kernel.i18n import Text, _, format_number
from kernel.permissions.rights import rights
from kernel.printing import declare as prints
from kernel.registry.archive import latest_archive
from kernel.registry.discovery import Available, discover, find_plugin
from kernel.registry.installing import install, upgrade_plugins
from kernel.registry.order import with_requirements
from kernel.registry.plugin import Plugin
from kernel.registry.state import Installed, read_states
from kernel.registry.uninstalling import Preview, preview_uninstall, uninstall
from kernel.web.declare import views
from kernel.web.errors import waiting_page
from kernel.web.frame import crumb, shell
from kernel.web.restart import restart_soon
from kernel.web.screen.setup import Fact, PluginCard, PluginPreview, PluginsPage
from kernel.web.screen.shown import Action
from kernel.web.serving import Answer, render, serve_once, served
from kernel.web.show import refused

__all__ = ["blueprint"]

blueprint = Blueprint("settings", __name__, url_prefix="/settings/plugins")
HERE = "/settings/plugins"


def _demand() -> None:
    rights().demand("install", "kernel.plugin")


def _archives() -> Path:
    config: Config = current_app.extensions["trellis.config"]
    return config.archives


@blueprint.get("")
@served()
def plugins() -> Answer:
    """List what is installed and what could be."""
    _demand()
    available = discover()
    states = read_states(session().work.connection)
    here = tuple(_card(name, available.get(name), state) for name, state in states.items() if name != "kernel")
    more = tuple(_card(name, each, None) for name, each in available.items() if name not in states)
    return render("plugins.html", PluginsPage(here, more), shell=_shell())


def _shell(*further: Text) -> object:
    crumbs = [crumb(_("Settings")), crumb(_("Plugins"), HERE), *(crumb(each) for each in further)]
    return shell(crumbs, here="settings")


def _card(name: str, available: Available | None, state: Installed | None) -> PluginCard:
    plugin = available.plugin if available else None
    label = str(plugin.label) if plugin else state.label if state else name
    version = state.version if state else plugin.version if plugin else ""
    kind, word = _condition(available, state)
    action = Action(str(_("Uninstall")), f"{HERE}/{name}/uninstall", "trash") if state else (
        Action(str(_("Install")), f"{HERE}/{name}/install", "plus") if plugin else None)
    second = None
    if state and plugin and plugin.version != state.version:
        second = Action(str(_("Upgrade to {version}", version=plugin.version)), f"{HERE}/{name}/upgrade", "arrow-up")
    summary = str(plugin.summary) if plugin else available.problem if available else str(
        _("Its package is not on this machine"))
    return PluginCard(
        name, label, plugin.icon if plugin else "puzzle", version, summary, kind, str(word), _needs(plugin), action,
        second)


def _condition(available: Available | None, state: Installed | None) -> tuple[str, Text]:
    if available is None:
        return "missing", _("Code is missing")
    if available.plugin is None:
        return "broken", _("Can't be read")
    return ("installed", _("Installed")) if state else ("available", _("Available"))


def _needs(plugin: Plugin | None) -> str:
    if plugin is None:
        return ""
    known = discover()

    def names(wanted: tuple[str, ...]) -> str:
        return ", ".join(
            str(found.plugin.label) if (found := known.get(name)) and found.plugin else name for name in wanted)

    if plugin.requires:
        return str(_("Needs {plugins}", plugins=names(plugin.requires)))
    suggested = tuple(name for name in plugin.suggests if name in known)
    return str(_("Better with {plugins}", plugins=names(suggested))) if suggested else ""


@blueprint.get("/<name>/install")
@served()
def ask_install(name: str) -> Answer:
    """Say what installing would bring."""
    return _install_page(name)


def _install_page(name: str, refusal: Refusal | None = None) -> str:
    _demand()
    _found, plugin = find_plugin(name)
    states = read_states(session().work.connection)
    along = [each for each in with_requirements([name], discover()) if each not in states and each != name]
    archive = latest_archive(_archives(), name)
    page = PluginPreview(
        title=str(_("Install {plugin}", plugin=plugin.label)), sentence=str(plugin.summary),
        verb=str(_("Install {plugin}", plugin=plugin.label)), url=f"{HERE}/{name}/install", icon=plugin.icon,
        facts=(
            Fact(str(_("Version")), plugin.version),
            Fact(str(_("Roles")), format_number(len(plugin.roles))),
            Fact(str(_("Approvals")), format_number(len(plugin.approvals))),
            Fact(str(_("Installed along")), ", ".join(along) or str(_("nothing"))),
        ),
        promises=(
            str(_("It makes tables of its own and leaves everybody else's as they are.")),
            str(_("Uninstalling it later takes away exactly these, after an archive of its data was written.")),
        ),
        archive=str(_("Its data from before is taken back from {file}.", file=archive.name)) if archive else "",
        back_href=HERE, refused=refused(refusal))
    return render("plugin_preview.html", page, shell=_shell(plugin.label))


@blueprint.get("/<name>/uninstall")
@served()
def ask_uninstall(name: str) -> Answer:
    """Say what uninstalling would take away."""
    return _uninstall_page(name)


def _uninstall_page(name: str, refusal: Refusal | None = None) -> str:
    _demand()
    found = preview_uninstall(name)
    menu = views.menus.get(name)
    page = PluginPreview(
        title=str(_("Uninstall {plugin}", plugin=found.label)),
        sentence=str(_("Its data goes into an archive first, then its tables go. Everything of the others stays.")),
        verb=str(_("Archive and uninstall")), url=f"{HERE}/{name}/uninstall",
        icon=menu.icon if menu and menu.icon else "puzzle", facts=_facts(found),
        tables=tuple(Fact(each.label, format_number(each.rows), each.table) for each in found.tables),
        blockers=tuple(str(_("{plugin} needs it: uninstall that first.", plugin=each)) for each in found.dependents),
        promises=(
            str(_("The schema is afterwards what it was before the installation, to the letter.")),
            str(_("Installing it again takes the archive back.")),
        ),
        archive=str(_("The archive is written to {folder}.", folder=_archives())), risk=True, back_href=HERE,
        refused=refused(refusal))
    return render("plugin_preview.html", page, shell=_shell(found.label))


def _facts(found: Preview) -> tuple[Fact, ...]:
    return (
        Fact(str(_("Tables")), format_number(len(found.tables))),
        Fact(str(_("Records")), format_number(found.rows)),
        Fact(str(_("Roles")), format_number(len(found.roles)),
             str(_("held by {count} people", count=found.people)) if found.people else ""),
        Fact(str(_("Approvals")), format_number(len(found.approvals))),
    )



@blueprint.get("/<name>/upgrade")
@served()
def ask_upgrade(name: str) -> Answer:
    """Say what an upgrade does before doing it."""
    _demand()
    _found, plugin = find_plugin(name)
    page = PluginPreview(
        title=str(_("Upgrade {plugin}", plugin=plugin.label)), sentence=str(plugin.summary),
        verb=str(_("Upgrade to {version}", version=plugin.version)), url=f"{HERE}/{name}/upgrade", icon=plugin.icon,
        facts=(Fact(str(_("Version")), plugin.version),), back_href=HERE,
        promises=(str(_("Make a backup first: an upgrade changes its tables.")),))
    return render("plugin_preview.html", page, shell=_shell(plugin.label))


@blueprint.post("/<name>/<verb>")
def change(name: str, verb: str) -> Answer:
    """Install, upgrade or uninstall; the registry works in a transaction of its own, the rights are judged first."""
    serve_once(_allowed)
    work: dict[str, tuple[Callable[[], object], Callable[[str, Refusal], str]]] = {
        "install": (lambda: install([name], archives=_archives()), _install_page),
        "upgrade": (lambda: upgrade_plugins([name]), _install_page),
        "uninstall": (lambda: uninstall([name], archives=_archives()), _uninstall_page),
    }
    if verb not in work:
        raise NotFound("PAGE", _("There is no such page"))
    do, again = work[verb]
    try:
        do()
    except Refusal as refusal:
        known = refusal
        answer = serve_once(lambda: again(name, known))
        answer.status_code = refusal.status
        return answer
    if verb == "uninstall":
        views.forget(name)
        prints.forget(name)
    restart_soon()
    return waiting_page(_("Done. The plugins have changed"), HERE)


def _allowed() -> str:
    _demand()
    return ""
