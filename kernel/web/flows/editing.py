"""What is done in the designer: each edit is saved in the draft at once; of two editors the second is told."""

from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, request

from kernel.entities.base import Entity, entities
from kernel.errors import Conflict, NotFound, Refusal
from kernel.i18n import _
from kernel.web.flows.canvas import names_of
from kernel.web.flows.pages import HERE, designer, new_page, versions_page
from kernel.web.flows.panel import node_form, read_node, read_path, read_start, start_form, typed_form
from kernel.web.posted import flat_pairs
from kernel.web.screen.flow import NodeForm
from kernel.web.serving import Answer, served
from kernel.workflows.approvals import versions
from kernel.workflows.flows import edits
from kernel.workflows.flows.graph import Node, Nodes, find
from kernel.workflows.models import ApprovalDefinition

__all__ = ["blueprint"]

blueprint = Blueprint("flow_edits", __name__)


def _new_refused(refusal: Refusal) -> Answer:
    return new_page(refusal), refusal.status


@blueprint.post(f"{HERE}/new")
@served(refused=_new_refused)
def create() -> Answer:
    """Begin a new approval."""
    entity_name, _bar, transition = request.form.get("about", "").partition("|")
    made = versions.new_flow(request.form.get("name", ""), entity_name, transition)
    return make_response(redirect(f"{HERE}/{made.code}"))


def _refused(refusal: Refusal, code: str) -> Answer:
    """Show the flow as it is now, with what was typed, or with a button that does again what was to be done."""
    if refusal.status in (403, 404) and not isinstance(refusal, NotFound):
        raise refusal
    flow = versions.flow_of(code)
    shown = flow.draft or flow.active or flow.latest
    form = _typed(shown)
    again = tuple(pair for pair in flat_pairs(request.form) if pair[0] != "once") if (
        isinstance(refusal, Conflict) and form is None) else ()
    return designer(flow, refusal=refusal, form=form, again=again), refusal.status


def _typed(shown: ApprovalDefinition) -> NodeForm | None:
    """Fill the panel with what was typed, where it was typed there and its node is still there."""
    if request.form.get("do") not in ("node", "add_path"):
        return None
    cls = entities().get(shown.entity)
    key = request.form.get("key", "")
    node = find(shown.nodes, key)
    if key == "start":
        return typed_form(start_form(shown, cls), request.form)
    return typed_form(node_form(node, cls, names_of([node]), ()), request.form) if node is not None else None


@blueprint.post(f"{HERE}/<code>/edit")
@served(refused=_refused)
def edit(code: str) -> Answer:
    """Do one edit in the draft: add, move, remove or fill a node, or add, move or remove a path."""
    do = request.form.get("do", "")
    key = request.form.get("key", "")
    chosen = key
    flow = versions.flow_of(code)
    shown = flow.draft or flow.active or flow.latest
    cls = entities().get(shown.entity)
    if do == "node" and key == "start":
        versions.change_draft(code, _version(), **read_start(request.form, cls))
    elif do == "add":
        added: list[str] = []

        def add(nodes: Nodes) -> list[Node]:
            made, new = edits.add_node(nodes, request.form.get("kind", ""), request.form.get("place", ""))
            added.append(new)
            return made

        versions.change_draft(code, _version(), add)
        chosen = added[0]
    else:
        what, _colon, at = do.partition(":")
        verbs: dict[str, Callable[[Nodes], list[Node]]] = {
            "move": lambda nodes: edits.move_node(nodes, key, at or request.form.get("place", "")),
            "remove": lambda nodes: edits.remove_node(nodes, key),
            "node": lambda nodes: _filled(nodes, find(nodes, key), cls),
            "add_path": lambda nodes: edits.add_path(_filled(nodes, find(nodes, key), cls), key),
            "remove_path": lambda nodes: edits.remove_path(nodes, at),
            "move_path": lambda nodes: edits.move_path(nodes, at),
        }
        if what not in verbs:
            raise NotFound("PAGE", _("There is no such page"))
        versions.change_draft(code, _version(), verbs[what])
        chosen = "" if do == "remove" else key
    return make_response(redirect(f"{HERE}/{code}" + (f"?node={chosen}" if chosen else "")))


def _filled(nodes: Nodes, node: Node | None, cls: type[Entity] | None) -> list[Node]:
    """Fill a node, and the paths of a block, with what the panel says."""
    if node is None:
        raise NotFound("NODE", _("This node isn't there any more"))
    made = edits.change_node(nodes, node["key"], read_node(request.form, node))
    for path in node.get("paths", ()):
        if f"{path['key']}.name" in request.form:
            otherwise = path is node["paths"][-1]
            made = edits.change_path(made, path["key"], read_path(
                request.form, path["key"], cls, branch=node["type"] == "branch" and not otherwise))
    return made


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


@blueprint.post(f"{HERE}/<code>/publish")
@served(refused=_refused)
def publish(code: str) -> Answer:
    """Put the draft in use."""
    made = versions.publish(code, _version())
    flash(str(_("Version {number} is in use now.", number=made.revision)), "green")
    return make_response(redirect(f"{HERE}/{code}"))


@blueprint.post(f"{HERE}/<code>/discard")
@served(refused=_refused)
def discard(code: str) -> Answer:
    """Throw the draft away."""
    remains = versions.discard_draft(code)
    flash(str(_("The draft was thrown away.")), "amber")
    return make_response(redirect(f"{HERE}/{code}" if remains else HERE))


def _versions_refused(refusal: Refusal, code: str) -> Answer:
    if refusal.status in (403, 404):
        raise refusal
    return versions_page(code, refusal), refusal.status


@blueprint.post(f"{HERE}/<code>/versions")
@served(refused=_versions_refused)
def edit_version(code: str) -> Answer:
    """Begin a draft from a version, or take the approval out of use."""
    if request.form.get("do") == "off":
        versions.switch_off(code)
        flash(str(_("Switched off: new documents pass without it.")), "amber")
        return make_response(redirect(f"{HERE}/{code}/versions"))
    revision = request.form.get("revision", "")
    known = revision.isascii() and revision.isdecimal() and len(revision) < 10
    versions.draft_of(code, int(revision) if known else None)
    return make_response(redirect(f"{HERE}/{code}"))
