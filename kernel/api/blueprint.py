"""The addresses of /api/v1 and the methods each takes; the work is done in `resources`."""

import uuid
from collections.abc import Callable, Sequence

from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from kernel.api import activities, approvals, discussion, resources
from kernel.api.answers import answer, answer_errors
from kernel.api.naming import address_of, entity_at
from kernel.api.openapi import document as openapi_document
from kernel.api.repeats import Overtaken, once
from kernel.api.requests import in_work, knows_itself, parameters
from kernel.config import Config
from kernel.entities.base import Entity, entities
from kernel.exchange.merging.reading import is_mergeable
from kernel.exchange.reports import demand_report, parameter_values, report_json, reports
from kernel.permissions.rights import rights
from kernel.tags.services import is_tagged_entity
from kernel.workflows.machine import workflow_of

__all__ = ["create_api", "create_blueprint"]

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
"""Every address takes every method in and refuses by itself, so that each refusal is problem+json."""


def create_blueprint(config: Config | None = None) -> Blueprint:
    """Make the blueprint of /api/v1. Exempt it from the pages' CSRF check: it has its own for browsers."""
    made = Blueprint("api", __name__, url_prefix="/api/v1")
    answer_errors(made)
    made.before_request(_name_request)
    made.after_request(_finish)
    for rule, view in (
        ("/", _index), ("/openapi.json", _openapi), ("/<plugin>/reports/<name>", _report),
        ("/kernel/approval_tasks/waiting", _waiting_tasks),
        (f"/kernel/approval_tasks/<int:id_>/<any({', '.join(approvals.TASK_VERBS)}):verb>", _act_on_task),
        (f"/kernel/approval_runs/<int:id_>/<any({', '.join(approvals.RUN_VERBS)}):verb>", _act_on_run),
        ("/<plugin>/<name>", _collection), ("/<plugin>/<name>/<int:id_>", _record),
        ("/<plugin>/<name>/<int:id_>/merge", _merge), ("/<plugin>/<name>/<int:id_>/trace", _trace),
        ("/<plugin>/<name>/<int:id_>/comments", _comments),
        ("/<plugin>/<name>/<int:id_>/attachments", _attachments),
        ("/<plugin>/<name>/<int:id_>/activities", _activities), ("/<plugin>/<name>/<int:id_>/plans", _plans),
        (f"/<plugin>/<name>/<int:id_>/activities/<int:activity_id>/<any({', '.join(activities.VERBS)}):verb>",
         _act_on_activity),
        ("/<plugin>/<name>/<int:id_>/attachments/<int:attachment_id>", _attachment),
        ("/<plugin>/<name>/<int:id_>/documents/<document>.pdf", _document),
        ("/<plugin>/<name>/tags", _tags),
        ("/<plugin>/<name>/<action>", _action_on_many),
        ("/<plugin>/<name>/<int:id_>/<action>", _action_on_one),
        ("/<path:rest>", _nothing),
    ):
        made.add_url_rule(rule, view.__name__.strip("_"), view, methods=METHODS)
    return made


def create_api(app: Flask) -> None:
    """Add the API to an application that has nothing else."""
    app.register_blueprint(create_blueprint())


def _name_request() -> None:
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex


def _finish(made: Response) -> Response:
    made.headers["X-Request-ID"] = g.get("request_id", "")
    made.headers.setdefault("Cache-Control", "no-store")
    made.headers.setdefault("X-Content-Type-Options", "nosniff")
    return made


def _served(methods: Sequence[str], do: Callable[[], Response]) -> Response:
    """Answer with `do` in a unit of work where the method is one of those; a POST only once per Idempotency-Key."""
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": ", ".join([*methods, "OPTIONS"])})
    if request.method not in methods:
        raise MethodNotAllowed(valid_methods=[*methods, "OPTIONS"])
    if request.method != "POST":
        return in_work(do)
    try:
        return in_work(lambda: once(do))
    except Overtaken:
        return in_work(lambda: once(do))


READ = ("GET", "HEAD")


def _index() -> Response:
    def do() -> Response:
        parameters(())
        granted = rights()
        return answer({"resources": [
            {"entity": name, "href": f"/api/v1{address_of(cls)}", "label": str(cls.__plural__)}
            for name, cls in sorted(entities().items()) if granted.may("read", name)]})

    return _served(READ, do)


def _openapi() -> Response:
    if request.method not in READ:
        raise MethodNotAllowed(valid_methods=READ)
    if knows_itself():
        return in_work(lambda: answer(openapi_document()))
    return answer(openapi_document())


