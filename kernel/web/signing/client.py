"""Where a request comes from, and the cookie that carries a session."""

import secrets

from flask import Response, g, request
from flask import session as cookie

from kernel.i18n import _
from kernel.identity.signing.log import Client, hashed

__all__ = ["agent_words", "client_asking", "remember_device", "take_session"]

DEVICE = "trellis_device"
DEVICE_DAYS = 730
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))


def client_asking() -> Client:
    """Describe whoever sends the current request; a browser without a mark is given one with the answer."""
    mark = request.cookies.get(DEVICE, "")
    if not mark:
        mark = g.setdefault("device_mark", secrets.token_urlsafe(24))
    return Client(request.remote_addr or "", request.headers.get("User-Agent", ""), hashed(mark))


def remember_device(answer: Response) -> Response:
    """Leave the mark by which the browser is known next time; it opens nothing by itself."""
    if mark := g.get("device_mark"):
        answer.set_cookie(DEVICE, mark, max_age=DEVICE_DAYS * 86400, httponly=True, samesite="Lax",
                          secure=request.is_secure, path="/sign-in")
    return answer


def take_session(user_id: int, key: str, company_id: int | None) -> None:
    """Put a session into the browser's cookie; whatever was in it goes, so that nothing can be planted."""
    cookie.clear()
    cookie.permanent = True
    cookie["user"], cookie["key"], cookie["company"] = user_id, key, company_id


def agent_words(agent: str) -> str:
    """Say in two words what a browser calls itself at length: "Firefox, Windows"."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        return str(_("{browser}, {system}", browser=browser, system=system))
    return browser or system or agent.split("/", maxsplit=1)[0][:40] or str(_("Unknown browser"))
