"""The pages on which an administrator adds fields: all entities, the fields of one, a definition, its removal."""

from flask import Blueprint, flash, make_response, redirect, request
from sqlalchemy import func, select

from kernel.entities.base import Entity, entities
from kernel.entities.custom.definitions import customised, own_text
from kernel.entities.custom.models import KINDS, CustomField
from kernel.entities.custom.stored import column_of
from kernel.entities.work import session
from kernel.errors import Conflict, Invalid, NotFound, Refusal
from kernel.exchange.customising.mentions import mentions_of
from kernel.exchange.customising.services import (
    SUBJECT,
    change_field,
    custom_field,
    custom_fields,
    define_field,
    move_field,
    remove_field,
    restore_field,
)
from kernel.i18n import Text, _, format_number
from kernel.permissions.rights import rights
from kernel.web.customising.filling import KIND_ICONS, customisable, field_page, kind_label, sections_known
from kernel.web.customising.typed import Typed, read_typed
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.screen.customise import EntitiesPage, EntityLink, FieldRow, FieldsPage, RemovalPage
from kernel.web.screen.shown import Action, Choice, Empty
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused

__all__ = ["blueprint"]

blueprint = Blueprint("customising", __name__)
HERE = "/settings/fields"


def _entity(plugin: str, name: str) -> type[Entity]:
    rights().demand("change", SUBJECT)
    cls = entities().get(f"{plugin}.{name}")
    if cls is None or cls is CustomField:
        raise NotFound("PAGE", _("There is no such page"))
    if not rights().visible(cls):
        rights().demand("read", cls.__entity__)
    return cls


def _shell(cls: type[Entity] | None = None, *further: Text) -> object:
    crumbs = [crumb(_("Settings")), crumb(_("Custom fields"), HERE)]
    if cls is not None:
        crumbs.append(crumb(cls.__plural__, address(cls, None, "/customise")))
    return shell([*crumbs, *(crumb(each) for each in further)], here="settings")


@blueprint.get(HERE)
@served()
def all_entities() -> Answer:
    """List what can be customised, with how many fields were added."""
    rights().demand("change", SUBJECT)
    added = customised().definitions
    groups = tuple(
        (plugin_label(plugin) if plugin != "kernel" else str(_("Shared")), tuple(
            EntityLink(str(cls.__plural__), address(cls, None, "/customise"), cls.__icon__,
                       len(added.get(cls.__entity__, ())))
            for cls in sorted(some, key=lambda each: str(each.__plural__))))
        for plugin, some in customisable().items())
    return render("customise_all.html", EntitiesPage(groups), shell=_shell())


@blueprint.get("/<plugin>/<name>/customise")
@served()
def fields(plugin: str, name: str) -> Answer:
    """List the custom fields of an entity."""
    return _fields(_entity(plugin, name))


def _fields(cls: type[Entity], refusal: Refusal | None = None) -> str:
    url = address(cls, None, "/customise")
    held = custom_fields(cls)
    codes = [each.code for each in held]
    rows = tuple(_row(cls, each, codes) for each in held)
    removed = tuple(
        FieldRow(str(own_text(each)), each.code, kind_label(each.kind), KIND_ICONS.get(each.kind, "forms"), "",
                 restore=f"{url}/{each.code}/restore") for each in custom_fields(cls, removed=True))
    empty = None if rows else Empty(
        "forms", str(_("No fields were added yet")),
        str(_("What this company needs to know beyond what everybody does: choose a kind below.")))
    back = Action(str(cls.__plural__), address(cls) if not cls.__parent__ else HERE, "arrow-left")
    kinds = tuple(Choice(code, str(label), href=f"{url}/new?kind={code}", note=KIND_ICONS[code])
                  for code, label in KINDS)
    page = FieldsPage(
        str(_("Fields of {what}", what=cls.__plural__)),
        str(_("They stand on the form, in the list, in imports and in the API at once.")), url, rows, removed, kinds,
        empty, back, refused(refusal))
    return render("customise.html", page, shell=_shell(cls))


def _row(cls: type[Entity], each: CustomField, codes: list[str]) -> FieldRow:
    url = f"{address(cls, None, '/customise')}/{each.code}"
    marks = tuple(str(word) for word, on in (
        (_("Required"), each.required), (_("Unique"), each.unique), (_("Searchable"), each.searchable),
        (_("In the list"), each.listed)) if on)
    note = ""
    if each.progress:
        note = str(_("being worked out: {done} of {all}", done=format_number(each.progress[0]),
                     all=format_number(each.progress[1])))
    at = codes.index(each.code)
    where = dict(sections_known(cls)).get(each.section or "", each.section or "")
    return FieldRow(
        str(own_text(each)), each.code, kind_label(each.kind), KIND_ICONS.get(each.kind, "forms"), url, where, marks,
        note,
        f"{url}/up" if at else "", f"{url}/down" if at < len(codes) - 1 else "")


def _kind_asked() -> str:
    kind = request.values.get("kind", "")
    if kind not in dict(KINDS):
        raise NotFound("PAGE", _("There is no such kind of field"))
    return kind


@blueprint.get("/<plugin>/<name>/customise/new")
@served()
def new(plugin: str, name: str) -> Answer:
    """Show the empty form of a kind of field."""
    rights().demand("create", SUBJECT)
    cls = _entity(plugin, name)
    return render("customise_field.html", field_page(cls, _kind_asked(), None), shell=_shell(cls, _("New field")))


