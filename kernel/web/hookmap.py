"""The page of hooks: what plugins may ask each other here and who answers; and, for an administrator, what was said."""

import datetime as dt
import inspect
import re

from flask import Blueprint, make_response, redirect, request
from flask import session as cookie

from kernel.errors import Forbidden, Refusal
from kernel.hooks.participation import switched_off
from kernel.hooks.specifications import hook_map, specification_of
from kernel.hooks.tracing import HookCall, PluginAnswer
from kernel.i18n import _, format_instant, format_number
from kernel.permissions.rights import rights
from kernel.web.frame import crumb, may_see_settings, plugin_label, shell
from kernel.web.hookcalls import SESSION, KeptRequest, kept_requests, requests_left, switch_off, switch_on
from kernel.web.screen.hooks import AnswerRow, CallRow, HookRow, HooksPage, RequestRow
from kernel.web.screen.shown import Choice, Empty
from kernel.web.serving import Answer, render, served

__all__ = ["blueprint"]

blueprint = Blueprint("hookmap", __name__)
HERE = "/settings/hooks"
REQUESTS = ("10", "50", str(SESSION))
"""For how many requests calls are recorded."""


@blueprint.get(HERE)
@served()
def hooks_page() -> Answer:
    """Show the page."""
    if not may_see_settings():
        raise Forbidden("FORBIDDEN", _("The page of hooks is open to whoever looks after settings"),
                        fix=_("Ask an administrator"))
    rows = tuple(_row(name, words, answering) for name, (words, answering) in hook_map().items())
    allowed = rights().may("install", "kernel.plugin")
    left = requests_left(cookie)
    kept = tuple(_request(each) for each in kept_requests(cookie)) if allowed else ()
    page = HooksPage(
        rows, str(_("{hooks} questions, {answers} answers", hooks=format_number(len(rows)),
                    answers=format_number(sum(len(each.answering) for each in rows)))),
        _choices() if allowed else (), _state(left), left != 0, kept,
        Empty("arrows-exchange", str(_("No calls yet")),
              str(_("Open the page you wonder about, then come back: its questions and their answers stand here.")))
        if left and not kept else None)
    return render("hooks.html", page, shell=shell([crumb(_("Settings")), crumb(_("Hooks"))], here="settings"))


@blueprint.post(HERE)
@served(reading=True)
def switch() -> Answer:
    """Record the calls of one's own next requests, or no longer."""
    rights().demand("install", "kernel.plugin")
    wanted = request.form.get("requests", "")
    if wanted == "off":
        switch_off(cookie)
    elif wanted in REQUESTS:
        switch_on(cookie, int(wanted))
    else:
        raise Refusal("REQUESTS", _("Choose for how many requests calls are recorded"))
    return make_response(redirect(HERE))


def _choices() -> tuple[Choice, ...]:
    labels = (_("my next 10 requests"), _("my next 50 requests"), _("all requests until I sign out"))
    return tuple(Choice(value, str(label)) for value, label in zip(REQUESTS, labels, strict=True))


def _state(left: int) -> str:
    if left == SESSION:
        return str(_("The calls of all your requests are being recorded."))
    if left:
        return str(_("The calls of your next {count} requests are being recorded.", count=format_number(left)))
    return str(_("Nothing is being recorded."))


def _row(name: str, words: str, answering: list[str]) -> HookRow:
    signature = inspect.signature(specification_of(name))
    asked = ", ".join(f"{each.name}: {_plain(each.annotation)}" for each in signature.parameters.values())
    off = switched_off()
    plugins = dict.fromkeys(plugin for plugin in reversed(answering) if plugin not in off)
    first = inspect.cleandoc(words).split("\n\n", maxsplit=1)[0]
    return HookRow(name, asked, " ".join(first.split()), tuple(plugin_label(plugin) for plugin in plugins))


def _plain(hint: object) -> str:
    """Write a type without the modules it comes from."""
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", inspect.formatannotation(hint))


def _request(kept: KeptRequest) -> RequestRow:
    at = format_instant(dt.datetime.fromisoformat(kept.at), "medium")
    return RequestRow(f"{kept.method} {kept.path}", at, tuple(_call(each) for each in kept.calls))


def _call(call: HookCall) -> CallRow:
    return CallRow(
        call.name, tuple(call.arguments.items()), _took(call.milliseconds),
        tuple(_answer(each) for each in call.answers))


def _answer(answer: PluginAnswer) -> AnswerRow:
    plugin = answer.plugin.split(":")[0]
    label = str(_("All together")) if plugin == "*" else plugin_label(plugin)
    return AnswerRow(label, answer.said or str(_("nothing to say")), _took(answer.milliseconds), answer.failed)


def _took(milliseconds: float) -> str:
    return str(_("{count} ms", count=f"{milliseconds:.1f}"))
