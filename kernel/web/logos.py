"""The logo on a company's printed documents: see it, put another, take it away."""

from flask import Blueprint, flash, make_response, redirect, request

from kernel.entities.work import session
from kernel.errors import NotFound, Refusal
from kernel.i18n import _
from kernel.identity.models import Company
from kernel.permissions.rights import rights
from kernel.printing.logos import LARGEST_LOGO, MEDIA, logo_of, put_logo, remove_logo
from kernel.web.frame import crumb, shell
from kernel.web.screen.setup import LogoPage
from kernel.web.screen.shown import Refused
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint"]

blueprint = Blueprint("logos", __name__)


@blueprint.get("/kernel/company/<int:company_id>/logo")
@served()
def ask(company_id: int) -> Answer:
    """Show the logo and a form for another."""
    return _page(company_id)


def _refused(refusal: Refusal, company_id: int) -> Answer:
    return _page(company_id, refusal), refusal.status


def _page(company_id: int, refusal: Refusal | None = None) -> str:
    company = _company(company_id)
    here = address(Company, company_id, "/logo")
    page = LogoPage(
        str(_("Logo of {name}", name=company.name)), here, f"{here}/picture" if logo_of(company_id) else "",
        address(Company, company_id), str(_(
            "A PNG, JPEG or SVG picture of at most {most} kB; it stands at the head of what is printed.",
            most=LARGEST_LOGO // 1024)),
        Refused(str(refusal.problems[0].message if refusal.problems else refusal)) if refusal else None)
    return render("logo.html", page, shell=shell([
        crumb(_("Settings")), crumb(company.name, address(Company, company_id)), crumb(_("Logo"))]))


def _company(company_id: int) -> Company:
    rights().demand("change", Company.__entity__)
    found = session().get(Company, company_id)
    if found is None:
        raise NotFound("NO_SUCH_RECORD", _("There is no such record"))
    return found


@blueprint.get("/kernel/company/<int:company_id>/logo/picture")
@served()
def picture(company_id: int) -> Answer:
    """Answer the picture itself."""
    _company(company_id)
    found = logo_of(company_id)
    if found is None:
        raise NotFound("NO_SUCH_RECORD", _("There is no such record"))
    kind, content = found
    return make_response(content, 200, {"Content-Type": MEDIA[kind]})


@blueprint.post("/kernel/company/<int:company_id>/logo")
@served(refused=_refused)
def put(company_id: int) -> Answer:
    """Put another logo, or take away the one there is."""
    company = _company(company_id)
    if request.form.get("do") == "remove":
        remove_logo(company)
        flash(str(_("The logo was taken away.")), "green")
    else:
        file = request.files.get("logo")
        put_logo(company, file.read(LARGEST_LOGO + 1) if file else b"")
        flash(str(_("The logo stands on what is printed from now on.")), "green")
    return make_response(redirect(address(Company, company_id, "/logo")))
