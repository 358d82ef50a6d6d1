"""What signals told meanwhile."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from kernel.hooks.signals import declared_signals

__all__ = ["Mailbox", "overhearing"]


class Mailbox:
    """The events told since it was opened, by the signal's name: `mailbox["warranty.claim_settled"]`."""

    def __init__(self, told: dict[str, list[Any]]) -> None:
        self._told = told

    def __getitem__(self, name: str) -> Sequence[Any]:
        """Give the events of a signal, in order; raises KeyError for one that nobody declares."""
        return tuple(self._told[name])

    def names(self) -> list[str]:
        """Name the signals that were told."""
        return [name for name, events in self._told.items() if events]

    def clear(self) -> None:
        """Forget what was told so far."""
        for events in self._told.values():
            events.clear()


@contextmanager
def overhearing() -> Iterator[Mailbox]:
    """Collect what all declared signals tell."""
    with ExitStack() as open_:
        yield Mailbox({
            name: open_.enter_context(signal.overheard()) for name, signal in sorted(declared_signals().items())})
