"""The generated form of any entity: create, save, run the workflow, archive; refused forms keep what was typed."""

from decimal import Decimal

from flask import Blueprint, Response, flash, make_response, redirect, request

from kernel.entities.base import Entity, fields_of
from kernel.errors import Forbidden, Invalid, NotFound, Refusal
from kernel.exchange import records
from kernel.exchange.conflicts import ChangedMeanwhile
from kernel.exchange.merging.reading import merged_into
from kernel.exchange.values import Reading, parse_all, plain_number
from kernel.i18n import _, current_timezone, format_instant
from kernel.permissions.rights import rights
from kernel.web.formpage import edit_page, load_row, new_page
from kernel.web.frame import crumb, may_make, shell
from kernel.web.history import field_columns
from kernel.web.linepages import kept_state
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.once import once
from kernel.web.posted import Posted, flat_pairs, read_form
from kernel.web.screen.discussion import Discussion
from kernel.web.screen.form import Clash, ConflictPage
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, plain_text, titles_for, typed
from kernel.workflows.machine import Transition, workflow_of

__all__ = ["blueprint", "record_page"]

blueprint = Blueprint("forms", __name__)


def locale_number(text: str) -> Decimal:
    """Read a number as people of the three locales write it: groups by comma or space, a point, maybe a %."""
    return plain_number("".join(text.replace(",", "").replace("%", "").split()))


def reading() -> Reading:
    """Read a form in the person's own time zone."""
    return Reading(strict=False, textual=True, zone=current_timezone(), number=locale_number)


@blueprint.get("/<plugin>/<name>/new")
@served()
def new(plugin: str, name: str) -> Answer:
    """Show the empty form."""
    cls = entity_asked(plugin, name)
    rights().demand("create", cls.__entity__)
    if not may_make(cls):
        raise Forbidden("NOT_TYPED", _("{what} are made by other documents, not typed in", what=cls.__plural__))
    return _new(cls)


def _new(cls: type[Entity], posted: Posted | None = None, refusal: Refusal | None = None) -> str:
    page = new_page(cls, request.args, posted, refusal)
    return render("form.html", page, shell=shell([*crumbs_of(cls), crumb(_("New"))]))


def _create_refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    cls = entity_asked(plugin, name)
    if refusal.status == 403:
        raise refusal
    return _new(cls, read_form(cls, request.form), refusal), refusal.status


@blueprint.post("/<plugin>/<name>/new")
@served(refused=_create_refused)
def create(plugin: str, name: str) -> Answer:
    """Create a record."""
    cls = entity_asked(plugin, name)
    return once(lambda: _create(cls), creates=True)


def _create(cls: type[Entity]) -> Response:
    created = records.create(cls, [read_form(cls, request.form).as_data()], reading=reading())[0]
    flash(str(_("{title} was created.", title=created.title)), "green")
    return make_response(redirect(address(cls, created.id)))


@blueprint.get("/<plugin>/<name>/<int:id_>")
@served()
def show(plugin: str, name: str, id_: int) -> Answer:
    """Show a record; of one that was merged into another that other, unless it is asked for as it was."""
    cls = entity_asked(plugin, name)
    if not request.args.get("was") and (survivor := merged_into(cls, id_)) is not None:
        old = records.get(cls, id_)
        flash(str(_("{title} was merged into this record.", title=old.title)), "green")
        return make_response(redirect(address(cls, survivor)))
    return record_page(cls, id_)


def record_page(
    cls: type[Entity], id_: int, posted: Posted | None = None, refusal: Refusal | None = None,
    discussion: Discussion | None = None,
) -> str:
    """Make a record's page with its shell; a discussion given stands in for the one there is."""
    page = edit_page(cls, id_, posted, refusal, discussion)
    return render("form.html", page, shell=shell([*crumbs_of(cls), crumb(page.title)]))


def _refused(refusal: Refusal, plugin: str, name: str, id_: int, action: str = "") -> Answer:
    cls = entity_asked(plugin, name)
    posted = read_form(cls, request.form)
    if isinstance(refusal, ChangedMeanwhile):
        return _conflict(cls, id_, posted, refusal), refusal.status
    if refusal.status == 404:
        raise refusal
    return record_page(cls, id_, posted, refusal), refusal.status


@blueprint.post("/<plugin>/<name>/<int:id_>")
@served(refused=_refused)
def save(plugin: str, name: str, id_: int) -> Answer:
    """Save what was typed."""
    cls = entity_asked(plugin, name)
    return once(lambda: _saved(cls, id_))


