"""Print a record, or all selected ones, as a PDF; and what the pages offer to print."""

from flask import Blueprint, Response, flash, make_response, redirect, request

from kernel.entities.base import Entity
from kernel.exchange.rows import Row
from kernel.i18n import LOCALES, _
from kernel.permissions.rights import rights
from kernel.printing.declare import SHEET, offered
from kernel.printing.services import Printed, print_records
from kernel.web.listing.filling import LARGEST
from kernel.web.listing.pages import entity_asked
from kernel.web.screen.form import PrintChoice
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, served
from kernel.web.show import address

__all__ = ["blueprint", "print_choices"]

blueprint = Blueprint("printing", __name__)


def print_choices(cls: type[Entity], row: Row) -> tuple[PrintChoice, ...]:
    """Offer the documents a record can be printed as now, each in the party's language or another."""
    found: list[PrintChoice] = []
    may_mail = rights().may("comment", cls.__entity__)
    for each in offered(cls, row.values):
        there = address(cls, row.id, f"/print/{each.name}.pdf")
        languages = tuple(
            Choice(code, name, href=f"{there}?language={code}") for code, name in LOCALES.items())
        label = each.label if each.name != SHEET or not found else _("All fields of the form")
        mail = address(cls, row.id, f"/mail/{each.name}") if may_mail else ""
        found.append(PrintChoice(str(label), there, languages, mail))
    return tuple(found)


@blueprint.get("/<plugin>/<name>/<int:id_>/print/<document>.pdf")
@served()
def one(plugin: str, name: str, id_: int, document: str) -> Answer:
    """Print a record as one of its documents, in the language asked for."""
    return _pdf(print_records(entity_asked(plugin, name), [id_], document, request.args.get("language", "")))


@blueprint.post("/<plugin>/<name>/print")
@served(reading=True)
def many(plugin: str, name: str) -> Answer:
    """Print the selected records into one PDF, each as its usual document."""
    cls = entity_asked(plugin, name)
    ids = list(dict.fromkeys(int(text) for text in request.form.getlist("id") if text.isdecimal()))[:LARGEST]
    if not ids:
        flash(str(_("Nothing was selected.")), "amber")
        return make_response(redirect(address(cls)))
    return _pdf(print_records(cls, ids))


def _pdf(printed: Printed) -> Response:
    answer = make_response(printed.content)
    answer.mimetype = "application/pdf"
    answer.headers.set("Content-Disposition", "inline", filename=printed.filename)
    return answer
