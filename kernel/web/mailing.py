"""The page on which a printed document is sent by mail: to whom, with what words, and what goes with it."""

from flask import Blueprint, flash, make_response, redirect, request

from kernel.discussion.services import open_record
from kernel.errors import Refusal
from kernel.i18n import LOCALES, _
from kernel.printing.mailing import Proposal, mail_document, propose
from kernel.web.frame import crumb, shell
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.once import once
from kernel.web.screen.form import Input, MailingPage
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused

__all__ = ["blueprint"]

blueprint = Blueprint("mailing", __name__)
HERE = "/<plugin>/<name>/<int:id_>/mail/<document>"


def _page(plugin: str, name: str, id_: int, document: str, refusal: Refusal | None = None) -> str:
    cls = entity_asked(plugin, name)
    record = open_record(cls, id_)
    proposed = propose(cls, id_, document, request.args.get("language", ""))
    there = address(cls, id_, f"/mail/{document}")
    wrong = {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    page = MailingPage(
        str(_("Send {document} by mail", document=proposed.label)), there, address(cls, id_),
        tuple((each.address, each.name) for each in proposed.addressees), _inputs(proposed, wrong),
        tuple(Choice(code, label, code == proposed.language, f"{there}?language={code}")
              for code, label in LOCALES.items()),
        proposed.language, address(cls, id_, f"/print/{document}.pdf?language={proposed.language}"),
        refused(refusal) if not wrong else None)
    return render("mailing.html", page, shell=shell(
        [*crumbs_of(cls), crumb(record.title, address(cls, id_)), crumb(_("Send by mail"))]))


def _inputs(proposed: Proposal, wrong: dict[str, str]) -> tuple[Input, ...]:
    form = request.form
    first = proposed.addressees[0].address if proposed.addressees else ""
    return (
        Input("to", str(_("Recipient")), value=form.get("to", first), required=True, max_length=200,
              error=wrong.get("to", "")),
        Input("subject", str(_("Subject")), value=form.get("subject", proposed.subject), required=True, max_length=200,
              error=wrong.get("subject", "")),
        Input("text", str(_("Text")), "note", value=form.get("text", proposed.text), required=True, wide=True,
              error=wrong.get("text", "")))


@blueprint.get(HERE)
@served()
def write(plugin: str, name: str, id_: int, document: str) -> Answer:
    """Offer to send a document."""
    return _page(plugin, name, id_, document)


@blueprint.post(HERE)
@served(refused=lambda refusal, **values: (_page(**values, refusal=refusal), refusal.status))
def send(plugin: str, name: str, id_: int, document: str) -> Answer:
    """Send it, once however often the form is."""
    cls, form = entity_asked(plugin, name), request.form

    def act() -> Answer:
        mail_document(
            open_record(cls, id_), document, to=form.get("to", ""), subject=form.get("subject", ""),
            text=form.get("text", ""), language=request.args.get("language", ""))
        flash(str(_("It is on its way to {address}.", address=form.get("to", ""))), "green")
        return make_response(redirect(address(cls, id_), 303))

    return once(act)  # type: ignore[arg-type]  # a redirect is a Response