def _saved(cls: type[Entity], id_: int) -> Response:
    _save(cls, id_)
    flash(str(_("Saved.")), "green")
    return make_response(redirect(address(cls, id_) + kept_state(cls)))


def _save(cls: type[Entity], id_: int) -> Entity:
    posted = read_form(cls, request.form)
    data = posted.as_data()
    if not data or not rights().may("change", cls.__entity__):
        return records.get(cls, id_)
    return records.change(cls, [(id_, posted.version, data)], reading=reading())[0]


@blueprint.post("/<plugin>/<name>/<int:id_>/do/<action>")
@served(refused=_refused)
def do(plugin: str, name: str, id_: int, action: str) -> Answer:
    """Save what was typed and take the record through a transition, both or neither."""
    cls = entity_asked(plugin, name)
    return once(lambda: _do(cls, id_, action))


def _do(cls: type[Entity], id_: int, action: str) -> Response:
    workflow = workflow_of(cls)
    if workflow is None:
        raise NotFound("UNKNOWN_ACTION", _("There is no such action"))
    record = _save(cls, id_)
    step = workflow.transitions.get(action)
    workflow.run(action, [record], _asked(cls, step) if step else {})
    if step and getattr(record, workflow.field) == step.parked != step.target:
        flash(str(_("{title} waits for approval.", title=record.title)), "amber")
    else:
        flash(str(_("{title}: {state}.", title=record.title, state=workflow.state_of(record).label)), "green")
    return make_response(redirect(address(cls, id_) + kept_state(cls)))


def _asked(cls: type[Entity], step: Transition) -> dict[str, object]:
    """Read what a step asks for; raises Invalid with the problems at their fields."""
    values, wrong = parse_all(
        fields_of(cls), {name: request.form[name] for name in step.needs if name in request.form}, reading())
    if wrong:
        raise Invalid([fault.at(name) for name, fault in wrong])
    return values


@blueprint.post("/<plugin>/<name>/<int:id_>/archive")
@served(refused=_refused)
def archive(plugin: str, name: str, id_: int) -> Answer:
    """Archive a record."""
    cls = entity_asked(plugin, name)
    records.archive(cls, [id_])
    flash(str(_("Archived. It stays in reports, and in what refers to it.")), "green")
    return make_response(redirect(address(cls, id_)))


@blueprint.post("/<plugin>/<name>/<int:id_>/restore")
@served(refused=_refused)
def restore(plugin: str, name: str, id_: int) -> Answer:
    """Bring an archived record back."""
    cls = entity_asked(plugin, name)
    records.restore(cls, [id_])
    flash(str(_("It is back.")), "green")
    return make_response(redirect(address(cls, id_)))


def _conflict(cls: type[Entity], id_: int, posted: Posted, refusal: ChangedMeanwhile) -> str:
    """Show what the other changed beside what was typed; nothing of either is lost."""
    row = load_row(cls, id_)
    fields = field_columns(cls)
    by_path = {_path_of(name, fields[name].name): name for name in fields}
    theirs = {change.field: change for change in refusal.changes}
    titles = titles_for([
        (fields[name].target, [int(each) for each in (change.old, change.new) if each is not None])
        for name, change in theirs.items() if name in fields and fields[name].kind == "link"] + [
        (fields[by_path[path]].target, [int(text)]) for path, text in posted.texts.items()
        if path in by_path and fields[by_path[path]].kind == "link" and text.isdecimal()])
    clashes = []
    for path, name in by_path.items():
        field, change = fields[name], theirs.get(name)
        now = typed(field, row.values.get(path))
        mine = posted.texts.get(path, now)
        if change is None and mine == now:
            continue
        yours = plain_text(field, mine, titles) if field.kind != "instant" else mine
        before = plain_text(field, change.old, titles) if change else plain_text(field, now, titles)
        current = plain_text(field, change.new, titles) if change else before
        clashes.append(Clash(str(field.label), before, current, yours, both=change is not None and mine != now))
    who = ", ".join(dict.fromkeys(change.who for change in refusal.changes)) or str(_("Somebody else"))
    latest = max((change.at for change in refusal.changes), default=None)
    page = ConflictPage(
        row.title, who, format_instant(latest) if latest else "", tuple(clashes), request.path, row.version,
        flat_pairs(request.form), address(cls, id_))
    return render("conflict.html", page, shell=shell([*crumbs_of(cls), crumb(row.title)]))


def _path_of(column_name: str, field_name: str) -> str:
    slot, dot, _column = column_name.rpartition(".")
    return f"{slot}{dot}{field_name}"
