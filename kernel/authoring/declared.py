"""What a loaded plugin declared, held against the rest: grants, signals, listeners, labels, fields of views."""

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

from kernel.authoring.faults import Finding
from kernel.authoring.places import Places
from kernel.entities.base import Entity, entities
from kernel.entities.fields import Field
from kernel.hooks.signals import declared_signals
from kernel.hooks.subscriptions import misfits
from kernel.permissions.declare import GrantDeclaration
from kernel.registry.loading import loaded_plugins
from kernel.web.declare import views

__all__ = ["find_declared", "own_entities"]

T = TypeVar("T")


def own_entities(plugin: str) -> list[type[Entity]]:
    """Give the entities of a loaded plugin."""
    return [cls for cls in entities().values() if cls.__plugin__ == plugin]


def find_declared(plugin: str, places: Places) -> Iterator[Finding]:
    """Find what is wrong with the declarations of a loaded plugin."""
    for find in (_grants, _signals, _listeners, _labels, _views):
        yield from find(plugin, places)


def _grants(plugin: str, places: Places) -> Iterator[Finding]:
    roles = [each for manifest in loaded_plugins().values() for each in manifest.roles if manifest.name == plugin]
    granted = {rule.entity for role in roles for rule in role.rules if isinstance(rule, GrantDeclaration)}
    known = {cls.__entity__ for cls in own_entities(plugin)}
    known |= {f"{plugin}.{slot}" for slot in _components(plugin)}
    for cls in own_entities(plugin):
        if cls.__parent__ or {cls.__entity__, f"{plugin}.*", "*"} & granted:
            continue
        path, line = places.of_class(cls)
        yield Finding(path, line, "GRANT_MISSING", f"no role of {plugin} grants anything on {cls.__entity__}")
    for name in sorted(granted):
        if name.startswith(f"{plugin}.") and not name.endswith(".*") and name not in known:
            path, line = places.of_text(f'"{name}"')
            yield Finding(path, line, "GRANT_UNKNOWN", f"a role grants something on {name}, which isn't there")


def _components(plugin: str) -> set[str]:
    return {
        component.__entity__.split(".", 1)[1] for cls in entities().values()
        for component in cls.__components__.values() if component.__plugin__ == plugin}


def _signals(plugin: str, places: Places) -> Iterator[Finding]:
    seen: set[type] = set()
    for each in declared_signals().values():
        if each.plugin == plugin:
            for payload in _payloads(each.payload):
                if payload not in seen:
                    seen.add(payload)
                    yield from _payload(plugin, payload, each.name, places)


def _payloads(payload: type) -> Iterator[type]:
    """Give a payload and the dataclasses of its module that it is made of."""
    yield payload
    for hint in typing.get_type_hints(payload).values():
        for part in (hint, *typing.get_args(hint)):
            if isinstance(part, type) and dataclasses.is_dataclass(part) and part.__module__ == payload.__module__:
                yield from _payloads(part)


def _payload(plugin: str, payload: type, signal: str, places: Places) -> Iterator[Finding]:
    path, line = places.of_class(payload)
    words = _docstring(payload)
    if not words:
        yield Finding(path, line, "SIGNAL_UNDOCUMENTED", f"{payload.__name__}, told by {signal}, has no docstring")
    told = {name for cls in own_entities(plugin) for name in cls.__fields__}
    told |= {name for cls in entities().values() if cls.__plugin__ == "kernel" for name in cls.__fields__}
    hints = typing.get_type_hints(payload)
    remarks = places.remarks(payload)
    for each in dataclasses.fields(payload):
        if each.name not in remarks and each.name not in told and not _explains_itself(
                each.name, hints[each.name], words):
            yield Finding(
                path, remarks.get(f"line of {each.name}", line), "PAYLOAD_UNDOCUMENTED",
                f"{payload.__name__}.{each.name}, told by {signal}, is not explained")


def _docstring(payload: type) -> str:
    """Give what somebody wrote: a dataclass without a docstring gets its signature for one."""
    words = payload.__doc__ or ""
    return "" if words.startswith(f"{payload.__name__}(") else words


