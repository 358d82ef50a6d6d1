"""Checked when the installation starts: everybody who listens can hear, and gets what they ask for."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from kernel.entities.base import entities
from kernel.errors import UsageError
from kernel.hooks.listeners import Listener, listener_map, listeners
from kernel.hooks.payloads import facts_of, mismatches
from kernel.hooks.signals import Signal, declared_signals, upcasters

__all__ = ["Misfit", "SignalInfo", "check_subscriptions", "misfits", "signal_map"]


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """One line of the map: a signal, who tells it, who listens; `signal` is None where nobody here tells it."""

    name: str
    emitter: str
    signal: Signal[object] | None
    listeners: tuple[Listener, ...]

    @property
    def about(self) -> str:
        """Say what it means: the first line of the payload's docstring."""
        words = (self.signal.payload.__doc__ or "").strip() if self.signal else ""
        return words.splitlines()[0] if words else ""

    @property
    def facts(self) -> dict[str, str]:
        """Give the payload's fields with their types, as text."""
        if self.signal is None:
            return {}
        return {name: getattr(hint, "__name__", str(hint)) if not hasattr(hint, "__args__") else str(hint)
                for name, hint in facts_of(self.signal.payload).items()}


def check_subscriptions(plugins: Collection[str] | None = None) -> list[Listener]:
    """Check all listeners and signals of the loaded plugins; gives the listeners that are dormant.

    A listener is dormant where the signal's plugin is not among `plugins` (by default: those that declared
    anything). Raises UsageError with every unknown signal, every attribute a payload lacks and every missing
    upcaster.
    """
    here = {"kernel", *(plugins if plugins is not None else _seen())}
    problems = [*_missing_upcasters(), *(str(each) for each in misfits(here))]
    if problems:
        raise UsageError("SUBSCRIPTIONS", "Signals and listeners don't fit:\n  " + "\n  ".join(problems))
    return [each for each in _awake(here) if each.signal.split(".")[0] not in here]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A listener that can't hear what it waits for, or asks for what it wouldn't be told."""

    listener: Listener
    what: str
    unknown: bool
    """Whether there is no such signal; else its payload lacks something."""

    def __str__(self) -> str:
        return f"{self.listener.source} listens to {self.listener.signal}{self.what}"


def misfits(here: Collection[str]) -> Iterator[Misfit]:
    """Find the listeners of some plugins that don't fit what these plugins tell."""
    for each in _awake(here):
        teller = each.signal.split(".")[0]
        declared = declared_signals().get(each.signal)
        if teller not in here:
            continue
        if declared is None:
            yield Misfit(each, f", which {teller} does not tell{_nearest(each.signal)}", unknown=True)
            continue
        try:
            lacking = list(mismatches(declared.payload, each.wants))
        except (NameError, UsageError) as error:
            lacking = [str(error)]
        yield from (Misfit(each, f": {words}", unknown=False) for words in lacking)


def _awake(here: Collection[str]) -> Iterator[Listener]:
    return (each for each in listeners() if each.plugin in here and each.active)


def signal_map() -> list[SignalInfo]:
    """Say who tells and who listens in this installation, for its page and for the reference."""
    heard = listener_map()
    names = sorted({*declared_signals(), *heard})
    return [
        SignalInfo(name, name.split(".")[0], declared_signals().get(name), tuple(heard.get(name, ())))
        for name in names
    ]


def _seen() -> set[str]:
    found = {each.__plugin__ for each in entities().values()} | {each.plugin for each in listeners()}
    return found | {each.plugin for each in declared_signals().values()}


def _missing_upcasters() -> Iterator[str]:
    for each in declared_signals().values():
        for version in range(1, each.version):
            if (each.name, version) not in upcasters():
                yield f"{each.name} is at version {each.version} but has no upcaster from version {version}"


def _nearest(name: str) -> str:
    found = get_close_matches(name, declared_signals(), n=1)
    return f" (did you mean {found[0]}?)" if found else ""
