"""Trellis as an application on a phone or desktop: its manifest, its service worker, and the page without connection.

The service worker keeps static files by their marked addresses and the one page it shows without a connection, which
tells nothing of the company. It never keeps an answer made of records.
"""

from flask import Blueprint, Response, current_app, jsonify, make_response, request

from kernel.entities.work import actor
from kernel.i18n import LOCALES, _, use_locale
from kernel.web.assets import STATIC, Assets
from kernel.web.frame import companies
from kernel.web.screen.offline import OfflinePage
from kernel.web.serving import Answer, locale_asked, render, served, visitor

__all__ = ["blueprint"]

blueprint = Blueprint("installable", __name__)
WORKER = STATIC / "js" / "service-worker.js"
CANVAS, ACCENT = "#f4f4f1", "#0b6a55"
"""The colours of css/tokens.css that a manifest can only name as such."""


@blueprint.get("/manifest.webmanifest")
@served()
def manifest() -> Answer:
    """Describe the application by the name of the company one works in."""
    company = next((name for id_, name in companies() if id_ == actor().company_id), "Trellis")
    assets: Assets = current_app.extensions["trellis.assets"]
    icons = [
        {"src": assets.address(f"vendor/app-{name}.png"), "sizes": f"{size}x{size}", "type": "image/png",
         "purpose": purpose}
        for name, size, purpose in (("192", 192, "any"), ("512", 512, "any"), ("maskable", 512, "maskable"))]
    answer = jsonify({
        "id": "/", "name": company, "short_name": company[:30], "lang": visitor().locale.replace("_", "-"),
        "start_url": "/", "scope": "/", "display": "standalone", "background_color": CANVAS, "theme_color": ACCENT,
        "icons": icons,
        "shortcuts": [
            {"name": str(label), "url": url} for label, url in ((_("Scan"), "/scan"), (_("Inbox"), "/inbox"))],
    })
    answer.mimetype = "application/manifest+json"
    return answer


@blueprint.get("/service-worker.js")
def service_worker() -> Response:
    """Serve the service worker from the root, whose pages it watches; a browser asks for it anew each day."""
    answer = Response(WORKER.read_bytes(), mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/offline")
def offline() -> Answer:
    """Show the page that stands for any other while there is no connection: `lang=zh_Hant`."""
    asked = request.args.get("lang", "")
    locale = asked if asked in LOCALES else locale_asked()
    with use_locale(locale):
        page = OfflinePage(
            str(_("No connection")), str(_("Trellis can't be reached at the moment. Nothing was lost.")),
            str(_("What you typed is kept on this device and is offered to you again.")), str(_("Try again")))
        return make_response(render("offline.html", page, lang=locale.replace("_", "-")))
