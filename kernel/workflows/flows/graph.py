"""A flow as data: a list of nodes, in which branches and parallel paths hold lists of their own.

    [{"key": "n1", "type": "approve", "name": "Manager", "approvers": [{"by": "manager", "value": 1}], "mode": "any"},
     {"key": "n2", "type": "branch", "name": "How much", "paths": [
        {"key": "n3", "name": "Large", "conditions": [...], "nodes": [...]},
        {"key": "n4", "name": "Otherwise", "conditions": [], "nodes": []}]},
     {"key": "n5", "type": "wait", "name": "Until it is due", "until": "field", "field": "due"},
     {"key": "n6", "type": "wait", "name": "A day to object", "until": "hours", "hours": 8}]

Blocks lie within blocks, so every path leads to the end. Start and end are not written down. Nothing here knows of
documents, people or the database.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kernel.errors import Problem
from kernel.i18n import _

__all__ = [
    "HUMAN", "KINDS", "LONGEST", "MODES", "UNTIL", "Node", "Nodes", "check_nodes", "earlier", "enclosing", "expanded",
    "find", "later", "next_key", "on_the_way", "walk",
]

Node = dict[str, Any]
Nodes = Sequence[Node]

HUMAN = ("approve", "handle")
"""Kinds of nodes that wait for people."""
KINDS = (*HUMAN, "cc", "wait", "branch", "parallel", "subflow")
MODES = ("any", "all", "order", "ratio")
BY = ("role", "user", "manager", "department_head", "field", "choice")
NOBODY = ("admin", "skip", "refuse")
INITIATOR = ("skip", "manager", "admin")
SAME = ("ask", "pass")
THEN = ("remind", "escalate", "pass", "reject")
UNTIL = ("hours", "field")
"""What a wait lasts: so many working hours, or until the day or the moment in a field of the document."""
LONGEST = 2000
"""Working hours that a wait or a time limit has at most: about a year."""
MOST_NODES = 200
MOST_STAGES = 4


def inner(node: Node) -> list[Nodes]:
    """Give the lists of nodes within a node: a block's paths, or what a sub-flow became."""
    if node["type"] == "group":
        return [node["nodes"]]
    return [path["nodes"] for path in node.get("paths", ())]


def walk(nodes: Nodes) -> Iterator[Node]:
    """Give every node, outer before inner, in the order of the flow."""
    for node in nodes:
        yield node
        for some in inner(node):
            yield from walk(some)


def find(nodes: Nodes, key: str) -> Node | None:
    """Find a node by its key."""
    return next((node for node in walk(nodes) if node["key"] == key), None)


def enclosing(nodes: Nodes, key: str) -> list[str]:
    """Give the keys of the blocks a node lies in, outermost first; empty where it is not there or in none."""
    for node in nodes:
        if node["key"] == key:
            return []
        for some in inner(node):
            if find(some, key) is not None:
                return [node["key"], *enclosing(some, key)]
    return []


def later(nodes: Nodes, key: str) -> set[str]:
    """Give the keys of what comes after a node on its way; paths beside its own are not after it."""
    for at, node in enumerate(nodes):
        if node["key"] == key:
            return {each["key"] for each in walk(nodes[at + 1:])}
        for some in inner(node):
            if find(some, key) is not None:
                return later(some, key) | {each["key"] for each in walk(nodes[at + 1:])}
    return set()


def earlier(nodes: Nodes, key: str) -> list[Node]:
    """Give the nodes for people that come before a node on its way, first to last."""
    for at, node in enumerate(nodes):
        if node["key"] == key or any(find(some, key) is not None for some in inner(node)):
            before = [each for each in walk(nodes[:at]) if each["type"] in HUMAN]
            for some in inner(node):
                if find(some, key) is not None:
                    before += earlier(some, key)
            return before
    return []


def on_the_way(nodes: Nodes, choose: Callable[[Node], str]) -> list[Node]:
    """Give the nodes that a document passes where everybody agrees, blocks and all, in order."""
    found: list[Node] = []
    for node in nodes:
        found.append(node)
        if node["type"] == "group":
            found += on_the_way(node["nodes"], choose)
        elif node["type"] == "parallel":
            for path in node["paths"]:
                found += on_the_way(path["nodes"], choose)
        elif node["type"] == "branch":
            taken = choose(node)
            found += next((on_the_way(path["nodes"], choose) for path in node["paths"] if path["key"] == taken), [])
    return found


def expanded(nodes: Nodes, flow_of: Callable[[str], Nodes], above: tuple[str, ...] = ()) -> list[Node]:
    """Put the nodes of sub-flows in their places, with keys of their own, so that a run needs no other definition.

    `flow_of` gives the nodes of a flow by its code. A flow that leads into itself again is left out there.
    """
    found: list[Node] = []
    for node in nodes:
        if node["type"] == "subflow":
            code = str(node.get("flow", ""))
            within = [] if code in above else expanded(flow_of(code), flow_of, (*above, code))
            found.append({"key": node["key"], "type": "group", "name": node["name"], "flow": code,
                          "nodes": _prefixed(within, node["key"])})
        elif "paths" in node:
            found.append({**node, "paths": [
                {**path, "nodes": expanded(path["nodes"], flow_of, above)} for path in node["paths"]]})
        else:
            found.append(dict(node))
    return found


