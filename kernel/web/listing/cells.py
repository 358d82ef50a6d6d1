"""Edit a list's cell where it stands: its control, and its row anew once it is saved."""

from flask import Blueprint, make_response, request

from kernel.entities.base import Entity
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.exchange import records
from kernel.exchange.conflicts import ChangedMeanwhile
from kernel.exchange.rows import rows_of
from kernel.i18n import _
from kernel.web.asked import Asked
from kernel.web.filled import Options
from kernel.web.forms import reading
from kernel.web.layout import Placed, field_at
from kernel.web.listing.filling import columns_asked
from kernel.web.listing.pages import entity_asked, list_view
from kernel.web.listing.rows import ListRows, activity_heads, column_head, editable_paths, phone_places
from kernel.web.posted import Posted
from kernel.web.screen.listing import CellPage, RowPage
from kernel.web.serving import Answer, render, served
from kernel.web.show import currency_of, input_of

__all__ = ["blueprint"]

blueprint = Blueprint("cells", __name__)


@blueprint.get("/<plugin>/<name>/<int:id_>/cell/<path>")
@served()
def edit(plugin: str, name: str, id_: int, path: str) -> Answer:
    """Give the control of a cell, as the record stands now."""
    return _cell(entity_asked(plugin, name), id_, path)


def _cell(cls: type[Entity], id_: int, path: str, text: str | None = None, error: str = "") -> str:
    field = field_at(cls, path)
    if field is None or path not in editable_paths(cls):
        raise Forbidden("READ_ONLY", _("{field} can't be changed here", field=field.label if field else path))
    rows = rows_of(cls, [id_], ListRows(cls, [(path, field)]).names)[1]
    if not rows:
        raise NotFound("NO_SUCH_RECORD", _("There is no such {what}, or it isn't open to you", what=cls.__label__))
    control = input_of(
        field, path, rows[0].values[path], text=text, error=error, options=Options().of(Placed(path, field, True)),
        currency=currency_of(field, rows[0].values))
    return render("_cell.html", CellPage(control, rows[0].version, rows[0].title))


def _refused(refusal: Refusal, plugin: str, name: str, id_: int, path: str) -> Answer:
    """Give the control again with what was typed and why it wasn't saved; a clash is settled by saving once more."""
    if refusal.status == 404:
        raise refusal
    said = next((str(problem.message) for problem in refusal.problems if problem.field == path), str(refusal))
    if isinstance(refusal, ChangedMeanwhile):
        said = str(_("{what}. Enter saves yours all the same, Escape leaves theirs.", what=refusal))
    elif refusal.fix:
        said = f"{said}. {refusal.fix}"
    return _cell(entity_asked(plugin, name), id_, path, _typed(path), said), refusal.status


def _typed(path: str) -> str:
    """Read what was typed; a checkbox comes after a hidden empty input of its name, so the last one counts."""
    return (request.form.getlist(path) or [""])[-1].replace("\r\n", "\n")


@blueprint.post("/<plugin>/<name>/<int:id_>/cell/<path>")
@served(refused=_refused)
def save(plugin: str, name: str, id_: int, path: str) -> Answer:
    """Save a cell and give its row anew; nothing where the record is no longer open to the person."""
    cls = entity_asked(plugin, name)
    if path not in editable_paths(cls):
        raise Forbidden("READ_ONLY", _("{field} can't be changed here", field=path))
    version = request.form.get("version", "")
    posted = Posted({path: _typed(path)}, version=int(version) if version.isdecimal() else None)
    records.change(cls, [(id_, posted.version, posted.as_data())], reading=reading())
    return make_response(_row(cls, id_))


def _row(cls: type[Entity], id_: int) -> str:
    columns = columns_asked(cls, Asked.from_args(request.form))
    drawn = ListRows(cls, columns)
    rows = rows_of(cls, [id_], drawn.names)[1]
    if not rows:
        return ""
    places, writable = phone_places(list_view(cls), columns), editable_paths(cls)
    heads = (*(column_head(path, field, "", Asked(), "", places, writable) for path, field in columns),
             *activity_heads(cls))
    return render("_row.html", RowPage(heads, drawn.shown(drawn.prepare(rows)[0])))
