"""The pages of the designer: all approvals, one drawn, its versions, the dry run, the export."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, make_response, request
from sqlalchemy import select

from kernel.entities.base import Entity, entities
from kernel.entities.work import as_system, session
from kernel.errors import NotFound, Refusal
from kernel.i18n import LazyText, Text, _, format_instant, format_number
from kernel.identity.models import User
from kernel.web.flows.canvas import Canvas, checks, names_of
from kernel.web.flows.panel import node_form, start_form
from kernel.web.flows.words import OPS, condition_words, day_choices, field_choices, kinds, rule_choices
from kernel.web.frame import crumb, plugin_label, shell
from kernel.web.screen.flow import (
    FlowPage,
    FlowRow,
    FlowsPage,
    NewFlowPage,
    NodeForm,
    Slot,
    TriedRow,
    TriedStep,
    TryPage,
    VersionRow,
    VersionsPage,
)
from kernel.web.screen.shown import Choice, Empty, Refused, Shown
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused
from kernel.workflows.approvals.running import active_nodes
from kernel.workflows.approvals.trying import Rehearsal, rehearse
from kernel.workflows.approvals.versions import Flow, demand, flow_of, flows, problems_of, running_counts, versions_of
from kernel.workflows.flows.bpmn import bpmn_xml
from kernel.workflows.flows.graph import Nodes, expanded, find
from kernel.workflows.machine import workflow_of, workflows
from kernel.workflows.models import ApprovalDefinition, ApprovalRun

__all__ = ["HERE", "blueprint", "designer", "new_page", "versions_page"]

blueprint = Blueprint("flows", __name__)
HERE = "/settings/approvals"
TRIED = 50
"""Documents that a dry run takes at most."""
STAGES = {"draft": "amber", "active": "green", "retired": ""}


@blueprint.get(HERE)
@served()
def all_flows() -> Answer:
    """List the approvals of the company."""
    found = flows()
    counts = running_counts([each.id for flow in found for each in (flow.active, flow.draft) if each is not None])
    page = FlowsPage(str(_("Approvals")), tuple(_row(flow, counts) for flow in found), Empty(
        "checks", str(_("Nothing needs an approval yet")),
        str(_("Choose an action of a document, and who has to agree before it happens."))))
    return render("flows.html", page, shell=_shell())


def _shell(*further: tuple[Text, str], rail: bool = False) -> object:
    crumbs = [crumb(_("Settings")), crumb(_("Approvals"), HERE), *(crumb(label, href) for label, href in further)]
    return shell(crumbs, here="settings", rail=rail)


def _row(flow: Flow, counts: Mapping[int, int]) -> FlowRow:
    shown = flow.shown
    status = Shown(str(_("In use") if flow.active else _("Draft") if flow.draft else _("Switched off")),
                   tone="green" if flow.active else "amber" if flow.draft else "gray")
    running = counts.get(flow.active.id, 0) if flow.active else 0
    return FlowRow(
        f"{HERE}/{flow.code}", str(_(shown.name)), about(shown),
        str(_("Version {number}", number=shown.revision)), status, format_number(running) if running else "",
        plugin_label(shown.plugin) if shown.plugin else "", draft=flow.draft is not None and flow.active is not None)


def about(definition: ApprovalDefinition) -> str:
    """Say what a flow is about: the entity, its action, and when it applies."""
    cls = entities().get(definition.entity)
    workflow = workflow_of(cls) if cls is not None else None
    step = workflow.transitions.get(definition.transition) if workflow is not None else None
    said = f"{cls.__label__ if cls else definition.entity}: {step.label if step else definition.transition}"
    when = condition_words(definition.conditions, cls)
    return str(_("{what}, where {when}", what=said, when=when)) if when else said


@blueprint.get(f"{HERE}/new")
@served()
def new() -> Answer:
    """Show the form of a new approval."""
    return new_page()


def new_page(refusal: Refusal | None = None) -> str:
    """Make the form of a new approval."""
    demand()
    chosen = request.form.get("about", "")
    groups: dict[str, list[Choice]] = {}
    for cls, flow in workflows().items():
        for code, step in flow.transitions.items():
            if step.parked in flow.states and entities().get(cls.__entity__) is cls:
                value = f"{cls.__entity__}|{code}"
                groups.setdefault(plugin_label(cls.__plugin__), []).append(
                    Choice(value, f"{cls.__label__}: {step.label}", value == chosen))
    page = NewFlowPage(
        str(_("New approval")), tuple((label, tuple(some)) for label, some in sorted(groups.items())),
        request.form.get("name", ""), refused(refusal))
    return render("flow_new.html", page, shell=_shell((_("New"), "")))


@blueprint.get(f"{HERE}/<code>")
@served()
def show(code: str) -> Answer:
    """Show an approval: its draft, else the version in use, or a version that is asked for."""
    wanted = request.args.get("version", "")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10:
        version = next((each for each in versions_of(code) if each.revision == int(wanted)), None)
        if version is None:
            raise NotFound("VERSION", _("There is no such version"))
        return designer(flow_of(code), version, editable=False)
    return designer(flow_of(code))


def designer(
    flow: Flow, version: ApprovalDefinition | None = None, *, editable: bool = True, refusal: Refusal | None = None,
    form: NodeForm | None = None, again: tuple[tuple[str, str], ...] = (),
) -> str:
    """Make the designer's page of a flow; `form` is a panel whose content was refused, `again` what to do once more."""
    shown = version or flow.draft or flow.active or flow.latest
    cls = entities().get(shown.entity)
    base = f"{HERE}/{flow.code}"
    problems = problems_of(shown) if shown.stage == "draft" else []
    chosen = form.key if form else request.args.get("node", "")
    sub_flows = {each.code: str(_(each.shown.name)) for each in flows()
                 if each.active is not None and each.code != flow.code and each.shown.entity == shown.entity}
    node = find(shown.nodes, chosen)
    if form is None and editable and node is not None:
        form = node_form(node, cls, names_of([node]), [
            str(each.message) for each in problems if each.field == chosen])
    elif form is None and editable and chosen == "start":
        form = start_form(shown, cls)
    running = running_counts([flow.active.id]).get(flow.active.id, 0) if flow.active else 0
    number = shown.revision
    page = FlowPage(
        title=str(_(shown.name)), code=flow.code, subtitle=_subtitle(flow, shown, running),
        status=Shown(str(_("v{number} {stage}", number=number, stage=_stage(shown))), tone=STAGES[shown.stage]),
        version=shown.version if shown.stage == "draft" else 0, base=base,
        nodes=Canvas(shown.nodes, cls, base, chosen, problems, sub_flows).drawn(),
        first=Slot(":0", str(_("Add at the start"))), start_about=about(shown), start_href=f"{base}?node=start",
        start_current=chosen == "start", end_about=_end(cls, shown), kinds=kinds() if editable else (),
        checks=checks(shown.nodes, problems, base) if editable else (), form=form,
        rules=_offered(cls, form) if form and form.rules and cls is not None else (),
        fields=field_choices(cls) if form and cls is not None else (),
        days=day_choices(cls) if form and form.kind == "wait" and cls is not None else (),
        flows=tuple(Choice(code, name) for code, name in sub_flows.items()),
        saved=str(_("Draft saved {when}", when=format_instant(shown.changed_at))) if shown.stage == "draft" else "",
        draft=flow.draft is not None and editable, in_use=flow.active is not None,
        publish_label=str(_("Publish v{number}", number=number)), publish_why=str(_("Mend what is red first"))
        if problems else "", refused=_told(refusal), again=again)
    return render("flow.html", page, shell=_shell((page.title, base), rail=True),
                  ops=tuple((op, str(label)) for op, label in OPS))


