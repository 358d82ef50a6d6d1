"""A record's chain in words and figures: what the trace page shows and the API answers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.fields import Choice, Field
from kernel.entities.work import session
from kernel.exchange.paths import readable_fields
from kernel.exchange.rows import Linked, Row, rows_of
from kernel.exchange.stages import stages
from kernel.exchange.values import json_value
from kernel.hooks.following import Key
from kernel.hooks.participation import taking_part
from kernel.hooks.specifications import ask
from kernel.hooks.trace import Arrow, Step, Trace, Traced, trace
from kernel.i18n import Text
from kernel.identity.models import User
from kernel.shared.contracts.questions import first_known
from kernel.workflows.machine import workflow_of

__all__ = ["Chain", "Figure", "Node", "chain_json", "chain_of", "summed_fields"]

DUE = ("promised_on", "expected_on", "due_on")
"""Dates by which a document should be done; the first that it has counts."""
WHOLE = 100
"""Percent."""
FIGURES = ("total", "amount", "quantity")
MOST_FIGURES = 2
ENDED = ("green", "red", "gray")
"""Colours of the states in which nothing more is expected, where no workflow says it."""

summed_fields: dict[str, tuple[str, ...]] = {}
"""The fields that say how much a record of an entity is about: those that its list sums up."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How much a record is about: a field, its value, and the currency's code where it isn't the company's."""

    field: Field
    value: Any
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A record of a chain, as one may read it."""

    entity: str
    id: int
    title: str
    label: Text
    plugin: str
    icon: str
    side: str
    stage: int
    """Which kinds of record come first: 0 for those that nothing leads to."""
    gone: bool = False
    """Its plugin isn't installed: nothing but the title is known."""
    state: Choice | None = None
    begun: bool = True
    """Whether it has left the first of its states."""
    final: bool = True
    """Whether nothing more is expected of it."""
    figures: tuple[Figure, ...] = ()
    due: dt.date | None = None
    days_late: int = 0
    why_late: Text = ""
    """What keeps it from being done, in a few words of the plugin that knows."""
    made_at: dt.datetime | None = None
    made_by: str = ""
    made_by_plugin: str = ""
    """The plugin whose listener made it; empty where a hand did."""
    made_because: int | None = None
    """The event that it was made because of, if any."""
    changed_at: dt.datetime | None = None

    @property
    def key(self) -> Key:
        """Give the entity's name and the id."""
        return self.entity, self.id


@dataclass(frozen=True, slots=True)
class Chain:
    """A record's chain: nodes in the order of stages and of their making, arrows, events with whose hand told them."""

    root: Node
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    steps: tuple[Step, ...]
    people: Mapping[int, str]
    hidden: int
    cut: bool


def chain_of(cls: type[Entity], id_: int) -> Chain:
    """Give the chain of a record that the actor may read: a statement per kind of record beyond those of the trace."""
    found = trace(cls.__entity__, id_)
    people = _people(found)
    place = _stages(found)
    rows = _rows(found.records)
    nodes = [_node(each, rows.get(each.key), place[each.entity], people) for each in found.records]
    nodes = _with_reasons(nodes)
    nodes.sort(key=lambda node: (node.stage, node.made_at or dt.datetime.max.replace(tzinfo=dt.UTC), node.id))
    root = next(node for node in nodes if node.key == found.root)
    return Chain(root, tuple(nodes), found.arrows, found.steps, people, found.hidden, found.cut)


def _with_reasons(nodes: list[Node]) -> list[Node]:
    """Ask of what is late what keeps it: once for each kind of record."""
    late: dict[str, list[int]] = defaultdict(list)
    for node in nodes:
        if node.days_late:
            late[node.entity].append(node.id)
    reasons = {
        (entity, id_): reason for entity, ids in late.items()
        for id_, reason in zip(ids, first_known(ask.held_up(entity=entity, ids=ids), len(ids)), strict=True) if reason}
    return [replace(node, why_late=reasons[node.key]) if node.key in reasons else node for node in nodes]


def _stages(found: Trace) -> dict[str, int]:
    """Number the kinds of record; of those in a loop, the ones made earlier come first."""
    first: dict[str, tuple[bool, str]] = {}
    for each in found.records:
        made = (each.made is None, each.made.at.isoformat() if each.made else "")
        first[each.entity] = min(first.get(each.entity, made), made)
    kinds = sorted(first, key=lambda name: (first[name], name))
    return stages(kinds, {(arrow.source[0], arrow.target[0]) for arrow in found.arrows})


