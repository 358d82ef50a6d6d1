"""Make the page of a record: what it holds, what may be done with it, what others add, what happened to it."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any
from urllib.parse import urlencode

from flask import request

from kernel.entities.base import Entity, entities, fields_of
from kernel.entities.custom.computing import explain_formulas
from kernel.entities.custom.definitions import definitions_of
from kernel.entities.work import session
from kernel.errors import NotFound, Refusal
from kernel.exchange.listing import MOST_COUNTED, Query
from kernel.exchange.rows import Linked, Row, full_names, rows_of, titles_of
from kernel.exchange.scans.counting import offered
from kernel.exchange.values import FORM, Fault, parse
from kernel.i18n import _, format_instant, format_number
from kernel.notices.attention import attention
from kernel.permissions.reach import actions_on
from kernel.permissions.rights import rights
from kernel.permissions.sharing import may_share
from kernel.web.declare import views
from kernel.web.discussion import discussion_of
from kernel.web.filled import Filled
from kernel.web.frame import plugin_label
from kernel.web.history import approvals_of
from kernel.web.layout import Placed, customise_action, field_at, lines_of, sections_of
from kernel.web.linepages import load_pages
from kernel.web.listing.filling import in_sentence
from kernel.web.listing.tabs import one_of
from kernel.web.panels import panels_of
from kernel.web.posted import Posted
from kernel.web.printing import print_choices
from kernel.web.screen.discussion import Discussion
from kernel.web.screen.form import FormPage, Lines, Related, Step
from kernel.web.screen.shown import Action, Shown
from kernel.web.show import address, currency_of, shown, why_address
from kernel.workflows.machine import Transition, Workflow, workflow_of

__all__ = ["edit_page", "facts_of", "load_row", "new_page", "shown_lines"]

MOST_RELATED = 5


def load_row(cls: type[Entity], id_: int, *, lines: bool = True) -> Row:
    """Load a record with its components, and its sub-tables if wanted; raises NotFound where it isn't there or open."""
    tables = () if lines else [table.path for table in lines_of(cls)]
    beside = [placed.path for section in sections_of(cls) for placed in section.fields]
    wanted = dict.fromkeys((*full_names(cls), *beside))
    rows = rows_of(cls, [id_], [name for name in wanted if name not in tables])[1]
    if not rows:
        raise NotFound("NO_SUCH_RECORD", _("There is no such {what}, or it isn't open to you", what=cls.__label__))
    return rows[0]


def new_page(
    cls: type[Entity], given: Mapping[str, str], posted: Posted | None = None, refusal: Refusal | None = None
) -> FormPage:
    """Make the empty form; `given` are values the address brings along."""
    defaults = _defaults(cls, given)
    filled = Filled(cls, defaults, posted, refusal, new=True)
    kept = {name: value for name, value in given.items() if name in defaults}
    return FormPage(
        title=str(_("New {what}", what=in_sentence(one_of(cls, given)))),
        url=address(cls, None, f"/new?{urlencode(kept)}" if kept else "/new"),
        sections=filled.sections(readonly=False), new=True,
        preview_url=address(cls, None, "/new/preview") if _derives(cls) else "",
        lines=filled.lines(readonly=False), cancel_href=address(cls), refused=filled.banner(),
        submit=str(_("Create")))


