"""The panel beside the canvas: the settings of one node, shown and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from kernel.entities.base import Entity
from kernel.errors import Invalid, Problem
from kernel.exchange.paths import field_at
from kernel.exchange.values import Fault, LinkKey, json_value, parse
from kernel.i18n import LazyText, _
from kernel.web.flows.words import ICONS, KINDS, OPS, rule_label, value_words
from kernel.web.forms import reading
from kernel.web.screen.flow import ConditionRow, NodeForm, PathForm
from kernel.web.screen.shown import Choice
from kernel.workflows.conditions import parts_of
from kernel.workflows.flows.graph import HUMAN, LONGEST, Node
from kernel.workflows.models import ApprovalDefinition

__all__ = ["node_form", "read_conditions", "read_node", "read_path", "read_start", "start_form", "typed_form"]

SPARE = 2
"""Empty rows offered for more approvers."""
STAGES = 2
"""Stages of a time limit that the panel shows at least."""
MAY = ("return", "hand_over", "add_sign")


def node_form(node: Node, cls: type[Entity] | None, names: dict[str, str], problems: Sequence[str]) -> NodeForm:
    """Show a node's settings."""
    rules = [(rule_value(rule), rule_label(rule, cls, names)) for rule in node.get("approvers", ())]
    limits = [(str(stage["hours"]), stage["then"]) for stage in node.get("limits") or ()]
    title = next((str(label) for code, label, _note, _icon in KINDS if code == node["type"]), node["type"])
    return NodeForm(
        node["key"], node["type"], ICONS.get(node["type"], "square"), title, str(LazyText(node["name"])),
        rules=(*rules, *((("", ""),) * SPARE)) if "approvers" in node else (),
        mode=node.get("mode", "any"), ratio=str(node.get("ratio") or ""), nobody=node.get("nobody", "admin"),
        initiator=node.get("initiator", "skip"), same=node.get("same") == "pass",
        limits=(*limits, *((("", "remind"),) * max(1, STAGES - len(limits)))) if node["type"] in HUMAN else (),
        may=MAY if node.get("may") is None else tuple(node["may"]),
        paths=tuple(_path_form(node, at, path, cls) for at, path in enumerate(node.get("paths", ()))),
        flow=node.get("flow") or "", until=node.get("until") or "", period=str(node.get("hours") or ""),
        day=node.get("field") or "", problems=tuple(problems))


def rule_value(rule: Mapping[str, Any]) -> str:
    """Write a rule as the pickers do."""
    value = rule.get("value") or (1 if rule.get("by") == "manager" else "")
    return f"{rule.get('by')}|{value}"


def typed_form(saved: NodeForm, form: MultiDict[str, str]) -> NodeForm:
    """Show a panel with what was typed in it, right or wrong, in place of what is saved."""
    stages = tuple(zip(form.getlist("hours"), form.getlist("then"), strict=False))
    return replace(
        saved, name=form.get("name", saved.name), rank=form.get("rank", saved.rank), mode=form.get("mode", saved.mode),
        rules=tuple((each, each) for each in form.getlist("rule")) or saved.rules, ratio=form.get("ratio", saved.ratio),
        nobody=form.get("nobody", saved.nobody), initiator=form.get("initiator", saved.initiator), limits=stages,
        same="same" in form, may=tuple(form.getlist("may")), flow=form.get("flow", saved.flow),
        until=form.get("until", saved.until), period=form.get("period", saved.period), day=form.get("day", saved.day),
        conditions=_typed_rows(form, "c") if saved.kind == "start" else (),
        paths=tuple(replace(path, name=form.get(f"{path.key}.name", path.name),
                            conditions=_typed_rows(form, path.key) or path.conditions) for path in saved.paths))


def _typed_rows(form: MultiDict[str, str], prefix: str) -> tuple[ConditionRow, ...]:
    rows = zip(form.getlist(f"{prefix}.field"), form.getlist(f"{prefix}.op"), form.getlist(f"{prefix}.value"),
               strict=False)
    return tuple(ConditionRow(path, op, text) for path, op, text in rows)


def _path_form(node: Node, at: int, path: dict[str, Any], cls: type[Entity] | None) -> PathForm:
    otherwise = node["type"] == "branch" and at == len(node["paths"]) - 1
    return PathForm(
        path["key"], str(LazyText(path["name"])),
        condition_rows(path.get("conditions"), cls) if node["type"] == "branch" and not otherwise else (), otherwise,
        may_go=len(node["paths"]) > 2 and not otherwise, may_rise=at > 0 and not otherwise)


def start_form(definition: ApprovalDefinition, cls: type[Entity] | None) -> NodeForm:
    """Show the settings of the flow itself: its name, when it applies, and before which others."""
    return NodeForm(
        "start", "start", "player-play", str(_("Start")), str(_(definition.name)),
        conditions=condition_rows(definition.conditions, cls), rank=str(definition.rank))


def condition_rows(conditions: Sequence[Any] | None, cls: type[Entity] | None) -> tuple[ConditionRow, ...]:
    """Show conditions as rows, with an empty one for the next."""
    found = []
    for condition in conditions or ():
        path, op, value = parts_of(condition)
        field = field_at(cls, path) if cls is not None else None
        if op == "is_null":
            text = "" if value in (True, "true", "1") else str(_("no"))
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            if field is not None and field.exact:
                text = value_words(field, value)
        choices = tuple(Choice(each.value, str(each.label), each.value == text) for each in field.choices) if (
            field is not None and field.kind in ("choice", "state") and op in ("eq", "ne")) else ()
        found.append(ConditionRow(path, op, text, choices))
    return (*found, ConditionRow("", "eq", ""))


