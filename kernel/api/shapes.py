"""JSON schemas of entities for the OpenAPI document, from the same field descriptions that input is read by."""

from typing import Any

from kernel.entities.base import Declared, Entity, fields_of
from kernel.entities.custom.stored import MOST_LINES as MOST_CUSTOM_LINES
from kernel.entities.fields import Field
from kernel.exchange.paths import standard_fields
from kernel.exchange.schemas import LINE_KEYS, MOST_LINES
from kernel.permissions.rights import rights
from kernel.tags.known import MOST_TAGS

__all__ = [
    "ACTIVITY",
    "APPROVERS",
    "ATTACHMENT",
    "CHAIN",
    "COMMENT",
    "PROBLEM",
    "STANDING",
    "WAITING",
    "answer_shape",
    "input_shape",
]

Shape = dict[str, Any]

_DECIMAL = {"type": "string", "pattern": r"^[+-]?[0-9]{1,12}(\.[0-9]{1,6})?$"}
_LINK: Shape = {
    "type": ["object", "null"],
    "properties": {"id": {"type": "integer"}, "title": {"type": ["string", "null"]}},
    "required": ["id"],
}

PROBLEM: Shape = {
    "type": "object",
    "description": "An error by RFC 9457. `code` is for programs, `title` for people; `errors` names fields.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "code": {"type": "string"}, "fix": {"type": "string"}, "record": {"type": "string"},
        "actual": {"type": "string"}, "allowed": {"type": "string"}, "instance": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "errors": {"type": "array", "items": {
            "type": "object", "required": ["field", "code", "message"],
            "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"}}}},
        "version": {"type": "integer"},
        "changes": {"type": "array", "items": {"type": "object"}},
    },
}

_KEY: Shape = {"entity": {"type": "string"}, "id": {"type": "integer"}}
_MAYBE: Shape = {"type": ["string", "null"]}
_WHEN: Shape = {"type": ["string", "null"], "format": "date-time"}


def _object(properties: Shape, *, nullable: bool = False) -> Shape:
    return {"type": ["object", "null"] if nullable else "object", "properties": properties, "required": [*properties]}


_WHO: Shape = {"oneOf": [{"type": "null"}, _object({"id": {"type": "integer"}, "title": _MAYBE})]}

COMMENT: Shape = {
    **_object({
        "id": {"type": "integer"}, "user": _WHO, "plugin": _MAYBE, "at": _WHEN, "text": {"type": "string"},
        "mentioned": {"type": "array", "items": {"type": "string"}},
        "changed_at": {"type": ["string", "null"], "format": "date-time"}, "deleted": {"type": "boolean"}}),
    "description": "What somebody said of a record. `mentioned` are the names called; a deleted one has no text.",
}

ACTIVITY: Shape = {
    **_object({
        "id": {"type": "integer"}, "type": {**_WHO, "type": ["object", "null"]}, "user": _WHO,
        "due_on": {"type": "string", "format": "date"}, "note": {"type": "string"}}),
    "description": "What is to be done about a record, by whom, by which day.",
}

ATTACHMENT: Shape = {
    **_object({
        "id": {"type": "integer"}, "name": {"type": "string"}, "size": {"type": "integer"},
        "media_type": {"type": "string"}, "sha256": {"type": "string"}, "user": _WHO, "at": _WHEN,
        "href": {"type": "string"}}),
    "description": "A file put with a record; `href` gives its content.",
}

APPROVERS: Shape = {
    "type": "object", "description": "Users that the initiator chooses as approvers, by the node that asks for it.",
    "additionalProperties": {"type": "array", "items": {"type": "integer", "minimum": 1}, "maxItems": 100},
}

STANDING: Shape = {
    **_object({
        "run": {"type": "integer"}, "outcome": _MAYBE,
        "waits_for": {"type": "array", "items": _object({
            "task": {"type": "integer"}, "node": {"type": "string"}, "user": {"type": "integer"}})}}),
    "description": "Where an approval stands: its outcome, and who is asked now.",
}

