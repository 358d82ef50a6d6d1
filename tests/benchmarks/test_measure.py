"""The benchmarks' own arithmetic: medians, ratios and turns. Nothing here is timed."""

from collections.abc import Callable

import pytest

from benchmarks.measure import Spread, ratios, take_turns


def test_a_spread_gives_the_median_between_the_least_and_the_greatest() -> None:
    assert Spread.of([3.0, 1.0, 10.0]) == Spread(median=3.0, least=1.0, greatest=10.0)


def test_nothing_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Spread.of([])


def test_a_rate_turns_the_least_cost_into_the_greatest_value() -> None:
    rate = Spread(median=0.02, least=0.01, greatest=0.05).through(lambda seconds: 1 / seconds)
    assert rate == Spread(median=50.0, least=20.0, greatest=100.0)


def test_ratios_compare_the_same_round() -> None:
    slow_machine_in_round_two = ratios([2.0, 20.0, 2.0], [1.0, 10.0, 1.0])
    assert slow_machine_in_round_two == Spread(2.0, 2.0, 2.0)


def test_ratios_refuse_rounds_that_do_not_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_everybody_warms_up_once_and_the_order_turns_round_each_time() -> None:
    calls: list[str] = []

    def work(name: str, cost: float) -> Callable[[], float]:
        def do() -> float:
            calls.append(name)
            return cost

        return do

    costs = take_turns({"trellis": work("t", 2.0), "limit": work("l", 1.0)}, rounds=2)
    assert "".join(calls) == "tl" + "tl" + "lt"
    assert costs == {"trellis": [2.0, 2.0], "limit": [1.0, 1.0]}
