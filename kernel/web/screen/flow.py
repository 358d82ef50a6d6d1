"""The designer of approvals: the flow as it is drawn, the panel of the chosen node, versions, the dry run."""

from __future__ import annotations

from dataclasses import dataclass

from .shown import Choice, Empty, Refused, Shown


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of node, as the palette offers it."""

    code: str
    label: str
    note: str
    icon: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a node may be put: `place` as the server takes it, `label` for whoever can't see it."""

    place: str
    label: str


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A node on the canvas; blocks hold paths."""

    key: str
    kind: str
    icon: str
    name: str
    about: str
    tags: tuple[str, ...] = ()
    href: str = ""
    current: bool = False
    trouble: str = ""
    up: str = ""
    """The place one step earlier in its list; empty for the first."""
    down: str = ""
    slot: Slot | None = None
    """The place right after it."""
    paths: tuple[DrawnPath, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """A path of a block: what leads into it, and its nodes."""

    key: str
    label: str
    slot: Slot
    nodes: tuple[DrawnNode, ...]
    number: str = ""


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """A condition as it is edited; `choices` where the field has fixed values."""

    field: str
    op: str
    value: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class PathForm:
    """A path of a block in the panel."""

    key: str
    name: str
    conditions: tuple[ConditionRow, ...] = ()
    otherwise: bool = False
    may_go: bool = False
    may_rise: bool = False


@dataclass(frozen=True, slots=True)
class NodeForm:
    """The panel of the chosen node, or of the flow itself (kind "start")."""

    key: str
    kind: str
    icon: str
    title: str
    name: str
    rules: tuple[tuple[str, str], ...] = ()
    """(value, label) of who is asked, and of empty rows."""
    mode: str = "any"
    ratio: str = ""
    nobody: str = "admin"
    initiator: str = "skip"
    same: bool = False
    limits: tuple[tuple[str, str], ...] = ()
    """(hours, what then)"""
    may: tuple[str, ...] = ()
    paths: tuple[PathForm, ...] = ()
    flow: str = ""
    conditions: tuple[ConditionRow, ...] = ()
    rank: str = ""
    until: str = ""
    """Of a wait: hours or field; with the hours (period) and the field (day)."""
    period: str = ""
    day: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One line under the palette: what is in order (tone green), or not."""

    text: str
    tone: str = "green"
    href: str = ""


@dataclass(frozen=True, slots=True)
class FlowPage:
    """The designer."""

    title: str
    code: str
    subtitle: str
    status: Shown
    version: int
    base: str
    nodes: tuple[DrawnNode, ...]
    first: Slot
    start_about: str
    start_href: str
    start_current: bool
    end_about: str
    kinds: tuple[Kind, ...]
    checks: tuple[Check, ...]
    form: NodeForm | None = None
    rules: tuple[tuple[str, tuple[Choice, ...]], ...] = ()
    """Groups of who may be asked."""
    fields: tuple[Choice, ...] = ()
    days: tuple[Choice, ...] = ()
    """Fields that a wait may last to."""
    flows: tuple[Choice, ...] = ()
    saved: str = ""
    draft: bool = False
    in_use: bool = False
    publish_label: str = ""
    publish_why: str = ""
    refused: Refused | None = None
    again: tuple[tuple[str, str], ...] = ()
    """What was to be done when somebody else was first: sent again, it is done on theirs."""
    found: str = ""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """An approval in the list of all."""

    href: str
    name: str
    about: str
    version: str
    status: Shown
    running: str
    shipped: str
    draft: bool = False


@dataclass(frozen=True, slots=True)
class FlowsPage:
    """All approvals of the company."""

    title: str
    rows: tuple[FlowRow, ...]
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class NewFlowPage:
    """The form of a new approval."""

    title: str
    actions: tuple[tuple[str, tuple[Choice, ...]], ...]
    """Groups of what may be put under approval: (app, choices)."""
    name: str = ""
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of an approval."""

    number: str
    status: Shown
    when: str
    who: str
    running: str
    href: str
    bpmn: str
    edit_url: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """An approval's versions, the latest first."""

    title: str
    code: str
    base: str
    rows: tuple[VersionRow, ...]
    in_use: bool = False
    draft: bool = False
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class TriedStep:
    """A step in the dry run: who would have been asked, why; of a wait, how long it lasts."""

    name: str
    people: tuple[tuple[str, str], ...]
    trouble: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class TriedRow:
    """A document in the dry run, with its way by the draft and by the version in use."""

    title: str
    href: str
    initiator: str
    steps: tuple[TriedStep, ...]
    passes: bool = False
    before: tuple[TriedStep, ...] = ()
    before_passes: bool = False
    differs: bool = False


@dataclass(frozen=True, slots=True)
class TryPage:
    """The dry run on past documents."""

    title: str
    code: str
    base: str
    summary: str
    rows: tuple[TriedRow, ...]
    compared: bool = False
    empty: Empty | None = None
