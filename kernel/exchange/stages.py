"""The order in which kinds of record stand in a chain: each after all that lead to it."""

from collections.abc import Collection, Mapping, Sequence

__all__ = ["stages"]


def stages(kinds: Sequence[str], pairs: Collection[tuple[str, str]]) -> dict[str, int]:
    """Number kinds by the longest way that leads to each, from 0 without gaps.

    `kinds` come in the order in which one would name them; it decides where a way leads back to where it began.
    """
    onwards: dict[str, list[str]] = {kind: [] for kind in kinds}
    for source, target in sorted(set(pairs), key=lambda pair: (kinds.index(pair[0]), kinds.index(pair[1]))):
        if source != target:
            onwards[source].append(target)
    entered = {target for targets in onwards.values() for target in targets}
    order = _unwound([*(kind for kind in kinds if kind not in entered), *kinds], onwards)
    place = {kind: at for at, kind in enumerate(order)}
    found = dict.fromkeys(order, 0)
    for kind in order:
        for target in onwards[kind]:
            if place[target] > place[kind]:
                found[target] = max(found[target], found[kind] + 1)
    ranks = {rank: at for at, rank in enumerate(sorted(set(found.values())))}
    return {kind: ranks[rank] for kind, rank in found.items()}


def _unwound(starts: Sequence[str], onwards: Mapping[str, Sequence[str]]) -> list[str]:
    """Put kinds in an order in which every way leads forwards, except those that close a loop."""
    done: list[str] = []
    entered: set[str] = set()

    def enter(kind: str) -> None:
        if kind in entered:
            return
        entered.add(kind)
        for target in onwards[kind]:
            enter(target)
        done.append(kind)

    for kind in starts:
        enter(kind)
    return done[::-1]
