"""Draw a flow: its nodes as cards, its blocks as paths side by side."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.i18n import LazyText, _
from kernel.identity.models import User
from kernel.permissions.models import role_labels
from kernel.web.flows.words import ICONS, path_words, wait_words, who_words
from kernel.web.inbox.decision import mode_label
from kernel.web.screen.flow import Check, DrawnNode, DrawnPath, Slot
from kernel.workflows.flows.graph import HUMAN, Node, Nodes, walk

__all__ = ["Canvas", "checks"]


class Canvas:
    """Draws the nodes of one flow, with the names of those it asks looked up once."""

    def __init__(
        self, nodes: Nodes, cls: type[Entity] | None, base: str, chosen: str, problems: list[Problem],
        flows: Mapping[str, str],
    ) -> None:
        self._nodes, self._cls, self._base, self._chosen, self._flows = nodes, cls, base, chosen, flows
        self._names = names_of(nodes)
        self._trouble: dict[str, str] = {}
        for problem in problems:
            self._trouble.setdefault(problem.field, str(problem.message))

    def drawn(self) -> tuple[DrawnNode, ...]:
        """Give the nodes as they are drawn."""
        return tuple(self._list(self._nodes, "", str(_("the start"))))

    def _list(self, nodes: Nodes, path: str, where: str) -> Iterator[DrawnNode]:
        for at, node in enumerate(nodes):
            name = str(LazyText(node["name"]))
            yield DrawnNode(
                node["key"], node["type"], self._icon(node), name, self._about(node), self._tags(node),
                f"{self._base}?node={node['key']}", node["key"] == self._chosen, self._trouble.get(node["key"], ""),
                up=f"{path}:{at - 1}" if at else "", down=f"{path}:{at + 2}" if at + 1 < len(nodes) else "",
                slot=Slot(f"{path}:{at + 1}", str(_("Add after “{node}”", node=name))),
                paths=tuple(self._path(node, number, each) for number, each in enumerate(node.get("paths", ()), 1)))

    def _path(self, node: Node, number: int, path: dict[str, Any]) -> DrawnPath:
        last = node["type"] == "branch" and number == len(node["paths"])
        label = path_words(node, path, self._cls)
        return DrawnPath(
            path["key"], label, Slot(f"{path['key']}:0", str(_("Add at the start of “{path}”", path=label))),
            tuple(self._list(path["nodes"], path["key"], label)),
            number=str(number) if node["type"] == "branch" and not last else "")

    @staticmethod
    def _icon(node: Node) -> str:
        several = node["type"] == "approve" and (node.get("mode") in ("all", "order", "ratio"))
        return "users" if several else ICONS.get(node["type"], "square")

    def _about(self, node: Node) -> str:
        if node["type"] == "subflow":
            return self._flows.get(node.get("flow") or "", str(_("Not chosen yet")))
        if node["type"] == "wait":
            return wait_words(node, self._cls)
        return who_words(node, self._cls, self._names) if "approvers" in node else ""

    @staticmethod
    def _tags(node: Node) -> tuple[str, ...]:
        tags = []
        if node["type"] in HUMAN:
            if node.get("mode", "any") != "any":
                tags.append(mode_label(node))
            if node.get("limits"):
                tags.append(str(_("{hours} h", hours=node["limits"][0]["hours"])))
        return tuple(tags)


def names_of(nodes: Nodes) -> dict[str, str]:
    """Look up the names of the roles and people that a flow asks, by `role|code` and `user|login`."""
    asked: dict[str, set[str]] = {"role": set(), "user": set()}
    for node in walk(nodes):
        for rule in node.get("approvers", ()):
            if rule.get("by") in asked:
                asked[rule["by"]].add(str(rule.get("value")))
    connection = session().work.connection
    users = User.__table__.c
    found: dict[str, str] = {}
    if asked["role"]:
        names = role_labels()
        found |= {f"role|{code}": str(names[code]) for code in asked["role"] if code in names}
    if asked["user"]:
        rows = connection.execute(select(users.login, users.name).where(users.login.in_(asked["user"])))
        found |= {f"user|{row.login}": row.name for row in rows}
    return found


def checks(nodes: Nodes, problems: list[Problem], base: str) -> tuple[Check, ...]:
    """Say what is in order with a flow, what must be mended, and what is worth a thought."""
    found = [Check(str(problem.message), "red", f"{base}?node={problem.field}" if problem.field != "nodes" else "")
             for problem in problems]
    if not problems:
        found.append(Check(str(_("Every path leads to the end"))))
        found.append(Check(str(_("Every step asks somebody"))))
    for node in walk(nodes):
        if node["type"] in HUMAN and not node.get("limits"):
            found.append(Check(str(_("“{node}” has no time limit", node=LazyText(node["name"]))), "amber",
                               f"{base}?node={node['key']}"))
    return tuple(found[:8])