def read_start(form: MultiDict[str, str], cls: type[Entity] | None) -> dict[str, Any]:
    """Read the settings of the flow itself."""
    name = form.get("name", "").strip()
    rank = form.get("rank", "").strip()
    problems = []
    if not name or len(name) > 120:
        problems.append(Problem("name", _("Give it a name of at most 120 characters"), "REQUIRED"))
    if not (rank.isascii() and rank.isdecimal() and len(rank) < 7):
        problems.append(Problem("rank", _("The order is a whole number"), "NUMBER"))
    if problems:
        raise Invalid(problems)
    return {"name": name, "rank": int(rank), "conditions": read_conditions(form, "c", cls)}


def read_node(form: MultiDict[str, str], node: Node) -> dict[str, Any]:
    """Read a node's settings."""
    name = form.get("name", "").strip()
    if not name or len(name) > 120:
        raise Invalid([Problem("name", _("Give it a name of at most 120 characters"), "REQUIRED")])
    values: dict[str, Any] = {"name": name if name != str(LazyText(node["name"])) else node["name"]}
    if "approvers" in node:
        values["approvers"] = [_rule(each) for each in dict.fromkeys(form.getlist("rule")) if each]
    if node["type"] == "subflow":
        values["flow"] = form.get("flow", "")
    if node["type"] == "wait":
        values |= _wait(form)
    if node["type"] in HUMAN:
        ratio = form.get("ratio", "").strip()
        share = int(ratio) if ratio.isascii() and ratio.isdecimal() and len(ratio) < 4 else 0
        values |= {
            "mode": form.get("mode", "any"), "ratio": share or 100,
            "nobody": form.get("nobody", "admin"), "initiator": form.get("initiator", "skip"),
            "same": "pass" if form.get("same") else "ask", "may": [each for each in MAY if each in form.getlist("may")],
            "limits": _limits(form.getlist("hours"), form.getlist("then"))}
        if values["mode"] == "ratio" and not 1 <= share <= 100:
            raise Invalid([Problem("ratio", _("The share is a whole number from 1 to 100"), "RATIO")])
    return values


def _wait(form: MultiDict[str, str]) -> dict[str, Any]:
    """Read how long a node waits; what isn't chosen is kept beside it, to go back to."""
    written = form.get("period", "").strip()
    whole = written.isascii() and written.isdecimal() and len(written) < 5 and 1 <= int(written) <= LONGEST
    until = form.get("until", "hours")
    if until == "hours" and not whole:
        raise Invalid([Problem("period", _("A wait is 1 to 2000 working hours"), "UNTIL")])
    if until == "field" and not form.get("day"):
        raise Invalid([Problem("day", _("Choose the field whose day is waited for"), "UNTIL")])
    return {"until": until, "field": form.get("day", ""), **({"hours": int(written)} if whole else {})}


def _rule(written: str) -> dict[str, Any]:
    by, _bar, value = written.partition("|")
    if by == "manager":
        return {"by": by, "value": int(value) if value.isascii() and value.isdecimal() and len(value) < 3 else 1}
    return {"by": by, "value": value or None}


def _limits(hours: Sequence[str], then: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for written, what in zip(hours, then, strict=False):
        text = written.strip()
        if not text:
            continue
        if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= 2000):
            raise Invalid([Problem("hours", _("A time limit is 1 to 2000 working hours"), "LIMIT")])
        found.append({"hours": int(text), "then": what})
    return found


def read_path(form: MultiDict[str, str], key: str, cls: type[Entity] | None, *, branch: bool) -> dict[str, Any]:
    """Read a path's name and conditions."""
    name = form.get(f"{key}.name", "").strip()
    if not name or len(name) > 120:
        raise Invalid([Problem("name", _("Give each path a name"), "REQUIRED")])
    return {"name": name, **({"conditions": read_conditions(form, key, cls)} if branch else {})}


def read_conditions(form: Mapping[str, str] | MultiDict[str, str], prefix: str, cls: type[Entity] | None) -> list[Any]:
    """Read conditions; each value is read as its field takes it. Raises Invalid naming the field."""
    multi = form if isinstance(form, MultiDict) else MultiDict(form)
    found: list[Any] = []
    rows = zip(multi.getlist(f"{prefix}.field"), multi.getlist(f"{prefix}.op"), multi.getlist(f"{prefix}.value"),
               strict=False)
    for path, op, text in rows:
        if path:
            found.append({"field": path, "op": op, "value": _compared(cls, path, op, text.strip())})
    return found


def _compared(cls: type[Entity] | None, path: str, op: str, text: str) -> Any:
    field = field_at(cls, path) if cls is not None else None
    if field is None:
        raise Invalid([Problem(path, _("There is no field {field}", field=path[:80]), "UNKNOWN_FIELD")])
    if op not in dict(OPS):
        raise Invalid([Problem(path, _("Unknown comparison {op}", op=op[:40]), "OP")])
    if op == "is_null":
        return text.casefold() not in (str(_("no")).casefold(), "no", "0", "false")
    if not text:
        raise Invalid([Problem(path, _("{label} needs a value to compare with", label=field.label), "REQUIRED")])
    if field.kind == "link" or op in ("contains", "starts"):
        return text
    if field.kind in ("choice", "state"):
        return next((each.value for each in field.choices
                     if text.casefold() in (each.value.casefold(), str(each.label).casefold())), text)
    try:
        value = parse(field, text, reading())
    except Fault as fault:
        raise Invalid([fault.at(path)]) from fault
    return str(value) if isinstance(value, LinkKey) else json_value(field, value)
