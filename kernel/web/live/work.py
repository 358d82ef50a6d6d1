"""Long work that a page may watch, by its name: `import/crm/lead/17`. Each kind says itself whose it is."""

from collections.abc import Callable, Mapping

from kernel.errors import NotFound, Refusal

__all__ = ["Progress", "progress_at", "watchable"]

Progress = Mapping[str, object]
"""`done` and `total` steps, and whether it is still `busy`."""

_kinds: dict[str, Callable[..., Progress]] = {}


def watchable(kind: str, *parts: type) -> Callable[[Callable[..., Progress]], Callable[..., Progress]]:
    """Let pages watch a kind of work: the function gets what follows its kind in the name, as these types.

    It raises a Refusal where the work isn't the current person's.
    """
    def register(look: Callable[..., Progress]) -> Callable[..., Progress]:
        def typed(*given: str) -> Progress:
            if len(given) != len(parts):
                raise NotFound("NO_SUCH_WORK", "there is no such work")
            return look(*(part(each) for part, each in zip(parts, given, strict=True)))

        _kinds[kind] = typed
        return look
    return register


def progress_at(name: str) -> Progress | None:
    """Say how far work is, by its name; None where there is none of that name for the current person."""
    kind, *rest = name.split("/")
    look = _kinds.get(kind)
    try:
        return look(*rest) if look is not None else None
    except (Refusal, ValueError):
        return None