def _defaults(cls: type[Entity], given: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for section in sections_of(cls):
        for placed in section.fields:
            if placed.path in given:
                found[placed.path] = _given(placed, given[placed.path])
            elif placed.field.default is not None:
                found[placed.path] = placed.field.default
    return {**_present(cls), **found}


def _present(cls: type[Entity]) -> dict[str, Any]:
    """Give what fields begin with as a record is made: the day, the moment, the person."""
    beginning = [field for field in cls.__fields__.values() if field.present]
    beginning += [each.field for each in definitions_of(cls).values() if each.present]
    found: dict[str, Any] = {}
    for field in beginning:
        value: Any = session().present(field.kind)
        if field.kind == "link" and value is not None:
            value = Linked(value, titles_of(field.target, [value]).get(value), field.target.__entity__)
        if value is not None:
            found[field.name] = value
    return found


def _given(placed: Placed, text: str) -> Any:
    if placed.field.kind == "link" and text.isdecimal():
        rows = rows_of(placed.field.target, [int(text)], ())[1]
        return Linked(rows[0].id, rows[0].title, placed.field.target.__entity__) if rows else None
    if placed.field.kind not in ("text", "choice", "boolean", "note", "integer", "quantity", "date"):
        return None
    try:
        return parse(placed.field, text, FORM)
    except Fault:
        return None


def edit_page(
    cls: type[Entity], id_: int, posted: Posted | None = None, refusal: Refusal | None = None,
    discussion: Discussion | None = None,
) -> FormPage:
    """Make the page of a record, with what was typed and why it was refused where that is so."""
    row = load_row(cls, id_, lines=False)
    pages = load_pages(cls, row, posted)
    record = session().get_one(cls, id_)
    workflow = workflow_of(cls)
    steps = workflow.leading_on(record) if workflow else []
    allowed = actions_on(record, ("change", *(each.code for each in steps)))
    readonly = "change" not in allowed
    asked = {name for step in workflow.available(record) for name in step.needs} if workflow else set()
    why = {code: str(error.message) for code, error in explain_formulas(session(), cls, record).items()}
    filled = Filled(cls, row.values, posted, refusal, new=False, asked=asked, pages=pages, why=why)
    here = address(cls, id_)
    may_preview = not readonly and all(page.count <= page.size for page in pages.values())
    return FormPage(
        title=row.title, url=here,
        preview_url=f"{here}/preview" if may_preview and _derives(cls) else "",
        sections=filled.sections(readonly=readonly), subtitle=_subtitle(cls, row),
        state=_state(workflow, record), tags=_tags(record), version=row.version,
        steps=_steps(workflow, record), transitions=_transitions(steps, allowed, record, here),
        actions=_actions(cls, record, here, readonly=readonly), related=_related(cls, id_),
        lines=filled.lines(readonly=readonly),
        panels=panels_of([record])[0], discussion=discussion or discussion_of(cls, id_, request.args),
        star_url=f"{here}/star",
        starred=any((each.entity, each.id) == (cls.__entity__, id_) for each in attention().starred),
        seen=f"{cls.__entity__}/{id_}", approval=approvals_of(cls, id_),
        saved=str(_("Saved {when}", when=format_instant(record.changed_at))), cancel_href=here, readonly=readonly,
        readonly_why=_readonly_why(cls) if readonly else "",
        refused=filled.banner(), trace_href=f"{here}/trace",
        more=_more(cls, id_, here), why_href=why_address(cls.__entity__, id_, "change") if readonly else "",
        prints=print_choices(cls, row))


def _readonly_why(cls: type[Entity]) -> str:
    return str(_("You may read this record; your roles let you change others like it.")
               if rights().may("change", cls.__entity__) else
               _("You may read this record; none of your roles lets you change it."))


def _derives(cls: type[Entity]) -> bool:
    """Say whether anything of a record follows from what is typed into its form."""
    beneath = [field.target for field in fields_of(cls).values() if field.kind == "lines"]
    own = [base for each in (cls, *beneath) for base in each.mro() if base is not Entity]
    return any("prepare" in vars(base) for base in own) or any(
        each.formula or each.cells for each in definitions_of(cls).values())


def _more(cls: type[Entity], id_: int, here: str) -> tuple[Action, ...]:
    """Give the links behind the dots: sharing where that is the person's to do, and what they may do at all."""
    share = (Action(str(_("Share…")), f"{here}/shares", "share", name="dialog"),) if may_share(cls) else ()
    return (*share, Action(str(_("What may I do here?")), why_address(cls.__entity__, id_), "zoom-question"))


def facts_of(cls: type[Entity], row: Row) -> tuple[tuple[str, Shown], ...]:
    """Give a record's own filled fields for reading, without its title and notes."""
    found = []
    for section in sections_of(cls):
        for placed in section.fields:
            value = row.values.get(placed.path)
            if value not in (None, "") and placed.field.kind != "note" and not section.plugin:
                found.append((str(placed.field.label), shown(
                    placed.field, value, currency=currency_of(placed.field, row.values))))
    return tuple(found)


def shown_lines(cls: type[Entity], row: Row) -> tuple[Lines, ...]:
    """Give a record's sub-tables for reading."""
    return Filled(cls, row.values, None, None, new=False).lines(readonly=True)


def _subtitle(cls: type[Entity], row: Row) -> str:
    view = views.forms.get(cls.__entity__)
    found: list[str] = []
    for path in view.subtitle if view else ():
        field = field_at(cls, path)
        if field is not None and row.values.get(path) not in (None, ""):
            found.append(shown(field, row.values[path], currency=currency_of(field, row.values)).text)
    return " · ".join(found)


def _state(workflow: Workflow[Any] | None, record: Entity) -> Shown | None:
    if workflow is None:
        return None
    state = workflow.state_of(record)
    return Shown(str(state.label), "status", tone=state.colour)


def _tags(record: Entity) -> tuple[Shown, ...]:
    found = []
    if record.archived:
        found.append(Shown(str(_("Archived")), tone="amber", icon="archive"))
    if getattr(record, "historical", False):
        found.append(Shown(str(_("History from another system")), icon="history"))
    return tuple(found)


def _steps(workflow: Workflow[Any] | None, record: Entity) -> tuple[Step, ...]:
    """Draw the way most records go: the states in their order up to the good end, if any, the present one marked."""
    if workflow is None:
        return ()
    ends = [each.target for each in workflow.transitions.values()
            if each.primary and workflow.states[each.target].final]
    path = [code for code, state in workflow.states.items() if not state.final]
    path += ends[-1:] or [code for code, state in workflow.states.items() if state.final and state.colour != "red"][:1]
    now = getattr(record, workflow.field) or workflow.initial
    if now not in path:
        path = [workflow.initial, now]
    at = path.index(now)
    return tuple(
        Step(str(workflow.states[code].label if code in workflow.states else code),
             "done" if i < at or (i == at and i == len(path) - 1 and workflow.state_of(record).final) else
             "now" if i == at else "")
        for i, code in enumerate(path))


def _transitions(
    steps: Sequence[Transition], allowed: Collection[str], record: Entity, here: str
) -> tuple[Action, ...]:
    """Give the steps that lead on; the next one that most people want stands there with the reason if one may not."""
    found = [
        Action(
            str(each.label), f"{here}/do/{each.code}", each.icon if each.primary else "", post=True,
            primary=each.primary, risk=each.risky, name=each.code,
            confirm=str(_("“{action}” can't be undone. Go on?", action=each.label)) if each.risky else "")
        for each in steps if each.code in allowed]
    barred = [_barred(each, record) for each in steps if each.primary and each.code not in allowed]
    first = next((each for each in found if each.primary), None)
    rest = [each for each in found if each is not first]
    rest.sort(key=lambda each: not each.risk)
    return (*barred, *(_quieter(each) for each in rest), *((first,) if first else ()))


def _barred(step: Transition, record: Entity) -> Action:
    """Show a step that the person's roles don't give them, with the way to why."""
    granted = rights().may(step.code, record.__entity__)
    return Action(
        str(step.label), "", step.icon, name=step.code, why_href=why_address(record.__entity__, record.id, step.code),
        why_not=str(_("Your roles give you this step, but not with this record.") if granted else
                    _("None of your roles gives you this step.")))


def _quieter(action: Action) -> Action:
    """Only one button of a page is filled."""
    return Action(action.label, action.href, action.icon, action.post, False, action.risk, name=action.name,
                  confirm=action.confirm)


def _actions(cls: type[Entity], record: Entity, here: str, *, readonly: bool) -> tuple[Action, ...]:
    if readonly:
        return customise_action(cls)
    if record.archived:
        return (Action(str(_("Bring back")), f"{here}/restore", "archive-off", post=True),)
    archive = Action(str(_("Archive")), f"{here}/archive", "archive", post=True,
                     confirm=str(_("Archive this record? It leaves lists and pickers, not reports.")))
    return (*_scan_action(record, here), *customise_action(cls), archive)


def _scan_action(record: Entity, here: str) -> tuple[Action, ...]:
    """Lead to where a document's goods are counted with a scanner, where that is open to the person."""
    task = offered(record)
    return (Action(str(task.label), f"{here}/scan", task.icon),) if task else ()


def _kinds_in_menus() -> list[type[Entity]]:
    """List the kinds of record in menus: the first of each app, then the second of each, and so on."""
    known = entities()
    apps = sorted(views.menus.values(), key=lambda menu: (menu.order, menu.plugin))
    names = zip_longest(*(dict.fromkeys(item.entity for item in app.items) for app in apps))
    return [known[name] for name in dict.fromkeys(chain.from_iterable(names)) if name in known]


def _related(cls: type[Entity], id_: int) -> tuple[Related, ...]:
    """Count the records in menus that link to this one, of each app one kind first: a statement for each kind."""
    granted = rights()
    found: list[Related] = []
    for other in _kinds_in_menus():
        name = other.__entity__
        field = next((each for each in fields_of(other).values() if each.kind == "link" and each.target is cls), None)
        if field is None or other.__parent__ or not granted.may("read", name) or len(found) >= MOST_RELATED:
            continue
        if field not in granted.visible(other):
            continue
        counted = Query(other, filter=[[field.name, "eq", id_]], counted=MOST_COUNTED).totals()
        if not counted.count:
            continue
        label = other.__label__ if counted.count == 1 else other.__plural__
        number = format_number(counted.count) + ("" if counted.exact else "+")
        found.append(Related(
            f"{number} {label}", plugin_label(other.__plugin__), other.__icon__,
            f"{address(other)}?f.{field.name}={id_}"))
    return tuple(found)
