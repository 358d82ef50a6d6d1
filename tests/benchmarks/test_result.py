"""What a result says of peer and limit, and the shape of bench.json."""

import json
from pathlib import Path

import pytest

from benchmarks.figure import Part
from benchmarks.result import Result, write

CREATE = Part("P3.create", "create", "parties/s", peer_at_least=5, limit_at_most=2.5)


def test_peer_is_how_many_times_its_rate_and_limit_how_many_times_its_cost() -> None:
    result = Result.from_costs(CREATE, "sqlite", {"trellis": [0.002], "peer": [0.02], "limit": [0.001]})
    assert result.value is not None
    assert result.peer is not None
    assert result.limit is not None
    assert result.value.median == pytest.approx(500)
    assert result.peer.median == pytest.approx(10)
    assert result.limit.median == pytest.approx(2)
    assert result.holds is True


def test_one_missed_target_is_enough_not_to_hold() -> None:
    result = Result.from_costs(CREATE, "sqlite", {"trellis": [0.003], "peer": [0.03], "limit": [0.001]})
    assert (result.peer_holds, result.limit_holds, result.holds) == (True, False, False)


def test_a_limit_may_differ_by_database() -> None:
    part = Part("P1", "an order", "orders/s", limit_at_most={"sqlite": 8, "postgresql": 4})
    costs = {"trellis": [0.006], "limit": [0.001]}
    assert Result.from_costs(part, "sqlite", costs).holds is True
    entry = Result.from_costs(part, "postgresql", costs).as_json()
    assert (entry["limit_at_most"], entry["holds"]) == (4, False)


def test_a_part_without_its_peer_is_judged_by_the_limit_alone() -> None:
    result = Result.from_costs(CREATE, "sqlite", {"trellis": [0.002], "limit": [0.001]})
    assert (result.peer, result.peer_holds, result.holds) == (None, None, True)


def test_a_part_that_could_not_run_holds_nothing_and_says_why() -> None:
    entry = Result(CREATE, "postgresql", note="no PostgreSQL").as_json()
    assert (entry["value"], entry["holds"], entry["note"]) == (None, None, "no PostgreSQL")


@pytest.mark.parametrize(("unit", "cost", "shown"), [("ms", 0.25, 250), ("MB", 90, 90), ("rows/s", 0.25, 4)])
def test_a_cost_is_shown_in_its_unit(unit: str, cost: float, shown: float) -> None:
    assert Part("P12.app", "start", unit).shown(cost) == pytest.approx(shown)


def test_bench_json_is_a_list_with_the_agreed_keys(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    costs = {"trellis": [0.002, 0.0021, 0.0019], "peer": [0.02] * 3, "limit": [0.001] * 3}
    write([Result.from_costs(CREATE, "sqlite", costs)], path)
    (entry,) = json.loads(path.read_text(encoding="utf-8"))
    assert list(entry)[:6] == ["figure", "database", "value", "unit", "peer", "limit"]
    assert (entry["figure"], entry["database"], entry["unit"]) == ("P3.create", "sqlite", "parties/s")
    assert entry["spread"] == [476.2, 526.3]
    assert (entry["peer_at_least"], entry["limit_at_most"], entry["holds"]) == (5, 2.5, True)
