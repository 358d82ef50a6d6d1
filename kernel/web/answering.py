"""The page on which a mail that was filed to a record is answered, and the door by which it is taken from there."""

from flask import Blueprint, flash, make_response, redirect, request

from kernel.discussion.services import open_record
from kernel.errors import Refusal
from kernel.i18n import _, format_instant
from kernel.mail.incoming.answering import answer_mail, subject_of_answer
from kernel.mail.incoming.services import mail_of, take_back
from kernel.web.discussion import pieces_of
from kernel.web.frame import crumb, shell
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.once import once
from kernel.web.screen.form import Input
from kernel.web.screen.mails import AnswerPage
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused

__all__ = ["blueprint"]

blueprint = Blueprint("answering", __name__)
RECORD = "/<plugin>/<name>/<int:id_>/mails/<int:mail_id>"


@blueprint.get(f"{RECORD}/answer")
@served()
def write(plugin: str, name: str, id_: int, mail_id: int) -> Answer:
    """Offer to answer a mail."""
    return _page(plugin, name, id_, mail_id)


def _page(plugin: str, name: str, id_: int, mail_id: int, refusal: Refusal | None = None) -> str:
    cls = entity_asked(plugin, name)
    record = open_record(cls, id_)
    row = mail_of(cls, id_, mail_id)
    form, wrong = request.form, {each.field: str(each.message) for each in refusal.problems} if refusal else {}
    page = AnswerPage(
        str(_("Answer {address}", address=row.sender)), address(cls, id_, f"/mails/{mail_id}/answer"),
        address(cls, id_),
        (Input("subject", str(_("Subject")), value=form.get("subject", subject_of_answer(row.subject)), required=True,
               max_length=200, error=wrong.get("subject", ""), wide=True),
         Input("text", str(_("Text")), "note", value=form.get("text", ""), required=True, wide=True,
               error=wrong.get("text", ""))),
        str(_("{who} wrote at {when}. From outside, unverified.", who=row.sender_name or row.sender,
              when=format_instant(row.sent_at or row.at))),
        tuple(pieces_of(row.text, ())), refused(refusal) if not wrong else None)
    return render("mail_answer.html", page, shell=shell(
        [*crumbs_of(cls), crumb(record.title, address(cls, id_)), crumb(_("Answer"))]))


@blueprint.post(f"{RECORD}/answer")
@served(refused=lambda refusal, **values: (_page(**values, refusal=refusal), refusal.status))
def send(plugin: str, name: str, id_: int, mail_id: int) -> Answer:
    """Send the answer, once however often the form is."""
    cls, form = entity_asked(plugin, name), request.form

    def act() -> Answer:
        answer_mail(open_record(cls, id_), mail_id, subject=form.get("subject", ""), text=form.get("text", ""))
        flash(str(_("The answer is on its way.")), "green")
        return make_response(redirect(f"{address(cls, id_)}#talk", 303))

    return once(act)  # type: ignore[arg-type]  # a redirect is a Response


@blueprint.post(f"{RECORD}/back")
@served()
def back(plugin: str, name: str, id_: int, mail_id: int) -> Answer:
    """Take a mail from a record that it doesn't belong to."""
    cls = entity_asked(plugin, name)
    open_record(cls, id_)
    take_back(cls, id_, mail_id)
    flash(str(_("The mail waits to be filed again.")), "green")
    return make_response(redirect(address(cls, id_, "/talk" if "X-Part" in request.headers else ""), 303))
