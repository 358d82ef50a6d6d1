"""Which formulas come before which: a way from one back to itself, and the order they are worked out in."""

from collections.abc import Iterable, Mapping

__all__ = ["cycle_in", "in_order"]


def cycle_in(uses: Mapping[str, Iterable[str]]) -> list[str]:
    """Find a way from a formula back to itself; empty where there is none."""
    done: set[str] = set()

    def follow(code: str, way: list[str]) -> list[str]:
        if code in way:
            return [*way[way.index(code):], code]
        if code in done:
            return []
        for each in uses.get(code, ()):
            if each in uses and (found := follow(each, [*way, code])):
                return found
        done.add(code)
        return []

    return next((found for code in uses if (found := follow(code, []))), [])


def in_order(uses: Mapping[str, Iterable[str]]) -> list[str]:
    """Give formulas so that each comes after those it uses; those in a cycle are left out."""
    ordered: list[str] = []
    waiting = {code: {each for each in used if each in uses} for code, used in uses.items()}
    while ready := sorted(code for code, needs in waiting.items() if needs <= set(ordered)):
        ordered += ready
        for code in ready:
            del waiting[code]
    return ordered
