"""Kinds of record stand after all that lead to them."""

from __future__ import annotations

from kernel.exchange.stages import stages


def test_the_longest_way_decides() -> None:
    assert stages(["order", "plan", "delivery"], {
        ("order", "plan"), ("plan", "delivery"), ("order", "delivery")}) == {"order": 0, "plan": 1, "delivery": 2}


def test_kinds_of_one_rank_share_a_stage_and_none_is_left_empty() -> None:
    found = stages(["lead", "customer", "deal", "order"], {
        ("lead", "customer"), ("lead", "deal"), ("deal", "order")})
    assert found == {"lead": 0, "customer": 1, "deal": 1, "order": 2}


def test_a_loop_is_opened_where_it_was_entered() -> None:
    assert stages(["order", "delivery"], {("order", "delivery"), ("delivery", "order")}) == {
        "order": 0, "delivery": 1}
    assert stages(["a", "b", "c"], {("a", "b"), ("b", "c"), ("c", "b"), ("b", "b")}) == {"a": 0, "b": 1, "c": 2}


def test_a_lonely_kind_stands_first() -> None:
    assert stages(["order"], set()) == {"order": 0}
