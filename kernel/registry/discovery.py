"""Find the plugins on this machine: by their entry points, not by what happens to be importable."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from kernel.entities.base import plugin_of
from kernel.errors import Refusal, UsageError
from kernel.i18n import _
from kernel.registry.plugin import KERNEL_VERSION, Plugin

__all__ = ["GROUP", "Available", "discover", "find_plugin", "refuse_other_kernel", "unknown_plugin"]

GROUP = "trellis.plugins"


@dataclass(frozen=True, slots=True)
class Available:
    """A plugin on this machine: its package, and its manifest or the reason why that can't be read."""

    name: str
    package: str
    distribution: str
    plugin: Plugin | None
    problem: str = ""


def discover() -> Mapping[str, Available]:
    """List the plugins on this machine by name. A broken one is listed with its problem and stops nobody else."""
    found: dict[str, Available] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        if point.name not in found:  # an editable tree may be listed twice
            found[point.name] = _read(point)
    return found


def _read(point: EntryPoint) -> Available:
    distribution = point.dist.name if point.dist else ""
    package = point.module
    try:
        plugin = point.load()
    except Exception as error:  # noqa: BLE001  # whatever a stranger's package raises is told, not raised
        return Available(point.name, package, distribution, None, f"{type(error).__name__}: {error}")
    if not isinstance(plugin, Plugin):
        return Available(point.name, package, distribution, None, f"{point.value} is no Plugin(...)")
    if not point.name == plugin.name == plugin_of(package):
        return Available(
            point.name, package, distribution, None,
            f"entry point {point.name!r}, manifest {plugin.name!r} and package {package!r} must have one name")
    return Available(point.name, package, distribution, plugin)


def find_plugin(name: str, available: Mapping[str, Available] | None = None) -> tuple[Available, Plugin]:
    """Find a plugin with a readable manifest; raises UsageError naming near matches, Refusal for a broken one."""
    known = discover() if available is None else available
    if name not in known:
        raise unknown_plugin(name, list(known))
    found = known[name]
    if found.plugin is None:
        raise Refusal("PLUGIN_BROKEN", _("Plugin {name} can't be read: {problem}", name=name, problem=found.problem))
    return found, found.plugin


def unknown_plugin(name: str, known: list[str]) -> UsageError:
    """Make the refusal of a name that no plugin has, with those it may have meant."""
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    return UsageError(
        "UNKNOWN_PLUGIN", _("There is no plugin {name} on this machine", name=name),
        actual=name, allowed=", ".join(known) or None,
        fix=_("Did you mean {names}?", names=", ".join(near)) if near
        else _("Install its package first, then: trellis plugin list"))


def refuse_other_kernel(plugin: Plugin) -> None:
    """Raise Refusal where a plugin wants another kernel than this one."""
    try:
        wanted = SpecifierSet(plugin.requires_kernel)
    except InvalidSpecifier as error:
        raise Refusal("MANIFEST", _(
            "Plugin {name} says requires_kernel={text}, which is no version range",
            name=plugin.name, text=plugin.requires_kernel)) from error
    if not wanted.contains(KERNEL_VERSION, prereleases=True):
        raise Refusal(
            "KERNEL_VERSION",
            _("Plugin {name} {version} needs kernel {wanted}; this is {kernel}", name=plugin.name,
              version=plugin.version, wanted=plugin.requires_kernel, kernel=KERNEL_VERSION),
            actual=KERNEL_VERSION, allowed=plugin.requires_kernel,
            fix=_("Take a version of {name} made for this kernel, or upgrade the kernel", name=plugin.name))
