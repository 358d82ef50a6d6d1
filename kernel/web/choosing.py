"""Ask the initiator who approves some steps, wherever a document is submitted from: the form is sent again with it."""

from collections.abc import Iterable

from flask import Response, request

from kernel.i18n import _
from kernel.web.frame import crumb, shell
from kernel.web.inbox.people import people_choices, people_named
from kernel.web.posted import flat_pairs
from kernel.web.screen.inbox import ChoiceAsked, ChoicePage
from kernel.web.screen.shown import Choice
from kernel.web.serving import BEHIND, CHOSEN, page_behind, render, serve_once
from kernel.workflows.approvals.running import ChoiceNeeded, OpenChoice

__all__ = ["ask_for_approvers", "can_ask"]

NAMED = 3
"""Documents that are named; of more their number is said."""


def can_ask() -> bool:
    """Say whether what was sent can be sent again by a page: a form without files."""
    return request.method == "POST" and request.mimetype in (
        "application/x-www-form-urlencoded", "multipart/form-data") and not request.files


def ask_for_approvers(refusal: ChoiceNeeded) -> Response:
    """Answer with a page that asks whom the initiator chooses; who was chosen before stays so."""
    answer = serve_once(lambda: _page(refusal))
    answer.status_code = refusal.status
    return answer


def _page(refusal: ChoiceNeeded) -> str:
    again = any(name.startswith(CHOSEN) for name in request.form)
    pairs = [pair for pair in flat_pairs(request.form) if not pair[0].startswith(CHOSEN) and pair[0] not in (
        "once", BEHIND)]
    if "version" in request.form:
        pairs.append(("version", request.form["version"]))
    behind = page_behind()
    named = people_named({id_ for each in refusal.choices for id_ in each.users})
    page = ChoicePage(
        _title(refusal.documents), tuple(_asked(each, named, again=again) for each in refusal.choices), request.path,
        (*pairs, (BEHIND, behind)), behind)
    return render("choose_approvers.html", page, shell=shell([crumb(page.title)]))


def _title(documents: tuple[str, ...]) -> str:
    if len(documents) > NAMED:
        return str(_("Who approves these {count} documents?", count=len(documents)))
    return str(_("Who approves {document}?", document=", ".join(documents)))


def _asked(choice: OpenChoice, named: Iterable[Choice], *, again: bool) -> ChoiceAsked:
    offered = people_choices()
    chosen = [str(id_) for id_ in choice.users]
    people = {each.value: each for each in (*named, *offered) if each in offered or each.value in chosen}
    return ChoiceAsked(
        f"{CHOSEN}{choice.key}", choice.label,
        tuple(Choice(each.value, each.label, each.value in chosen, note=each.note) for each in people.values()),
        str(_("Choose who approves the step “{step}”", step=choice.label)) if again and choice.missing else "")
