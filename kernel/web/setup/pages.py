"""The first start: whoever has the terminal's code says what the company is, who runs it and which apps it takes.

An application of its own, served while there is no installation: the real one needs a database with people in it.
Once all is made the process begins again as the real one, and these pages are gone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, current_app, jsonify, make_response, redirect, request
from flask import session as cookie

from kernel.errors import Forbidden, NotFound, Refusal
from kernel.i18n import LOCALES, Text, _, format_number, use_locale
from kernel.registry.discovery import discover
from kernel.registry.first_start import Answers
from kernel.registry.order import with_requirements
from kernel.registry.plugin import Plugin
from kernel.web.app import bare_app
from kernel.web.errors import answer_errors, waiting_page
from kernel.web.screen.first_start import AppCard, CodePage, MakingPage, SetupPage, SetupStep
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, locale_asked, render
from kernel.web.setup.questions import COMPANY, MONEY, PERSON, Question, answered, country_name, inputs_of, suggested
from kernel.web.setup.starting import FirstStart
from kernel.web.show import refused

__all__ = ["create_setup_app"]

blueprint = Blueprint("first_start", __name__)
QUESTIONS: dict[str, tuple[Text, Text, Sequence[Question]]] = {
    "company": (_("Which company is this?"), _("More companies can be added later."), COMPANY),
    "money": (_("Money and language"), _("What the books are kept in, and how dates and words are written."), MONEY),
    "you": (_("Who runs it?"), _("The first administrator: you. Everybody else is invited later."), PERSON),
}
PAGES = (*QUESTIONS, "apps")


def create_setup_app(start: FirstStart) -> Flask:
    """Make the application that asks; it is left by the `finished` of its FirstStart."""
    app, _csrf, limiter = bare_app(start.config)
    app.extensions["trellis.first_start"] = start
    answer_errors(app)
    app.register_blueprint(blueprint)
    app.view_functions["first_start.enter"] = limiter.limit("10 per minute; 60 per hour")(enter)
    app.before_request(_demand_loopback)
    return app


def _start() -> FirstStart:
    found: FirstStart = current_app.extensions["trellis.first_start"]
    return found


def _demand_loopback() -> None:
    """Refuse every other machine: who sits before this one has its terminal."""
    try:
        near = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        near = False
    if not near:
        raise Forbidden("NOT_HERE", _("Trellis is set up on the machine it runs on"),
                        fix=_("Open it there, through an SSH tunnel, or run: trellis init"))


def _locale() -> str:
    if request.args.get("lang") in LOCALES:
        cookie["lang"] = request.args["lang"]
    chosen = str(cookie.get("lang", ""))
    return chosen if chosen in LOCALES else _start().answers.locale or locale_asked()


def _lang() -> str:
    return _locale().replace("_", "-")


def _languages(here: str) -> tuple[Choice, ...]:
    return tuple(Choice(code, label, code == _locale(), f"{here}?lang={code}") for code, label in LOCALES.items())


@blueprint.get("/")
def arrive() -> Answer:
    """Lead to the question that waits."""
    start = _start()
    if not start.is_held_by(cookie.get("setup")):
        return make_response(redirect("/setup"))
    return make_response(redirect("/setup/ready" if start.making else f"/setup/{_waiting(start.answers)}"))


@blueprint.get("/setup")
def ask_code() -> Answer:
    """Ask for the terminal's code."""
    if _start().is_held_by(cookie.get("setup")):
        return arrive()
    return _code_page()


def _code_page(refusal: Refusal | None = None) -> str:
    with use_locale(_locale()):
        return render("first_code.html", CodePage(
            "/setup", str(refusal or ""), str(refusal.fix or "") if refusal else "", _lang(), _languages("/setup")))


@blueprint.post("/setup")
def enter() -> Answer:
    """Check the code."""
    try:
        cookie["setup"] = _start().take(request.form.get("code", ""))
    except Forbidden as refusal:
        return _code_page(refusal), 403
    return arrive()