def _new_refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    cls = _entity(plugin, name)
    if not isinstance(refusal, Invalid | Conflict):
        raise refusal
    page = field_page(cls, _kind_asked(), None, read_typed(request.form), refusal)
    return render("customise_field.html", page, shell=_shell(cls, _("New field"))), refusal.status


@blueprint.post("/<plugin>/<name>/customise/new")
@served(refused=_new_refused)
def add(plugin: str, name: str) -> Answer:
    """Add the field."""
    cls, kind = _entity(plugin, name), _kind_asked()
    typed = read_typed(request.form)
    given = _given(cls, typed, kind)
    if kind == "link":
        given["target"] = typed.texts.get("target") or None
    if kind == "formula":
        given["result"] = typed.texts.get("result") or None
    made = define_field(cls, kind, str(given.pop("label")), typed.texts.get("code", ""), **given)
    flash(str(_("{field} was added; it stands on the form already.", field=own_text(made))), "green")
    return make_response(redirect(
        address(cls, None, f"/customise/{made.code}" if kind == "link" else "/customise")))


def _given(cls: type[Entity], typed: Typed, kind: str, held: CustomField | None = None) -> dict[str, object]:
    given = typed.values(kind, (held.columns or ()) if held else ())
    codes = {label: code for code, label in sections_known(cls)}
    section = given.get("section")
    return {**given, "section": codes.get(str(section), section)}


@blueprint.get("/<plugin>/<name>/customise/<code>")
@served()
def show(plugin: str, name: str, code: str) -> Answer:
    """Show a definition."""
    cls = _entity(plugin, name)
    held = custom_field(cls, code)
    return render("customise_field.html", field_page(cls, held.kind, held), shell=_shell(cls, own_text(held)))


def _save_refused(refusal: Refusal, plugin: str, name: str, code: str) -> Answer:
    cls = _entity(plugin, name)
    if not isinstance(refusal, Invalid | Conflict):
        raise refusal
    held = custom_field(cls, code)
    page = field_page(cls, held.kind, held, read_typed(request.form), refusal)
    return render("customise_field.html", page, shell=_shell(cls, own_text(held))), refusal.status


@blueprint.post("/<plugin>/<name>/customise/<code>")
@served(refused=_save_refused)
def save(plugin: str, name: str, code: str) -> Answer:
    """Save a definition."""
    cls = _entity(plugin, name)
    held = custom_field(cls, code)
    change_field(cls, code, _version(), **_given(cls, read_typed(request.form), held.kind, held))
    flash(str(_("Saved.")), "green")
    return make_response(redirect(address(cls, None, "/customise")))


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


@blueprint.get("/<plugin>/<name>/customise/<code>/remove")
@served()
def ask_removal(plugin: str, name: str, code: str) -> Answer:
    """Say what names a field before it is removed."""
    return _removal(_entity(plugin, name), code)


def _removal(cls: type[Entity], code: str, refusal: Refusal | None = None) -> str:
    held = custom_field(cls, code)
    field = customised().every[cls.__entity__][code].field
    table = cls.__table__
    filled = 0 if field.kind == "table" else session().work.connection.scalar(
        select(func.count()).select_from(table).where(column_of(table.c, field).is_not(None))) or 0
    page = RemovalPage(
        str(_("Remove {field}", field=own_text(held))), address(cls, None, f"/customise/{code}/remove"), held.version,
        str(_("Records that hold a value: {count}. They keep it.", count=format_number(filled))) if filled else "",
        tuple((str(each.what), each.name, str(each.then)) for each in mentions_of(cls, code)),
        address(cls, None, "/customise"), refused(refusal))
    return render("customise_remove.html", page, shell=_shell(cls, own_text(held)))


def _removal_refused(refusal: Refusal, plugin: str, name: str, code: str) -> Answer:
    if not isinstance(refusal, Invalid | Conflict):
        raise refusal
    return _removal(_entity(plugin, name), code, refusal), refusal.status


@blueprint.post("/<plugin>/<name>/customise/<code>/remove")
@served(refused=_removal_refused)
def remove(plugin: str, name: str, code: str) -> Answer:
    """Remove a field."""
    cls = _entity(plugin, name)
    removed = remove_field(cls, code, _version())
    flash(str(_("{field} is gone from all pages. Its values wait here to be brought back.", field=own_text(removed))),
          "green")
    return make_response(redirect(address(cls, None, "/customise")))


def _list_refused(refusal: Refusal, plugin: str, name: str, code: str, step: str = "") -> Answer:
    return _fields(_entity(plugin, name), refusal), refusal.status


@blueprint.post("/<plugin>/<name>/customise/<code>/restore")
@served(refused=_list_refused)
def restore(plugin: str, name: str, code: str) -> Answer:
    """Bring a removed field back."""
    cls = _entity(plugin, name)
    found = restore_field(cls, code)
    flash(str(_("{field} is back, with its values.", field=own_text(found))), "green")
    return make_response(redirect(address(cls, None, "/customise")))


@blueprint.post("/<plugin>/<name>/customise/<code>/<any(up, down):step>")
@served(refused=_list_refused)
def move(plugin: str, name: str, code: str, step: str) -> Answer:
    """Put a field before or after its neighbour."""
    cls = _entity(plugin, name)
    move_field(cls, code, up=step == "up")
    return make_response(redirect(address(cls, None, "/customise")))
