"""Merge what is selected in a list: its records side by side, what differs, what points to each, and doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request

from kernel.entities.base import Entity
from kernel.errors import Forbidden, Refusal
from kernel.exchange.merging.pointers import count_pointers
from kernel.exchange.merging.reading import is_mergeable
from kernel.exchange.merging.services import MOST_MERGED, choosable, merge
from kernel.exchange.rows import Row, rows_of
from kernel.i18n import _, format_number
from kernel.permissions.rights import rights
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.layout import field_at
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.once import once
from kernel.web.screen.merging import MergeField, MergePage, MergeRecord, MergeValue
from kernel.web.screen.shown import Shown
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, currency_of, refused, shown

__all__ = ["blueprint"]

blueprint = Blueprint("merging", __name__)
TAKEN = "take."
"""What the names of inputs begin with that say whose value of a field stays."""


def _refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    if refusal.status in (403, 404):
        raise refusal
    cls = entity_asked(plugin, name)
    return _page(cls, _ids(), refusal), refusal.status


@blueprint.get("/<plugin>/<name>/merge")
@served()
def back(plugin: str, name: str) -> Answer:
    """Lead to the list: what was selected there came with a form, which a reload in another language hasn't."""
    return make_response(redirect(address(entity_asked(plugin, name))))


@blueprint.post("/<plugin>/<name>/merge")
@served(refused=_refused)
def merge_selected(plugin: str, name: str) -> Answer:
    """Show the selected records side by side, or merge them as was chosen."""
    cls = entity_asked(plugin, name)
    if not is_mergeable(cls) or not rights().may("merge", cls.__entity__):
        raise Forbidden("FORBIDDEN", _("You may not merge {what}", what=cls.__plural__),
                        right=("merge", cls.__entity__, None))
    ids = _ids()
    if not 2 <= len(ids) <= MOST_MERGED:
        flash(str(_("Select 2 to {count} records that are one and the same.", count=MOST_MERGED)), "amber")
        return make_response(redirect(address(cls)))
    if request.form.get("do") != "save":
        return _page(cls, ids)
    return once(lambda: _merge(cls, ids))


def _ids() -> list[int]:
    return list(dict.fromkeys(
        int(text) for text in request.form.getlist("id") if text.isdecimal() and len(text) < 17))[:MOST_MERGED + 1]


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 17 else 0


def _merge(cls: type[Entity], ids: Sequence[int]) -> Response:
    survivor = _number("survivor")
    if survivor not in ids:
        raise Refusal("MERGE_SURVIVOR", _("Choose the record that stays"))
    values = {name.removeprefix(TAKEN): _number(name) for name in request.form if name.startswith(TAKEN)}
    versions = {id_: version for id_ in ids if (version := _number(f"version.{id_}"))}
    merge(cls, survivor, [id_ for id_ in ids if id_ != survivor], values=values, versions=versions)
    flash(str(_("{count} records are one now. The others are archived and lead here.", count=len(ids))), "green")
    return make_response(redirect(address(cls, survivor)))


def _page(cls: type[Entity], ids: Sequence[int], refusal: Refusal | None = None) -> str:
    known = choosable(cls)
    naming = [name for name in ("number", "code", "created_at") if field_at(cls, name) is not None]
    currencies = {field.currency for path, field in known.items() if field.kind == "money" and field.currency}
    paths = list(dict.fromkeys((*known, *naming, *(each for each in currencies if field_at(cls, each)))))
    rows = rows_of(cls, ids, paths)[1]
    if len(rows) < 2:
        raise refusal or Refusal("MERGE_SELF", _(
            "Choose two different records at least: one can't be merged with itself"))
    counted = count_pointers(cls, [row.id for row in rows])
    totals = {row.id: sum(counts.get(row.id, 0) for _label, _plugin, counts in counted) for row in rows}
    chosen = _number("survivor")
    survivor = chosen if chosen in totals else max(rows, key=lambda row: (totals[row.id], -row.id)).id
    page = MergePage(
        str(_("Merge {count} {what}", count=len(rows), what=str(cls.__plural__).lower()
              if not str(cls.__plural__)[:2].isupper() else cls.__plural__)),
        address(cls, None, "/merge"),
        tuple(_record(cls, row, naming, survivor, counted) for row in rows),
        tuple(made for path, field in known.items() if (made := _field(path, field, rows, survivor))),
        address(cls), refused(refusal))
    return render("merge.html", page, shell=shell([*crumbs_of(cls), crumb(_("Merge"))]))


def _record(cls: type[Entity], row: Row, naming: Sequence[str], survivor: int, counted: Sequence[Any]) -> MergeRecord:
    facts = [text for name in naming if (field := field_at(cls, name)) is not None
             and (text := shown(field, row.values[name]).text) and text not in row.title]
    return MergeRecord(
        row.id, row.version, row.title, " · ".join(facts), address(cls, row.id), row.id == survivor,
        tuple((str(label), plugin_label(plugin) if plugin != "kernel" else "", format_number(counts[row.id]))
              for label, plugin, counts in counted if counts.get(row.id)))


def _field(path: str, field: Any, rows: Sequence[Row], survivor: int) -> MergeField | None:
    """Show the values of a field that differ; None where they are all the same."""
    values: Mapping[int, Any] = {row.id: row.values[path] for row in rows}
    if len({repr(value) if value not in (None, "") else "" for value in values.values()}) < 2:
        return None
    asked = _number(f"{TAKEN}{path}")
    filled = [id_ for id_, value in values.items() if value not in (None, "")]
    taken = asked if asked in values else survivor if survivor in filled else filled[0]
    return MergeField(
        f"{TAKEN}{path}", str(field.label), tuple(
            MergeValue(row.id, row.title, _plain(shown(
                field, row.values[path], currency=currency_of(field, row.values))), row.id == taken) for row in rows))


def _plain(value: Shown) -> Shown:
    """Show long text in the size of the others."""
    return replace(value, kind="text") if value.kind == "note" else value
