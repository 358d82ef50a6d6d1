"""Give a pivot's table as the lines of a file, a column for each field of its rows."""

from collections.abc import Iterator

from kernel.exchange.exporting.files import Cell
from kernel.i18n import _
from kernel.web.pivot.asked import field_label
from kernel.web.pivot.sums import Node, Pivot

__all__ = ["table_lines"]


def table_lines(pivot: Pivot) -> Iterator[list[Cell]]:
    """Give the table line by line: a column for each field of the rows, then every column with its total last."""
    cols = [*(node for node in pivot.cols.leaves() if node.key), pivot.cols]
    deep = max(len(pivot.asked.rows), 1)
    heads = [_head(pivot, col, at) for col in cols for at in range(len(pivot.values))]
    yield [*([field_label(pivot.cls, name) for name in pivot.asked.rows] or [""]), *heads]
    for names, node in (*_walked(pivot.rows, ()), ((str(_("Total")),), pivot.rows)):
        yield [*names, *[""] * (deep - len(names)), *_figures(pivot, node, cols)]


def _walked(node: Node, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Walk the innermost rows, each under the names of all its groups: a file is added up by its reader."""
    for inner in node.inner:
        here = (*names, inner.label)
        if inner.inner:
            yield from _walked(inner, here)
        else:
            yield here, inner


def _figures(pivot: Pivot, row: Node, cols: list[Node]) -> list[Cell]:
    return [pivot.figure(row.key, col.key, at) for col in cols for at in range(len(pivot.values))]


def _head(pivot: Pivot, col: Node, at: int) -> str:
    names, node = [], pivot.cols
    for deep in range(1, len(col.key) + 1):
        node = next(each for each in node.inner if each.key == col.key[:deep])
        names.append(node.label)
    if not names and pivot.cols.inner:
        names.append(str(_("Total")))
    return " / ".join([*names, pivot.values[at].label] if len(pivot.values) > 1 or not names else names)
