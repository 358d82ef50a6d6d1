"""Hooks: one asks, others answer. Specifications say what may be asked; plugins answer with `@hook`.

    @spec
    def unit_price(lines: Sequence[PriceQuestion]) -> Sequence[Decimal | None]: ...

    answers = ask.unit_price(lines=lines)       # one answer per plugin that has one, latest registered first

Questions are asked for many records at once: arguments and answers are sequences.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pluggy import HookimplMarker, HookspecMarker, PluginManager, PluginValidationError

from kernel.errors import UsageError
from kernel.hooks.participation import switched_off
from kernel.hooks.tracing import recorder, traced

__all__ = [
    "Answer", "Ask", "HookManager", "add_specifications", "answers_of", "ask", "check_hooks", "hook", "hook_map",
    "hooks", "register_hooks", "set_hooks", "spec", "specification_of", "temporary_hooks", "unregister_hooks",
]

PROJECT = "trellis"

spec = HookspecMarker(PROJECT)
"""Mark a function as a specification; its docstring says what is asked and what an answer means."""

hook = HookimplMarker(PROJECT)
"""Mark a function as an answer to the specification of its name. `@hook(optionalhook=True)` where that is
another plugin's, which may not be there; `tryfirst` and `trylast` order the answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A function of a plugin that answers a question, with the function that specifies it."""

    name: str
    plugin: str
    function: Callable[..., Any]
    specification: Callable[..., Any]


class HookManager:
    """The specifications of a process and the plugins that answer; the registry makes one at start."""

    def __init__(self) -> None:
        self._plugins = PluginManager(PROJECT)
        self._modules: dict[str, list[ModuleType]] = {}
        self._specifications: list[ModuleType | type] = []

    def caller(self, name: str) -> Callable[..., list[Any]]:
        """Give what asks a question of the plugins that take part in the installation at hand."""
        off = switched_off()
        if (keeper := recorder()) is not None:
            return traced(keeper, name, self._alone(name, off))
        silent = [module for plugin in off for module in self._modules.get(plugin, ())]
        if silent and hasattr(self._plugins.hook, name):
            return self._plugins.subset_hook_caller(name, silent)
        caller: Callable[..., list[Any]] = getattr(self._plugins.hook, name)
        return caller

    def _alone(self, name: str, off: Collection[str]) -> dict[str, Callable[..., list[Any]]]:
        """Give what asks each answering plugin alone, in the order of their answers.

        A question with a wrapper, or one that the first answer ends, can't be taken apart: it is asked as a whole.
        """
        caller = getattr(self._plugins.hook, name)
        silent = [module for plugin in off for module in self._modules.get(plugin, ())]
        answering = [each for each in reversed(caller.get_hookimpls()) if each.plugin not in silent]
        whole = caller.spec is not None and caller.spec.opts.get("firstresult")
        if whole or any(each.wrapper or each.hookwrapper for each in answering):
            return {"*": self._plugins.subset_hook_caller(name, silent)}
        names = [each.plugin_name.split(":")[0] for each in answering]
        everybody = self._plugins.get_plugins()
        return {
            each.plugin_name.split(":")[0] if names.count(each.plugin_name.split(":")[0]) == 1 else each.plugin_name:
            self._plugins.subset_hook_caller(name, [one for one in everybody if one is not each.plugin])
            for each in answering}

    def add_specifications(self, source: ModuleType | type) -> None:
        """Add the `@spec` functions of a module; adding a module again changes nothing."""
        if source not in self._specifications:
            self._plugins.add_hookspecs(source)
            self._specifications.append(source)

    def register(self, plugin: str, module: ModuleType) -> None:
        """Let the `@hook` functions of a plugin's module answer.

        Raises UsageError where a function asks for arguments that the specification does not have.
        """
        if self._plugins.is_registered(module):
            return
        try:
            self._plugins.register(module, f"{plugin}:{module.__name__}")
        except PluginValidationError as error:
            raise UsageError("HOOK", f"{module.__name__}: {str(error).strip()}") from error
        self._modules.setdefault(plugin, []).append(module)

    def unregister(self, plugin: str) -> None:
        """Take a plugin's answers away."""
        for module in self._modules.pop(plugin, ()):
            self._plugins.unregister(module)

    def check(self) -> None:
        """Raise UsageError for an answer to a question that nobody specifies."""
        try:
            self._plugins.check_pending()
        except PluginValidationError as error:
            raise UsageError(
                "HOOK", f"{str(error).strip()} (where the asking plugin may be missing: @hook(optionalhook=True))"
            ) from error

    def map(self) -> dict[str, tuple[str, list[str]]]:
        """Give each specification's docstring and the plugins that answer it, by its name."""
        found = {}
        for name, caller in sorted(vars(self._plugins.hook).items()):
            if caller.has_spec():
                answering = [each.plugin_name.split(":")[0] for each in caller.get_hookimpls()]
                found[name] = (caller.spec.function.__doc__ or "", answering)
        return found

    def specification(self, name: str) -> Callable[..., Any]:
        """Give the function that specifies a question."""
        specified: Callable[..., Any] = getattr(self._plugins.hook, name).spec.function
        return specified

    def answers_of(self, plugin: str) -> Iterator[Answer]:
        """Give the answers of a plugin to questions that somebody specifies."""
        for name, caller in sorted(vars(self._plugins.hook).items()):
            for each in caller.get_hookimpls() if caller.has_spec() else ():
                if each.plugin_name.split(":")[0] == plugin and not (each.wrapper or each.hookwrapper):
                    yield Answer(name, plugin, each.function, caller.spec.function)


_manager = HookManager()


def set_hooks(manager: HookManager) -> None:
    """Make a manager the process's own; the registry does this at start."""
    global _manager
    _manager = manager


class Ask:
    """Asks: `ask.unit_price(lines=lines)` gives a list with each plugin's answer, latest registered first."""

    def __getattr__(self, name: str) -> Callable[..., list[Any]]:
        return _manager.caller(name)


ask = Ask()


def hooks() -> Ask:
    """Give what asks, where the name `ask` would not read well."""
    return ask


def add_specifications(source: ModuleType | type) -> None:
    """Add the `@spec` functions of a module to the process's manager."""
    _manager.add_specifications(source)


def register_hooks(plugin: str, module: ModuleType) -> None:
    """Let the `@hook` functions of a plugin's module answer in this process."""
    _manager.register(plugin, module)


def unregister_hooks(plugin: str) -> None:
    """Take a plugin's answers away in this process."""
    _manager.unregister(plugin)


def check_hooks() -> None:
    """Raise UsageError for an answer to a question that nobody specifies; the registry asks at start."""
    _manager.check()


def hook_map() -> dict[str, tuple[str, list[str]]]:
    """Say what may be asked here and who answers."""
    return _manager.map()


def answers_of(plugin: str) -> Iterator[Answer]:
    """Give the answers of a plugin in this process."""
    return _manager.answers_of(plugin)


def specification_of(name: str) -> Callable[..., Any]:
    """Give the function that specifies a question."""
    return _manager.specification(name)


@contextmanager
def temporary_hooks() -> Iterator[HookManager]:
    """Work with a manager of one's own that has no answers yet, for tests."""
    before, fresh = _manager, HookManager()
    for source in before._specifications:
        fresh.add_specifications(source)
    set_hooks(fresh)
    try:
        yield fresh
    finally:
        set_hooks(before)
