"""The stages of an opportunity: Need 10 → Qualified 25 → Proposal 50 → Negotiation 70 → Commit 90 → Won, or Lost."""

from kernel import State, Text, Transition, Workflow, _
from plugins.crm.opportunities.models import Opportunity
from plugins.crm.opportunities.services import fields_of_stage, note_stage, tell_won

STAGES = ("need", "qualified", "proposal", "negotiation", "commit")


def _towards(code: str, label: Text, stage: str, icon: str) -> Transition:
    return Transition(
        code, label, tuple(each for each in STAGES if each != stage), stage,
        guards=(fields_of_stage(stage),), effect=note_stage, icon=icon)


flow = Workflow(
    Opportunity,
    field="stage",
    states=(
        State("need", _("Need"), "gray"),
        State("qualified", _("Qualified"), "blue"),
        State("proposal", _("Proposal"), "violet"),
        State("negotiation", _("Negotiation"), "amber"),
        State("commit", _("Commit"), "green"),
        State("won", _("Won"), "green", final=True),
        State("lost", _("Lost"), "red", final=True),
    ),
    transitions=(
        _towards("to_need", _("Back to need"), "need", "arrow-back-up"),
        _towards("qualify", _("Qualify"), "qualified", "circle-check"),
        _towards("propose", _("Propose"), "proposal", "file-text"),
        _towards("negotiate", _("Negotiate"), "negotiation", "messages"),
        _towards("commit", _("Commit"), "commit", "heart-handshake"),
        Transition("win", _("Won"), STAGES, "won", guards=(fields_of_stage("won"),), effect=tell_won,
                   primary=True, icon="trophy", already="ALREADY_WON"),
        Transition("lose", _("Lost"), STAGES, "lost", needs=("lost_reason",), effect=note_stage, icon="circle-x"),
        Transition("reopen", _("Reopen"), ("lost",), "need", effect=note_stage, icon="arrow-back-up"),
    ),
)
