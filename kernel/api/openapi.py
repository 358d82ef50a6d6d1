"""The OpenAPI 3.1 document of this installation: every entity, action and report of the loaded plugins."""

from typing import Any

from apispec import APISpec

from kernel.api.approvals import RUN_VERBS, TASK_VERBS
from kernel.api.naming import address_of
from kernel.api.shapes import (
    ACTIVITY,
    APPROVERS,
    ATTACHMENT,
    CHAIN,
    COMMENT,
    PROBLEM,
    STANDING,
    WAITING,
    answer_shape,
    input_shape,
)
from kernel.entities.base import Entity, entities
from kernel.exchange.filters import OPERATORS
from kernel.exchange.listing import LARGEST_PAGE, MOST_COUNTED
from kernel.exchange.merging.reading import is_mergeable
from kernel.exchange.merging.services import MOST_MERGED
from kernel.exchange.reports import Report, reports
from kernel.i18n import LOCALES
from kernel.printing.declare import SHEET, declared_names
from kernel.tags.known import MOST_TAGS
from kernel.tags.services import is_tagged_entity
from kernel.workflows.machine import Transition, workflow_of

__all__ = ["document"]

Part = dict[str, Any]

ABOUT = """Everything the web UI does, for programs. Money and quantities are strings, times ISO 8601 in UTC.
Lists page by cursor. A change names the version it is based on by If-Match; a POST with an Idempotency-Key is done
once. Errors are RFC 9457 problems in the language of Accept-Language."""


def document() -> Part:
    """Make the document."""
    spec = APISpec(
        "Trellis", "1", "3.1.0", info={"description": ABOUT}, servers=[{"url": "/api/v1"}],
        security=[{"token": []}, {"browser": []}])
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme("browser", {
        "type": "apiKey", "in": "cookie", "name": "trellis",
        "description": "A signed-in browser; changes need the page's CSRF token in X-CSRFToken."})
    spec.components.schema("Problem", PROBLEM)
    spec.components.schema("Chain", CHAIN)
    spec.components.schema("Comment", COMMENT)
    spec.components.schema("Attachment", ATTACHMENT)
    spec.components.schema("Activity", ACTIVITY)
    spec.components.response("Problem", {
        "description": "Refused; the body says why and what would be right.",
        "content": {"application/problem+json": {"schema": _ref("Problem")}}})
    spec.path("/", operations={"get": _operation("index", "List the resources you may read", ok=_json({
        "type": "object", "properties": {"resources": {"type": "array", "items": {"type": "object"}}}}))})
    spec.path("/openapi.json", operations={"get": {
        **_operation("openapi", "This document", ok=_json({"type": "object"})), "security": []}})
    for name, cls in sorted(entities().items()):
        _describe(spec, name, cls)
    _describe_approvals(spec)
    for report in reports().values():
        _describe_report(spec, report)
    made: Part = spec.to_dict()
    return made


def _describe(spec: APISpec, name: str, cls: type[Entity]) -> None:
    spec.tag({"name": name, "description": str(cls.__plural__)})
    spec.components.schema(name, answer_shape(cls))
    path, one = address_of(cls), str(cls.__label__)
    listed: Part = {"get": _operation(
        f"{name}.list", f"List: {cls.__plural__}", tag=name, parameters=_list_parameters(),
        ok=_json({"anyOf": [_page(name), _GROUPS]}))}
    single: Part = {"get": _operation(
        f"{name}.read", f"Read: {one}", tag=name, parameters=[_query("fields", "Field paths, separated by commas")],
        ok=_json(_ref(name), etag=True))}
    if not cls.__parent__:
        spec.components.schema(f"{name}.new", input_shape(cls, new=True))
        spec.components.schema(f"{name}.change", input_shape(cls, new=False))
        listed["post"] = _operation(
            f"{name}.create", f"Create: {one}, or a list of them", tag=name, parameters=[_REPEAT],
            body={"anyOf": [_ref(f"{name}.new"), {"type": "array", "maxItems": 1000, "items": _ref(f"{name}.new")}]},
            ok=_json({"anyOf": [_ref(name), _many(name)]}, etag=True), status="201")
        single["patch"] = _operation(
            f"{name}.change", f"Change: {one}", tag=name, parameters=[_IF_MATCH], body=_ref(f"{name}.change"),
            ok=_json(_ref(name), etag=True))
        single["delete"] = _operation(
            f"{name}.delete", f"Delete: {one}; archived instead where something refers to it", tag=name,
            parameters=[_IF_MATCH], ok=_json(_ref(name)))
        single["delete"]["responses"]["204"] = {"description": "Deleted."}
    if is_mergeable(cls):
        single["get"]["responses"]["308"] = {"description": "It was merged: Location names what it became part of."}
    spec.path(path, operations=listed)
    spec.path(f"{path}/{{id}}", operations=single, parameters=[_ID])
    if not cls.__parent__:
        spec.path(f"{path}/{{id}}/trace", parameters=[_ID], operations={"get": _operation(
            f"{name}.trace", f"Trace: what came before and after: {one}", tag=name, ok=_json(_ref("Chain")))})
        spec.path(f"{path}/{{id}}/documents/{{document}}.pdf", parameters=[_ID, _document(name)], operations={
            "get": _operation(
                f"{name}.print", f"Print: {one}, in the language asked for or that of whom it goes to", tag=name,
                parameters=[_query("language", "The document's language", {"type": "string", "enum": [*LOCALES]})],
                ok={"description": "Done.", "content": {
                    "application/pdf": {"schema": {"type": "string", "contentMediaType": "application/pdf"}}}})})
        _describe_discussion(spec, name, one, f"{path}/{{id}}")
        _describe_activities(spec, name, one, f"{path}/{{id}}")
    if is_tagged_entity(cls):
        _describe_tagging(spec, name, cls, path)
    if is_mergeable(cls):
        _describe_merging(spec, name, cls, path)
    flow = workflow_of(cls)
    for transition in flow.transitions.values() if flow is not None else ():
        _describe_action(spec, name, cls, path, transition)


