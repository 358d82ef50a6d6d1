"""The import page of every entity: upload, match columns, check, import; the list of imports, and their undoing."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, request

from kernel.entities.base import Entity
from kernel.errors import Forbidden, Refusal
from kernel.exchange.sheets.choices import DATES, NUMBERS, SEPARATORS, Choices, ColumnChoice
from kernel.exchange.sheets.columns import fields_by_path
from kernel.exchange.sheets.files import read_again, upload
from kernel.exchange.sheets.opened import OpenImport
from kernel.exchange.sheets.progress import progress_of
from kernel.exchange.sheets.starting import find_import, start_check, start_import, start_undo
from kernel.exchange.sheets.undoing import undo_size
from kernel.i18n import _
from kernel.web.errors import wants_json
from kernel.web.frame import crumb, may_make, shell
from kernel.web.importing.filling import (
    ENCODING_LABELS,
    check_page,
    columns_page,
    done_page,
    imports_page,
    progress_page,
    upload_page,
)
from kernel.web.importing.rows import example_of, template_header, wrong_csv
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.live.work import watchable
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint"]

blueprint = Blueprint("imports", __name__)
UNDER_WAY = ("checking", "running", "undoing")


def _entity(plugin: str, name: str) -> type[Entity]:
    cls = entity_asked(plugin, name)
    if not may_make(cls):
        raise Forbidden("FORBIDDEN", _("You may not bring in {what}", what=cls.__plural__))
    return cls


def _here(cls: type[Entity], found: OpenImport) -> str:
    return address(cls, None, f"/import/{found.id}")


def _shell(cls: type[Entity]) -> object:
    return shell([*crumbs_of(cls), crumb(_("Import"))])


def _onwards(cls: type[Entity], found: OpenImport) -> Answer:
    return make_response(redirect(_here(cls, found)))


def _upload_refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    cls = _entity(plugin, name)
    return render("import_upload.html", upload_page(cls, refusal), shell=_shell(cls)), refusal.status


@blueprint.get("/<plugin>/<name>/import")
@served()
def begin(plugin: str, name: str) -> Answer:
    """Offer to choose a file."""
    cls = _entity(plugin, name)
    return render("import_upload.html", upload_page(cls), shell=_shell(cls))


@blueprint.post("/<plugin>/<name>/import")
@served(refused=_upload_refused)
def receive(plugin: str, name: str) -> Answer:
    """Take a file in and go on to its columns."""
    cls = _entity(plugin, name)
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refusal("IMPORT_FILE", _("No file was chosen"), fix=_("Choose a CSV file or a workbook"))
    return _onwards(cls, upload(cls, file.filename, file.stream))


@blueprint.get("/<plugin>/<name>/import/template.csv")
@served()
def template(plugin: str, name: str) -> Answer:
    """Give a file with the columns that can be filled, and a row of examples."""
    cls = _entity(plugin, name)
    fields = list(fields_by_path(cls).values())
    return _csv([template_header(fields), [example_of(each) for each in fields]], f"{name}.csv")


def _csv(rows: list[list[str]], file_name: str) -> Response:
    """Give rows as a file that spreadsheets open as UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    answer = make_response(text.getvalue().encode("utf-8-sig"))
    answer.mimetype = "text/csv"
    answer.headers.set("Content-Disposition", "attachment", filename=file_name)
    return answer


@blueprint.get("/<plugin>/<name>/import/<int:id_>")
@served()
def stand(plugin: str, name: str, id_: int) -> Answer:
    """Show an import as it stands; `?columns=1` goes back from the check to the columns."""
    cls = _entity(plugin, name)
    return _show(cls, find_import(cls, id_))


def _show(cls: type[Entity], found: OpenImport, refusal: Refusal | None = None) -> str:
    back = request.method == "GET" and "columns" in request.args
    if found.state in UNDER_WAY:
        return render("import_progress.html", progress_page(cls, found), shell=_shell(cls))
    if found.state == "uploaded" or (found.state == "checked" and back):
        choices = Choices.from_json(found.choices)
        return render("import_columns.html", columns_page(cls, found, choices, refusal), shell=_shell(cls))
    if found.state == "checked":
        return render("import_check.html", check_page(cls, found, refusal), shell=_shell(cls))
    return render("import_done.html", done_page(cls, found, refusal), shell=_shell(cls))


def _columns_refused(refusal: Refusal, plugin: str, name: str, id_: int) -> Answer:
    """Show the columns again with what was chosen."""
    cls = _entity(plugin, name)
    found = find_import(cls, id_)
    if found.state not in ("uploaded", "checked"):
        return _show(cls, found, refusal), refusal.status
    page = columns_page(cls, found, _chosen(found), refusal)
    return render("import_columns.html", page, shell=_shell(cls)), refusal.status


