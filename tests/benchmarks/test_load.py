"""P13's load: everybody asks until the time is up, nothing that went wrong is measured."""

from __future__ import annotations

import pytest

from benchmarks import p13_load
from benchmarks.figure import CannotRun
from benchmarks.p13_load import Load
from benchmarks.serving import PORT, Question, python, served
from tests.benchmarks.test_serving import SERVER

USERS = ["erp_sales.agent", "erp_finance.accountant"]


def test_everybody_asks_until_the_time_is_up_and_the_first_time_is_the_warm_up(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(p13_load, "WARM_UP", 0.05)
    asked: list[str] = []

    def ask(kind: str) -> Question:
        asked.append(kind)
        return Question("/rows", len, 3)

    with served(python("-c", SERVER, PORT), 2) as ports:
        load = Load(ports, [(role, ask) for role in USERS], 0.4)
        load.seconds_per_answer()
        asked.clear()
        each = load.seconds_per_answer()
    assert set(asked) == {"list", "order", "find", "parties"}
    assert each * len(asked) == pytest.approx(0.4, rel=0.5)
    assert 0 < load.quantile(50) <= load.quantile(95)


def test_an_error_under_load_is_told_instead_of_a_figure() -> None:
    with served(python("-c", SERVER, PORT), 1) as ports:
        load = Load(ports, [("erp_sales.agent", lambda _kind: Question("/broken", len, 3))], 0.2)
        with pytest.raises(CannotRun, match="/broken answers 500"):
            load.seconds_per_answer()
