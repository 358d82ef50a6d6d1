"""Entities as resources: list, create one or many, read, change, delete, and the actions of their workflows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from flask import Response
from werkzeug.exceptions import NotFound as NothingHere

from kernel.api.answers import BadRequest, answer
from kernel.api.naming import address_of, entity_at
from kernel.api.requests import based_on, parameters, payload
from kernel.entities.base import Entity, fields_of
from kernel.errors import Invalid, Problem
from kernel.exchange import records
from kernel.exchange.chain import chain_json, chain_of
from kernel.exchange.conflicts import ChangedMeanwhile
from kernel.exchange.grouping import Grouping, Level
from kernel.exchange.listing import MOST_COUNTED, Query
from kernel.exchange.merging.reading import merged_into
from kernel.exchange.merging.services import merge
from kernel.exchange.paths import resolve
from kernel.exchange.rows import Linked
from kernel.exchange.values import json_value, parse_all
from kernel.i18n import LOCALES, _
from kernel.printing.services import print_records
from kernel.tags.known import MOST_TAGS
from kernel.tags.services import tag
from kernel.workflows.approvals.running import choosing
from kernel.workflows.machine import Transition, Workflow, workflow_of

__all__ = [
    "LIST_PARAMETERS", "act_on_many", "act_on_one", "allowed_methods", "change_one", "create", "list_all", "print_one",
    "read_one",
    "remove_one", "trace_one",
]

LIST_PARAMETERS = (
    "filter", "sort", "search", "fields", "cursor", "limit", "count", "sums", "group", "archived",
)
MOST_AT_ONCE = 1000
LARGEST_ID = 2**53


def list_all(plugin: str, name: str) -> Response:
    """Answer a page of a list, or its groups where `group` is given."""
    cls = entity_at(plugin, name)
    given = parameters(LIST_PARAMETERS)
    query = Query(
        cls, filter=_filter(given.get("filter")), sort=_names(given.get("sort")), search=given.get("search", ""),
        cursor=given.get("cursor") or None, limit=_limit(given.get("limit")),
        fields=_names(given["fields"]) if given.get("fields") else None, sums=_names(given.get("sums")),
        count=_flag(given, "count"), counted=None if given.get("sums") else MOST_COUNTED,
        archived=_flag(given, "archived"))
    if given.get("group"):
        return answer(_groups(query, _names(given["group"])))
    page = query.page()
    body: dict[str, Any] = {
        "data": page.as_json(), "next": page.next_cursor, "previous": page.previous_cursor}
    if query.count:
        body["total"] = page.total
        body["total_exact"] = page.exact
    if query.sums:
        body["sums"] = _sums(cls, page.sums)
    return answer(body)


def _groups(query: Query, by: Sequence[str]) -> dict[str, Any]:
    """Give the groups of a list, sorted by a measure where its sort names one."""
    sort = query.sort[0] if query.sort else ""
    grouped = Grouping(replace(query, sort=()), by, query.sums, sort).answer()
    return {"more": grouped.more, "groups": [
        {"values": [_group_value(*each) for each in zip(grouped.levels, group.values, strict=True)],
         "count": group.count,
         "sums": {each.name: json_value(each.path.field, group.measures[each.name]) for each in grouped.measures}}
        for group in grouped.groups]}


def _group_value(level: Level, value: Any) -> Any:
    if isinstance(value, Linked):
        return {"id": value.id, "title": value.title}
    return json_value(level.path.field, value)


def _sums(cls: type[Entity], sums: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json_value(resolve(cls, name).field, value) for name, value in sums.items()}


def _filter(text: str | None) -> list[Any]:
    if not text:
        return []
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid([Problem(
            "filter", _("The filter must be JSON such as [[\"state\", \"eq\", \"draft\"]]"), "FILTER")]) from error
    if not isinstance(found, list):
        raise Invalid([Problem("filter", _("The filter must be a list of conditions"), "FILTER")])
    return found


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _limit(text: str | None) -> int:
    if text is None:
        return 50
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Invalid([Problem("limit", _("A page has 1 to {most} rows", most=500), "LIMIT")])
    return int(text)


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false")
    if text not in ("true", "false"):
        raise Invalid([Problem(name, _("{name} is true or false", name=name), "NOT_BOOLEAN")])
    return text == "true"


def create(plugin: str, name: str) -> Response:
    """Create the record of the body, or all of a list's."""
    cls = entity_at(plugin, name)
    parameters(())
    data = payload()
    if isinstance(data, list):
        if len(data) > MOST_AT_ONCE:
            raise Invalid([Problem("", _("At most {count} records at once", count=MOST_AT_ONCE), "TOO_MANY")])
        made = records.create(cls, [_mapping(each) for each in data], indexed=True)
        return answer({"data": records.to_json(cls, made)}, 201)
    [one] = records.create(cls, [_mapping(data)])
    [written] = records.to_json(cls, [one])
    return answer(written, 201, Location=f"/api/v1{address_of(cls)}/{one.id}", ETag=f'"{one.version}"')


