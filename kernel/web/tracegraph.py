"""Draw a chain: a column per stage, cards level with what they came of, lines that go around the cards between."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.exchange.chain import Chain, Node
from kernel.hooks.following import Key
from kernel.hooks.trace import Arrow
from kernel.web.screen.trace import ChainArrow

__all__ = ["CARD_HEIGHT", "CARD_WIDTH", "Drawn", "draw"]

CARD_WIDTH = 176
CARD_HEIGHT = 108
"""As in trace.css."""
BETWEEN = 36
"""Room for lines from column to column."""
ABOVE = 12
MOST_CARDS = 40
"""Cards drawn in a column; the others are counted, and stand in the list."""
ROUND = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """The places of the cards that found room, by stage from the top, and the lines between them."""

    columns: tuple[tuple[Node, ...], ...]
    left_out: tuple[int, ...]
    """How many nodes of each stage found no room."""
    top: Mapping[Key, int]
    arrows: tuple[ChainArrow, ...]
    width: int
    height: int


def draw(chain: Chain) -> Drawn:
    """Place a chain's cards and lines, in pixels."""
    by_stage: dict[int, list[Node]] = defaultdict(list)
    for node in chain.nodes:
        by_stage[node.stage].append(node)
    columns = [_chosen(by_stage[stage], chain.root.key) for stage in range(max(by_stage) + 1)]
    shown = {node.key: at for at, column in enumerate(columns) for node in column}
    arrows = _straight([arrow for arrow in chain.arrows if arrow.source in shown and arrow.target in shown], shown)
    top = _places(columns, arrows)
    columns = [sorted(column, key=lambda node: top[node.key]) for column in columns]
    looks = {node.key: node for node in chain.nodes}
    deepest = max(top.values()) + CARD_HEIGHT
    return Drawn(
        tuple(tuple(column) for column in columns),
        tuple(len(by_stage[at]) - len(column) for at, column in enumerate(columns)), top,
        tuple(_line(arrow, shown, top, looks) for arrow in arrows),
        len(columns) * CARD_WIDTH + (len(columns) - 1) * BETWEEN, deepest)


def _chosen(nodes: Sequence[Node], root: Key) -> list[Node]:
    """Take as many as there is room for: the record itself, one of each kind, what is late, what is open, the rest."""
    if len(nodes) <= MOST_CARDS:
        return list(nodes)
    urgent = sorted(nodes, key=lambda node: (node.key != root, -node.days_late, node.final))
    first = {node.entity: node.key for node in reversed(urgent)}
    ranked = sorted(urgent, key=lambda node: node.key not in (root, first[node.entity]))
    kept = {node.key for node in ranked[:MOST_CARDS]}
    return [node for node in nodes if node.key in kept]


def _straight(arrows: Sequence[Arrow], column: Mapping[Key, int]) -> list[Arrow]:
    """Leave out lines that others draw already, step by step: an order's to an invoice of its delivery."""
    onwards: dict[Key, list[Key]] = defaultdict(list)
    for arrow in arrows:
        if column[arrow.source] < column[arrow.target]:
            onwards[arrow.source].append(arrow.target)
    kept = []
    for arrow in arrows:
        waiting = [key for key in onwards[arrow.source] if key != arrow.target]
        reached = set(waiting)
        while waiting and arrow.target not in reached:
            news = [key for key in onwards[waiting.pop()] if key not in reached]
            reached.update(news)
            waiting += news
        if column[arrow.source] >= column[arrow.target] or arrow.target not in reached:
            kept.append(arrow)
    return kept


def _places(columns: Sequence[Sequence[Node]], arrows: Sequence[Arrow]) -> dict[Key, int]:
    """Give the top of each card: level with the middle of its neighbours as far as there is room."""
    neighbours: dict[Key, list[Key]] = defaultdict(list)
    earlier: dict[Key, list[Key]] = defaultdict(list)
    for arrow in arrows:
        neighbours[arrow.source].append(arrow.target)
        neighbours[arrow.target].append(arrow.source)
        earlier[arrow.target].append(arrow.source)
    pitch = CARD_HEIGHT + ABOVE
    top: dict[Key, float] = {}
    for column in columns:
        _stack(column, top, earlier, pitch)
    for column in [*reversed(columns), *columns]:
        _stack(column, top, neighbours, pitch)
    highest = min(top.values())
    return {key: round(value - highest) for key, value in top.items()}


