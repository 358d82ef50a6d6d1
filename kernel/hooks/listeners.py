"""Who reacts to which signal: declaring listeners and letting them hear under their own plugin's grants."""

import inspect
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from blinker import Namespace

from kernel.entities.base import plugin_of
from kernel.entities.work import session
from kernel.errors import UsageError
from kernel.hooks.events import Batch
from kernel.hooks.participation import switched_off
from kernel.permissions.actors import as_plugin

__all__ = ["Listener", "channels", "listener", "listener_map", "listeners", "listeners_of", "on"]

P = TypeVar("P")
Hearing = Callable[[Sequence[P]], None]

channels = Namespace()
"""One blinker channel per signal name; a listener may connect before the signal is declared, or alone."""

_listeners: dict[str, "Listener"] = {}


@dataclass(frozen=True)
class Listener:
    """A function of a plugin that reacts to a signal. Connected to the signal's channel as its receiver."""

    name: str
    """What the outbox knows it by: the plugin and the function's name."""
    signal: str
    plugin: str
    function: Callable[[Any], None]
    later: bool
    order: int

    @property
    def source(self) -> str:
        """Say where the function is: module and name."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    @property
    def active(self) -> bool:
        """Say whether its plugin takes part in the installation at hand."""
        return self.plugin not in switched_off()

    @property
    def wants(self) -> type:
        """Give the type of the events the function asks for; raises UsageError where it doesn't say."""
        parameters = list(inspect.signature(self.function).parameters)
        hint = typing.get_type_hints(self.function).get(parameters[0]) if len(parameters) == 1 else None
        wanted = typing.get_args(hint)[0] if typing.get_origin(hint) is Sequence else None
        if not isinstance(wanted, type):
            raise UsageError(
                "LISTENER", f"{self.source} must take one argument, as in `events: Sequence[Confirmed]`")
        return wanted

    def hear(self, payloads: Sequence[Any], ids: Sequence[int]) -> None:
        """React to events in the current unit of work, under the plugin's grants; a refusal refuses all of it."""
        work = session().work
        before, work.cause = work.cause, ids[0]
        try:
            with as_plugin(self.plugin):
                self.function(Batch(payloads, ids, work))
        finally:
            work.cause = before

    def __call__(self, sender: object, *, payloads: Sequence[Any], ids: Sequence[int]) -> None:
        """Receive from blinker."""
        self.hear(payloads, ids)


def on(signal: str, *, later: bool = False, name: str | None = None) -> Callable[[Hearing[P]], Hearing[P]]:
    """Let a function react to a signal, whichever plugin tells it: `@on("erp_sales.order_confirmed")`.

    The function takes `events: Sequence[X]`, where X is a Protocol with the attributes it needs: they are
    compared with the declared payload when the installation starts. It runs in the transaction of whoever told,
    and may refuse it; with `later=True` it runs after the commit, once, and again where it failed. It has its
    own plugin's grants. `name` is what waiting deliveries know it by (by default the function's): keep it when
    the function is renamed.
    """

    def connect(function: Hearing[P]) -> Hearing[P]:
        plugin = plugin_of(function.__module__)
        full = f"{plugin}.{name or function.__name__}"
        key = f"{signal} {full}"
        known = _listeners.get(key)
        if known is not None:
            if known.function.__module__ != function.__module__:
                raise UsageError(
                    "LISTENER", f"{known.source} and {function.__module__}.{function.__qualname__} both listen "
                    f"to {signal} as {full}: give one of them another name=")
            channels.signal(signal).disconnect(known)
        made = Listener(full, signal, plugin, function, later, known.order if known else len(_listeners))
        _listeners[key] = made
        channels.signal(signal).connect(made, weak=False)
        return function

    return connect


def listeners() -> Collection[Listener]:
    """Give all listeners that loaded code declares."""
    return _listeners.values()


def listener(signal: str, name: str) -> Listener | None:
    """Find a listener of a signal by its name."""
    return _listeners.get(f"{signal} {name}")


def listeners_of(signal: str) -> Sequence[Listener]:
    """Give the active listeners of a signal in the order in which they were declared."""
    channel = channels.signal(signal)
    receivers = channel.receivers_for(channel) if channel.receivers else ()
    heard = [each for each in receivers if isinstance(each, Listener) and each.active]
    return sorted(heard, key=lambda each: each.order)


def listener_map() -> Mapping[str, Sequence[Listener]]:
    """Give the listeners by the signal they wait for."""
    found: dict[str, list[Listener]] = {}
    for each in sorted(_listeners.values(), key=lambda one: one.order):
        found.setdefault(each.signal, []).append(each)
    return found
