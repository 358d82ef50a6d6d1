"""The generated list of any entity: its page, actions on all that is selected, and what link pickers offer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, request, send_file

from kernel.entities.base import Entity, entities
from kernel.entities.work import session
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.exchange.exporting.files import TABLE_FILES, Cell
from kernel.exchange.exporting.lists import exported
from kernel.exchange.listing import Query
from kernel.exchange.paths import document_of
from kernel.exchange.rows import Row, rows_of
from kernel.exchange.scans.finding import find
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.shared.gs1 import read_code
from kernel.web.asked import Asked, conditions_of
from kernel.web.declare import ListView, views
from kernel.web.frame import app_address, crumb, plugin_label, shell
from kernel.web.listing.filling import LARGEST, columns_asked, list_page, query_of
from kernel.web.listing.tabs import ViewTabs
from kernel.web.serving import Answer, page_behind, render, served
from kernel.web.show import address
from kernel.workflows.machine import workflow_of

__all__ = ["blueprint", "crumbs_of", "entity_asked", "list_view", "show_list", "table_file"]

blueprint = Blueprint("lists", __name__)
PAGES = ("tags", "merge")
"""Actions on what is selected that ask for something first, on a page of their own."""


def entity_asked(plugin: str, name: str, *, lines: bool = False) -> type[Entity]:
    """Find the entity of an address, a document's lines only where the page shows `lines` too.

    Raises NotFound where there is none, Forbidden where one may not read it.
    """
    cls = entities().get(f"{plugin}.{name}")
    if cls is None or (cls.__parent__ and not lines):
        raise NotFound("PAGE", _("There is no such page"))
    rights().demand("read", document_of(cls).__entity__)
    return cls


def crumbs_of(cls: type[Entity]) -> list[Any]:
    """Give the path to an entity's list."""
    if cls.__parent__:
        return [*crumbs_of(cls.__fields__[cls.__parent__].target), crumb(cls.__plural__, address(cls))]
    if cls.__plugin__ == "kernel" and cls.__plugin__ not in views.menus:
        return [crumb(_("Settings")), crumb(cls.__plural__, address(cls))]
    return [crumb(plugin_label(cls.__plugin__), app_address(cls.__plugin__)), crumb(cls.__plural__, address(cls))]


@blueprint.get("/<plugin>/<name>")
@served()
def records(plugin: str, name: str) -> Answer:
    """Show a list."""
    cls = entity_asked(plugin, name, lines=True)
    return show_list(cls, Asked.from_args(request.args), bare=not request.args)


@blueprint.get("/<plugin>/<name>/export/<kind>")
@served()
def export(plugin: str, name: str, kind: str) -> Answer:
    """Give the list as a file: all its records in their order, with the columns it shows."""
    cls = entity_asked(plugin, name, lines=True)
    asked = Asked.from_args(request.args)
    columns = columns_asked(cls, asked)
    query = replace(query_of(cls, list_view(cls), asked), fields=[path for path, _field in columns])
    heads = [str(field.label) for _path, field in columns]
    return table_file(kind, lambda: exported(query, heads), f"{plugin}-{name}", frozen=1)


def table_file(kind: str, lines: Callable[[], Iterable[Sequence[Cell]]], name: str, *, frozen: int) -> Response:
    """Answer with lines as a file of a kind; raises NotFound for one that there isn't."""
    file = TABLE_FILES.get(kind)
    if file is None:
        raise NotFound("PAGE", _("There is no such page"))
    return send_file(
        file.write(lines(), frozen=frozen), mimetype=file.mimetype, as_attachment=True, download_name=f"{name}.{kind}")


def show_list(
    cls: type[Entity], asked: Asked, refusal: Refusal | None = None, *, typed: str = "", bare: bool = False
) -> str:
    """Show a list as asked for, a bare address by the person's default view; `typed` is the name of a refused view."""
    page = list_page(cls, list_view(cls), ViewTabs(cls, asked, "list", bare=bare), refusal, typed=typed)
    return render("list.html", page, shell=shell(crumbs_of(cls)))


def list_view(cls: type[Entity]) -> ListView:
    """Give the list that a plugin declared of an entity, or the default one."""
    return views.lists.get(cls.__entity__) or ListView.default(cls.__entity__)


def _bulk_refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    return show_list(entity_asked(plugin, name), Asked(), refusal), refusal.status


@blueprint.post("/<plugin>/<name>/bulk")
@served(refused=_bulk_refused)
def bulk(plugin: str, name: str) -> Answer:
    """Run an action on all selected records, or on none."""
    cls = entity_asked(plugin, name)
    ids = [int(text) for text in request.form.getlist("id") if text.isdecimal()][:LARGEST]
    there = _list_behind(cls)
    records = session().query(cls).filter(cls.id.in_(ids)).order_by(cls.id).all() if ids else []
    if not records:
        flash(str(_("Nothing was selected.")), "amber")
        return make_response(redirect(there))
    action = request.form.get("do", "")
    if action in PAGES:
        return make_response(redirect(address(cls, None, f"/{action}"), 307))  # the selection is sent on with it
    _act(cls, action, records)
    return make_response(redirect(there))


def _list_behind(cls: type[Entity]) -> str:
    """Give the list as it was asked for where records were selected on it."""
    behind = page_behind()
    return behind if urlsplit(behind).path == address(cls) else address(cls)


def _act(cls: type[Entity], action: str, records: Sequence[Entity]) -> None:
    count = len(records)
    if action == "archive":
        rights().demand("change", cls.__entity__)
        for record in records:
            record.archived = True
        session().flush()
        flash(str(_("{count} archived.", count=count)), "green")
        return
    workflow = workflow_of(cls)
    code = action.removeprefix("run:")
    if workflow is None or code not in workflow.transitions:
        raise Forbidden("UNKNOWN_ACTION", _("There is no such action"))
    workflow.run(code, records)
    step = workflow.transitions[code]
    parked = sum(getattr(record, workflow.field) == step.parked != step.target for record in records)
    if parked:
        flash(str(_("{count} wait for approval.", count=parked)), "amber")
    if parked < count:
        flash(str(_("{action}: {count} done.", action=step.label, count=count - parked)), "green")


@blueprint.get("/<plugin>/<name>/options")
@served()
def options(plugin: str, name: str) -> Answer:
    """Answer a link picker: the records whose text matches among those it offers, or what a scanned code stands for."""
    cls = entity_asked(plugin, name)
    if code := request.args.get("code", "")[:200]:
        ids = find(read_code(code, session().today), [cls]).get(cls, [])
        return jsonify([
            {"value": str(row.id), "label": row.title, "note": _note(cls, row)}
            for row in rows_of(cls, ids, _note_fields(cls))[1]])
    chosen = conditions_of(cls, Asked.from_args(request.args).filters)
    found = Query(cls, filter=chosen, search=request.args.get("q", "")[:100], limit=25, fields=_note_fields(cls)).page()
    return jsonify([
        {"value": str(row.id), "label": row.title, "note": _note(cls, row)} for row in found.rows])


def _note_fields(cls: type[Entity]) -> list[str]:
    """One more searchable field beside the title tells namesakes apart."""
    return [field.name for field in rights().visible(cls)
            if field.searchable and field.name != cls.__title__ and not field.hidden][:1]


def _note(cls: type[Entity], row: Row) -> str:
    found = next((str(value) for name in _note_fields(cls) if (value := row.values.get(name))), "")
    return "" if found in row.title else found