def _demand_holder() -> FirstStart:
    start = _start()
    if not start.is_held_by(cookie.get("setup")):
        raise Forbidden("CODE", _("These pages are for whoever entered the code"),
                        fix=_("It stands in the terminal that Trellis was started in"))
    return start


def _waiting(answers: Answers) -> str:
    """Name the first page whose questions aren't answered."""
    if not answers.name or not answers.country:
        return "company"
    if not (answers.currency and answers.timezone and answers.locale):
        return "money"
    return "apps" if answers.password_hash else "you"


@blueprint.get("/setup/<page>")
def ask(page: str) -> Answer:
    """Ask the questions of a page; none is open before those it rests on."""
    start = _demand_holder()
    if page not in PAGES:
        raise NotFound("PAGE", _("There is no such page"))
    waiting = "ready" if start.making else _waiting(start.answers)
    if waiting == "ready" or PAGES.index(page) > PAGES.index(waiting):
        return make_response(redirect(f"/setup/{waiting}"))
    return _page(page)


def _page(page: str, refusal: Refusal | None = None) -> str:
    with use_locale(_locale()):
        return render("first_start.html", _apps_page(refusal) if page == "apps" else _questions_page(page, refusal))


def _questions_page(page: str, refusal: Refusal | None) -> SetupPage:
    title, sentence, questions = QUESTIONS[page]
    typed = request.form.to_dict() if refusal else None
    problems = refusal.problems if refusal else []
    at = PAGES.index(page)
    return SetupPage(
        str(title), str(sentence), f"/setup/{page}", _steps(page), str(_("Go on")),
        inputs_of(questions, suggested(_start().answers), typed, problems),
        back_href=f"/setup/{PAGES[at - 1]}" if at else "", lang=_lang(), locales=_languages(f"/setup/{page}"),
        refused=refused(refusal) if not problems else None)


def _steps(now: str) -> tuple[SetupStep, ...]:
    """List the steps with what was answered."""
    given = _start().answers
    notes = {
        "company": ", ".join(each for each in (given.name, country_name(given.country)) if each)
        or str(_("name and country")),
        "money": ", ".join(each for each in (given.currency, LOCALES.get(given.locale, "")) if each)
        or str(_("currency, language, time zone")),
        "you": given.login or str(_("the first administrator")), "apps": str(_("choose the apps")),
        "ready": str(_("open the first page"))}
    labels = {"company": _("Company"), "money": _("Money and language"), "you": _("You"),
              "apps": _("What you need"), "ready": _("Ready")}
    order = [*labels]
    reached = 4 if now == "ready" else order.index(_waiting(given))
    return tuple(SetupStep(
        str(label), notes[name], f"/setup/{name}" if at <= reached and now != "ready" else "",
        "now" if name == now else "done" if at < reached else "")
        for at, (name, label) in enumerate(labels.items()))


def _apps_page(refusal: Refusal | None) -> SetupPage:
    plugins = [each.plugin for each in discover().values() if each.plugin]
    every = tuple(plugin.name for plugin in plugins)
    chosen = tuple(request.form.getlist("app")) if refusal else _start().answers.plugins
    if (preset := request.args.get("take")) in ("all", "none"):
        chosen = every if preset == "all" else ()
    demo = bool(request.form.get("demo")) if refusal else _start().answers.demo
    come = set(_with_requirements(chosen))
    roles = sum(len(plugin.roles) for plugin in plugins if plugin.name in come)
    return SetupPage(
        str(_("What does your company need?")),
        str(_("Take only what you need. Each app works alone; together they pass work on to each other.")),
        "/setup/apps", _steps("apps"), str(_("Install")),
        apps=tuple(_app_card(plugin, plugin.name in come) for plugin in plugins),
        presets=(Choice("all", str(_("Everything")), come == set(every), "/setup/apps?take=all"),
                 Choice("none", str(_("Only the basics")), not come, "/setup/apps?take=none")),
        facts=((str(_("Apps")), str(_("{count} of {all}", count=len(come), all=len(every)))),
               (str(_("Roles")), format_number(roles))),
        demo=demo, back_href="/setup/you", refused=refused(refusal), lang=_lang(),
        locales=_languages("/setup/apps"))