WAITING: Shape = {
    **_object({
        "id": {"type": "integer"}, "run": {"type": "integer"}, "flow": {"type": "string"}, "node": {"type": "string"},
        "step": {"type": "string"}, "kind": {"type": "string"}, "entity": {"type": "string"},
        "record": _object({"id": {"type": "integer"}, "title": {"type": "string"}}), "action": {"type": "string"},
        "submitted_by": _WHO, "submitted_at": _WHEN, "asked_at": _WHEN, "due_at": _WHEN, "reason": {"type": "string"},
        "as_deputy": {"type": "boolean"}}),
    "description": "An approval task that waits; `as_deputy` where it is another's that one stands in for.",
}

CHAIN: Shape = {
    **_object({
        "root": _object(_KEY),
        "nodes": {"type": "array", "items": _object({
            **_KEY, "title": {"type": "string"}, "label": {"type": "string"}, "plugin": {"type": "string"},
            "side": {"type": "string", "enum": ["before", "here", "after"]}, "stage": {"type": "integer"},
            "installed": {"type": "boolean"},
            "state": _object({"value": {"type": "string"}, "label": {"type": "string"}, "colour": {"type": "string"},
                              "final": {"type": "boolean"}}, nullable=True),
            "figures": {"type": "array", "items": _object({
                "field": {"type": "string"}, "label": {"type": "string"}, "value": {}, "currency": _MAYBE})},
            "due": {"type": ["string", "null"], "format": "date"}, "days_late": {"type": "integer"},
            "why_late": {"type": "string"},
            "created_at": _WHEN, "created_by": _MAYBE, "listener": _MAYBE, "changed_at": _WHEN})},
        "edges": {"type": "array", "items": _object({
            "from": _object(_KEY), "to": _object(_KEY), "signals": {"type": "array", "items": {"type": "string"}},
            "skipped": {"type": "boolean"}})},
        "events": {"type": "array", "items": _object({
            "id": {"type": "integer"}, "signal": {"type": "string"}, "at": _WHEN, "led_here": {"type": "boolean"},
            "cause": {"type": ["integer", "null"]}, "user": _MAYBE, "listener": _MAYBE,
            "subject": _object(_KEY, nullable=True),
            "touched": {"type": "array", "items": _object({**_KEY, "action": {"type": "string"}})}})},
        "hidden": {"type": "integer"}, "complete": {"type": "boolean"}}),
    "description": "What a record came of and what came of it: `hidden` counts what is not open to you, `listener` "
                   "names the plugin that acted by itself.",
}


def answer_shape(cls: type[Declared], *, deep: bool = True) -> Shape:
    """Describe what answers say of an entity or component; fields the actor may not read are absent."""
    properties: Shape = {}
    if issubclass(cls, Entity):
        properties["title"] = {"type": "string"}
    for name, field in {**standard_fields(cls), **_open_fields(cls)}.items():
        if field.secret:
            continue
        if field.kind == "lines":
            if deep:
                properties[name] = {"type": "array", "items": answer_shape(field.target, deep=False)}
        else:
            properties[name] = _described(field, _read(field))
    if issubclass(cls, Entity) and deep:
        for slot, component in cls.__components__.items():
            properties[slot] = answer_shape(component)
    shape: Shape = {"type": "object", "properties": properties}
    if cls.__doc__:
        shape["description"] = cls.__doc__.strip().splitlines()[0]
    return shape


def input_shape(cls: type[Declared], *, new: bool, line: bool = False) -> Shape:
    """Describe what an entity or component takes as input."""
    properties: Shape = {}
    required: list[str] = []
    for name, field in _open_fields(cls).items():
        if field.secret or field.readonly or (line and field.parent):
            continue
        if field.kind == "lines":
            properties[name] = {
                "type": "array", "maxItems": MOST_LINES, "items": input_shape(field.target, new=new, line=True)}
            continue
        needed = new and field.required and not line
        properties[name] = _described(field, _written(field, nullable=not field.required))
        if needed:
            required.append(name)
    if issubclass(cls, Entity):
        for slot, component in cls.__components__.items():
            properties[slot] = input_shape(component, new=False)
    if line and not new:
        properties |= {field.name: _written(field, nullable=False) for field in LINE_KEYS}
    if not line and not new and issubclass(cls, Entity):
        properties["version"] = {"type": "integer", "description": "The version the change is based on."}
    shape: Shape = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        shape["required"] = required
    return shape


