"""A record's history from the audit trail, and its approvals: who did what, when, and what it was before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from kernel.entities.audit import AuditEntry
from kernel.entities.base import Entity, entities
from kernel.entities.fields import Field
from kernel.entities.work import actor, session
from kernel.exchange.sheets.running import import_of
from kernel.i18n import _, format_instant
from kernel.identity.models import User
from kernel.permissions.rights import rights
from kernel.web.declare import views
from kernel.web.frame import plugin_label
from kernel.web.linehistory import LineTrail, line_trail, links_of, words
from kernel.web.screen.form import Change, Happened
from kernel.web.screen.shown import Person
from kernel.web.show import Titles, address, plain_text, titles_for
from kernel.workflows.machine import workflow_of
from kernel.workflows.models import ApprovalRun, ApprovalTask
from kernel.workflows.reasons import told_reason

__all__ = ["approvals_of", "audit_rows", "field_columns", "history_of"]

SHOWN = 20
MOST = 1000


def audit_rows(cls: type[Entity], record_id: int, limit: int = SHOWN) -> Sequence[Any]:
    """Give the audit trail of a record, newest first, as rows; the caller must have read the record itself."""
    table = AuditEntry.__table__.c
    return session().work.connection.execute(
        select(table.id, table.at, table.action, table.user_id, table.plugin, table.changes,
               table.request_id)
        .where(table.record_id == record_id, table.entity == cls.__entity__)
        .order_by(table.id.desc()).limit(limit)).all()


def field_columns(cls: type[Entity]) -> dict[str, Field]:
    """Give the fields the person may see by the names the audit trail uses: columns, `slot.column` for components."""
    granted = rights()
    found = {f"{field.name}_title" if field.kind == "ref" else field.column: field for field in granted.visible(cls)}
    for slot, component in cls.__components__.items():
        found |= {f"{slot}.{field.column}": field for field in granted.visible(component)}
    return found


def history_of(cls: type[Entity], record_id: int, *, whole: bool = False) -> tuple[tuple[Happened, ...], bool]:
    """Give a record's history with its lines', newest first, its last entries or the whole, and whether there is more.

    Hidden fields leave no word in it. What was written at once by the same hand is one entry.
    """
    limit = MOST if whole else SHOWN
    rows = audit_rows(cls, record_id, limit + 1)
    trail = line_trail(cls, record_id, 10 * limit)
    fields = field_columns(cls)
    people = _people(row.user_id for row in [*rows, *trail.rows])
    titles = titles_for([*_links(fields, rows), *trail.links(), *_links_of_removed(rows)])
    moments: dict[tuple[Any, ...], list[Any]] = {}
    for row in sorted([*rows[:limit], *trail.rows], key=lambda row: -row.id):
        moments.setdefault((row.at, row.user_id, row.plugin), []).append(row)
    oldest = trail.rows[-1].at if trail.cut else None
    found = []
    for (at, user_id, plugin), some in moments.items():
        if oldest is not None and at < oldest:
            break
        happened = _happened(some, trail, fields, titles)
        if happened is not None:
            action, changes = happened
            brought_by = next(filter(None, map(import_of, some)), None)
            found.append(Happened(
                _what(action, plugin, brought=brought_by is not None), format_instant(at),
                Person(people[user_id]) if user_id in people and plugin is None else None,
                icon=views.menus[plugin].icon or "bolt" if plugin in views.menus else "bolt", changes=changes, at=at,
                href=address(cls, None, f"/import/{brought_by}") if brought_by and user_id == actor().user_id else ""))
    more = len(rows) > limit or trail.cut or len(found) > limit
    return tuple(found[:limit]), more and not whole


def _happened(
    some: Sequence[Any], trail: LineTrail, fields: dict[str, Field], titles: Titles
) -> tuple[str, tuple[Change, ...]] | None:
    """Say what one hand did at one moment; None where it is nothing the person may know of."""
    own = [row for row in some if not hasattr(row, "entity")]
    made = next((row.action for row in own if row.action in ("create", "delete")), "")
    if made:
        return made, ()
    changes = [change for row in own for change in _changes(row, fields, titles)]
    changes += [
        change for row in reversed(some) if hasattr(row, "entity") and row.action in ("create", "change")
        for change in trail.changes(row, titles)]
    return ("change", tuple(changes)) if changes else None


def _changes(row: Any, fields: dict[str, Field], titles: Titles) -> Iterator[Change]:
    if row.action == "merge":
        yield from _merging(row.changes)
        return
    for name, value in row.changes.items():
        field = fields.get(name)
        if not isinstance(value, list) or len(value) != 2:
            continue
        if field is not None and field.kind != "json":
            yield Change(str(field.label), plain_text(field, value[0], titles), plain_text(field, value[1], titles))
        elif (line := _removed(name)) is not None and isinstance(value[0], dict):
            yield Change(str(line.__label__), words(line, value[0], titles) or str(_("a line")), "")


def _merging(facts: Mapping[str, Any]) -> Iterator[Change]:
    """Say what became part of a record, or what it became part of."""
    if titles := [str(each.get("title")) for each in facts.get("merged", ())]:
        yield Change(str(_("Merged into this")), "", ", ".join(titles))
    if into := facts.get("into"):
        yield Change(str(_("Merged into")), "", str(into.get("title")))


def _removed(name: str) -> type[Entity] | None:
    """Find the kind of line that a document's audit row says was taken away: `erp_sales.order_line[7]`."""
    kind, bracket, _rest = name.partition("[")
    line = entities().get(kind) if bracket else None
    return line if line is not None and rights().visible(line) else None


