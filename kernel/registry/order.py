"""Put plugins into the order of their dependencies, and say who depends on whom."""

from collections.abc import Iterable, Mapping, Sequence

from kernel.errors import Refusal
from kernel.i18n import _
from kernel.registry.discovery import Available, find_plugin

__all__ = ["dependents_of", "with_requirements"]


def with_requirements(names: Iterable[str], available: Mapping[str, Available]) -> list[str]:
    """Give the plugins and all they require, each after what it requires.

    Raises UsageError for an unknown name, Refusal where a requirement is missing or goes in a circle.
    """
    ordered: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in ordered:
            return
        if name in path:
            raise Refusal("CIRCLE", _("These plugins require each other in a circle: {names}",
                                      names=" → ".join([*path[path.index(name):], name])))
        if path and name not in available:
            raise Refusal(
                "REQUIREMENT", _("Plugin {name} requires {other}, which is not on this machine",
                                 name=path[-1], other=name), fix=_("Install the package of {other} first", other=name))
        _found, plugin = find_plugin(name, available)
        path.append(name)
        for required in sorted(plugin.requires):
            visit(required)
        path.pop()
        ordered.append(name)

    for name in sorted(set(names)):
        visit(name)
    return ordered


def dependents_of(names: Iterable[str], requires: Mapping[str, Sequence[str]]) -> list[str]:
    """Give those among `requires` (plugin to what it requires) that need one of the names, directly or not.

    Those that must go first come first.
    """
    gone = set(names)
    found: list[str] = []
    while True:
        layer = sorted(name for name, needed in requires.items() if name not in gone and gone.intersection(needed))
        if not layer:
            return found[::-1]
        found.extend(layer)
        gone.update(layer)