def _open_fields(cls: type[Declared]) -> dict[str, Field]:
    """Give the declared fields, and the custom ones that the actor may see: what a company adds is its own affair."""
    fields = dict(fields_of(cls))
    if any(field.custom for field in fields.values()):
        seen = {field.name for field in rights().visible(cls)}
        fields = {name: field for name, field in fields.items() if not field.custom or name in seen}
    return fields


def _described(field: Field, shape: Shape) -> Shape:
    shape = {**shape, "title": str(field.label)}
    if field.help:
        shape["description"] = str(field.help)
    return shape


def _read(field: Field) -> Shape:
    match field.kind:
        case "integer":
            return {"type": "integer"} if field.name in ("id", "version") else {"type": ["integer", "null"]}
        case "money" | "quantity" | "percent":
            return {"type": ["string", "null"], "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
        case "boolean":
            return {"type": ["boolean", "null"]}
        case "date":
            return {"type": ["string", "null"], "format": "date"}
        case "instant":
            return {"type": ["string", "null"], "format": "date-time"}
        case "link":
            return dict(_LINK)
        case "ref":
            return {**_LINK, "properties": {**_LINK["properties"], "entity": {"type": "string"}}}
        case "json":
            return {}
        case "tags":
            return {"type": "array", "items": _object({
                "id": {"type": "integer"}, "name": {"type": "string"}, "colour": {"type": "string"}})}
        case "table":
            return {"type": "array", "items": _object({
                "id": {"type": "integer"}, **{each.name: _described(each, _read(each)) for each in field.columns}})}
    return {"type": ["string", "null"]}


def _written(field: Field, *, nullable: bool) -> Shape:
    shapes: list[Shape]
    match field.kind:
        case "integer":
            limit = 2**53 if field.name == "id" else 2**31
            shapes = [{"type": "integer", "minimum": -limit, "exclusiveMaximum": limit}]
        case "money" | "quantity" | "percent":
            shapes = [dict(_DECIMAL), {"type": "integer", "exclusiveMinimum": -10**12, "exclusiveMaximum": 10**12}]
        case "boolean":
            shapes = [{"type": "boolean"}]
        case "date":
            shapes = [{"type": "string", "format": "date"}]
        case "instant":
            shapes = [{"type": "string", "format": "date-time"}]
        case "choice" | "state":
            shapes = [{"type": "string", "enum": [choice.value for choice in field.choices]} if field.choices
                      else {"type": "string"}]
        case "link":
            shapes = [
                {"type": "integer", "minimum": 1, "exclusiveMaximum": 2**53},
                {"type": "string", "maxLength": 400, "description": "The target's number, code or name."},
                {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1}}}]
        case "tags":
            return {"type": ["array", "null"], "maxItems": MOST_TAGS, "items": {"anyOf": [
                {"type": "integer", "minimum": 1, "exclusiveMaximum": 2**53},
                {"type": "string", "minLength": 1, "maxLength": 80,
                 "description": "A tag's name; with + before it, it is made where there is none."}]}}
        case "table":
            cells = {each.name: _described(each, _written(each, nullable=not each.required))
                     for each in field.columns if not each.readonly}
            return {"type": "array", "maxItems": MOST_CUSTOM_LINES, "items": {
                "type": "object", "additionalProperties": False,
                "properties": cells | {each.name: _written(each, nullable=False) for each in LINE_KEYS}}}
        case _:
            shapes = [{"type": "string", **({"maxLength": field.length} if field.length else {})}]
    if nullable:
        shapes.append({"type": "null"})
    return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
