"""One unit of work per request: recognise the visitor, open the transaction, serve in their language, try again.

Reading requests open reading work; a refusal of a writing one rolls everything back before the page that shows it
is made in work of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import structlog
from flask import Response, g, make_response, redirect, render_template, request
from flask import session as cookie
from sqlalchemy import Select
from sqlalchemy.exc import DBAPIError

from kernel.entities.work import Actor, perform, session
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.i18n import LOCALES, _, use_locale
from kernel.identity.signing.log import Client, hashed
from kernel.identity.signing.sessions import IDLE, SEEN_EVERY, note_seen, session_query
from kernel.permissions.actors import actor_of
from kernel.web.hookcalls import recorded
from kernel.web.inbox.people import is_id
from kernel.web.restart import generation_column, is_stale
from kernel.workflows.approvals.running import ChoiceNeeded, choosing

__all__ = [
    "BEHIND", "CHOSEN", "Answer", "Enrolling", "Restarting", "SignedOut", "Visitor", "back_here", "locale_asked",
    "look_again", "page_behind", "parameters_of_session", "referring_page", "render", "served", "visitor",
]

log = structlog.get_logger("trellis.web")

CHOSEN = "approver."
"""What the names of inputs begin with that hold whom an initiator chose."""
BEHIND = "page-behind"
"""The input that holds the page a form stood on, where another page sends it again; no field has such a name."""

Answer = Response | str | tuple[str, int]
T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])
Refused = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is looking at the page, and how they want it."""

    user_id: int
    name: str
    login: str
    locale: str
    timezone: str
    theme: str
    session_id: int = 0
    seeing: str = ""
    """Whose eyes an administrator looks through; empty where everybody is themselves."""
    signed_in_id: int = 0
    """Who signed in: somebody else than `user_id` where an administrator looks through that user's eyes."""
    enrolling: bool = False


class SignedOut(Exception):
    """Nobody is signed in, or no longer: the answer is the sign-in page."""


class Enrolling(Exception):
    """A role demands a second factor that isn't set up yet: that comes before any other page."""


class Restarting(Exception):
    """The plugins changed since this process started: it begins again, and the visitor waits a moment."""


def visitor() -> Visitor:
    """Give the person being served; only inside `served`."""
    found: Visitor = g.visitor
    return found


def served(
    *, refused: Refused | None = None, reading: bool = False, own: bool = False, enrolling: bool = False
) -> Callable[[View], View]:
    """Serve a view to somebody signed in, within a unit of work of theirs.

    `refused` makes the page for a refusal: it is called with the refusal and the view's values, in reading work,
    after everything the view did was rolled back. Where an approval asks the initiator whom they choose, that is
    asked on a page of its own, which sends the same form again with the answer. `reading` is for a POST that changes
    nothing. `own` serves whoever signed in as themselves while they look through another's eyes, `enrolling` while a
    second factor that their role demands is still to be set up.
    """
    def decorate(view: View) -> View:
        @wraps(view)
        def serve(**values: Any) -> Response:
            reads = reading or request.method in ("GET", "HEAD")
            try:
                with choosing(_chosen_approvers()):
                    return _perform(lambda: view(**values), reading=reads, own=own, enrolling=enrolling)
            except SignedOut:
                return to_sign_in()
            except Enrolling:
                return make_response(redirect("/me/second-factor"))
            except Refusal as refusal:
                if refused is None or reads or isinstance(refusal, ChoiceNeeded):
                    raise
                answer, problem = refused, refusal
            return _perform(lambda: answer(problem, **values), reading=True, own=own, enrolling=enrolling)
        return serve  # type: ignore[return-value]  # the view's own signature, for url_for and tests
    return decorate


def serve_once(do: Callable[[], Answer]) -> Response:
    """Make one page for the signed-in person in reading work; raises SignedOut where nobody is."""
    return _perform(do, reading=True)


def look_again(do: Callable[[], T]) -> T:
    """Do some reading for the signed-in person long after their request came, for a page that is still open.

    Raises SignedOut where they no longer are. That a page stays open doesn't keep a session in use.
    """
    found: list[T] = []

    def look() -> str:
        found.append(do())
        return ""

    _perform(look, reading=True, seen=False)
    return found[-1]


def _perform(
    do: Callable[[], Answer], *, reading: bool, own: bool = False, enrolling: bool = False, seen: bool = True
) -> Response:
    user_id = cookie.get("user")
    if not isinstance(user_id, int):
        raise SignedOut
    who = Actor(user_id=user_id, company_id=cookie.get("company"))

    def work() -> Response:
        _recognise(user_id, reading=reading, own=own, enrolling=enrolling)
        with use_locale(g.visitor.locale, g.visitor.timezone):
            return make_response(do())

    with recorded(cookie):
        answer = perform(who, work, reading=reading, request_id=g.get("request_id"))
    if seen:
        _write_seen()
    return answer


