"""Put tags on all that is selected in a list, or take them off."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, make_response, redirect, request
from sqlalchemy import select

from kernel.entities.base import TAGS, Entity, fields_of
from kernel.entities.work import session
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.exchange.values import FORM, Fault, parse
from kernel.i18n import _
from kernel.tags.known import NewTag, known_tags
from kernel.tags.services import make_tags, tag, tag_ids_of
from kernel.web.frame import crumb, shell
from kernel.web.listing.filling import LARGEST, may_tag
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.once import once
from kernel.web.screen.form import Input
from kernel.web.screen.listing import TaggingPage
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, may_make_tags, refused, tag_choices

__all__ = ["blueprint"]

blueprint = Blueprint("tagging", __name__)
PART = ("put", "take")


def _refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    if refusal.status in (403, 404):
        raise refusal
    cls = entity_asked(plugin, name)
    return _page(cls, _selected(cls), refusal), refusal.status


@blueprint.get("/<plugin>/<name>/tags")
@served()
def back(plugin: str, name: str) -> Answer:
    """Lead to the list: what was selected there came with a form, which a reload in another language hasn't."""
    return make_response(redirect(address(entity_asked(plugin, name))))


@blueprint.post("/<plugin>/<name>/tags")
@served(refused=_refused)
def tags(plugin: str, name: str) -> Answer:
    """Ask which tags to put on and take off, or do so."""
    cls = entity_asked(plugin, name)
    if not may_tag(cls):
        raise Forbidden("READONLY", _("You may not put tags on {what}", what=cls.__plural__))
    records = _selected(cls)
    if not records:
        flash(str(_("Nothing was selected.")), "amber")
        return make_response(redirect(address(cls)))
    if request.form.get("do") != "save":
        return _page(cls, records)
    return once(lambda: _save(cls, records))


def _selected(cls: type[Entity]) -> Sequence[Entity]:
    ids = [int(text) for text in request.form.getlist("id") if text.isdecimal() and len(text) < 17][:LARGEST]
    return session().scalars(select(cls).where(cls.id.in_(ids)).order_by(cls.id)).all() if ids else []


def _save(cls: type[Entity], records: Sequence[Entity]) -> Response:
    put, take = (_given(cls, part) for part in PART)
    if not put and not take:
        raise Refusal("NO_TAGS", _("Choose a tag to put on or take off"), field="put")
    changed = tag(records, put, take)
    count = len(changed)
    flash(str(_("Tags were changed on {count} records.", count=count) if count else _("They were tagged so already.")),
          "green")
    return make_response(redirect(address(cls)))


def _given(cls: type[Entity], part: str) -> list[int]:
    """Read the tags of one of the two fields; those named anew are made."""
    text = ",".join(filter(None, request.form.getlist(part)))
    try:
        found = parse(fields_of(cls)[TAGS], text, FORM)
    except Fault as fault:
        raise Invalid([fault.at(part)]) from fault
    keys = found if isinstance(found, tuple) else ()
    made = make_tags(cls, {each for each in keys if isinstance(each, NewTag)}) if part == "put" else {}
    return [made[each] if isinstance(each, NewTag) else each for each in keys if part == "put" or isinstance(each, int)]


def _page(cls: type[Entity], records: Sequence[Entity], refusal: Refusal | None = None) -> str:
    typed = {part: request.form.getlist(part) for part in PART}
    errors = {problem.field: str(problem.message) for problem in refusal.problems} if refusal else {}
    if refusal is not None and refusal.field:
        errors.setdefault(refusal.field, str(refusal))
    lying = {id_ for tags in tag_ids_of(cls, [record.id for record in records]).values() for id_ in tags}
    known = known_tags()
    take = tuple(Choice(f"#{id_}", known[id_].name, f"#{id_}" in typed["take"], note=known[id_].colour)
                 for id_ in known if id_ in lying)
    put = Input("put", str(_("Put on")), "tags", choices=tag_choices(cls, [each for each in typed["put"] if each]),
                creatable=may_make_tags(), error=errors.get("put", ""))
    page = TaggingPage(
        str(_("Tags of {count} records", count=len(records)) if len(records) > 1
            else _("Tags of {title}", title=records[0].title)),
        address(cls, None, "/tags"), tuple(("id", str(record.id)) for record in records), put,
        Input("take", str(_("Take off")), "tags", choices=take, error=errors.get("take", "")) if take else None,
        address(cls), None if errors else refused(refusal))
    return render("tag_records.html", page, shell=shell([*crumbs_of(cls), crumb(_("Tags"))]))
