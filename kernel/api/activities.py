"""What is to be done about a record, for programs: activities planned, done and called off; and plans of several."""

import datetime as dt
from typing import Any

from flask import Response

from kernel.api.answers import answer
from kernel.api.naming import entity_at
from kernel.api.requests import parameters, payload
from kernel.discussion import services
from kernel.discussion.activities.reading import type_label
from kernel.discussion.activities.services import Next, cancel_follow_up, finish_follow_up, follow_up, start_plan
from kernel.discussion.reading import follow_ups_of
from kernel.errors import Invalid, NotFound, Problem
from kernel.i18n import _

__all__ = ["VERBS", "act", "begin_plan", "list_activities", "plan"]

VERBS = ("done", "cancel")
FIELDS = {"due_on": (str, type(None)), "note": (str,), "user": (int,), "type": (int, type(None))}
LARGEST_ID = 2**53


def list_activities(plugin: str, name: str, id_: int) -> Response:
    """Answer a record's activities that aren't done, the next one first."""
    cls = entity_at(plugin, name)
    services.open_record(cls, id_)
    parameters(())
    return answer({"data": [_shown(row) for row in follow_ups_of(cls, id_)]})


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "type": {"id": row.kind_id, "title": type_label(row.kind_id)} if row.kind_id else None,
        "user": {"id": row.user_id, "title": row.who}, "due_on": row.due_on.isoformat(), "note": row.note}


def plan(plugin: str, name: str, id_: int) -> Response:
    """Plan an activity: `{"due_on": "2026-03-01", "note": "...", "user": 7, "type": 3}`."""
    cls = entity_at(plugin, name)
    record = services.open_record(cls, id_)
    parameters(())
    given = _given(FIELDS)
    made = follow_up(record, _day(given, "due_on"), given.get("note", ""), given.get("user"), given.get("type"))
    return answer(next(_shown(row) for row in follow_ups_of(cls, id_) if row.id == made), 201)


def begin_plan(plugin: str, name: str, id_: int) -> Response:
    """Start a plan of activities on a record: `{"plan": 3, "begins_on": "2026-03-01"}`."""
    cls = entity_at(plugin, name)
    record = services.open_record(cls, id_)
    parameters(())
    given = _given({"plan": (int,), "begins_on": (str, type(None))})
    if "plan" not in given:
        raise Invalid([Problem("plan", _("Choose a plan first"), "REQUIRED")])
    made = set(start_plan(record, given["plan"], _day(given, "begins_on")))
    return answer({"data": [_shown(row) for row in follow_ups_of(cls, id_) if row.id in made]}, 201)


def act(plugin: str, name: str, id_: int, activity_id: int, verb: str) -> Response:
    """Say that an activity is done, with what came of it and what follows, or call it off."""
    cls = entity_at(plugin, name)
    services.open_record(cls, id_)
    parameters(())
    if all(row.id != activity_id for row in follow_ups_of(cls, id_)):
        raise NotFound("NO_SUCH_FOLLOW_UP", _("There is no such activity, or it isn't open to you"))
    if verb == "cancel":
        _given({})
        cancel_follow_up(activity_id)
    else:
        given = _given({"result": (str,), "then": (dict,)})
        then = given.get("then")
        following = None
        if then is not None:
            then = _checked(then, {"type": (int,), "due_on": (str, type(None)), "note": (str,)})
            if "type" not in then:
                raise Invalid([Problem("then", _("Say of which type the next activity is"), "REQUIRED")])
            following = Next(then["type"], _day(then, "due_on"), then.get("note", ""))
        finish_follow_up(activity_id, given.get("result", ""), following)
    return answer({"data": [_shown(row) for row in follow_ups_of(cls, id_)]})


def _given(fields: dict[str, tuple[type, ...]]) -> dict[str, Any]:
    return _checked(payload(), fields)


def _checked(data: object, fields: dict[str, tuple[type, ...]]) -> dict[str, Any]:
    if data is None and not fields:
        return {}
    if not isinstance(data, dict):
        raise Invalid([Problem("", _("The body must be a JSON object"), "BODY")])
    problems = [
        Problem(str(name), _("There is no such field, or its value is of another kind"), "FIELD")
        for name, value in data.items()
        if name not in fields or not isinstance(value, fields[name]) or isinstance(value, bool)
        or (isinstance(value, int) and not 0 < value < LARGEST_ID)]
    if problems:
        raise Invalid(problems)
    return data


def _day(given: dict[str, Any], name: str) -> dt.date | None:
    if given.get(name) is None:
        return None
    try:
        return dt.date.fromisoformat(given[name])
    except ValueError as error:
        raise Invalid([Problem(name, _("A day looks like 2026-03-01"), "DATE")]) from error
