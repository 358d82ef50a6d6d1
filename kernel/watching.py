"""What happened, for whoever counts it: told where it happens, and costing next to nothing where nobody counts."""

from collections.abc import Callable

__all__ = ["Counter", "happened", "watch"]

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