def _with_requirements(names: Iterable[str]) -> list[str]:
    available = discover()
    return with_requirements([name for name in names if name in available and available[name].plugin], available)


def _app_card(plugin: Plugin, chosen: bool) -> AppCard:
    known = discover()

    def labels(names: Iterable[str]) -> str:
        return ", ".join(str(found.plugin.label) for name in names if (found := known.get(name)) and found.plugin)

    along = tuple(name for name in _with_requirements([plugin.name]) if name != plugin.name)
    needs = ""
    if along:
        needs = str(_("Brings {plugins} along", plugins=labels(along)))
    elif plugin.suggests and (others := labels(plugin.suggests)):
        needs = str(_("Better with {plugins}", plugins=others))
    return AppCard(
        plugin.name, str(plugin.label), plugin.icon, str(plugin.summary), needs,
        ", ".join(str(role.name) for role in plugin.roles), len(plugin.roles), along, chosen)


@blueprint.post("/setup/<page>")
def answer(page: str) -> Answer:
    """Take the answers of a page and lead to the next one; on the last page begin the making."""
    start = _demand_holder()
    if start.making:
        return make_response(redirect("/setup/ready"))
    try:
        if page == "apps":
            return _begin(start)
        if page not in QUESTIONS:
            raise NotFound("PAGE", _("There is no such page"))
        with use_locale(_locale()):
            start.keep(answered(QUESTIONS[page][2], start.answers, request.form))
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(page, refusal), refusal.status
    if page == "money":
        cookie["lang"] = start.answers.locale
    return make_response(redirect(f"/setup/{PAGES[PAGES.index(page) + 1]}"))


def _begin(start: FirstStart) -> Response:
    chosen = _with_requirements(request.form.getlist("app"))
    start.keep(replace(start.answers, plugins=tuple(chosen), demo=bool(request.form.get("demo"))))
    if _waiting(start.answers) != "apps":
        return make_response(redirect(f"/setup/{_waiting(start.answers)}"))
    proof = cookie["setup"]
    signed_in = start.begin()
    cookie.clear()
    cookie.permanent = True
    cookie["setup"] = proof
    cookie["user"], cookie["key"], cookie["company"] = signed_in
    return make_response(redirect("/setup/ready"))


@blueprint.get("/setup/ready")
def ready() -> Answer:
    """Show how far the making is; once it is done, wait for the real application and open it."""
    start = _demand_holder()
    if not start.making:
        return arrive()
    with use_locale(start.answers.locale):
        if start.done:
            start.leave()
            return waiting_page(_("Your company is ready"), "/", within=20)
        told = _told(start)
        return render("first_making.html", MakingPage(
            _steps("ready"), *told, refused=refused(start.refusal),
            lang=start.answers.locale.replace("_", "-")))


def _told(start: FirstStart) -> tuple[int, str]:
    """Say how far the making is, in percent and in words."""
    progress = start.progress
    if progress is None:
        return 2, str(_("Making the company"))
    return max(100 * progress.done // progress.steps, 2), str(progress.label)


@blueprint.get("/setup/progress")
def progress() -> Answer:
    """Say how far the making is, to the page's script."""
    start = _demand_holder()
    with use_locale(start.answers.locale):
        percent, label = _told(start)
    return jsonify(percent=percent, label=label, reload=start.done or start.refusal is not None)


@blueprint.post("/setup/ready")
def mend() -> Answer:
    """Try once more what was refused, or go on without it."""
    start = _demand_holder()
    if start.refusal and request.form.get("do") == "without":
        start.give_up()
    elif start.refusal:
        start.go_on()
    return make_response(redirect("/setup/ready"))