def _explains_itself(name: str, hint: Any, words: str) -> bool:
    if name == "id" or name.endswith(("_id", "_ids")):
        return True
    stems = [part[:5] for part in name.lower().split("_") if len(part) > 2]
    if stems and all(re.search(rf"\b{re.escape(stem)}", words.lower()) for stem in stems):
        return True
    return any(
        typing.get_origin(part) is Literal
        or (isinstance(part, type) and dataclasses.is_dataclass(part) and part.__name__ != "AnyRef"
            and bool(_docstring(part)))
        for part in (hint, *typing.get_args(hint)))


def _listeners(plugin: str, places: Places) -> Iterator[Finding]:
    for each in misfits({"kernel", *loaded_plugins()}):
        if each.listener.plugin == plugin:
            path, line = places.of_function(each.listener.function)
            yield Finding(path, line, "LISTENER_SIGNAL" if each.unknown else "LISTENER_FIELD", str(each))


def _labels(plugin: str, places: Places) -> Iterator[Finding]:
    named: dict[str, type[Entity]] = {}
    for cls in own_entities(plugin):
        path, line = places.of_class(cls)
        known = named.setdefault(str(cls.__label__), cls)
        if known is not cls and not cls.__parent__:
            yield Finding(path, line, "LABEL_CLASH",
                          f"{cls.__entity__} and {known.__entity__} are both called “{cls.__label__}”")
        yield from _field_labels(cls, cls.__fields__.values(), cls.__entity__, places)
        for name in sorted(cls.__fields__.keys() & _KERNELS_OWN):
            yield Finding(path, line, "FIELD_CLASH", f"{cls.__entity__}.{name} hides what every record has")
    for cls in entities().values():
        for component in cls.__components__.values():
            if component.__plugin__ == plugin:
                yield from _field_labels(component, component.__fields__.values(), component.__entity__, places)


_KERNELS_OWN = frozenset({
    "id", "company_id", "version", "archived", "created_at", "created_by_id", "changed_at", "changed_by_id", "custom",
    "historical", "title", "metadata", "registry"})


def _field_labels(cls: type, fields: Iterable[Field], name: str, places: Places) -> Iterator[Finding]:
    known: dict[str, str] = {}
    for field in fields:
        if field.hidden or field.secret:
            continue
        label = str(field.label)
        if label in known:
            path, line = places.of_class(cls)
            yield Finding(path, line, "LABEL_CLASH",
                          f"{name}.{field.name} and {name}.{known[label]} are both called “{label}”")
        known[label] = field.name


def _views(plugin: str, places: Places) -> Iterator[Finding]:
    known = {name for name, cls in entities().items()}
    for kind, entity, fields in _viewed(plugin):
        path, line = places.of_call(kind, entity)
        if entity not in known:
            if entity.split(".")[0] in {"kernel", *loaded_plugins()}:
                yield Finding(path, line, "VIEW_FIELD", f"{kind} of {entity}, which isn't there")
            continue
        for field in fields:
            if not _is_field(entities()[entity], field):
                yield Finding(path, line, "VIEW_FIELD", f"{kind} of {entity} names {field}, which isn't there")


def _viewed(plugin: str) -> Iterator[tuple[str, str, list[str]]]:
    """Give the views a plugin declared of its own entities, with the fields they name."""
    for view in _own(plugin, views.lists):
        yield "ListView", view.entity, [*view.columns, *view.filters, view.sort.lstrip("-"), *view.totals, *view.phone]
    for form in _own(plugin, views.forms):
        named = [name for section in form.sections for name in _names(section.fields)]
        yield "FormView", form.entity, [*named, *form.subtitle, *(each.field for each in form.lines)]
    for board in _own(plugin, views.boards):
        yield "BoardView", board.entity, [board.by, *board.card, board.total]
    for slot in views.slots.values():
        if slot.plugin == plugin:
            yield "panel", slot.entity, []


def _own(plugin: str, declared: Mapping[str, T]) -> list[T]:
    return [each for name, each in declared.items() if name.startswith(f"{plugin}.")]


def _names(words: Any) -> list[str]:
    return words.split() if isinstance(words, str) else [str(each) for each in words]


def _is_field(cls: type[Entity], path: str) -> bool:
    if not path or path in _KERNELS_OWN or path in ("company", "created_by", "changed_by", "tags"):
        return True
    head = path.split(".", maxsplit=1)[0]
    if head in cls.__components__ or head in loaded_plugins():
        return True  # a component's, perhaps of a plugin that isn't here
    return head in cls.__fields__ or inspect.getattr_static(cls, head, None) is not None
