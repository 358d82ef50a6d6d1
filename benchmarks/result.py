"""Say what was found for each part, and write it as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import DatabaseKind, Part
from benchmarks.measure import Costs, Spread, ratios

Entry = dict[str, object]
"""One entry of bench.json."""


@dataclass(frozen=True)
class Result:
    """Hold one part's value on one database beside its peer and its limit, or the reason for having none.

    `peer` is how many times the peer's rate, `limit` how many times the limit's cost.
    """

    part: Part
    database: DatabaseKind
    value: Spread | None = None
    peer: Spread | None = None
    limit: Spread | None = None
    peer_value: Spread | None = None
    limit_value: Spread | None = None
    note: str = ""

    @classmethod
    def from_costs(cls, part: Part, database: DatabaseKind, costs: Costs, note: str = "") -> Result:
        """Compare the costs of "trellis", "peer" and "limit"; whoever is missing is left out."""

        def shown(name: str) -> Spread | None:
            return Spread.of(costs[name]).through(part.shown) if costs.get(name) else None

        ours = costs.get("trellis")
        return cls(
            part,
            database,
            value=shown("trellis"),
            peer=ratios(costs["peer"], ours) if ours and costs.get("peer") else None,
            limit=ratios(ours, costs["limit"]) if ours and costs.get("limit") else None,
            peer_value=shown("peer"),
            limit_value=shown("limit"),
            note=note,
        )

    @property
    def limit_at_most(self) -> float | None:
        """Give the limit's target on this database."""
        return self.part.limit_on(self.database)

    @property
    def peer_holds(self) -> bool | None:
        """Tell whether the peer's target is met; None where there is none or nothing was measured."""
        if self.part.peer_at_least is None or self.peer is None:
            return None
        return self.peer.median >= self.part.peer_at_least

    @property
    def limit_holds(self) -> bool | None:
        """Tell whether the limit's target is met; None where there is none or nothing was measured."""
        if self.limit_at_most is None or self.limit is None:
            return None
        return self.limit.median <= self.limit_at_most

    @property
    def holds(self) -> bool | None:
        """Tell whether every target that was measured is met; None where none was."""
        known = [held for held in (self.peer_holds, self.limit_holds) if held is not None]
        return all(known) if known else None

    def as_json(self) -> Entry:
        """Return the entry of bench.json: the agreed keys first, then spreads, targets and the verdict."""
        return {
            "figure": self.part.code,
            "database": self.database,
            "value": _figures(self.value),
            "unit": self.part.unit,
            "peer": _figures(self.peer),
            "limit": _figures(self.limit),
            "spread": _ends(self.value),
            "peer_spread": _ends(self.peer),
            "limit_spread": _ends(self.limit),
            "peer_value": _figures(self.peer_value),
            "limit_value": _figures(self.limit_value),
            "peer_at_least": self.part.peer_at_least,
            "limit_at_most": self.limit_at_most,
            "holds": self.holds,
            "note": self.note,
        }


def write(results: Sequence[Result], path: Path) -> None:
    """Write the results as a JSON list, making the folder where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [result.as_json() for result in results]
    path.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _figures(spread: Spread | None) -> float | None:
    return None if spread is None else _rounded(spread.median)


def _ends(spread: Spread | None) -> list[float] | None:
    return None if spread is None else [_rounded(spread.least), _rounded(spread.greatest)]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