def _describe_merging(spec: APISpec, name: str, cls: type[Entity], path: str) -> None:
    id_ = {"type": "integer", "minimum": 1, "exclusiveMaximum": 2**53}
    spec.path(f"{path}/{{id}}/merge", parameters=[_ID], operations={"post": _operation(
        f"{name}.merge", f"Merge others into this one: {cls.__plural__}", tag=name, parameters=[_REPEAT],
        body={"type": "object", "additionalProperties": False, "required": ["merge"], "properties": {
            "merge": {"type": "array", "minItems": 1, "maxItems": MOST_MERGED - 1, "items": id_},
            "values": {"type": "object", "additionalProperties": id_,
                       "description": "By field path, the record whose value stays; else this one's own."},
            "versions": {"type": "object", "additionalProperties": id_,
                         "description": "By id, the version it was read at: one changed since is refused."}}},
        ok=_json(_ref(name), etag=True))})


def _describe_tagging(spec: APISpec, name: str, cls: type[Entity], path: str) -> None:
    keys = {"type": "array", "maxItems": MOST_TAGS, "items": {"anyOf": [
        {"type": "integer", "minimum": 1, "exclusiveMaximum": 2**53},
        {"type": "string", "minLength": 1, "maxLength": 80, "description": "A tag's name."}]}}
    spec.path(f"{path}/tags", operations={"post": _operation(
        f"{name}.tag", f"Put tags on records and take others off: {cls.__plural__}", tag=name, parameters=[_REPEAT],
        body={"type": "object", "additionalProperties": False, "required": ["ids"], "properties": {
            "ids": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "integer", "minimum": 1}},
            "put": keys, "take": keys}},
        ok=_json(_many(name)))})


