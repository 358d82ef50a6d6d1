"""The demo company: its past without gaps, names that are told apart, and nothing that breaks an invariant."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kernel.config import Config
from kernel.entities.work import set_database, unit_of_work
from kernel.registry import demo
from kernel.registry.checks import run_checks
from kernel.registry.discovery import discover
from kernel.registry.start import initialise
from kernel.shared.demo_trade import customers, range_of_goods, suppliers
from plugins.erp_sales import demo_large
from plugins.erp_sales.orders.models import Order, OrderLine

LINES, MONTHS = 400, 3


@pytest.mark.parametrize(
    "today", [dt.date(2026, 11, 28), dt.date(2024, 3, 1), dt.date(2028, 2, 29), dt.date(2027, 1, 16)])
def test_half_months_follow_each_other_up_to_yesterday(today: dt.date) -> None:
    found = list(demo.periods(today))
    assert found[0].first == dt.date(today.year - 2, today.month, 1)
    assert found[-1].last == today - dt.timedelta(days=1)
    for before, after in pairwise(found):
        assert after.first == before.last + dt.timedelta(days=1)
    assert all(period.first <= period.last for period in found)


def test_no_two_traders_or_products_are_called_alike() -> None:
    traders = [each.name for each in (*customers(), *suppliers())]
    assert len(traders) == len(set(traders)) == 300
    goods = list(range_of_goods())
    assert len({each.code for each in goods}) == len(goods) == 118
    assert all(each.price > each.cost for each in goods if each.kind != "part")


@pytest.mark.slow
def test_a_demo_with_a_past_breaks_no_invariant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_large, "LINES", LINES)
    monkeypatch.setattr(demo_large, "MONTHS", MONTHS)
    recent = list(demo.periods(dt.datetime.now(dt.UTC).date()))[-3:]
    monkeypatch.setattr(demo, "periods", lambda today: recent)
    told: list[str] = []
    plugins = [name for name, found in discover().items() if found.plugin is not None]
    made = initialise(
        Config(database_url=f"sqlite:///{tmp_path / 'demo.db'}", data_dir=str(tmp_path)), currency="TWD",
        plugins=plugins, demo=True, large=True, say=told.append)
    try:
        assert len(told) == MONTHS + len(recent)
        assert run_checks(plugins, database=made.database).found == []
        with unit_of_work(reading=True, database=made.database) as opened:
            before = select(func.count(OrderLine.id)).join(Order).where(
                Order.order_date < recent[0].first - dt.timedelta(days=600))
            assert opened.scalar(before) == LINES
            assert opened.scalar(select(func.count(Order.id)).where(
                Order.delivered_percent == 100, Order.historical.is_(False)))
    finally:
        set_database(None)
        made.database.dispose()
