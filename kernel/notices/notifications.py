"""What the kernel itself tells people of."""

from kernel.entities.base import entities
from kernel.i18n import _
from kernel.notices.declare import Facts, notification
from kernel.workflows.machine import workflow_of
from kernel.workflows.models import ApprovalRun

__all__ = [
    "approval_ended", "approval_overdue", "approval_waits", "commented_on", "follow_up_due", "mail_came", "mentioned",
    "state_changed",
]


def _state(facts: Facts) -> Facts:
    """Say in the reader's language what state one record came to, or several did."""
    cls = entities().get(str(facts["of"]))
    workflow = workflow_of(cls) if cls is not None else None
    code = str(facts["state"])
    state = workflow.states[code].label if workflow is not None and code in workflow.states else code
    if count := facts.get("count"):
        return {"what": str(_("{count} of them are now “{state}”", count=count, state=state))}
    return {"what": str(_("is now “{state}”", state=state))}


def _step(facts: Facts) -> Facts:
    return {**facts, "step": str(_(str(facts["step"])))}


def _overdue(facts: Facts) -> Facts:
    said = _("is overdue: it waits for you at the step “{step}”") if facts["overdue"] else _(
        "you are urged to decide at the step “{step}”")
    return {"what": str(said).format(step=str(_(str(facts["step"]))))}


def _note(facts: Facts) -> Facts:
    kind = str(_(str(facts.get("kind", ""))))
    return {"note": ": ".join(filter(None, (kind, str(facts["note"])))) or str(_("is to be followed up"))}


def _outcome(facts: Facts) -> Facts:
    """Say how an approval ended, by its choice's own word."""
    choice = ApprovalRun.__fields__["outcome"].choice(str(facts["outcome"]))
    return {"outcome": str(choice.label)}


mentioned = notification(
    "kernel.mentioned", label=_("Somebody calls me in a comment"), says=_("called you"), icon="at",
    default_channels=("app", "mail"))
commented_on = notification(
    "kernel.commented_on", label=_("A comment on a record I follow"), says=_("commented"), icon="message")
mail_came = notification(
    "kernel.mail_came", label=_("A mail from outside comes for a record I follow"),
    says=_("a mail came from {sender}: {subject}"), icon="mail", default_channels=("app", "mail"))
state_changed = notification(
    "kernel.state_changed", label=_("A record I follow comes to another state"), says="{what}", icon="arrow-right",
    fill=_state)
approval_waits = notification(
    "kernel.approval_waits", label=_("An approval waits for me"), says=_("waits for your approval: {step}"),
    default_channels=("app", "mail"), icon="checks", path="/inbox/{task_id}", fill=_step)
approval_overdue = notification(
    "kernel.approval_overdue", label=_("I am late with an approval, or urged"), says="{what}",
    default_channels=("app", "mail"), icon="hourglass", path="/inbox/{task_id}", fill=_overdue)
approval_ended = notification(
    "kernel.approval_ended", label=_("What I submitted was decided"), says=_("approval: {outcome}"),
    default_channels=("app", "mail"), icon="check", fill=_outcome)
follow_up_due = notification(
    "kernel.follow_up_due", label=_("An activity of mine is due"), says="{note}", fill=_note,
    default_channels=("app", "digest"), icon="calendar-event", oneself=True)