@blueprint.post("/<plugin>/<name>/import/<int:id_>/columns")
@served(refused=_columns_refused)
def match(plugin: str, name: str, id_: int) -> Answer:
    """Take what was chosen: read the file another way (`do=read`), or check all its rows."""
    cls = _entity(plugin, name)
    found = find_import(cls, id_)
    choices = _chosen(found)
    if request.form.get("do") == "read":
        read_again(cls, found, choices)
        return make_response(redirect(f"{_here(cls, found)}?columns=1"))
    before = Choices.from_json(found.choices)
    if (before.encoding, before.separator, before.sheet) != (choices.encoding, choices.separator, choices.sheet):
        read_again(cls, found, choices)
        flash(str(_("The file was read anew; look at its columns once more.")), "amber")
        return make_response(redirect(f"{_here(cls, found)}?columns=1"))
    start_check(found, choices)
    return _onwards(cls, found)


def _chosen(found: OpenImport) -> Choices:
    """Read the choices of the columns' form; what it doesn't offer stays as it was."""
    form, before = request.form, Choices.from_json(found.choices)

    def one_of(name: str, allowed: object, kept: str) -> str:
        value = form.get(name, kept)
        return value if value in allowed else kept  # type: ignore[operator]  # any container of texts

    columns: dict[str, ColumnChoice] = {}
    for at, name in enumerate(found.content["header"]):
        path, _colon, find = form.get(f"field.{at}", "").partition(":")
        if path and name:
            columns[name] = ColumnChoice(path, find)
    match_by, _colon, existing = form.get("match", "").partition(":")
    return replace(
        before, encoding=one_of("encoding", ENCODING_LABELS, before.encoding),
        separator=one_of("separator", SEPARATORS, before.separator),
        sheet=one_of("sheet", found.content["sheets"], before.sheet),
        numbers=one_of("numbers", NUMBERS, before.numbers), dates=one_of("dates", DATES, before.dates),
        columns=columns, match=match_by, existing="only" if existing == "only" else "both",
        group=one_of("group", ("", *found.content["header"]), ""))


def _run_refused(refusal: Refusal, plugin: str, name: str, id_: int) -> Answer:
    if wants_json():
        raise refusal
    cls = _entity(plugin, name)
    return _show(cls, find_import(cls, id_), refusal), refusal.status


@blueprint.post("/<plugin>/<name>/import/<int:id_>/run")
@served(refused=_run_refused)
def run(plugin: str, name: str, id_: int) -> Answer:
    """Bring in the rows that were checked: the good ones, or all or nothing (`wrong=none`)."""
    cls = _entity(plugin, name)
    found = find_import(cls, id_)
    start_import(found, all_or_nothing=request.form.get("wrong") == "none")
    return _onwards(cls, found)


@blueprint.post("/<plugin>/<name>/import/<int:id_>/undo")
@served(refused=_run_refused)
def undo(plugin: str, name: str, id_: int) -> Answer:
    """Undo an import: all of it or nothing, or (`part=1`) what can be undone."""
    cls = _entity(plugin, name)
    found = find_import(cls, id_)
    start_undo(found, whole="part" not in request.form)
    return _onwards(cls, found)


@blueprint.get("/<plugin>/<name>/import/<int:id_>/progress")
@served()
def progress(plugin: str, name: str, id_: int) -> Answer:
    """Say how many rows are through, and whether it goes on."""
    return jsonify(import_progress(plugin, name, id_))


@watchable("import", str, str, int)
def import_progress(plugin: str, name: str, id_: int) -> Mapping[str, object]:
    """Say how far an import is, to whoever may see it."""
    found = find_import(_entity(plugin, name), id_)
    total = undo_size(found) if found.state == "undoing" else found.content["count"]
    return {"done": progress_of(found.id), "total": total, "busy": found.state in UNDER_WAY}


@blueprint.get("/<plugin>/<name>/import/<int:id_>/wrong.csv")
@served()
def wrong(plugin: str, name: str, id_: int) -> Answer:
    """Give the wrong rows with what is wrong with each, to be mended and brought in again."""
    cls = _entity(plugin, name)
    found = find_import(cls, id_)
    return _csv(wrong_csv(found), f"{found.file_name.rpartition('.')[0]}-{_('wrong rows')}.csv")


@blueprint.get("/<plugin>/<name>/imports")
@served()
def past(plugin: str, name: str) -> Answer:
    """List the imports of an entity."""
    cls = _entity(plugin, name)
    before = request.args.get("before", "")
    page = imports_page(cls, int(before) if before.isdecimal() and len(before) < 17 else None)
    return render("imports.html", page, shell=_shell(cls))