def _collection(plugin: str, name: str) -> Response:
    methods = resources.allowed_methods(entity_at(plugin, name), one=False)
    do = resources.create if request.method == "POST" else resources.list_all
    return _served(methods, lambda: do(plugin, name))


def _record(plugin: str, name: str, id_: int) -> Response:
    methods = resources.allowed_methods(entity_at(plugin, name), one=True)
    verbs = {"PATCH": resources.change_one, "DELETE": resources.remove_one}
    return _served(methods, lambda: verbs.get(request.method, resources.read_one)(plugin, name, id_))


def _action_on_many(plugin: str, name: str, action: str) -> Response:
    _demand_action(entity_at(plugin, name), action)
    return _served(("POST",), lambda: resources.act_on_many(plugin, name, action))


def _action_on_one(plugin: str, name: str, id_: int, action: str) -> Response:
    _demand_action(entity_at(plugin, name), action)
    return _served(("POST",), lambda: resources.act_on_one(plugin, name, id_, action))


def _tags(plugin: str, name: str) -> Response:
    if not is_tagged_entity(entity_at(plugin, name)):
        raise NotFound
    return _served(("POST",), lambda: resources.tag_many(plugin, name))


def _merge(plugin: str, name: str, id_: int) -> Response:
    if not is_mergeable(entity_at(plugin, name)):
        raise NotFound
    return _served(("POST",), lambda: resources.merge_into_one(plugin, name, id_))


def _waiting_tasks() -> Response:
    return _served(READ, approvals.waiting)


def _act_on_task(id_: int, verb: str) -> Response:
    return _served(("POST",), lambda: approvals.act_on_task(id_, verb))


def _act_on_run(id_: int, verb: str) -> Response:
    return _served(("POST",), lambda: approvals.act_on_run(id_, verb))


def _trace(plugin: str, name: str, id_: int) -> Response:
    return _served(READ, lambda: resources.trace_one(plugin, name, id_))


def _comments(plugin: str, name: str, id_: int) -> Response:
    _demand_talk(plugin, name, id_)
    do = discussion.comment if request.method == "POST" else discussion.list_comments
    return _served((*READ, "POST"), lambda: do(plugin, name, id_))


def _activities(plugin: str, name: str, id_: int) -> Response:
    _demand_talk(plugin, name, id_)
    do = activities.plan if request.method == "POST" else activities.list_activities
    return _served((*READ, "POST"), lambda: do(plugin, name, id_))


def _plans(plugin: str, name: str, id_: int) -> Response:
    _demand_talk(plugin, name, id_)
    return _served(("POST",), lambda: activities.begin_plan(plugin, name, id_))


def _act_on_activity(plugin: str, name: str, id_: int, activity_id: int, verb: str) -> Response:
    _demand_talk(plugin, name, max(id_, activity_id))
    return _served(("POST",), lambda: activities.act(plugin, name, id_, activity_id, verb))


def _attachments(plugin: str, name: str, id_: int) -> Response:
    _demand_talk(plugin, name, id_)
    do = discussion.attach if request.method == "POST" else discussion.list_attachments
    return _served((*READ, "POST"), lambda: do(plugin, name, id_))


def _attachment(plugin: str, name: str, id_: int, attachment_id: int) -> Response:
    _demand_talk(plugin, name, max(id_, attachment_id))
    do = discussion.detach if request.method == "DELETE" else discussion.download
    return _served((*READ, "DELETE"), lambda: do(plugin, name, id_, attachment_id))


def _demand_talk(plugin: str, name: str, id_: int) -> None:
    """Demand an address where people can say something: a record, not a line of one."""
    if entity_at(plugin, name).__parent__ or id_ >= resources.LARGEST_ID:
        raise NotFound


def _document(plugin: str, name: str, id_: int, document: str) -> Response:
    return _served(READ, lambda: resources.print_one(plugin, name, id_, document))


def _demand_action(cls: type[Entity], action: str) -> None:
    flow = workflow_of(cls)
    if flow is None or action not in flow.transitions:
        raise NotFound


def _report(plugin: str, name: str) -> Response:
    def do() -> Response:
        found = reports().get(f"{plugin}.{name}")
        if found is None:
            raise NotFound
        demand_report(found)
        given = parameters([each.name for each in found.parameters])
        return answer(report_json(found.answer(**parameter_values(found.parameters, given))))

    return _served(READ, do)


def _nothing(rest: str) -> Response:
    raise NotFound