def _describe_discussion(spec: APISpec, name: str, one: str, path: str) -> None:
    spec.path(f"{path}/comments", parameters=[_ID], operations={
        "get": _operation(f"{name}.comments", f"Comments: {one}", tag=name, ok=_json(_many("Comment"))),
        "post": _operation(
            f"{name}.comment", f"Comment, and call people by @ and their name: {one}", tag=name, parameters=[_REPEAT],
            body={"type": "object", "additionalProperties": False, "required": ["text"],
                  "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 10_000}}},
            ok=_json(_ref("Comment")), status="201")})
    upload = _operation(
        f"{name}.attach", f"Attach the body as a file: {one}", tag=name, status="201", ok=_json(_ref("Attachment")),
        parameters=[_REPEAT, {**_query("name", "The file's name", {"type": "string", "minLength": 1}),
                              "required": True}])
    upload["requestBody"] = {"required": True, "content": {"application/octet-stream": {
        "schema": {"type": "string", "format": "binary", "minLength": 1}}}}
    spec.path(f"{path}/attachments", parameters=[_ID], operations={
        "get": _operation(f"{name}.attachments", f"Files: {one}", tag=name, ok=_json(_many("Attachment"))),
        "post": upload})
    file = {**_ID, "name": "attachment"}
    spec.path(f"{path}/attachments/{{attachment}}", parameters=[_ID, file], operations={
        "get": _operation(f"{name}.download", f"A file's content: {one}", tag=name, ok={
            "description": "The file.", "content": {"application/octet-stream": {
                "schema": {"type": "string", "format": "binary"}}}}),
        "delete": _operation(f"{name}.detach", f"Take a file away: {one}", tag=name, status="204",
                             ok={"description": "Gone."})})


def _describe_activities(spec: APISpec, name: str, one: str, path: str) -> None:
    day: Part = {"type": ["string", "null"], "format": "date"}
    note: Part = {"type": "string", "maxLength": 500}
    number: Part = {"type": "integer", "minimum": 1}

    def body(required: list[str], **properties: Part) -> Part:
        return {"type": "object", "additionalProperties": False, "properties": properties,
                **({"required": required} if required else {})}

    spec.path(f"{path}/activities", parameters=[_ID], operations={
        "get": _operation(f"{name}.activities", f"Activities that aren't done: {one}", tag=name,
                          ok=_json(_many("Activity"))),
        "post": _operation(
            f"{name}.activity", f"Plan an activity, on a day or by its type's own: {one}", tag=name, status="201",
            parameters=[_REPEAT], ok=_json(_ref("Activity")),
            body=body([], due_on=day, note=note, user=number, type={"type": ["integer", "null"], "minimum": 1}))})
    spec.path(f"{path}/plans", parameters=[_ID], operations={"post": _operation(
        f"{name}.plan", f"Start a plan of activities: {one}", tag=name, status="201", parameters=[_REPEAT],
        ok=_json(_many("Activity")), body=body(["plan"], plan=number, begins_on=day))})
    activity = {**_ID, "name": "activity"}
    for verb, summary, shape in (
        ("done", "Say that an activity is done, what came of it and what follows", body(
            [], result={"type": "string", "maxLength": 5000},
            then=body(["type"], type=number, due_on=day, note=note))),
        ("cancel", "Call an activity off", body([])),
    ):
        spec.path(f"{path}/activities/{{activity}}/{verb}", parameters=[_ID, activity], operations={
            "post": _operation(f"{name}.activity.{verb}", f"{summary}: {one}", tag=name, parameters=[_REPEAT],
                               ok=_json(_many("Activity")), body=shape)})


def _describe_action(spec: APISpec, name: str, cls: type[Entity], path: str, transition: Transition) -> None:
    values: Part = {
        "type": "object", "additionalProperties": False, "properties": {
            field: input_shape(cls, new=False)["properties"].get(field, {}) for field in transition.needs}}
    spec.path(f"{path}/{{id}}/{transition.code}", parameters=[_ID], operations={"post": _operation(
        f"{name}.{transition.code}", f"{transition.label}: {cls.__label__}", tag=name, parameters=[_IF_MATCH, _REPEAT],
        body={"type": "object", "additionalProperties": False,
              "properties": {"values": values, "version": {"type": "integer"}, "approvers": APPROVERS}},
        ok=_json(_ref(name), etag=True), needs_body=False)})
    spec.path(f"{path}/{transition.code}", operations={"post": _operation(
        f"{name}.{transition.code}.many", f"{transition.label}: {cls.__plural__}", tag=name, parameters=[_REPEAT],
        body={"type": "object", "additionalProperties": False, "required": ["ids"], "properties": {
            "ids": {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "integer", "minimum": 1}},
            "values": values, "approvers": APPROVERS}},
        ok=_json(_many(name)))})


def _describe_approvals(spec: APISpec) -> None:
    tag = "kernel.approval_task"
    spec.path("/kernel/approval_tasks/waiting", operations={"get": _operation(
        f"{tag}.waiting", "Approval tasks that wait for you and for those you stand in for", tag=tag,
        ok=_json({"type": "object", "required": ["data"], "properties": {
            "data": {"type": "array", "items": WAITING}}}))})
    for entity, path, verbs in (
        (tag, "approval_tasks", TASK_VERBS), ("kernel.approval_run", "approval_runs", RUN_VERBS),
    ):
        for verb, (summary, needed, shapes) in verbs.items():
            body: Part = {"type": "object", "additionalProperties": False, "properties": shapes}
            if needed:
                body["required"] = list(needed)
            spec.path(f"/kernel/{path}/{{id}}/{verb}", parameters=[_ID], operations={"post": _operation(
                f"{entity}.{verb}", summary, tag=entity, parameters=[_REPEAT], body=body, ok=_json(STANDING),
                needs_body=bool(needed))})