def _mapping(data: object) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise Invalid([Problem("", _("The body must be a JSON object"), "NOT_AN_OBJECT")])
    return data


def read_one(plugin: str, name: str, id_: int) -> Response:
    """Answer one record, with its version as ETag."""
    cls = entity_at(plugin, name)
    given = parameters(("fields",))
    if (survivor := merged_into(cls, _known(id_))) is not None:
        records.get(cls, id_)  # whoever may not read the old one learns nothing of it
        return Response(status=308, headers={"Location": f"/api/v1{address_of(cls)}/{survivor}"})
    return _written(cls, _known(id_), _names(given["fields"]) if given.get("fields") else None)


def trace_one(plugin: str, name: str, id_: int) -> Response:
    """Answer the chain a record stands in: what it came of, what came of it, and the events behind both."""
    cls = entity_at(plugin, name)
    parameters(())
    if cls.__parent__:
        raise NothingHere
    records.get(cls, _known(id_))
    return answer(chain_json(chain_of(cls, id_)))


def print_one(plugin: str, name: str, id_: int, document: str) -> Response:
    """Answer a record as one of its printed documents, in the language asked for or that of whom it goes to."""
    cls = entity_at(plugin, name)
    given = parameters(("language",))
    if cls.__parent__:
        raise NothingHere
    if (language := given.get("language", "")) and language not in LOCALES:
        raise Invalid([Problem(
            "language", _("A language is one of {allowed}", allowed=", ".join(LOCALES)), "LANGUAGE")])
    printed = print_records(cls, [_known(id_)], document, language)
    made = Response(printed.content, mimetype="application/pdf")
    made.headers.set("Content-Disposition", "inline", filename=printed.filename)
    return made


def _known(id_: int) -> int:
    if id_ >= LARGEST_ID:
        raise NothingHere
    return id_


def _written(cls: type[Entity], id_: int, fields: Sequence[str] | None = None) -> Response:
    [written] = records.to_json(cls, [id_], fields)
    if "version" not in written:
        records.get(cls, id_)  # says why: no such record, or no right to read any
    return answer(written, ETag=f'"{written["version"]}"')


def change_one(plugin: str, name: str, id_: int) -> Response:
    """Change what the body names; the version comes by If-Match or as `version` in the body."""
    cls = entity_at(plugin, name)
    parameters(())
    data = dict(_mapping(payload()))
    version = _version(data)
    try:
        records.change(cls, [(_known(id_), version, data)])
    except ChangedMeanwhile as error:
        raise _by_header(error) from error
    return _written(cls, id_)


def _version(data: dict[str, Any]) -> int | None:
    version = data.pop("version", None)
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise Invalid([Problem("version", _("The version must be a whole number"), "NOT_INTEGER")])
    header = based_on()
    return header if header is not None else version


def _by_header(error: ChangedMeanwhile) -> ChangedMeanwhile:
    """Answer 412 where the version came by If-Match, as HTTP wants it; 409 where it came in the body."""
    if based_on() is not None:
        error.status = 412
    return error


def remove_one(plugin: str, name: str, id_: int) -> Response:
    """Delete a record: 204; where something refers to it, it is archived and given back."""
    cls = entity_at(plugin, name)
    parameters(())
    version = based_on()
    try:
        removed = records.delete(cls, [_known(id_)], {id_: version} if version is not None else None)
    except ChangedMeanwhile as error:
        raise _by_header(error) from error
    return _written(cls, id_) if removed.archived else Response(status=204)


def act_on_one(plugin: str, name: str, id_: int, action: str) -> Response:
    """Take a record through a transition of its workflow."""
    cls = entity_at(plugin, name)
    parameters(())
    flow, transition = _transition(cls, action)
    data = _action_body(("values", "version", "approvers"))
    version = _version(data)
    record = records.get(cls, _known(id_))
    if version is not None and version != record.version:
        raise _by_header(ChangedMeanwhile(record, []))
    with choosing(_approvers(data.get("approvers"))):
        flow.run(action, [record], _values(cls, transition, data.get("values")))
    return _written(cls, id_)


def act_on_many(plugin: str, name: str, action: str) -> Response:
    """Take many records through a transition, all or none."""
    cls = entity_at(plugin, name)
    parameters(())
    flow, transition = _transition(cls, action)
    data = _action_body(("ids", "values", "approvers"))
    ids = _ids(data)
    with choosing(_approvers(data.get("approvers"))):
        flow.run(action, records.get_many(cls, ids), _values(cls, transition, data.get("values")))
    return answer({"data": records.to_json(cls, ids)})


