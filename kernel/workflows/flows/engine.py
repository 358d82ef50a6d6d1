"""What comes next in a flow, and what the answers at a node amount to: plain functions of plain data.

Where a run stands is a mapping from a node's key to `{"at": "open"}` or `{"at": "done"}`, with the `path` that a
branch took, and the moment (`until`, ISO 8601 in UTC) that an open wait lasts to. A node that isn't in it has yet to be
reached.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kernel.workflows.flows.graph import Node, Nodes, enclosing, later

__all__ = ["Progress", "Vote", "advanced", "reopened", "verdict"]

Progress = dict[str, dict[str, Any]]
Choose = Callable[[Node], str]

WITHOUT_VOICE = ("skipped", "handed_over", "escalated", "replaced")
"""Outcomes of tasks whose part somebody else took, or that were not needed."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer at a node, or the lack of one; `added` by an approver rather than asked by the node itself."""

    outcome: str
    added: bool = False


def advanced(nodes: Nodes, progress: Progress, choose: Choose) -> tuple[Progress, list[Node], bool]:
    """Say where a run stands now, which nodes it has just reached, and whether it is at the end.

    `choose` gives the key of the path that a branch takes; it is asked once per branch.
    """
    now = {key: dict(entry) for key, entry in progress.items()}
    reached: list[Node] = []
    ended = _go(nodes, now, choose, reached)
    return now, reached, ended


def _go(nodes: Nodes, now: Progress, choose: Choose, reached: list[Node]) -> bool:
    for node in nodes:
        entry = now.get(node["key"])
        if node["type"] in ("branch", "parallel", "group"):
            if entry is None:
                entry = now[node["key"]] = {"at": "open"}
                if node["type"] == "branch":
                    entry["path"] = choose(node)
            if entry["at"] == "done":
                continue
            passed = [_go(some, now, choose, reached) for some in _taken(node, entry)]
            if not all(passed):
                return False
            entry["at"] = "done"
        elif entry is None:
            reached.append(node)
            return False
        elif entry["at"] != "done":
            return False
    return True


def _taken(node: Node, entry: dict[str, Any]) -> list[Nodes]:
    if node["type"] == "group":
        return [node["nodes"]]
    return [path["nodes"] for path in node["paths"] if node["type"] == "parallel" or path["key"] == entry["path"]]


def reopened(nodes: Nodes, progress: Progress, key: str, *, straight: bool) -> tuple[Progress, set[str]]:
    """Go back to a node: give where the run stands then, and the keys of the nodes whose open tasks end.

    Stepwise, everything after the node is asked anew, branches choosing again. Straight back, what was done in
    between stays done, and only the nodes that were open are asked again.
    """
    after = later(nodes, key)
    cleared = {each for each in after if each in progress and (not straight or _pending(nodes, progress, each))}
    now = {each: dict(entry) for each, entry in progress.items() if each not in cleared and each != key}
    for block in {key_ for each in (*cleared, key) for key_ in enclosing(nodes, each)} & now.keys():
        now[block]["at"] = "open"
    return now, {each for each in after if each in progress and progress[each]["at"] == "open"} | {key}


def _pending(nodes: Nodes, progress: Progress, key: str) -> bool:
    """Say whether a node is open and no branch: branches keep the paths they took."""
    return progress[key]["at"] == "open" and "path" not in progress[key]


def verdict(mode: str, ratio: int, votes: Sequence[Vote]) -> str | None:
    """Say what the answers at a node amount to: approved, rejected, or None while it is open.

    `any`: the first answer decides. `all` and `order`: everybody agrees, one rejection rejects. `ratio`: so many
    percent of those asked. Whoever an approver added must agree as well.
    """
    heard = [vote for vote in votes if vote.outcome not in WITHOUT_VOICE]
    asked, added = [vote for vote in heard if not vote.added], [vote for vote in heard if vote.added]
    if any(vote.outcome == "rejected" for vote in added):
        return "rejected"
    found = _of_asked(mode, ratio, [vote.outcome for vote in asked])
    if found == "approved" and any(vote.outcome != "approved" for vote in added):
        return None
    return found


def _of_asked(mode: str, ratio: int, outcomes: Collection[str]) -> str | None:
    given = list(outcomes)
    approved, rejected = given.count("approved"), given.count("rejected")
    if mode == "any":
        return "approved" if approved else "rejected" if rejected else None if given else "approved"
    needed = Fraction(ratio if mode == "ratio" else 100, 100) * len(given)
    if approved >= needed:
        return "approved"
    return "rejected" if len(given) - rejected < needed else None