def _describe_report(spec: APISpec, report: Report) -> None:
    kinds: dict[str, Part] = {"integer": {"type": "integer"}, "date": {"type": "string", "format": "date"}}
    plugin, short = report.name.split(".", 1)
    spec.path(f"/{plugin}/reports/{short}", operations={"get": _operation(
        f"reports.{report.name}", str(report.label), tag="reports",
        parameters=[
            {"name": each.name, "in": "query", "description": str(each.label),
             "schema": kinds.get(each.kind, {"type": "string"})} for each in report.parameters],
        ok=_json({"type": "object", "required": ["columns", "rows", "totals"], "properties": {
            "columns": {"type": "array", "items": {"type": "object"}},
            "rows": {"type": "array", "items": {"type": "object"}},
            "totals": {"type": "object"}, "chart": {"type": ["object", "null"]}}}))})


def _operation(
    id_: str, summary: str, *, ok: Part, tag: str | None = None, parameters: list[Part] | None = None,
    body: Part | None = None, status: str = "200", needs_body: bool = True,
) -> Part:
    refused = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422"]
    made: Part = {
        "operationId": id_, "summary": summary,
        "responses": {status: ok, **dict.fromkeys(refused, "Problem"), "default": "Problem"}}
    if tag:
        made["tags"] = [tag]
    if parameters:
        made["parameters"] = parameters
    if body is not None:
        made["requestBody"] = {"required": needs_body, "content": {"application/json": {"schema": body}}}
    return made


def _json(schema: Part, *, etag: bool = False) -> Part:
    made: Part = {"description": "Done.", "content": {"application/json": {"schema": schema}}}
    if etag:
        made["headers"] = {"ETag": {"description": "The record's version.", "schema": {"type": "string"}}}
    return made


def _ref(name: str) -> Part:
    return {"$ref": f"#/components/schemas/{name}"}


def _many(name: str) -> Part:
    return {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": _ref(name)}}}


def _page(name: str) -> Part:
    return {
        "type": "object", "required": ["data", "next", "previous"],
        "properties": {
            "data": {"type": "array", "items": _ref(name)}, "next": {"type": ["string", "null"]},
            "previous": {"type": ["string", "null"]}, "total": {"type": "integer"}, "total_exact": {"type": "boolean"},
            "sums": {"type": "object"}}}


_GROUPS: Part = {
    "type": "object", "required": ["groups", "more"],
    "properties": {"more": {"type": "boolean"}, "groups": {"type": "array", "items": {
        "type": "object", "required": ["values", "count", "sums"],
        "properties": {"values": {"type": "array"}, "count": {"type": "integer"}, "sums": {"type": "object"}}}}}}
_ID: Part = {
    "name": "id", "in": "path", "required": True,
    "schema": {"type": "integer", "minimum": 1, "exclusiveMaximum": 2**53}}
_IF_MATCH: Part = {
    "name": "If-Match", "in": "header", "description": "The version (ETag) the change is based on.",
    "schema": {"type": "string"}}
_REPEAT: Part = {
    "name": "Idempotency-Key", "in": "header", "description": "Makes the request safe to send again for 48 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[!-~]+$"}}


def _document(entity: str) -> Part:
    return {
        "name": "document", "in": "path", "required": True,
        "schema": {"type": "string", "enum": [*declared_names(entity), SHEET]}}


def _query(name: str, description: str, schema: Part | None = None) -> Part:
    return {"name": name, "in": "query", "description": description, "schema": schema or {"type": "string"}}


def _list_parameters() -> list[Part]:
    condition = {
        "type": "array", "minItems": 3, "maxItems": 3,
        "prefixItems": [{"type": "string"}, {"type": "string", "enum": list(OPERATORS)}, {}]}
    return [
        {"name": "filter", "in": "query",
         "description": 'Conditions that all hold, as in [["state","eq","draft"],["customer.name","contains","Ada"]]; '
                        "paths go through links and components.",
         "content": {"application/json": {"schema": {"type": "array", "maxItems": 40, "items": condition}}}},
        _query("sort", "Field paths, separated by commas; - before one sorts it downwards. Empty values come last."),
        _query("search", "Words that all occur in searchable fields"),
        _query("fields", "Field paths to answer, separated by commas; all fields without sub-tables by default"),
        _query("cursor", "`next` or `previous` of a page of the same list"),
        _query("limit", "Rows of a page", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}),
        _query("count", f"Count the records in the filter too: `total`. Beyond {MOST_COUNTED} they aren't counted on: "
                        "`total_exact` is then false", {"type": "boolean", "default": False}),
        _query("sums", "Fields to sum over all records in the filter, separated by commas; `total` is then exact"),
        _query("group", "Field paths separated by commas, dates by bucket (due:month): answers groups with counts and "
                        "sums (or total:average, total:least, total:greatest) instead of records; `sort` takes a sum"),
        _query("archived", "Archived records too", {"type": "boolean", "default": False}),
    ]