def _links_of_removed(rows: Sequence[Any]) -> list[tuple[type[Entity], list[int | None]]]:
    found = []
    for row in rows:
        for name, value in row.changes.items() if row.action == "change" else ():
            if (line := _removed(name)) is not None and isinstance(value, list) and isinstance(value[0], dict):
                found += links_of(line, value[0])
    return found


def _what(action: str, plugin: str | None, *, brought: bool) -> str:
    words = {"create": _("created it"), "change": _("changed"), "delete": _("deleted it")}
    if brought:
        words = {"create": _("created it by an import"), "change": _("changed it by an import")}
    word = str(words.get(action, action))
    if plugin is None:
        return word
    return str(_("{plugin} {did}", plugin=plugin_label(plugin), did=word))


def _people(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    table = User.__table__.c
    rows = session().work.connection.execute(select(table.id, table.name).where(table.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _links(fields: dict[str, Field], rows: Sequence[Any]) -> list[tuple[type[Entity], list[int | None]]]:
    found: list[tuple[type[Entity], list[int | None]]] = []
    for row in rows:
        if row.action != "change":
            continue
        for name, value in row.changes.items():
            field = fields.get(name)
            if field is not None and field.kind == "link" and isinstance(value, list):
                found.append((field.target, [int(each) for each in value if each is not None]))
    return found


def approvals_of(cls: type[Entity], record_id: int) -> tuple[Happened, ...]:
    """Give the decisions of a record's approvals that the person may see, the latest approval's first."""
    workflow = workflow_of(cls)
    if workflow is None:
        return ()
    runs = session().scalars(
        select(ApprovalRun).where(ApprovalRun.entity == cls.__entity__, ApprovalRun.record_id == record_id)
        .options(joinedload(ApprovalRun.initiator), selectinload(ApprovalRun.tasks).options(
            joinedload(ApprovalTask.approver), joinedload(ApprovalTask.decided_by)))
        .order_by(ApprovalRun.id.desc()).limit(3)).all()
    found: list[Happened] = []
    outcome = ApprovalTask.__fields__["outcome"]
    for run in runs:
        for task in sorted(run.tasks, key=lambda each: -each.id):
            if task.outcome == "skipped" or task.kind == "copy":
                continue
            did = f"{_(task.label)}: {outcome.choice(task.outcome).label}"
            if task.decided_by is not None:
                did = str(_("{did}, for {who}", did=did, who=task.approver.name))
            found.append(Happened(
                did, format_instant(task.decided_at) if task.decided_at else "",
                Person((task.decided_by or task.approver).name), quote=task.comment or "",
                text="" if task.decided_at else told_reason(task)))
        step = workflow.transitions.get(run.transition)
        found.append(Happened(
            str(_("asked for “{action}”", action=step.label if step else run.transition)),
            format_instant(run.created_at), Person(run.initiator.name)))
    return tuple(found)