def _offered(cls: type[Entity], form: NodeForm) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """Give who may be asked, with those the node asks already although nobody would choose them now."""
    groups = rule_choices(cls)
    known = {choice.value for _label, some in groups for choice in some}
    more = tuple(Choice(value, label) for value, label in form.rules if value and value not in known)
    return (*groups, (str(_("Chosen before")), more))


def _told(refusal: Refusal | None) -> Refused | None:
    if refusal is None:
        return None
    return refused(refusal, " ".join(str(each.message) for each in refusal.problems[1:]))


def _stage(version: ApprovalDefinition) -> str:
    return str(ApprovalDefinition.__fields__["stage"].choice(version.stage).label)


def _subtitle(flow: Flow, shown: ApprovalDefinition, running: int) -> str:
    if flow.active is None:
        return str(_("Not in use: documents pass without it until it is published."))
    if shown.stage == "draft":
        if running:
            return str(_("Running on v{old}: {count}. New documents take v{new} once it is published.",
                         count=format_number(running), old=flow.active.revision, new=shown.revision))
        return str(_("v{old} is in use until v{new} is published.", old=flow.active.revision, new=shown.revision))
    if shown.stage == "retired":
        return str(_("An earlier version, to look at."))
    return str(_("In use, running: {count}. The first change begins a draft.", count=format_number(running)))


def _end(cls: type[Entity] | None, shown: ApprovalDefinition) -> str:
    workflow = workflow_of(cls) if cls is not None else None
    step = workflow.transitions.get(shown.transition) if workflow is not None else None
    state = workflow.states.get(step.target) if workflow is not None and step is not None else None
    return str(_("End: the document becomes “{state}”", state=state.label) if state is not None else _("End"))


@blueprint.get(f"{HERE}/<code>/versions")
@served()
def versions(code: str) -> Answer:
    """List an approval's versions."""
    return versions_page(code)