def _people(found: Trace) -> dict[int, str]:
    ids = {each.made.user_id for each in found.records if each.made} | {step.user_id for step in found.steps}
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    table = User.__table__.c
    rows = session().work.connection.execute(select(table.id, table.name).where(table.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _rows(records: Iterable[Traced]) -> dict[Key, Row]:
    ids: dict[str, list[int]] = defaultdict(list)
    for each in records:
        if each.entity in taking_part():
            ids[each.entity].append(each.id)
    found = {}
    for name, some in ids.items():
        cls = taking_part()[name]
        for row in rows_of(cls, some, _names(cls))[1]:
            found[name, row.id] = row
    return found


def _names(cls: type[Entity]) -> list[str]:
    """Name the fields a card needs, of those that one may read."""
    known = readable_fields(cls)
    workflow = workflow_of(cls)
    figures = _figure_fields(cls, known)
    wanted = [
        "created_at", "created_by", "changed_at", workflow.field if workflow else "state",
        *(name for name in DUE if name in known), *(known[name].kept_by for name in DUE if name in known),
        *(field.name for field in figures), *(field.currency for field in figures if field.currency)]
    return [name for name in dict.fromkeys(wanted) if name in known]


def _figure_fields(cls: type[Entity], known: Mapping[str, Field]) -> list[Field]:
    names = summed_fields.get(cls.__entity__) or FIGURES
    fields = [known[name] for name in names if name in known]
    return [field for field in fields if field.exact or field.kind == "integer"][:MOST_FIGURES]


def _node(each: Traced, row: Row | None, stage: int, people: Mapping[int, str]) -> Node:
    cls = taking_part().get(each.entity)
    plugin = each.entity.split(".")[0]
    if cls is None or row is None:
        label = each.entity.split(".")[-1].replace("_", " ").capitalize()
        return Node(
            each.entity, each.id, each.title or f"{label} {each.id}", label, plugin, icon="puzzle-off",
            side=each.side, stage=stage, gone=True)
    state, begun, final = _progress(cls, row)
    due, kept = _due(cls, row)
    made = each.made
    return Node(
        each.entity, each.id, row.title, cls.__label__, plugin, cls.__icon__, each.side, stage,
        state=state, begun=begun, final=final, figures=_figures(cls, row),
        due=due, days_late=0 if final or kept or due is None else max((session().today - due).days, 0),
        made_at=made.at if made else row.values.get("created_at"),
        made_by=people.get(made.user_id or 0, "") if made else _titled(row.values.get("created_by")),
        made_by_plugin=(made.plugin or "") if made else "", made_because=made.event_id if made else None,
        changed_at=row.values.get("changed_at"))


def _due(cls: type[Entity], row: Row) -> tuple[dt.date | None, bool]:
    """Give the day a record should be done by, and whether what was promised for it is."""
    for name in DUE:
        if (day := row.values.get(name)) is not None:
            kept = row.values.get(cls.__fields__[name].kept_by)
            return day, kept is not None and kept >= WHOLE
    return None, False


def _progress(cls: type[Entity], row: Row) -> tuple[Choice | None, bool, bool]:
    """Say how far a record is: its state, whether it has left the first one, and whether nothing more is expected.

    Without a workflow a choice named `state` says it, where there is one.
    """
    if (workflow := workflow_of(cls)) is not None:
        code = row.values.get(workflow.field)
        state = workflow.states.get(code) if code else None
        choice = Choice(state.code, state.label, state.colour) if state else None
        return choice, code != workflow.initial, state.final if state else True
    field, code = cls.__fields__.get("state"), row.values.get("state")
    if field is None or not field.choices or not code:
        return None, True, True
    choice = field.choice(code)
    return choice, choice != field.choices[0], choice.colour in ENDED


def _titled(value: object) -> str:
    return (value.title or "") if isinstance(value, Linked) else ""


def _figures(cls: type[Entity], row: Row) -> tuple[Figure, ...]:
    found = []
    for field in _figure_fields(cls, readable_fields(cls)):
        if (value := row.values.get(field.name)) is not None:
            named = row.values.get(field.currency) if field.currency else None
            currency = _titled(named) if isinstance(named, Linked) else str(named or "")
            found.append(Figure(field, value, currency))
    return tuple(figure for at, figure in enumerate(found) if figure.value or at == 0)


def chain_json(chain: Chain) -> dict[str, Any]:
    """Write a chain for JSON."""
    return {
        "root": _key_json(chain.root.key), "nodes": [_node_json(node) for node in chain.nodes],
        "edges": [
            {"from": _key_json(arrow.source), "to": _key_json(arrow.target), "signals": list(arrow.signals),
             "skipped": arrow.skipped} for arrow in chain.arrows],
        "events": [_step_json(step, chain.people) for step in chain.steps],
        "hidden": chain.hidden, "complete": not chain.cut,
    }


def _key_json(key: Key) -> dict[str, Any]:
    return {"entity": key[0], "id": key[1]}


def _node_json(node: Node) -> dict[str, Any]:
    return {
        **_key_json(node.key), "title": node.title, "label": str(node.label), "plugin": node.plugin,
        "side": node.side, "stage": node.stage, "installed": not node.gone,
        "state": {"value": node.state.value, "label": str(node.state.label), "colour": node.state.colour,
                  "final": node.final} if node.state else None,
        "figures": [
            {"field": figure.field.name, "label": str(figure.field.label),
             "value": json_value(figure.field, figure.value), "currency": figure.currency or None}
            for figure in node.figures],
        "due": node.due.isoformat() if node.due else None, "days_late": node.days_late, "why_late": str(node.why_late),
        "created_at": _instant(node.made_at), "created_by": node.made_by or None,
        "listener": node.made_by_plugin or None, "changed_at": _instant(node.changed_at),
    }


def _step_json(step: Step, people: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": step.id, "signal": step.name, "at": _instant(step.at), "led_here": step.led_here,
        "cause": step.cause_id, "user": people.get(step.user_id) if step.user_id else None,
        "listener": step.plugin, "subject": _key_json(step.subject) if step.subject else None,
        "touched": [{**_key_json((each.entity, each.id)), "action": each.action} for each in step.touched],
    }


def _instant(value: dt.datetime | None) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None
