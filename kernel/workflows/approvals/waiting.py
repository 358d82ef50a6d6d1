"""Nodes that wait for a time: until a day or moment of the document, or for so many working hours."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.work import as_system, session
from kernel.workflows.approvals.asking import advance, lock, record_of
from kernel.workflows.approvals.timing import waits_until
from kernel.workflows.flows.graph import Node, walk
from kernel.workflows.models import ApprovalRun

__all__ = ["due_runs", "wake"]

AT_ONCE = 500


def due_runs() -> Sequence[int]:
    """List the runs in which a wait may be over, the longest over first. As the system."""
    system = session()
    return system.scalars(
        select(ApprovalRun.id).where(ApprovalRun.outcome == "running", ApprovalRun.wakes_at <= system.now)
        .order_by(ApprovalRun.wakes_at, ApprovalRun.id).limit(AT_ONCE)).all()


def wake(run_id: int) -> None:
    """Carry a run on past the waits that are over by now; nothing where it ended or was carried on meanwhile.

    A day that was put off in the document since is waited for anew.
    """
    with as_system("end the wait of an approval") as system:
        if system.get(ApprovalRun, run_id) is None:
            return
        run = lock(run_id)
        if run.outcome != "running":
            return
        document = record_of(run)
        progress = {key: dict(entry) for key, entry in run.progress.items()}
        for node in walk(run.nodes):
            entry = progress.get(node["key"], {})
            if entry.get("at") == "open" and "until" in entry and dt.datetime.fromisoformat(
                    entry["until"]) <= system.now:
                progress[node["key"]] = _still(run, node, document, entry)
        run.progress = progress
        advance(run, document)
        system.flush()


def _still(run: ApprovalRun, node: Node, document: Entity, entry: dict[str, str]) -> dict[str, str]:
    if node["until"] == "field":
        until = waits_until(run.company_id, node, document, session().now)
        if until is not None and until > session().now:
            return {**entry, "until": until.isoformat()}
    return {"at": "done"}
