"""Refusals and faults as answers: a page for people, problem+json for programs, always with the next step."""

import traceback

import structlog
from flask import Flask, Response, current_app, g, jsonify, make_response, redirect, request
from flask import session as cookie
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, NotFound, TooManyRequests

from kernel.errors import Refusal, Unavailable
from kernel.i18n import Text, _, use_locale
from kernel.web.choosing import ask_for_approvers, can_ask
from kernel.web.frame import crumb, shell
from kernel.web.restart import restart_soon
from kernel.web.screen.setup import ErrorPage, FaultPage, WaitingPage
from kernel.web.screen.shown import Action
from kernel.web.serving import Enrolling, Restarting, SignedOut, locale_asked, render, serve_once, to_sign_in
from kernel.web.show import why_address, why_refused
from kernel.workflows.approvals.running import ChoiceNeeded

__all__ = ["answer_errors", "waiting_page", "wants_json"]

log = structlog.get_logger("trellis.web")
ICONS = {403: "lock", 404: "map-search", 409: "users", 429: "hourglass", 500: "bug", 503: "plug-connected-x"}


def answer_errors(app: Flask) -> None:
    """Register how each kind of error is answered."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(ChoiceNeeded, _choice)
    app.register_error_handler(SignedOut, lambda error: to_sign_in())
    app.register_error_handler(Enrolling, lambda error: redirect("/me/second-factor"))
    app.register_error_handler(Restarting, _restarting)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(TooManyRequests, _too_many)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _fault)


def _refusal(refusal: Refusal) -> Response:
    if wants_json():
        with use_locale(g.visitor.locale if "visitor" in g else locale_asked()):
            answer = jsonify(refusal.as_problem() | {"detail": str(refusal)})
        answer.mimetype = "application/problem+json"
        answer.status_code = refusal.status
        return answer
    return _page(refusal.status, refusal, "", refusal.fix or "", _why(refusal))


def _choice(refusal: ChoiceNeeded) -> Response:
    return _refusal(refusal) if wants_json() or not can_ask() else ask_for_approvers(refusal)


def _why(refusal: Refusal) -> str:
    """Give the page that explains why something isn't open: a right or field that is missing, or a record's reach."""
    asked = request.view_args or {}
    if refusal.code == "HIDDEN_FIELD" and {"plugin", "name"} <= asked.keys():
        return why_address(f"{asked['plugin']}.{asked['name']}", None, f"field-{refusal.field or ''}")
    if refusal.code == "NO_SUCH_RECORD" and {"plugin", "name", "id_"} <= asked.keys():
        return why_address(f"{asked['plugin']}.{asked['name']}", asked["id_"], "read")
    return why_refused(refusal)


def _restarting(error: Restarting) -> Response:
    restart_soon()
    return waiting_page(_("The plugins have changed"), request.path)


def waiting_page(title: Text, onwards: str, *, within: int = 6) -> Response:
    """Show a page that opens another as soon as the process is back; without a script, after `within` seconds."""
    if wants_json():
        answer = jsonify({"type": "about:blank", "title": str(title), "status": 503})
        answer.status_code = 503
    else:
        page = WaitingPage(str(title), str(_("Trellis loads its plugins anew; this takes a few seconds.")), onwards)
        answer = make_response(render("waiting.html", page), 503)
        answer.headers["Refresh"] = f"{within}; url={onwards}"
    answer.headers["Retry-After"] = "3"
    return answer


def _csrf(error: CSRFError) -> Response:
    return _page(400, _("This form was open for too long, or came from another page"), "",
                 _("Go back, load the page again and send it once more; what you typed is still there"))


def _too_many(error: TooManyRequests) -> Response:
    return _page(429, _("Too many attempts from your address"), "", _("Wait a minute and try again"))


def _not_found(error: NotFound) -> Response:
    return _page(404, _("There is no such page"), _("It may have been moved, or its plugin isn't installed."), "")


def _http(error: HTTPException) -> Response:
    return _page(error.code or 500, _("That request can't be served"), str(error.description or ""), "")


def _database(error: OperationalError) -> Response:
    log.error("web.database", error=str(error.orig))
    return _page(503, _("The database can't be reached"), "",
                 _("Nothing was changed. Try again in a moment; if it stays, tell whoever runs Trellis"))


def _fault(error: Exception) -> Response:
    log.error("web.fault", path=request.path, exc_info=error)
    if current_app.config.get("TRELLIS_SHOWS_FAULTS") and not wants_json():
        return _developers(error)
    return _page(500, _("Something went wrong on our side"), _("Nothing was changed; the fault was written down."),
                 _("Try again. If it happens once more, ask for help with the number below"))


def _developers(error: Exception) -> Response:
    """Show a fault with its lines of code to the developer whose own machine this is (`trellis run --reload`)."""
    lines = "".join(traceback.format_exception(error))
    page = FaultPage(f"{type(error).__name__}: {error}", lines, request.method, request.path)
    return make_response(render("fault.html", page), 500)


def wants_json() -> bool:
    """Say whether the client asked for data rather than a page."""
    accepts = request.headers.get("Accept", "")
    return "application/json" in accepts and "text/html" not in accepts


def _page(status: int, title: Text | Refusal, text: Text, fix: Text, why_href: str = "") -> Response:
    def fill() -> ErrorPage:
        icon = ICONS.get(status, "alert-triangle")
        back = Action(str(_("Back")), request.referrer, "arrow-left") if _same_site(request.referrer) else None
        return ErrorPage(
            status, str(title), str(text), f"{fix}." if fix and not str(fix).endswith((".", "。", "?")) else str(fix),
            g.get("request_id", ""), back, icon, why_href)

    if wants_json():
        answer = jsonify({"type": "about:blank", "title": str(title), "status": status, "detail": str(text or title)})
        answer.mimetype = "application/problem+json"
        answer.status_code = status
        return answer
    if status != 503 and isinstance(cookie.get("user"), int):
        try:
            answer = serve_once(lambda: render(
                "error.html", (page := fill()), shell=shell([crumb(page.title)])))
            answer.status_code = status
            return answer
        except (SignedOut, Enrolling, Refusal, OperationalError, Unavailable):
            log.info("web.bare_error_page", status=status)
    locale = locale_asked()
    with use_locale(locale):
        return make_response(render("error_bare.html", fill(), lang=locale.replace("_", "-")), status)


def _same_site(address: str | None) -> bool:
    return bool(address) and address is not None and address.startswith(request.host_url)