def _stack(
    column: Sequence[Node], top: dict[Key, float], near: Mapping[Key, Sequence[Key]], pitch: int
) -> None:
    own = {node.key for node in column}
    wanted: dict[Key, float] = {}
    for at, node in enumerate(column):
        others = [top[key] for key in near.get(node.key, ()) if key in top and key not in own]
        wanted[node.key] = sum(others) / len(others) if others else top.get(node.key, float(at * pitch))
    below = 0.0
    for at, node in enumerate(sorted(column, key=lambda each: wanted[each.key])):
        top[node.key] = wanted[node.key] if at == 0 else max(wanted[node.key], below)
        below = top[node.key] + pitch


def _line(
    arrow: Arrow, column: Mapping[Key, int], top: Mapping[Key, int], nodes: Mapping[Key, Node]
) -> ChainArrow:
    look = _look(arrow, nodes[arrow.source], nodes[arrow.target])
    first, last = column[arrow.source], column[arrow.target]
    y1, y2 = (top[key] + CARD_HEIGHT // 2 for key in (arrow.source, arrow.target))
    if first == last:
        return _beside(first, y1, y2, look)
    if first > last:
        x1, x2 = first * (CARD_WIDTH + BETWEEN), last * (CARD_WIDTH + BETWEEN) + CARD_WIDTH
        return ChainArrow(_elbow(x1, y1 + 20, x2, y2 + 20, x1 - BETWEEN // 2), look, x2, y2 + 20, 180)
    x1, x2 = first * (CARD_WIDTH + BETWEEN) + CARD_WIDTH, last * (CARD_WIDTH + BETWEEN)
    between = [key for key, at in column.items() if first < at < last]
    turn_late = _clear(y1, between, top) or not _clear(y2, between, top)
    bend = x2 - BETWEEN // 2 if turn_late else x1 + BETWEEN // 2
    return ChainArrow(_elbow(x1, y1, x2, y2, bend), look, x2, y2)


def _clear(y: int, between: Sequence[Key], top: Mapping[Key, int]) -> bool:
    return not any(top[key] <= y <= top[key] + CARD_HEIGHT for key in between)


def _look(arrow: Arrow, source: Node, target: Node) -> str:
    if target.days_late:
        return "late"
    if arrow.skipped:
        return "skipped"
    return "plain" if target.begun or source.final else "next"


def _beside(column: int, y1: int, y2: int, look: str) -> ChainArrow:
    """Lead from card to card of one column: straight to the next one below, else around by the right."""
    x = column * (CARD_WIDTH + BETWEEN)
    if y2 - y1 == CARD_HEIGHT + ABOVE:
        middle = x + CARD_WIDTH // 2
        end = y2 - CARD_HEIGHT // 2
        return ChainArrow(f"M{middle} {y1 + CARD_HEIGHT // 2}V{end}", look, middle, end, 90)
    right, out = x + CARD_WIDTH, x + CARD_WIDTH + BETWEEN // 2 - 4
    y1, y2 = y1 + 12, y2 - 12 if y2 > y1 else y2 + 12
    way = ROUND if y2 > y1 else -ROUND
    path = (f"M{right} {y1}H{out - ROUND}Q{out} {y1} {out} {y1 + way}V{y2 - way}Q{out} {y2} {out - ROUND} {y2}"
            f"H{right}")
    return ChainArrow(path, look, right, y2, 180)


def _elbow(x1: int, y1: int, x2: int, y2: int, bend: int) -> str:
    if abs(y1 - y2) < 3:
        return f"M{x1} {y1}L{x2} {y2}"
    across = ROUND if x2 > x1 else -ROUND
    size = min(ROUND, abs(y2 - y1) // 2)
    down = size if y2 > y1 else -size
    return (f"M{x1} {y1}H{bend - across}Q{bend} {y1} {bend} {y1 + down}V{y2 - down}"
            f"Q{bend} {y2} {bend + across} {y2}H{x2}")
