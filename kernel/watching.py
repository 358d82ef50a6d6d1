"""What happened, for whoever counts it: told where it happens, and costing next to nothing where nobody counts."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

__all__ = ["Counter", "Noting", "Tracer", "happened", "spanned", "trace_by", "watch"]

Counter = Callable[[str, int, dict[str, str]], None]
"""Takes what happened (`job`, `work`), how often, and what distinguishes it: names from the code, so never many."""

_counters: list[Counter] = []


def happened(what: str, times: int = 1, /, **which: str) -> None:
    """Tell that something happened: `happened("job", name="crm.remind", outcome="done")`."""
    for count in _counters:
        count(what, times, which)


def watch(count: Counter) -> Callable[[], None]:
    """Have a function told of what happens from now on; gives what takes it back."""
    _counters.append(count)
    return lambda: _counters.remove(count)


Noting = Callable[..., None]
"""Adds facts to a span: `note(status=200)`."""


class Tracer(Protocol):
    """Makes the span of one piece of work; `parent` is the traceparent header that a request came with."""

    def __call__(
        self, kind: str, name: str, request_id: str | None, parent: str
    ) -> AbstractContextManager[Noting]:
        """Open it for a block; what the block raises is its end."""


_tracer: Tracer | None = None


def _ignore(**facts: object) -> None:
    """Note nothing: nobody traces."""


_UNTRACED: AbstractContextManager[Noting] = nullcontext(_ignore)


def spanned(kind: str, name: str, request_id: str | None = None, *, parent: str = "") -> AbstractContextManager[Noting]:
    """Have a block traced where traces are switched on: `with spanned("job", name, request_id): ...`."""
    return _UNTRACED if _tracer is None else _tracer(kind, name, request_id, parent)


def trace_by(tracer: Tracer | None) -> None:
    """Have spans made from now on, or none any more."""
    global _tracer
    _tracer = tracer
