"""Change a flow: add, move, remove and fill nodes and paths. Each gives a new flow and leaves the old one alone.

A place is where a node stands: the key of the path it lies in (`""` for the flow itself) and how many nodes come
before it there, written as `"n3:1"`.
"""

from copy import deepcopy
from typing import Any

from kernel.errors import Invalid, NotFound, Problem
from kernel.i18n import Text, _
from kernel.workflows.flows.graph import KINDS, MOST_NODES, Node, Nodes, find, next_key, walk

__all__ = [
    "add_node", "add_path", "change_node", "change_path", "move_node", "move_path", "remove_node", "remove_path",
]

NAMES: dict[str, Text] = {
    "approve": _("Approval"), "handle": _("Handling"), "cc": _("Copy"), "branch": _("Branch"),
    "parallel": _("At the same time"), "subflow": _("Sub-flow"), "wait": _("Wait"),
}


def add_node(nodes: Nodes, kind: str, place: str) -> tuple[list[Node], str]:
    """Add a node at a place; gives the flow and the new node's key. A block comes with two paths."""
    if kind not in KINDS:
        raise Invalid([Problem("kind", _("There is no kind of node {kind}", kind=kind[:40]), "KIND")])
    made = deepcopy(list(nodes))
    if sum(1 for _each in walk(made)) >= MOST_NODES:
        raise Invalid([Problem("nodes", _("A flow has at most {count} nodes", count=MOST_NODES), "TOO_MANY")])
    key = next_key(made)
    node: Node = {"key": key, "type": kind, "name": str(NAMES[kind])}
    if kind in ("approve", "handle"):
        node |= {"approvers": [], "mode": "any", "nobody": "admin", "initiator": "skip", "same": "ask", "limits": []}
    elif kind == "cc":
        node["approvers"] = []
    elif kind == "wait":
        node |= {"until": "hours", "hours": 8}
    elif kind == "subflow":
        node["flow"] = ""
    _insert(made, node, place)
    if kind in ("branch", "parallel"):
        node["paths"] = []
        for number in (1, 2):
            name = str(_("Otherwise")) if kind == "branch" and number == 2 else str(_("Path {number}", number=number))
            node["paths"].append({"key": next_key(made), "name": name, "nodes": [],
                                  **({"conditions": []} if kind == "branch" else {})})
    return made, key


def move_node(nodes: Nodes, key: str, place: str) -> list[Node]:
    """Move a node with all in it to another place; raises Invalid where that lies within itself."""
    made = deepcopy(list(nodes))
    node = _found(made, key)
    path, _colon, index = place.rpartition(":")
    if path and any(each["key"] == path for part in walk([node]) for each in part.get("paths", ())):
        raise Invalid([Problem("place", _("A block can't be moved into itself"), "PLACE")])
    home, at = _home(made, key)
    target = _list_at(made, path)
    wanted = _index(index, len(target))
    if home is target and wanted > at:
        wanted -= 1
    home.remove(node)
    target.insert(min(wanted, len(target)), node)
    return made


def remove_node(nodes: Nodes, key: str) -> list[Node]:
    """Take a node away, a block with all that lies in it."""
    made = deepcopy(list(nodes))
    home, at = _home(made, key)
    del home[at]
    return made


def change_node(nodes: Nodes, key: str, values: dict[str, Any]) -> list[Node]:
    """Fill in a node; its key, kind and paths stay."""
    made = deepcopy(list(nodes))
    _found(made, key).update({name: value for name, value in values.items() if name not in ("key", "type", "paths")})
    return made


def add_path(nodes: Nodes, key: str) -> list[Node]:
    """Add a path to a block; to a branch before the last one, which is for everything else."""
    made = deepcopy(list(nodes))
    node = _found(made, key)
    new = {"key": next_key(made), "name": str(_("Path {number}", number=len(node["paths"]))), "nodes": []}
    if node["type"] == "branch":
        node["paths"].insert(len(node["paths"]) - 1, {**new, "conditions": []})
    else:
        node["paths"].append({**new, "name": str(_("Path {number}", number=len(node["paths"]) + 1))})
    return made


def remove_path(nodes: Nodes, key: str) -> list[Node]:
    """Take a path away with all that lies on it; a block keeps two at least, a branch the last one."""
    made, node, at = _path(nodes, key)
    if len(node["paths"]) <= 2:
        raise Invalid([Problem("path", _("“{node}” needs two paths at least", node=node["name"]), "PATHS")])
    if node["type"] == "branch" and at == len(node["paths"]) - 1:
        raise Invalid([Problem("path", _("The last path is for everything else: it stays"), "PATHS")])
    del node["paths"][at]
    return made


def move_path(nodes: Nodes, key: str) -> list[Node]:
    """Move a path one place forward: of a branch's conditions the first that holds counts."""
    made, node, at = _path(nodes, key)
    if at > 0 and not (node["type"] == "branch" and at == len(node["paths"]) - 1):
        node["paths"].insert(at - 1, node["paths"].pop(at))
    return made


def change_path(nodes: Nodes, key: str, values: dict[str, Any]) -> list[Node]:
    """Name a path and say when it is taken."""
    made, node, at = _path(nodes, key)
    node["paths"][at].update({name: value for name, value in values.items() if name in ("name", "conditions")})
    return made


def _path(nodes: Nodes, key: str) -> tuple[list[Node], Node, int]:
    made = deepcopy(list(nodes))
    for node in walk(made):
        for at, path in enumerate(node.get("paths", ())):
            if path["key"] == key:
                return made, node, at
    raise _gone()


def _found(nodes: Nodes, key: str) -> Node:
    node = find(nodes, key)
    if node is None:
        raise _gone()
    return node


def _gone() -> NotFound:
    return NotFound("NODE", _("This node isn't there any more"))


def _lists(nodes: list[Node]) -> dict[str, list[Node]]:
    found = {"": nodes}
    for node in walk(nodes):
        for path in node.get("paths", ()):
            found[path["key"]] = path["nodes"]
    return found


def _list_at(nodes: list[Node], path: str) -> list[Node]:
    found = _lists(nodes).get(path)
    if found is None:
        raise NotFound("PLACE", _("This place isn't there any more"))
    return found


def _home(nodes: list[Node], key: str) -> tuple[list[Node], int]:
    for some in _lists(nodes).values():
        for at, node in enumerate(some):
            if node["key"] == key:
                return some, at
    raise _gone()


def _insert(nodes: list[Node], node: Node, place: str) -> None:
    path, _colon, index = place.rpartition(":")
    target = _list_at(nodes, path)
    target.insert(_index(index, len(target)), node)


def _index(written: str, most: int) -> int:
    """Read how many nodes come before a place; what can't be read is the end."""
    return min(int(written), most) if written.isascii() and written.isdecimal() and len(written) < 5 else most