def _prefixed(nodes: Nodes, prefix: str) -> list[Node]:
    made = []
    for node in nodes:
        changed = {**node, "key": f"{prefix}.{node['key']}"}
        if "paths" in node:
            changed["paths"] = [
                {**path, "key": f"{prefix}.{path['key']}", "nodes": _prefixed(path["nodes"], prefix)}
                for path in node["paths"]]
        if "nodes" in node:
            changed["nodes"] = _prefixed(node["nodes"], prefix)
        made.append(changed)
    return made


def next_key(nodes: Nodes) -> str:
    """Give a key that no node or path of a flow has."""
    used = {key for node in walk(nodes) for key in (node["key"], *(path["key"] for path in node.get("paths", ())))}
    return next(key for number in range(1, len(used) + 2) if (key := f"n{number}") not in used)


def check_nodes(nodes: object) -> list[Problem]:
    """Say what is wrong with a flow before it may be published; each problem's field is the node's key."""
    if not isinstance(nodes, list) or not all(isinstance(node, dict) and "key" in node for node in nodes):
        return [Problem("nodes", _("A flow is a list of nodes"), "NODES")]
    every = list(walk(nodes))
    problems: list[Problem] = []
    if not any(node["type"] in HUMAN or node["type"] == "subflow" for node in every):
        problems.append(Problem("nodes", _("Nobody is asked: add a step of approval"), "NOBODY_ASKED"))
    if len(every) > MOST_NODES:
        problems.append(Problem("nodes", _("A flow has at most {count} nodes", count=MOST_NODES), "TOO_MANY"))
    keys = [node["key"] for node in every]
    if len(set(keys)) != len(keys):
        problems.append(Problem("nodes", _("Two nodes have the same key"), "NODES"))
    for node in every:
        problems += _problems_of(node)
    return problems


def _problems_of(node: Node) -> Iterator[Problem]:
    kind, called = node.get("type"), str(node.get("name") or "")
    name = _(called) if called else ""

    def wrong(message: Any, code: str) -> Problem:
        return Problem(node["key"], message, code)

    if kind not in KINDS:
        yield wrong(_("There is no kind of node {kind}", kind=str(kind)), "KIND")
        return
    if not called.strip():
        yield wrong(_("A node needs a name"), "REQUIRED")
    if kind in (*HUMAN, "cc"):
        if not node.get("approvers"):
            yield wrong(_("“{node}” asks nobody: choose who", node=name), "APPROVERS")
        for rule in node.get("approvers", ()):
            if rule.get("by") not in BY or (rule["by"] in ("role", "user", "field") and not rule.get("value")):
                yield wrong(_("“{node}”: choose the {by}", node=name, by=_by(rule.get("by"))), "APPROVERS")
    if kind in HUMAN:
        for field, allowed in (("mode", MODES), ("nobody", NOBODY), ("initiator", INITIATOR), ("same", SAME)):
            if node.get(field, allowed[0]) not in allowed:
                yield wrong(_("“{node}”: {value} is no choice for {field}", node=name, value=str(node[field]),
                              field=field), "CHOICE")
        if node.get("mode") == "ratio" and not (_whole(node.get("ratio")) and 1 <= node["ratio"] <= 100):
            yield wrong(_("“{node}”: the share is a whole number from 1 to 100", node=name), "RATIO")
        stages = node.get("limits") or []
        if len(stages) > MOST_STAGES or any(
                not _whole(stage.get("hours")) or not 1 <= stage["hours"] <= LONGEST or stage.get("then") not in THEN
                for stage in stages):
            yield wrong(_("“{node}”: a time limit is 1 to 2000 working hours", node=name), "LIMIT")
    if kind == "wait":
        yield from _problems_of_wait(node, name)
    if kind == "subflow" and not node.get("flow"):
        yield wrong(_("“{node}”: choose the flow it leads into", node=name), "SUBFLOW")
    if kind in ("branch", "parallel"):
        paths = node.get("paths", ())
        if len(paths) < 2:
            yield wrong(_("“{node}” needs two paths at least", node=name), "PATHS")
        elif kind == "branch":
            if paths[-1].get("conditions"):
                yield wrong(_("“{node}”: the last path is for everything else and has no condition", node=name),
                            "PATHS")
            for path in paths[:-1]:
                if not path.get("conditions"):
                    yield wrong(_("“{node}”: “{path}” needs a condition", node=name, path=_(path["name"])),
                                "PATHS")


def _problems_of_wait(node: Node, name: Any) -> Iterator[Problem]:
    if node.get("until") not in UNTIL:
        yield Problem(node["key"], _("“{node}”: say how long it waits", node=name), "UNTIL")
    elif node["until"] == "field" and not node.get("field"):
        yield Problem(node["key"], _("“{node}”: choose the day it waits for", node=name), "UNTIL")
    elif node["until"] == "hours" and not (_whole(node.get("hours")) and 1 <= node["hours"] <= LONGEST):
        yield Problem(node["key"], _("“{node}” waits for 1 to 2000 working hours", node=name), "UNTIL")


def _by(by: object) -> Any:
    return {"role": _("role"), "user": _("person"), "field": _("field")}.get(str(by), _("approver"))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
