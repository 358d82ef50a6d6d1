"""Why somebody is asked to approve: kept as it was found, told in the language of whoever reads it."""

from typing import TYPE_CHECKING, Any

from kernel.entities.base import entities, fields_of
from kernel.i18n import LazyText, Text, use_locale
from kernel.permissions.models import role_labels

if TYPE_CHECKING:
    from kernel.workflows.models import ApprovalTask

__all__ = ["LONGEST", "reason_as_kept", "reason_in_words", "told_reason"]

LONGEST = 200
"""Characters of a reason that are kept."""


def reason_as_kept(reason: Text) -> dict[str, Any]:
    """Give the values of a task's columns for a reason: in English, and what it takes to say it otherwise."""
    with use_locale("en"):
        said = str(reason)[:LONGEST]
    because = {"text": reason.source, "values": reason.values or {}} if isinstance(reason, LazyText) else None
    return {"reason": said, "because": because}


def told_reason(task: "ApprovalTask") -> str:
    """Say why somebody was asked; empty where that was not kept."""
    if task.because:
        return reason_in_words(LazyText(task.because["text"], task.because["values"]), task.run.entity)
    return str(LazyText(task.reason)) if task.reason else ""


def reason_in_words(reason: Text, entity_name: str) -> str:
    """Put a reason in words: roles by their names and fields by their labels, where they are still there."""
    if not isinstance(reason, LazyText) or not reason.values:
        return str(reason)
    values = dict(reason.values)
    if "role" in values:
        values["role"] = role_labels().get(str(values["role"]), values["role"])
    if "field" in values and (cls := entities().get(entity_name)) is not None:
        field = fields_of(cls).get(str(values["field"]))
        values["field"] = field.label if field is not None else values["field"]
    return str(LazyText(reason.source, values, reason.place))