def versions_page(code: str, refusal: Refusal | None = None) -> str:
    """Make the list of an approval's versions, the latest first."""
    found = list(reversed(versions_of(code)))
    flow, counts, base = flow_of(code), running_counts([each.id for each in found]), f"{HERE}/{code}"
    with as_system("name who edited versions") as system:
        names = {row.id: row.name for row in system.execute(
            select(User.id, User.name).where(User.id.in_({each.changed_by_id for each in found})))}
    rows = tuple(VersionRow(
        f"v{each.revision}", Shown(_stage(each), tone=STAGES[each.stage] or "gray"),
        format_instant(each.published_at or each.changed_at), names.get(each.changed_by_id or 0, "Trellis"),
        format_number(counts.get(each.id, 0)),
        base if each.stage == "draft" else f"{base}?version={each.revision}", f"{base}/bpmn?version={each.revision}",
        f"{base}/versions" if flow.draft is None else "", each.revision) for each in found)
    page = VersionsPage(str(_(flow.shown.name)), code, base, rows, flow.active is not None, flow.draft is not None,
                        _told(refusal))
    return render("flow_versions.html", page, shell=_shell((page.title, base), (_("Versions"), "")))


@blueprint.get(f"{HERE}/<code>/try")
@served()
def dry_run(code: str) -> Answer:
    """Take past documents through the draft, or the version in use: who would have been asked, and why."""
    flow = flow_of(code)
    shown = flow.draft or flow.active or flow.latest
    records = _past(shown)
    tried = rehearse(shown, records, _whole(shown))
    before = rehearse(flow.active, records, _whole(flow.active)) if flow.draft and flow.active else []
    by_id = {each.record_id: each for each in before}
    cls = entities().get(shown.entity)
    rows = tuple(_tried(cls, each, by_id.get(each.record_id)) for each in tried)
    differ = sum(row.differs for row in rows)
    if before:
        summary = str(_("{same} of {all} documents would be asked about as before, {differ} differently.",
                        same=len(rows) - differ, all=len(rows), differ=differ))
    else:
        summary = str(_("{asked} of the last {all} documents would need this approval.",
                        asked=sum(not row.passes for row in rows), all=len(rows)))
    page = TryPage(
        str(_(shown.name)), code, f"{HERE}/{code}", summary, tuple(sorted(rows, key=lambda row: not row.differs)),
        bool(before), Empty("flask", str(_("No documents yet")),
                            str(_("Once there are some, you see here who would have been asked about each."))))
    return render("flow_try.html", page, shell=_shell((page.title, f"{HERE}/{code}"), (_("Dry run"), "")))


def _whole(definition: ApprovalDefinition) -> Nodes:
    with as_system("look up sub-flows"):
        return expanded(definition.nodes, lambda each: active_nodes(each, definition.entity), (definition.code,))


def _past(definition: ApprovalDefinition) -> list[tuple[Entity, int]]:
    """Give the latest documents that the person may read, with who submitted or made each."""
    cls = entities().get(definition.entity)
    if cls is None:
        return []
    found = session().scalars(select(cls).order_by(cls.id.desc()).limit(TRIED)).all()
    with as_system("find who submitted documents") as system:
        submitted = {row.record_id: row.initiator_id for row in system.execute(
            select(ApprovalRun.record_id, ApprovalRun.initiator_id)
            .where(ApprovalRun.entity == definition.entity, ApprovalRun.record_id.in_([each.id for each in found]))
            .order_by(ApprovalRun.id))}
    owner = cls.__fields__[cls.__owner__].column if cls.__owner__ and cls.__owner__ in cls.__fields__ else ""

    def who(record: Entity) -> int:
        owned = getattr(record, owner, None) if owner else None
        return submitted.get(record.id) or owned or record.created_by_id or 0

    return [(record, who(record)) for record in found]


def _tried(cls: type[Entity] | None, now: Rehearsal, before: Rehearsal | None) -> TriedRow:
    return TriedRow(
        now.title, address(cls, now.record_id) if cls is not None else "", now.initiator, _steps(now), not now.applies,
        _steps(before) if before else (), before is not None and not before.applies,
        before is not None and not now.same_as(before))


def _steps(way: Rehearsal) -> tuple[TriedStep, ...]:
    return tuple(TriedStep(step.name, step.asked, step.trouble, step.until) for step in way.steps)


@blueprint.get(f"{HERE}/<code>/bpmn")
@served()
def bpmn(code: str) -> Answer:
    """Send a version as BPMN 2.0, for other tools."""
    wanted = request.args.get("version", "")
    flow = flow_of(code)
    versions_: Sequence[ApprovalDefinition] = versions_of(code)
    shown = next((each for each in versions_ if wanted == str(each.revision)), flow.draft or flow.active or flow.latest)
    cls = entities().get(shown.entity)
    xml = bpmn_xml(
        shown.code, str(_(shown.name)), shown.nodes, lambda path: condition_words(path.get("conditions"), cls),
        lambda text: str(LazyText(text)))
    made: Response = make_response(xml)
    made.headers["Content-Type"] = "application/bpmn+xml; charset=utf-8"
    made.headers["Content-Disposition"] = f'attachment; filename="{shown.code}-v{shown.revision}.bpmn"'
    return made