def parameters_of_session(key: str) -> dict[str, object]:
    """Give what the statement that recognises a visitor is asked with; `key` is the hash of the cookie's."""
    return {"key": key, "since": session().now - IDLE}


@cache
def _visitor_query() -> Select[Any]:
    return session_query(generation_column().label("plugins"))


def _recognise(user_id: int, *, reading: bool, own: bool, enrolling: bool) -> None:
    current = session()
    row = current.work.connection.execute(
        _visitor_query(), parameters_of_session(hashed(str(cookie.get("key"))))).first()
    if row is None or row.id != user_id:
        cookie.clear()
        raise SignedOut
    if is_stale(row.plugins):
        raise Restarting
    if row.enrolling and not enrolling:
        raise Enrolling
    if current.now - row.seen_at > SEEN_EVERY:
        g.seen_due = row.session_id
    if row.seeing_as_id is not None and not own and _look_as(row, reading=reading):
        return
    current.actor = actor_of(user_id, cookie.get("company"))
    g.visitor = Visitor(user_id, row.name, row.login, row.locale, row.timezone, row.theme, row.session_id,
                        row.seen_name or "", user_id, row.enrolling)


def _look_as(row: Any, *, reading: bool) -> bool:
    """Show the pages as another user has them, in the language of who looks; nothing can be changed meanwhile.

    Says no where that user may not sign in any more: then one sees one's own, and the bar to stop looking.
    """
    try:
        who = actor_of(row.seeing_as_id)
    except NotFound:
        return False
    with use_locale(row.locale):
        g.visitor = Visitor(row.seeing_as_id, row.seen_name, row.seen_login, row.locale, row.timezone, row.theme,
                            row.session_id, row.seen_name, row.id)
        if not reading:
            raise Forbidden(
                "SEEING_AS", _("You look through the pages as {name}: nothing can be changed", name=row.seen_name),
                fix=_("Stop looking as {name} first", name=row.seen_name))
        session().actor = who
    return True


def _write_seen() -> None:
    """Write that the session is in use, once in a while, in work of its own: most requests only read."""
    session_id = g.pop("seen_due", None)
    if session_id is None:
        return
    client = Client(request.remote_addr or "")
    try:
        perform(Actor(system=True), lambda: note_seen(session_id, client))
    except (DBAPIError, Refusal) as error:
        log.info("web.seen_not_written", error=str(error))


def to_sign_in() -> Response:
    """Send the browser to the sign-in page, and back here afterwards; a program gets 401."""
    if "application/json" in request.headers.get("Accept", ""):
        return make_response(({"title": "Not signed in", "status": 401}, 401))
    if "HX-Request" in request.headers:
        return make_response("", 401, {"HX-Redirect": "/sign-in"})  # a part of a page: all of it gives way
    after = request.full_path.rstrip("?") if request.method == "GET" else referring_page()
    query = f"?{urlencode({'after': after})}" if after not in ("", "/") else ""
    return make_response(redirect(f"/sign-in{query}"))


def referring_page() -> str:
    """Give the address of this site's page that the request came from: where a form stood; else the home page."""
    parts = urlsplit(request.referrer or "/")
    if parts.netloc and parts.netloc != request.host:
        return "/"
    return back_here(parts.path + (f"?{parts.query}" if parts.query else "") or "/")


def page_behind() -> str:
    """Give the address of the page that a form stands on, also after it was asked something in between."""
    return back_here(request.form[BEHIND]) if BEHIND in request.form else referring_page()


def _chosen_approvers() -> dict[str, list[int]]:
    """Read whom the initiator chose in a form, by the nodes that ask for it."""
    return {
        name.removeprefix(CHOSEN): [int(each) for each in request.form.getlist(name) if is_id(each)]
        for name in request.form if name.startswith(CHOSEN)}


def back_here(address: str) -> str:
    """Give an address of this site to go back to; anything that points elsewhere becomes the home page."""
    parts = urlsplit(address)
    safe = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if safe else "/"


def locale_asked() -> str:
    """Choose the language of somebody who isn't signed in: asked for by the address, else by the browser."""
    asked = request.args.get("lang", "")
    if asked in LOCALES:
        return asked
    best = request.accept_languages.best_match(["en", "zh-Hant", "zh-TW", "zh-HK", "zh-Hans", "zh-CN", "zh"], "en")
    if best.startswith("zh"):
        return "zh_Hant" if best in ("zh-Hant", "zh-TW", "zh-HK") else "zh_Hans"
    return "en"


def render(template: str, page: object, **more: Any) -> str:
    """Fill a template with its page."""
    values: Mapping[str, Any] = {"page": page, **more}
    return render_template(template, **values)