def _ids(data: Mapping[str, Any]) -> list[int]:
    """Read which records a body is about."""
    ids = data.get("ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= MOST_AT_ONCE or not all(
        isinstance(id_, int) and not isinstance(id_, bool) and 0 < id_ < LARGEST_ID for id_ in ids
    ):
        raise Invalid([Problem("ids", _("ids must be a list of 1 to {count} ids", count=MOST_AT_ONCE), "IDS")])
    return ids


def tag_many(plugin: str, name: str) -> Response:
    """Put tags on many records and take others off, all or none: `{"ids": [...], "put": [...], "take": [...]}`."""
    cls = entity_at(plugin, name)
    parameters(())
    data = _action_body(("ids", "put", "take"))
    ids = _ids(data)
    given: dict[str, list[int | str]] = {}
    for part in ("put", "take"):
        keys = data.get(part, [])
        if not isinstance(keys, list) or len(keys) > MOST_TAGS or not all(
                isinstance(key, int | str) and not isinstance(key, bool) for key in keys):
            raise Invalid([Problem(part, _("{label} must be a list of tags: ids or names", label=part), "NOT_A_LIST")])
        given[part] = keys
    tag(records.get_many(cls, ids), given["put"], given["take"])
    return answer({"data": records.to_json(cls, ids)})


def merge_into_one(plugin: str, name: str, id_: int) -> Response:
    """Merge records into this one: `{"merge": [ids], "values": {"email": id}, "versions": {"17": 3}}`."""
    cls = entity_at(plugin, name)
    parameters(())
    data = _action_body(("merge", "values", "versions"))
    others, values, versions = data.get("merge"), data.get("values", {}), data.get("versions", {})
    if not isinstance(others, list) or not all(map(_is_id, others)):
        raise Invalid([Problem("merge", _("merge must be a list of ids"), "IDS")])
    if not isinstance(values, dict) or not all(map(_is_id, values.values())):
        raise Invalid([Problem("values", _("values gives by field the id of the record whose value stays"), "VALUES")])
    if not isinstance(versions, dict) or not all(
            key.isdecimal() and len(key) < 17 and _is_id(value) for key, value in versions.items()):
        raise Invalid([Problem("versions", _("versions gives by id the version it was read at"), "VERSIONS")])
    merge(cls, _known(id_), others, values=values, versions={int(key): each for key, each in versions.items()})
    return _written(cls, id_)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < LARGEST_ID


def _approvers(given: object) -> dict[str, list[int]]:
    """Read whom an initiator chooses as approvers, by node."""
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(
            isinstance(ids, list) and len(ids) <= MOST_AT_ONCE
            and all(isinstance(id_, int) and not isinstance(id_, bool) and 0 < id_ < LARGEST_ID for id_ in ids)
            for ids in given.values()):
        raise Invalid([Problem("approvers", _("approvers gives ids of users by node"), "APPROVERS")])
    return {str(key): list(ids) for key, ids in given.items()}


def _transition(cls: type[Entity], action: str) -> tuple[Workflow[Any], Transition]:
    flow = workflow_of(cls)
    transition = flow.transitions.get(action) if flow is not None else None
    if flow is None or transition is None:
        raise NothingHere
    return flow, transition


def _action_body(known: Sequence[str]) -> dict[str, Any]:
    body = payload()
    data = dict(_mapping({} if body is None else body))
    if unknown := [name for name in data if name not in known]:
        raise BadRequest(
            "UNKNOWN_FIELD", _("There is no field {field}", field=unknown[0][:80]), allowed=", ".join(known))
    return data


def _values(cls: type[Entity], transition: Transition, given: object) -> dict[str, object]:
    """Read what a transition asks for on the way (a reason)."""
    if given is None:
        return {}
    known = _mapping(given)
    problems = [
        Problem(f"values.{name[:80]}", _("“{action}” takes no {field}", action=transition.label, field=name[:80]))
        for name in known if name not in transition.needs]
    values, wrong = parse_all(
        fields_of(cls), {name: raw for name, raw in known.items() if name in transition.needs})
    problems += [fault.at(f"values.{name}") for name, fault in wrong]
    if problems:
        raise Invalid(problems)
    return values


def allowed_methods(cls: type[Entity], *, one: bool) -> list[str]:
    """List the methods a resource takes: lines are written through the record they belong to."""
    if cls.__parent__:
        return ["GET", "HEAD"]
    return ["GET", "HEAD", "PATCH", "DELETE"] if one else ["GET", "HEAD", "POST"]
